"""How long a list is, where that can be told: so many entries, or one per rank of some group.

Displays, products, comprehensions and loops of appends are counted; everything else is unknown.
"""

from __future__ import annotations

from typing import Literal

from collint.checks import origins, provenance
from collint.checks.context import Context
from collint.checks.counting import members_listed, numbers
from collint.checks.origins import Origin
from collint.ir.graph import NextOf
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.linking.evaluate import leaves
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.record import Record
from collint.uniformity.states import Side

MAX_DEPTH = 10
SAME_LENGTH = frozenset(
    {"builtins.list", "builtins.tuple", "builtins.sorted", "builtins.enumerate", "builtins.reversed"}
)
PARTS = frozenset({"chunk", "tensor_split"})
GROWS = frozenset({"append"})
RESIZES = frozenset({"append", "extend", "insert", "pop", "remove", "clear", "appendleft", "popleft"})


class Length(Record, frozen=True):
    """``exact``: ``count`` entries; ``group``: one per rank of ``origin``; ``counted``: as many as another value tells.

    (``body``, ``node``) is the list or its size; for ``counted`` the number, or (``side`` extent) what is gone through.
    """

    kind: Literal["exact", "group", "counted", "unknown"]
    count: int = 0
    origin: Origin = origins.OF_WORLD
    body: str = ""
    node: int = -1
    side: Side = "data"


UNKNOWN = Length("unknown")
Lengths = tuple[Length, ...]


def lengths(context: Context, body: Body, node: int) -> Lengths:
    """The lengths that a list may have; a None among its values has none."""
    return tuple(dict.fromkeys(_lengths(context, body, node, 0, frozenset())))


def _lengths(context: Context, body: Body, node: int, depth: int, seen: frozenset[tuple[str, int]]) -> list[Length]:
    if (body.id, node) in seen:
        return []  # a list that comes round a loop as it was
    if depth > MAX_DEPTH:
        return [UNKNOWN]
    inner = seen | {(body.id, node)}
    value = body.values[node]

    def through(argument: int) -> list[Length]:
        return _lengths(context, body, argument, depth + 1, inner)

    if value.kind == "phi":
        iterable = _grown_over(context, body, node)
        if iterable is not None:
            return [
                _item_by_item(context, body, iterable) if length == UNKNOWN else length for length in through(iterable)
            ]
        found = [length for argument in value.arguments for length in through(argument)]
        return [UNKNOWN] if UNKNOWN in found and _is_head(body, value.block) else found
    if value.kind == "choose":
        return [length for argument in value.arguments[1:] for length in through(argument)]
    if value.kind == "op" and value.label == "or":
        return [length for argument in value.arguments for length in through(argument)]
    if value.kind == "after":
        return [UNKNOWN] if _resizes(body, value) else through(value.arguments[0])
    if value.kind == "stored":
        return through(value.arguments[0])
    return _leaf(context, body, node, value, depth, inner)


def _leaf(
    context: Context, body: Body, node: int, value: Value, depth: int, seen: frozenset[tuple[str, int]]
) -> list[Length]:
    if value.kind == "const":
        return [] if value.label == "None" else [UNKNOWN]
    if value.kind == "display":
        return [_display(body, node, value)]
    if value.kind == "op" and value.label == "*":
        return _product(context, body, node, value)
    if value.kind == "call":
        return _call(context, body, node, value, depth, seen)
    sources = provenance.Sources()
    if value.kind == "attr":
        listed = members_listed(context, body, node)
        if listed is not None:
            return [Length("group", origin=listed, body=body.id, node=node)]
        sources = provenance.of_attribute(context, body, value)
    if value.kind == "name":
        sources = provenance.of_name(context, body, str(value.label))
    if len(sources.nodes) == 1 and sources.complete:
        return _lengths(context, *sources.nodes[0], depth + 1, seen)
    return [UNKNOWN]


def _display(body: Body, node: int, value: Value) -> Length:
    if value.label not in ("list", "tuple") or any(body.values[item].kind == "star" for item in value.arguments):
        return UNKNOWN
    return Length("exact", len(value.arguments), body=body.id, node=node)


def _product(context: Context, body: Body, node: int, value: Value) -> list[Length]:
    """``[None] * size``."""
    listed = [argument for argument in value.arguments if body.values[argument].kind == "display"]
    others = [argument for argument in value.arguments if argument not in listed]
    if len(listed) != 1 or len(others) != 1 or len(body.values[listed[0]].arguments) != 1:
        return [UNKNOWN]
    return _counted(context, body, others[0], node)


