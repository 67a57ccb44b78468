"""What a function may change, read off its steps: the names and attribute paths that need versions of their own.

Nothing is looked up and no value is made here; :mod:`collint.ir.ssa` makes the versions.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.ir.expressions import Attr, Display, Expr, Index, Name, dotted
from collint.ir.graph import Catch, Graph, Step
from collint.ir.statements import Assign, Call, Collect, Declare, Import, StoreAttr, StoreIndex

# Methods that change their receiver by Python's own conventions; a trailing underscore is torch's.
MUTATORS = frozenset(
    "append extend add update insert pop popleft popitem appendleft remove clear discard setdefault sort reverse "
    "difference_update intersection_update put put_nowait fill copy_from".split()
)
# Calls that never change an argument: a version after them would only cost.
PURE_NAMES = frozenset(
    "len int float bool str repr print range isinstance issubclass hasattr getattr id type min max sum abs any all "
    "sorted enumerate zip reversed tuple list set frozenset dict hash iter format round divmod super cast "
    "callable".split()
)
PURE_RECEIVERS = frozenset({"logger", "logging", "log", "warnings", "math", "os", "np"})
# Attributes of an array whose value nobody changes in place: who is handed a shape cannot alter it.
FIXED_ATTRIBUTES = frozenset({"shape", "ndim", "dtype", "device"})


def scan(graph: Graph) -> tuple[set[str], set[str], set[str]]:
    """Local names, names declared global or nonlocal, and the attribute paths that the function itself changes."""
    local = {parameter.name for parameter in graph.parameters}
    outer: set[str] = set()
    paths: set[str] = set()
    filled: set[str] = set()
    for block in graph.blocks:
        for step in block.steps:
            if isinstance(step, (Assign, Collect, Import)):
                local.add(step.target)
            elif isinstance(step, Catch) and step.name:
                local.add(step.name)
            elif isinstance(step, Declare):
                outer.update(step.names)
                local.update(step.names)
            elif isinstance(step, StoreAttr):
                base = dotted(step.base)
                if base is not None:
                    paths.add(f"{base}.{step.name}")
            elif isinstance(step, StoreIndex):
                stored = (dotted(root) for root, _ in roots(step.base) if isinstance(root, Attr))
                paths.update(path for path in stored if path is not None)
            elif isinstance(step, Call):
                paths.update(path for _, path in _handed_paths(step))
            filled.update(_filled_name(step))
    # A container of an enclosing scope that is filled here has versions here, like any variable.
    outer |= filled - local
    return local | filled, outer, paths


def _handed_paths(call: Call) -> Iterator[tuple[int, str]]:
    """Attribute paths that a call receives as arguments, or as the receiver of a mutator (position -1)."""
    if is_pure(call):
        return
    for position, argument in enumerate(call.arguments):
        for value, _ in roots(argument.value):
            if isinstance(value, Attr):
                path = dotted(value)
                if path is not None:
                    yield position, path
    if isinstance(call.function, Attr) and mutates(call.function.name):
        for value, _ in roots(call.function.base):
            path = dotted(value) if isinstance(value, Attr) else None
            if path is not None:
                yield -1, path


def _filled_name(step: Step) -> tuple[str, ...]:
    """The name whose container a step changes in place, if it is a plain name."""
    if isinstance(step, StoreIndex):
        return tuple(root.id for root, _ in roots(step.base) if isinstance(root, Name))
    if isinstance(step, Call) and isinstance(step.function, Attr) and mutates(step.function.name):
        return tuple(root.id for root, _ in roots(step.function.base) if isinstance(root, Name))
    return ()


def roots(expression: Expr) -> Iterator[tuple[Expr, bool]]:
    """The names and attribute paths whose object an argument hands over, each with whether it is the whole object."""
    if isinstance(expression, Attr) and expression.name in FIXED_ATTRIBUTES:
        return
    if isinstance(expression, (Name, Attr)):
        yield expression, True
    elif isinstance(expression, Index):
        for root, _ in roots(expression.base):
            yield root, False
    elif isinstance(expression, Display) and expression.kind in ("list", "tuple"):
        for item in expression.items:
            yield from roots(item)


def mutates(method: str) -> bool:
    """Whether a method changes its receiver, as far as its name tells."""
    return method in MUTATORS or (method.endswith("_") and not method.endswith("__"))


def is_pure(call: Call) -> bool:
    """Whether a call changes nothing that it is handed, as far as its name tells."""
    function = call.function
    if isinstance(function, Name):
        return function.id in PURE_NAMES
    path = dotted(function)
    return path is not None and path.split(".", 1)[0] in PURE_RECEIVERS
