"""Events on the whole job that stand in for those on a smaller group: ``gather(x, WORLD if alone else tp_group)``.

A program makes that choice where the smaller group is the whole job. Whether ranks differ there is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable

from collint.checks.context import Context
from collint.ir.graph import BranchOn
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator
from collint.project.facts import FunctionFacts
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import Variation


def stands_in(
    context: Context, communicators: tuple[Communicator, ...], origins: Iterable[Origin], variation: Variation
) -> bool:
    """Whether each event on the world has a counterpart on a group that does not have the axes of a variation."""
    if not all(communicator.group == WORLD.group for communicator in communicators):
        return False
    if variation.is_circumstance or variation.axes >= context.vocabulary.mesh_axes:
        return False  # what tells all ranks apart does so within the smaller group too
    places = {(origin.path, origin.line) for origin in origins}
    return bool(places) and all(_has_counterpart(context, path, line, variation) for path, line in places)


def _has_counterpart(context: Context, path: str, line: int, variation: Variation) -> bool:
    body = body_at(context, path, line)
    if body is None:
        return False
    events = [
        (site.block, site.call.span.line, letter)
        for site in body.values.calls
        for letter in (context.summaries.events.of_call(body, site.node).letter,)
        if letter is not None
    ]
    here = [(block, letter) for block, at, letter in events if at == line]
    return any(
        _is_alike(letter, other) and _parts(body, block, elsewhere) and not _meets(context, other, variation)
        for block, letter in here
        for elsewhere, _, other in events
    )


def _is_alike(letter: Letter, other: Letter) -> bool:
    """Whether two events do the same on two groups; a gather into one tensor is a gather."""
    return letter.communicators != other.communicators and (
        letter.op.startswith(other.op) or other.op.startswith(letter.op)
    )


def _meets(context: Context, letter: Letter, variation: Variation) -> bool:
    return any(c.group == WORLD.group for c in letter.communicators) or bool(
        context.axes(letter.communicators) & variation.axes
    )


def _parts(body: Body, one: int, other: int) -> bool:
    """Whether a branch decides which of two blocks is passed."""
    for branch in body.controllers()[one] & body.controllers()[other]:
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop:
            continue
        ways = [
            {target for target in (one, other) if arm == target or leads(body, arm, target, branch)}
            for arm in (end.then, end.other)
        ]
        if all(len(way) == 1 for way in ways) and ways[0] != ways[1]:
            return True
    return False


def body_at(context: Context, path: str, line: int) -> Body | None:
    """The innermost function around a line that is known to reach events."""
    key = ("functions of", path)
    if key not in context.memo:
        project = context.program.project
        every = (project.function(function_id) for function_id in context.reaching)
        context.memo[key] = [f for f in every if f is not None and context.program.path(f.module) == path]
    inside: list[FunctionFacts] = context.memo[key]  # type: ignore[assignment]
    around = [facts for facts in inside if facts.start_line <= line <= facts.end_line]
    found = min(around, key=lambda facts: (facts.end_line - facts.start_line, facts.id), default=None)
    return context.program.body(found.id) if found is not None else None
