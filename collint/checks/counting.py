"""What a number counts, in terms of process groups: a rank of the job, a rank within a group, a group's size.

A small abstract evaluation: arithmetic keeps the numbering where it can only shift within it, and forgets it where it
may translate (products, sums with unknown offsets, table look-ups).
"""

from __future__ import annotations

from itertools import islice, product
from typing import Literal

from collint.checks import origins, provenance
from collint.checks.context import Context
from collint.checks.origins import Origin
from collint.checks.searched import entries_like
from collint.ir.values import Value
from collint.knowledge.rows import Rank, Transfer
from collint.linking import mesh_axes
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.recursion import Recursion
from collint.linking.references import ObjectIs, Symbol, in_order
from collint.record import Record

MAX_DEPTH = 8
MAX_PAIRS = 16
SAME = frozenset({"builtins.int", "builtins.abs", "builtins.min", "builtins.max", "builtins.round"})


class Number(Record, frozen=True):
    """A ``rank`` or ``size`` of the group ``origin``, or a ``constant`` ``value``; born at (``body``, ``node``)."""

    kind: Literal["constant", "rank", "size", "global", "unknown"]
    origin: Origin = origins.OF_WORLD
    value: int = 0
    body: str = ""
    node: int = -1


UNKNOWN = Number("unknown")
Numbers = tuple[Number, ...]


def numbers(context: Context, body: Body, node: int) -> Numbers:
    """What a value counts: one answer per value that it may be. A cyclic definition knows nothing of itself."""
    known: Recursion[Numbers] | None = context.memo.get("numbers")  # type: ignore[assignment]
    if known is None:
        known = context.memo["numbers"] = Recursion[Numbers]((UNKNOWN,), MAX_DEPTH)
    key = (body.id, node)
    return known.run(key, key, lambda: _numbers(context, body, node))


def _numbers(context: Context, body: Body, node: int) -> Numbers:
    found = [number for leaf in leaves(body, node) for number in _leaf(context, body, leaf)]
    return tuple(dict.fromkeys(found))


def _leaf(context: Context, body: Body, node: int) -> Numbers:
    value = body.values[node]
    if value.kind == "const":
        text = str(value.label)
        return (Number("constant", value=int(text), body=body.id, node=node),) if text.isdigit() else (UNKNOWN,)
    if value.kind == "op":
        return _operation(context, body, value)
    if value.kind == "call":
        return _call(context, body, node, value)
    if value.kind == "attr":
        return _attribute(context, body, node, value)
    if value.kind == "name":
        return _all(context, provenance.of_name(context, body, str(value.label)))
    if value.kind == "element":
        return _element(context, body, node, value) or (UNKNOWN,)
    if value.kind == "index":
        if members_listed(context, body, value.arguments[0]) is not None:
            return (Number("global", body=body.id, node=node),)
        return _of_list(context, body, value.arguments[0]) or (UNKNOWN,)
    if value.kind == "parameter":
        handed = _all(context, provenance.of_parameter(context, body, str(value.label)))
        # A constant is the caller's choice of a root together with a group: not for this function to judge.
        return tuple(dict.fromkeys(UNKNOWN if number.kind == "constant" else number for number in handed))
    return (UNKNOWN,)


def _of_list(context: Context, body: Body, node: int) -> Numbers:
    """What the entries of a list count, where it is searched with a rank of a group."""

    def sought(origin: Body, place: int) -> Numbers:
        return numbers(context, origin, place)

    found = entries_like(context, body, node, sought)
    return tuple(number for number in found if isinstance(number, Number) and number.kind == "rank")


def _all(context: Context, sources: provenance.Sources) -> Numbers:
    found = [number for body, node in sources.nodes for number in numbers(context, body, node)]
    return tuple(dict.fromkeys(found)) if found and sources.complete else (*dict.fromkeys(found), UNKNOWN)


def _operation(context: Context, body: Body, value: Value) -> Numbers:
    if len(value.arguments) != 2:
        return (UNKNOWN,)
    left, right = (numbers(context, body, argument) for argument in value.arguments)
    pairs = islice(product(left, right), MAX_PAIRS)
    return tuple(dict.fromkeys(combined(str(value.label), one, other) for one, other in pairs))


def combined(operator: str, left: Number, right: Number) -> Number:
    """What the result of arithmetic counts."""
    if operator == "%":
        return left if left.kind == "rank" else UNKNOWN
    if operator in ("+", "^") and left.kind == "constant" and right.kind in ("rank", "global"):
        return right
    if operator not in ("+", "-", "^"):
        return UNKNOWN
    if left.kind == "size" and operator == "-":
        return _from_the_end(left, right)
    if left.kind == "global":
        return left if right.kind == "constant" else UNKNOWN
    if left.kind == "rank" and (right.kind == "constant" or _within(left, right)):
        return left
    return UNKNOWN


def _within(left: Number, right: Number) -> bool:
    return right.kind in ("rank", "size") and left.origin.is_same(right.origin)


def _from_the_end(size: Number, right: Number) -> Number:
    """``size - 1`` and ``size - rank`` count members from the last one."""
    if (right.kind == "constant" and right.value > 0) or _within(size, right):
        kind: Literal["global", "rank"] = "global" if size.origin.is_world else "rank"
        return Number(kind, size.origin, body=size.body, node=size.node)
    return UNKNOWN