def _counted(context: Context, body: Body, number: int, node: int) -> list[Length]:
    """As many entries as a number says. A literal among other values is the case without a group (one process)."""
    found = numbers(context, body, number)
    if all(counted.kind == "constant" for counted in found):
        return [Length("exact", counted.value, body=body.id, node=node) for counted in found]
    sizes = [counted for counted in found if counted.kind == "size"]
    lengths_found = [Length("group", origin=size.origin, body=size.body, node=size.node) for size in sizes]
    if any(counted.kind not in ("constant", "size") for counted in found):
        is_count = not sizes and _is_count(context, body, number)
        lengths_found.append(Length("counted", body=body.id, node=number) if is_count else UNKNOWN)
    return lengths_found


def _is_count(context: Context, body: Body, node: int) -> bool:
    """Whether a number counts something of this process: a pack's source, or how many items a container holds."""
    found = leaves(body, node)
    meanings = [context.meanings.of_call(body, leaf) for leaf in found if body.values[leaf].kind == "call"]
    return len(meanings) == len(found) and all(m.source is not None or "builtins.len" in m.names for m in meanings)


def _item_by_item(context: Context, body: Body, iterable: int) -> Length:
    """One entry per item of a container that the function was given or holds, or of what a pack says is a rank's own.

    Of what other calls make nothing is known.
    """

    def is_known(leaf: int) -> bool:
        source = context.meanings.of_call(body, leaf).source if body.values[leaf].kind == "call" else None
        return body.values[leaf].kind in ("parameter", "attr", "name") or (
            source is not None and "extent" in source.sides
        )

    if all(is_known(leaf) for leaf in leaves(body, iterable)):
        return Length("counted", body=body.id, node=iterable, side="extent")
    return UNKNOWN


def _call(
    context: Context, body: Body, node: int, value: Value, depth: int, seen: frozenset[tuple[str, int]]
) -> list[Length]:
    names = set(context.meanings.of_call(body, node).names)
    arguments = value.arguments[1:]
    if "builtins.range" in names and len(arguments) == 1:
        return _counted(context, body, arguments[0], node)
    if names & SAME_LENGTH and len(arguments) == 1:
        return _lengths(context, body, arguments[0], depth + 1, seen)
    if isinstance(value.label, Call) and called_name(value.label) in PARTS and arguments:
        # A method has its array before the dot, a function of the library in front.
        number = arguments[0] if body.values[value.arguments[0]].kind == "attr" and not names else arguments[-1]
        return _counted(context, body, number, node) if len(arguments) <= 2 else [UNKNOWN]
    listed = members_listed(context, body, node)
    return [UNKNOWN] if listed is None else [Length("group", origin=listed, body=body.id, node=node)]


# ------------------------------------------------------------------------------------------------- growing in a loop


def _grown_over(context: Context, body: Body, phi: int) -> int | None:
    """What a loop iterates over that adds one entry per turn to a list that was empty before; None for other phis."""
    head = body.values[phi].block
    end = body.graph.blocks[head].terminator
    arguments = body.values[phi].arguments
    if not isinstance(end, NextOf) or len(arguments) != 2:
        return None
    before = [argument for argument in arguments if _is_empty(body, argument)]
    grown = [argument for argument in arguments if _adds_one(body, argument, phi, head)]
    return body.values.conditions.get(head) if len(before) == len(grown) == 1 else None


def _is_head(body: Body, block: int) -> bool:
    return block in body.graph.blocks[block].loops


def _is_empty(body: Body, node: int) -> bool:
    value = body.values[node]
    return value.kind == "display" and value.label == "list" and not value.arguments


def _adds_one(body: Body, node: int, phi: int, head: int) -> bool:
    """Whether a value is the phi's list with exactly one entry more, added on every turn of this very loop."""
    added = 0
    while node != phi:
        value = body.values[node]
        if value.kind == "collected" or (value.kind == "after" and _method(body, value) in GROWS):
            added += 1
            if body.graph.blocks[value.block].loops[-1:] != (head,):
                return False
        elif (value.kind == "after" and _resizes(body, value)) or value.kind not in ("after", "stored"):
            return False
        node = value.arguments[0]
    return added == 1


def _resizes(body: Body, value: Value) -> bool:
    return _method(body, value) in RESIZES


def _method(body: Body, value: Value) -> str:
    """The method that was called on the list, for a value after a call on it."""
    effect = value.label
    if not isinstance(effect, Effect) or effect.role != "receiver":
        return ""
    call = body.values[value.arguments[1]].label
    return called_name(call) if isinstance(call, Call) else ""
