"""COL501: a group that each rank makes of other members, or groups made in an order that differs between ranks.

Creations that only some ranks come to are found where sequences are compared (:mod:`collint.checks.divergence`,
:mod:`collint.checks.loops`) and not told again here.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.creation import CREATES, CREATES_HELP, CREATES_NAME, EVERYBODY, is_told
from collint.checks.placing import Verdict, place
from collint.findings import Event, Finding, RankClass
from collint.ir.graph import NextOf
from collint.ir.statements import Call, Span
from collint.ir.values import CallSiteNode
from collint.linking.describe import describe, excerpt, shortened
from collint.linking.evaluate import leaves
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.events import CREATION
from collint.uniformity.states import HIGH, Side, Variation

CODES = (CREATES,)
BY_FILE = True
# Calls around a range that only make a list of it.
MAX_WRAPPERS = 4


def check(context: Context) -> Iterator[Finding]:
    """Every creation whose members or whose order differ between the ranks that must make it."""
    for body in context.bodies():
        ordered: set[int] = set()
        for called in body.values.calls:
            if context.meanings.is_made_by_all(body, called.node) and not is_told(body, called.call.span.line):
                yield from _members(context, body, called)
        for called in body.values.calls:
            letter = context.summaries.events.of_call(body, called.node)
            if letter.callees or (letter.letter is not None and letter.letter.op == CREATION):
                for head in body.graph.blocks[called.block].loops:
                    if head not in ordered and _makes_groups(context, body, called.node):
                        ordered.add(head)
                        yield from _order(context, body, head, called)


def _makes_groups(context: Context, body: Body, node: int) -> bool:
    event = context.summaries.events.of_call(body, node)
    if event.letter is not None:
        return event.letter.op == CREATION
    found = (context.summaries.of_function(callee.function_id).origins for callee in event.callees)
    return any(letter.op == CREATION for origins in found for letter in origins)


def _over(context: Context, body: Body, called: CallSiteNode) -> tuple[Communicator, ...]:
    row = context.meanings.of_call(body, called.node).new_group
    if row is None:
        return (Communicator("world"),)
    return tuple(sorted(context.groups.of_creation(body, called.node, row), key=repr))


def _members(context: Context, body: Body, called: CallSiteNode) -> Iterator[Finding]:
    """A list of ranks that is not the same on every rank: each makes its own group, and no other."""
    row = context.meanings.of_call(body, called.node).new_group
    ranks = context.meanings.argument(body, called.node, row.ranks) if row is not None else None
    over = _over(context, body, called)
    if ranks is None or _is_alone(body, ranks):
        return
    axes = context.axes(over)
    asked = (
        context.uniformity.varies(body.id, node, axes, side, at=called.block) for node, side in _told_by(body, ranks)
    )
    variation = next((found for found in asked if found is not None), None)
    if variation is not None:
        name, listed = called_name(called.call), shortened(describe(body, ranks))
        text = (
            f"{name} gets `{listed}`, which differs between ranks: each rank makes a group of other members, while "
            f"all ranks of {over[0].group_name} have to make the same one. {EVERYBODY}"
        )
        yield _report(context, body, called.call.span, called, variation, over, text, f"members {listed}")


def _is_alone(body: Body, ranks: int, depth: int = 0) -> bool:
    """Whether a group has one member: each rank may make its own, for there is nobody to exchange addresses with."""
    listed = [body.values[leaf] for leaf in leaves(body, ranks)]
    if any(value.kind != "display" or len(value.arguments) != 1 for value in listed):
        return False
    inner = [value.arguments[0] for value in listed]
    nested = [node for node in inner if any(body.values[leaf].kind == "display" for leaf in leaves(body, node))]
    return depth < MAX_WRAPPERS and all(_is_alone(body, node, depth + 1) for node in nested)


def _told_by(body: Body, ranks: int) -> Iterator[tuple[int, Side]]:
    """What tells whether two lists of ranks are one: contents, extent, and where a range begins."""
    yield ranks, "data"
    yield ranks, "extent"
    work = [ranks]
    for _ in range(MAX_WRAPPERS):
        for leaf in leaves(body, work.pop()) if work else ():
            value = body.values[leaf]
            name = called_name(value.label) if isinstance(value.label, Call) else ""
            if name == "range" and len(value.arguments) > 2:
                yield value.arguments[1], "data"
            elif name in ("list", "tuple", "sorted") and len(value.arguments) > 1:
                work.append(value.arguments[1])


def _order(context: Context, body: Body, head: int, called: CallSiteNode) -> Iterator[Finding]:
    """A loop that makes groups in the order of something that each rank orders for itself."""
    end = body.graph.blocks[head].terminator
    if not isinstance(end, NextOf):
        return
    over = _over(context, body, called)
    variation = context.uniformity.varies(body.id, body.values.conditions[head], context.axes(over), "order", at=head)
    if variation is not None:
        iterated = excerpt(context.program, body.path, end.span)
        text = (
            f"the loop over `{iterated}` makes groups in an order that differs between ranks: the n-th creation of one "
            f"rank meets another group's on its peers. {EVERYBODY}"
        )
        yield _report(context, body, end.span, called, variation, over, text, f"order {iterated}")


def _report(
    context: Context,
    body: Body,
    span: Span,
    called: CallSiteNode,
    variation: Variation,
    over: tuple[Communicator, ...],
    text: str,
    mismatch: str,
) -> Finding:
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in over))
    event = Event(CREATION, groups[0], body.path, called.call.span.line)
    return place(
        context,
        body,
        span,
        Verdict(
            rule=CREATES,
            name=CREATES_NAME,
            severity="error",
            certainty=min(HIGH, variation.confidence),
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            message=text,
            because=variation.because,
            classes=(
                RankClass("a rank of one group", (event,), "wait for the ranks of the other groups"),
                RankClass("a rank of another group", (event,), "make their own group, or make it at another time"),
            ),
            collectives=(event,),
            help=CREATES_HELP,
            mismatch=mismatch,
        ),
    )
