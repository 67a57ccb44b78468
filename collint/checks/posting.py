"""What a batch of sends and receives is made of: where its list grows, what decides that, and who told the peers.

Whether what decides varies, and what to say about it, is the rule's (:mod:`collint.checks.batches`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from collint.checks import provenance
from collint.checks.context import Context
from collint.checks.counting import numbers
from collint.checks.sites import Site, argument, communicators
from collint.ir.graph import BranchOn, NextOf
from collint.ir.statements import Call, Span
from collint.ir.values import Value
from collint.knowledge.rows import PointToPoint
from collint.linking.binding import bind
from collint.linking.callers import skipped
from collint.linking.meaning import called_name
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.slicing import slice_of
from collint.record import Record
from collint.uniformity.states import Axis, Side

COUNTING = frozenset({"builtins.range", "builtins.min", "builtins.max", "builtins.int", "builtins.abs"})
_PLACE = re.compile(r"(^|_)(rank|ranks|world_size|num_stages|stage|is_first|is_last|(first|last)_(rank|stage))$")
MAX_HOPS = 3


class Decision(Record, frozen=True):
    """A branch or loop at the end of ``block``: ``node`` decides, by its contents or by how many elements it has."""

    node: int
    side: Side
    block: int
    span: Span


class Batch(Record, frozen=True):
    """One call that posts a list, the axes over which it matters, and what decides about it.

    ``whether`` decides if the call is made, ``how_much`` what is in the list; ``emptiness`` are the branches that only
    ask whether the list has anything in it. ``grown`` are the blocks in which it grows.
    """

    site: Site
    listed: int | None
    axes: frozenset[Axis]
    groups: tuple[str, ...]
    whether: tuple[Decision, ...]
    how_much: tuple[Decision, ...]
    emptiness: tuple[Decision, ...]
    grown: frozenset[int]


def batch_of(context: Context, site: Site, operations: list[Site]) -> Batch:
    """The batch that a call posts; ``operations`` are the single operations that its function makes."""
    body = site.body
    assert isinstance(site.row, PointToPoint)
    listed = argument(context, site, site.row.payload[0]) if site.row.payload else None
    grown = frozenset(_grown(body, listed)) if listed is not None else frozenset()
    roots = _lists(body, listed) if listed is not None else frozenset()
    deciding = decisions_about(body, site.block)
    empty = tuple(decision for decision in deciding if _asks_for(body, decision.node, roots))
    around = {block for number in grown for block in body.controllers()[number]}
    growing = [_decision(body, block) for block in sorted(around - body.controllers()[site.block])]
    on = [communicators(context, operation) for operation in operations if not site.row.group] or [
        communicators(context, site)
    ]
    every = tuple(sorted({communicator for found in on for communicator in found}, key=repr))
    return Batch(
        site,
        listed,
        context.axes(every),
        tuple(dict.fromkeys(str(communicator.group) for communicator in every)),
        tuple(decision for decision in deciding if decision not in empty),
        tuple(d for d in growing if d is not None),
        empty,
        grown,
    )


def decisions_about(body: Body, block: int) -> tuple[Decision, ...]:
    """The branches and loops that decide whether a block runs."""
    found = (
        _decision(body, number) for number in sorted(body.controllers()[block]) if not _is_later(body, number, block)
    )
    return tuple(decision for decision in found if decision is not None)


def _is_later(body: Body, branch: int, block: int) -> bool:
    """Whether a branch comes after the block in the turn of a loop, and both its arms lead to the next turn."""
    end = body.graph.blocks[branch].terminator
    return (
        isinstance(end, BranchOn)
        and body.dominates(block, branch)
        and all(leads(body, arm, block, branch) for arm in (end.then, end.other))
    )


def _decision(body: Body, block: int) -> Decision | None:
    end = body.graph.blocks[block].terminator
    node = body.values.conditions.get(block)
    if node is None or not isinstance(end, (BranchOn, NextOf)):
        return None
    return Decision(node, "extent" if isinstance(end, NextOf) else "data", block, end.span)


def _grown(body: Body, node: int) -> Iterator[int]:
    """The blocks in which a list gets an entry: append and its kin, ``+=``, a comprehension."""
    for current in _versions(body, node):
        value = body.values[current]
        changed = value.kind == "after" and getattr(value.label, "role", "") == "receiver"
        if changed or value.kind in ("collected", "stored") or (value.kind == "op" and value.label == "+"):
            yield value.block
            if value.kind == "op":  # what a comprehension made and ``+=`` adds
                yield from (block for part in value.arguments[1:] for block in _grown(body, part))


def _versions(body: Body, node: int) -> list[int]:
    """A list and everything that it was before, as far as its own function shows."""
    seen, work = {node: None}, [node]
    while work:
        value = body.values[work.pop()]
        if value.kind == "phi":
            before: tuple[int, ...] = value.arguments
        elif value.kind in ("after", "collected", "stored", "op"):
            before = value.arguments[:1]
        else:
            continue
        for other in before:
            if other not in seen:
                seen[other] = None
                work.append(other)
    return list(seen)


def _lists(body: Body, node: int) -> frozenset[int]:
    return frozenset(_versions(body, node))


def _asks_for(body: Body, node: int, roots: frozenset[int]) -> bool:
    """Whether a condition is ``if ops``, ``if len(ops) > 0`` and the like."""
    value = body.values[node]
    if node in roots and value.kind != "const":
        return True
    if value.kind == "op":
        return any(_asks_for(body, part, roots) for part in value.arguments)
    return value.kind == "call" and len(value.arguments) == 2 and value.arguments[1] in roots


def is_told(context: Context, body: Body, node: int, block: int, hops: int = 0) -> bool:
    """Whether the peers learn what decides in ``block``: it was sent, exchanged or received before, here or by callers.

    Counts that went through an ``all_to_all`` or a header message decide on both sides alike, whatever they hold.
    """
    decides = {part for part in slice_of(body, node) if not _is_object(context, body, part)}
    for called in body.values.calls:
        meaning = context.meanings.of_call(body, called.node)
        if meaning.collective is None and (meaning.p2p is None or meaning.p2p.direction == "operation"):
            continue
        if called.node in decides:
            return True
        sent = {part for handed in body.values[called.node].arguments[1:] for part in slice_of(body, handed)}
        if sent & decides and called.node != node and body.dominates(called.block, block):
            return True
    return hops < MAX_HOPS and any(
        is_told(context, caller, handed, at, hops + 1)
        for part in sorted(decides)
        if body.values[part].kind == "parameter"
        for caller, handed, at in _handed(context, body, str(body.values[part].label))
    )


def is_about_ranks(context: Context, body: Body, node: int) -> bool:
    """Whether a condition or count speaks of ranks and group sizes alone: the peers can work it out, whoever set them.

    Packs and what they are made from tell; else a name that ends like one.
    """
    value = body.values[node]
    if value.kind == "const":
        return True
    counted = {number.kind for number in numbers(context, body, node)}
    if counted <= {"rank", "global", "size", "constant"}:
        return True
    if value.kind in ("attr", "parameter", "name", "call") and _PLACE.search(_last_name(value)):
        return True
    if value.kind == "call" and set(context.meanings.of_call(body, node).names) & COUNTING:
        return all(is_about_ranks(context, body, part) for part in value.arguments[1:])
    return value.kind in ("op", "choose", "element") and all(
        is_about_ranks(context, body, part) for part in value.arguments
    )


def _last_name(value: Value) -> str:
    return called_name(value.label) if isinstance(value.label, Call) else str(value.label)


def is_fixed(context: Context, body: Body, node: int) -> bool:
    """Whether a value comes from what constructors alone put into the method's own object: a topology, not a state."""
    parts = [part for part in slice_of(body, node) if body.values[part].kind in ("parameter", "attr")]
    if not all(_is_object(context, body, part) for part in parts if body.values[part].kind == "parameter"):
        return False
    held = [part for part in parts if _is_object(context, body, (body.values[part].arguments or (part,))[0])]
    names = {str(body.values[part].label) for part in held if body.values[part].kind == "attr"}
    method = provenance.method_around(context, body)
    facts = context.program.facts(method) if method else None
    if not names or facts is None:
        return False
    writers = [
        write for name in names for write in context.evaluator.project.writers(f"{facts.module}:{facts.owner}", name)
    ]
    return all(write.function_id.endswith(".__init__") for write in writers)


def _is_object(context: Context, body: Body, node: int) -> bool:
    return body.values[node].kind == "parameter" and provenance.is_own_object(context, body, node)


def _handed(context: Context, body: Body, name: str) -> Iterator[tuple[Body, int, int]]:
    facts = context.program.facts(body.id)
    for caller, node, ref in provenance.calls_to(context, body.id) if facts is not None else ():
        assert facts is not None
        call = caller.values[node].label
        arguments = getattr(call, "arguments", ())
        position = bind(facts.parameters, arguments, skipped(context.evaluator, facts, ref)).get(name)
        if position is not None:
            yield caller, caller.values[node].arguments[1 + position], caller.values[node].block
