"""Which values are one object, or of one extent, seen through calls and stores that leave that alone.

What an extent depends on is not asked here: that is a step of the walk.
"""

from __future__ import annotations

from collint.ir.graph import NextOf
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.linking.conditions import Conditions
from collint.linking.evaluate import leaves
from collint.linking.meaning import called_name
from collint.linking.program import Body

# Methods of a tensor that give it another shape in place; all others that end in an underscore keep it.
RESHAPING = frozenset("resize_ resize_as_ set_ squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_".split())
COLLECTIONS = frozenset(
    "builtins.list builtins.tuple builtins.set builtins.frozenset builtins.dict builtins.sorted "
    "collections.deque collections.OrderedDict collections.defaultdict".split()
)
# Builtins that give one element for each of their first argument.
ALIGNING = frozenset({"zip", "enumerate", "reversed", "sorted"})
MAPPINGS = frozenset({"dict", "defaultdict", "OrderedDict", "Counter"})


class Extents:
    """Values seen through what changes neither them nor their extent."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.meanings = conditions.meanings

    def same_object(self, body: Body, node: int) -> int:
        """The value that a call hands on, or leaves, unchanged in all that matters here (``tqdm(x)``, ``log(x)``).

        A join of nothing but such versions of one value is that value, in a loop too.
        """
        memo: dict[int, int] = body.memo.setdefault("same object", {})  # type: ignore[assignment]
        found = memo.get(node)
        if found is None:
            found = memo[node] = self._same_object(body, node)
        return found

    def _same_object(self, body: Body, node: int) -> int:
        for _ in range(16):
            value = body.values[node]
            if value.kind == "phi":
                before = self._joined(body, node, value)
                if before is None:
                    break
                node = before
                continue
            if value.kind == "after":
                before = value.arguments[0]
                if self.conditions.key(body, node) != self.conditions.key(body, before):
                    break
                node = before
                continue
            if value.kind != "call":
                break
            row = self.meanings.of_call(body, node).transfer
            place = self.meanings.argument(body, node, row.same) if row is not None and row.same else None
            if place is None:
                break
            node = place
        return node

    def _joined(self, body: Body, node: int, value: Value) -> int | None:
        """The operand that a join of equal values receives first; None where they are not known to be equal."""
        key = self.conditions.key(body, node)
        if key == ("local", body.id, node):
            return None
        above = (a for a in value.arguments if a != node and body.dominates(body.values[a].block, value.block))
        return next((a for a in above if self.conditions.key(body, a) == key), None)

    def is_collection(self, body: Body, node: int) -> bool:
        """Whether a value is a list, a set or a dict (or none), as far as its making tells: true where it is filled."""
        collections = False
        for leaf in leaves(body, node):
            value = body.values[leaf]
            if value.kind == "const" and value.label == "None":
                continue
            if value.kind != "display" and not self._makes_collection(body, leaf):
                return False
            collections = True
        return collections

    def _makes_collection(self, body: Body, node: int) -> bool:
        return body.values[node].kind == "call" and bool(COLLECTIONS & set(self.meanings.of_call(body, node).names))

    def root(self, body: Body, node: int) -> int:
        """The value whose extent this one has, seen through what leaves extents alone."""
        for _ in range(32):
            value = body.values[node]
            if value.kind == "phi":
                counted = _mapped(body, node)
                before = counted if counted is not None else self._rooted(body, node, value)
                if before is None:
                    break
                node = before
            elif self._keeps_extent(body, value) or (value.kind == "stored" and not is_mapping(body, node)):
                node = value.arguments[0]
            elif value.kind == "call" and self.same_object(body, node) != node:
                node = self.same_object(body, node)
            elif (counted := _counted(body, value)) is not None:
                node = counted
            else:
                break
        return node

    def appended(self, body: Body, node: int) -> tuple[int, int]:
        """The value whose extent this one had, and how many elements were appended to it since."""
        added = 0
        while body.values[node].kind == "after" and _adds_one(body, node):
            node, added = body.values[node].arguments[0], added + 1
        return self.root(body, node), added

    def _rooted(self, body: Body, node: int, value: Value) -> int | None:
        """The one value of whose extent all operands of a join are; None where they may differ."""
        memo: dict[int, int | None] = body.memo.setdefault("rooted", {})  # type: ignore[assignment]
        if node not in memo:
            memo[node] = None  # what a join in a loop sees of itself
            roots = {self.root(body, operand) for operand in value.arguments} - {node}
            memo[node] = roots.pop() if len(roots) == 1 else None
        return memo[node]

    def _keeps_extent(self, body: Body, value: Value) -> bool:
        """Whether a value after a call is as large as before: an argument, or a tensor written to in place."""
        if value.kind != "after" or not isinstance(value.label, Effect):
            return False
        call = body.values[value.arguments[1]].label
        assert isinstance(call, Call)
        name = called_name(call)
        in_place = value.label.role == "receiver" and name.endswith("_") and name not in RESHAPING
        return value.label.role == "argument" or in_place


def _counted(body: Body, value: Value) -> int | None:
    """What ``[x] * len(xs)``, ``zip(xs, ys)`` or ``enumerate(xs)`` has an element for each of."""
    if value.kind == "op" and value.label == "*" and len(value.arguments) == 2:
        for one, times in (value.arguments, value.arguments[::-1]):
            call, repeated = body.values[times], body.values[one]
            length = call.kind == "call" and len(call.arguments) == 2 and body.values[call.arguments[0]].label == "len"
            if length and repeated.kind == "display" and len(repeated.arguments) == 1:
                return call.arguments[1]
    if value.kind == "call" and body.values[value.arguments[0]].label in ALIGNING and len(value.arguments) > 1:
        return value.arguments[1]
    return None


def _adds_one(body: Body, node: int) -> bool:
    """Whether a value is a collection with one element more: of a comprehension, or appended to a list."""
    value = body.values[node]
    if value.kind == "after" and isinstance(value.label, Effect) and value.label.role == "receiver":
        call = body.values[value.arguments[1]].label
        return isinstance(call, Call) and called_name(call) == "append"
    return value.kind == "collected"


def _is_empty(begun: list[Value]) -> bool:
    """Whether what a loop begins with is an empty list, or what a comprehension begins with."""
    return all(value.kind == "display" and not value.arguments for value in begun)


def _mapped(body: Body, node: int) -> int | None:
    """What ``[f(x) for x in xs]`` has an element for each of; None for any other list, and for one with a filter."""
    value = body.values[node]
    head = value.block
    if not isinstance(body.graph.blocks[head].terminator, NextOf):
        return None
    made = [body.values[operand] for operand in value.arguments if _adds_one(body, operand)]
    begun = [body.values[operand] for operand in value.arguments if operand != node and not _adds_one(body, operand)]
    if len(made) != 1 or len(value.arguments) != 2 or made[0].arguments[0] != node or not _is_empty(begun):
        return None
    place = made[0].block
    inside = [branch for branch in body.controllers()[place] if head in body.graph.blocks[branch].loops]
    once = body.graph.blocks[place].loops[-1:] == (head,) and all(branch == head for branch in inside)
    return body.values.conditions.get(head) if once else None


def is_mapping(body: Body, node: int) -> bool:
    """Whether a container is a dict, as far as its making tells: a store then adds a key."""
    for leaf in leaves(body, node):
        value = body.values[leaf]
        if value.kind == "display" and value.label == "dict":
            return True
        if value.kind == "call" and isinstance(value.label, Call) and called_name(value.label) in MAPPINGS:
            return True
    return False