def _call(context: Context, body: Body, node: int, value: Value) -> Numbers:
    meaning = context.meanings.of_call(body, node)
    if meaning.rank is not None:
        row = meaning.rank
        if row.axis:
            return (_along(context, body, node),)
        return (_rank(row, origins.of_argument(context, body, node, row.group, row.of), body, node),)
    if meaning.transfer is not None and meaning.transfer.space:
        return (_translated(context, body, node, meaning.transfer),)
    for name in meaning.names:
        size = context.vocabulary.size(name)
        if size is not None and size.side == "data":
            return (
                Number("size", origins.of_argument(context, body, node, size.group, size.of), body=body.id, node=node),
            )
    arguments = value.arguments[1:]
    if set(meaning.names) & SAME and arguments:
        found = [number for argument in arguments for number in numbers(context, body, argument)]
        return tuple(dict.fromkeys(found))
    if "builtins.len" in meaning.names and len(arguments) == 1:
        listed = members_listed(context, body, arguments[0])
        return (Number("size", listed, body=body.id, node=node),) if listed is not None else (UNKNOWN,)
    if meaning.functions:
        return _all(context, provenance.of_call(context, body, node))
    return (UNKNOWN,)


def _rank(row: Rank, origin: Origin, body: Body, node: int) -> Number:
    if row.test or row.space == "local":
        return UNKNOWN
    if row.space == "global" or origin.is_world:
        return Number("global", body=body.id, node=node)
    return Number("rank", origin, body=body.id, node=node)


def _translated(context: Context, body: Body, node: int, row: Transfer) -> Number:
    """A rank that a call turns into another numbering."""
    if row.space == "global":
        return Number("global", body=body.id, node=node)
    origin = origins.of_argument(context, body, node, row.group, "world")
    return UNKNOWN if origin.is_world else Number("rank", origin, body=body.id, node=node)


def _along(context: Context, body: Body, node: int) -> Number:
    """A place along a named axis of a mesh that has others."""
    meaning = context.meanings.of_call(body, node)
    groups = {communicator.group for communicator in context.groups.of_rank(body, node, meaning)}
    receiver = context.meanings.argument(body, node, "receiver")
    if receiver is None or not all(isinstance(group, Symbol) for group in groups):
        return UNKNOWN
    for end in origins.of_value(context, body, receiver).ends:
        maker = context.program.body(end.body) if end.kind == "made" else None
        row = context.meanings.of_call(maker, end.node).new_group if maker is not None else None
        place = context.meanings.argument(maker, end.node, row.axis) if maker and row and row.axis else None
        if maker is not None and place is not None and len(mesh_axes.names_of_value(maker, place)) == 1:
            return UNKNOWN
    return Number("rank", Origin(frozenset({origins.UNKNOWN}), frozenset(groups)), body=body.id, node=node)


def _attribute(context: Context, body: Body, node: int, value: Value) -> Numbers:
    base, name = value.arguments[0], str(value.label)
    for owner, row in _rows(context, body, base, name):
        if isinstance(row, Rank):
            return (_rank(row, origins.named(row.of), body, node),)
        return (Number("size", owner, body=body.id, node=node),)
    members = context.evaluator.members
    for ref in sorted(context.evaluator.of_value(body, base), key=repr):
        handle = members.handle(ref)
        if handle is not None and name in handle.ranks:
            owner = origins.of_value(context, body, base)
            return (Number("global" if owner.is_world else "rank", owner, body=body.id, node=node),)
    return _all(context, provenance.of_attribute(context, body, value))


def _rows(context: Context, body: Body, base: int, name: str) -> list[tuple[Origin, object]]:
    """The rank or size rows for an attribute, with the group of the object before the dot."""
    words = context.vocabulary
    for ref in sorted(context.evaluator.of_value(body, base), key=repr):
        owners = (
            context.evaluator.members.class_names(ref.class_id)
            if isinstance(ref, ObjectIs)
            else (getattr(ref, "class_name", "") or getattr(ref, "name", ""),)
        )
        for owner in owners:
            rank = words.rank(f"{owner}.{name}", "attribute")
            if rank is not None:
                return [(origins.OF_WORLD, rank)]
            size = words.size(f"{owner}.{name}", "attribute")
            if size is not None and size.side == "data":
                return [(origins.of_value(context, body, base) if size.group else origins.named(size.of), size)]
    return []


def _element(context: Context, body: Body, node: int, value: Value) -> Numbers:
    """``for i in range(size)`` counts the members of the group."""
    for leaf in leaves(body, value.arguments[0]):
        iterable = body.values[leaf]
        if iterable.kind != "call" or "builtins.range" not in context.meanings.of_call(body, leaf).names:
            return _of_list(context, body, leaf)
        stop = iterable.arguments[1:]
        found = numbers(context, body, stop[0]) if len(stop) == 1 else ()
        sizes = [number for number in found if number.kind == "size"]
        if sizes and len(sizes) == len(found):
            kind: Literal["global", "rank"] = "global" if all(s.origin.is_world for s in sizes) else "rank"
            return (Number(kind, sizes[0].origin, body=sizes[0].body, node=sizes[0].node),)
    return (UNKNOWN,)


def members_listed(context: Context, body: Body, node: int) -> Origin | None:
    """The group whose ranks a value lists, by a pack's row; its length is then the group's size."""
    for leaf in leaves(body, node):
        value = body.values[leaf]
        if value.kind == "call":
            for name in context.meanings.of_call(body, leaf).names:
                row = context.vocabulary.size(name)
                if row is not None and row.side == "extent":
                    return origins.of_argument(context, body, leaf, row.group, row.of)
        if value.kind == "attr":
            for ref in in_order(context.evaluator.of_value(body, value.arguments[0])):
                owners = context.evaluator.members.class_names(ref.class_id) if isinstance(ref, ObjectIs) else ()
                for owner in owners:
                    row = context.vocabulary.size(f"{owner}.{value.label}", "attribute")
                    if row is not None and row.side == "extent":
                        return origins.of_value(context, body, value.arguments[0])
    return None
