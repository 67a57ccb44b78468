"""Whether a value is None, as far as the way it is made tells.

On which ranks it is None is not asked here: that is a side of a value, and a matter for the walk.
"""

from __future__ import annotations

from collint.ir.expressions import Attr, CallExpr
from collint.ir.graph import BranchOn, Leave
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.conditions import Conditions
from collint.linking.meaning import called_name
from collint.linking.paths import Way, way_to
from collint.linking.program import Body
from collint.linking.references import ClassIs

LOOKUPS = frozenset({"get", "pop", "find", "search", "match", "poll"})
MAX_CALLEES = 4
# What these kinds of node make is never None; a constant never varies.
NEVER_NONE = frozenset(
    {"op", "display", "collected", "stored", "const", "function", "import", "slice", "element", "caught"}
)


class Presence:
    """What is None, what never is, and what is not known to be either."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.meanings = conditions.meanings
        self.evaluator = conditions.evaluator
        self.program = conditions.program

    def is_none(self, body: Body, node: int, depth: int = 0) -> bool | None:
        """Whether a value is None, as far as its making tells; None when it does not."""
        memo: dict[tuple[int, int], bool | None]
        memo = body.memo.setdefault("is none", {})  # type: ignore[assignment]
        if (node, depth) not in memo:
            memo[node, depth] = self._is_none(body, node, depth)
        return memo[node, depth]

    def _is_none(self, body: Body, node: int, depth: int) -> bool | None:
        value = body.values[node]
        if value.kind == "const":
            return value.label == "None"
        if value.kind in NEVER_NONE:
            return False
        if value.kind == "name" and self._is_made_once(body, str(value.label)):
            return False
        if value.kind == "after":
            return self.is_none(body, value.arguments[0], depth)
        if value.kind == "index" and body.values[value.arguments[1]].kind == "slice":
            return False
        if value.kind == "index" and depth < 4 and self._is_part_of_tuples(body, value, depth):
            return False
        if value.kind == "call" and depth < 4:
            return self._call_is_none(body, node, depth)
        if value.kind in ("phi", "choose") and depth < 4:
            found = {self.is_none(body, part, depth + 1) for part in _met(body, node)}
            return found.pop() if len(found) == 1 else None
        return None

    def _call_is_none(self, body: Body, node: int, depth: int) -> bool | None:
        """Whether the functions that a call runs all return a value, or make an object."""
        meaning = self.meanings.of_call(body, node)
        refs = self.evaluator.of_value(body, body.values[node].arguments[0])
        call = body.values[node].label
        assert isinstance(call, Call)
        if called_name(call) == "__new__" or (refs and all(isinstance(r, ClassIs) for r in refs)):
            return False
        if not meaning.functions and not meaning.is_event and not looks_up(body.values[node]):
            return False  # what an outside function makes is taken for something
        if not meaning.functions:
            return None
        if len(meaning.functions) > MAX_CALLEES:
            return False  # nor is what many stand-ins for each other make
        for function_id, ref in meaning.functions:
            callee = self.program.body(function_id)
            if callee is None or isinstance(ref, ClassIs) or _falls_off(callee):
                return None
            for block, node in callee.values.returns:
                if self.is_none(callee, node, depth + 1) is not False and not self._is_found(callee, node, block):
                    return None
        return False

    def _is_made_once(self, body: Body, name: str) -> bool:
        """Whether a variable of the module is bound in one place, to an object that is made there."""
        module = body.id.partition(":")[0]
        written = self.program.project.module_writers(module, name)
        made = written[0].assign.value if len(written) == 1 else None
        if not isinstance(made, CallExpr):
            return False
        refs = self.evaluator.of_expression(module, "", made.function)
        return bool(refs) and all(isinstance(ref, ClassIs) for ref in refs)

    def _is_part_of_tuples(self, body: Body, value: Value, depth: int) -> bool:
        """``out, filled = provide()``: whether all tuples that may be returned hold something there, never None."""
        made, place = (body.values[part] for part in value.arguments)
        functions = self.meanings.of_call(body, value.arguments[0]).functions if made.kind == "call" else ()
        if place.kind != "const" or not str(place.label).isdigit() or not 0 < len(functions) <= MAX_CALLEES:
            return False
        position = int(str(place.label))
        for function_id, _ in functions:
            callee = self.program.body(function_id)
            for _, node in callee.values.returns if callee is not None else ((0, -1),):
                if callee is None:
                    return False
                returned = callee.values[node]
                if returned.kind == "const" and returned.label == "None":
                    continue  # taking it apart would fail
                if returned.kind != "display" or returned.label == "dict" or position >= len(returned.arguments):
                    return False
                if self.is_none(callee, returned.arguments[position], depth + 1) is not False:
                    return False
        return True

    def is_tested(self, body: Body, node: int, before: int, block: int) -> bool:
        """Whether a test on the way along the edge from ``before`` to ``block`` has found that a value is not None."""
        return self._is_something(body, node, self.way_along(body, before, block))

    def _is_found(self, body: Body, node: int, block: int) -> bool:
        """The same of a value that is looked at in a block: ``assert group is not None; return group``."""
        return self._is_something(body, node, way_to(self.conditions, body, block))

    def _is_something(self, body: Body, node: int, way: Way) -> bool:
        key = self.conditions.key(body, node)
        return (key, True) in way or (("op", "is", key, ("const", "None")), False) in way

    def way_along(self, body: Body, before: int, block: int) -> Way:
        """The atoms, with their truth, under which an edge is taken."""
        way = way_to(self.conditions, body, before)
        end = body.graph.blocks[before].terminator
        if not isinstance(end, BranchOn) or end.then == end.other:
            return way
        atom = self.conditions.atom(body, body.values.conditions[before])
        return (*way, (atom.key, (end.then == block) == atom.positive))

    def is_lazily_made(self, body: Body, node: int) -> bool:
        """``if cache is None: cache = make()``: asks whether this is the first time."""
        value = body.values[node]
        if value.kind == "name":
            written = [value for _, value in body.values.globals_written.get(str(value.label), ())]
        elif value.kind == "attr":
            written = [store.value for store in body.values.stores if store.name == value.label]
        else:
            return False
        return any(self.is_none(body, other) is not True for other in written)


def _met(body: Body, node: int) -> tuple[int, ...]:
    """The values that meet in a join, those of joins among them one by one, and of a loop what enters it."""
    found: list[int] = []
    work, seen = [node], {node}
    while work:
        value = body.values[work.pop()]
        for part in value.arguments[value.kind == "choose" :]:
            while body.values[part].kind == "after":
                part = body.values[part].arguments[0]
            if part not in seen:
                seen.add(part)
                (work if body.values[part].kind in ("phi", "choose") else found).append(part)
    return tuple(found)


def looks_up(value: Value) -> bool:
    """Whether an outside call is a look-up that answers None for what it does not find."""
    call = value.label
    assert isinstance(call, Call)
    return isinstance(call.function, Attr) and call.function.name in LOOKUPS


def _falls_off(body: Body) -> bool:
    """Whether a function can end without a ``return`` and so return None."""
    return not body.values.returns or any(
        isinstance(block.terminator, Leave) and block.terminator.kind == "end" and block.number < body.graph.exit
        for block in body.graph.blocks
        if block.number not in (body.graph.exit, body.graph.failure)
    )
