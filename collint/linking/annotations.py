"""Which objects an annotation admits.

What a name in it refers to is not found here: the index is asked for that, see :mod:`collint.linking.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable

from collint.ir.expressions import Attr, Display, Expr, Index, Name, Op
from collint.linking.references import NOTHING, ClassIs, ContainerOf, ExternalIs, ExternalObject, ObjectIs, Ref, Refs

CONTAINERS = frozenset(
    "list tuple set frozenset dict List Tuple Set FrozenSet Dict Sequence Iterable Iterator Mapping MutableMapping "
    "MutableSequence Collection deque defaultdict OrderedDict Generator AsyncIterator AsyncGenerator ModuleList".split()
)
MAPPINGS = frozenset("dict Dict Mapping MutableMapping defaultdict OrderedDict".split())
TRANSPARENT = frozenset("Optional Union ClassVar Final Annotated Required NotRequired Awaitable Coroutine".split())


class Annotations:
    """Annotations read as sets of references. ``value_of`` evaluates an index expression in a scope."""

    def __init__(self, value_of: Callable[[str, str, Expr], Refs]) -> None:
        self.value_of = value_of

    def objects(self, module: str, scope: str, expression: Expr) -> Refs:
        """Objects that an annotation admits; containers keep the references of their elements."""
        if isinstance(expression, (Name, Attr)):
            return self._instances(self.value_of(module, scope, expression), module, scope)
        if isinstance(expression, Op) and expression.operator == "|":
            found: set[Ref] = set()
            for operand in expression.operands:
                found |= self.objects(module, scope, operand)
            return frozenset(found)
        if isinstance(expression, Index):
            return self._generic(module, scope, expression)
        return NOTHING

    def _generic(self, module: str, scope: str, expression: Index) -> Refs:
        base = expression.base
        name = base.id if isinstance(base, Name) else base.name if isinstance(base, Attr) else ""
        inner = expression.index
        parts = inner.items if isinstance(inner, Display) else (inner,)
        if name in TRANSPARENT:
            found: set[Ref] = set()
            for part in parts:
                found |= self.objects(module, scope, part)
            return frozenset(found)
        if name in ("type", "Type"):
            return frozenset(
                ClassIs(ref.class_id)
                for part in parts
                for ref in self.objects(module, scope, part)
                if isinstance(ref, ObjectIs)
            )
        if name in CONTAINERS and parts:
            chosen = parts[-1:] if name in MAPPINGS else parts
            return frozenset(ContainerOf(ref) for part in chosen for ref in self.objects(module, scope, part))
        return self._instances(self.value_of(module, scope, base), module, scope)

    def _instances(self, refs: Refs, module: str, scope: str) -> Refs:
        found: set[Ref] = set()
        for ref in refs:
            if isinstance(ref, ClassIs):
                found.add(ObjectIs(ref.id))
            elif isinstance(ref, ExternalIs) and not ref.name.startswith(("builtins.", "typing.")):
                found.add(ExternalObject(ref.name))
        return frozenset(found)
