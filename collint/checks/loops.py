"""COL103: a loop whose number of turns varies over a group, with a collective of that group inside."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.creation import tell
from collint.checks.lone_rank import is_reached_by_one
from collint.checks.over_groups import is_over_groups
from collint.checks.placing import Verdict, place
from collint.checks.reasons import HELP, NAMES, Reason, Reasons, about_groups
from collint.checks.stand_in import stands_in
from collint.checks.wording import event, listed, place_words
from collint.findings import CONFIDENCES, Event, Finding, RankClass
from collint.ir.graph import BranchOn, NextOf
from collint.linking.describe import excerpt
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.linking.retries import is_poll
from collint.sequences.arms import always_speaks
from collint.sequences.events import CREATION, Letter, Origin
from collint.uniformity.states import HIGH, LOW, MEDIUM, Side, Variation

Places = dict[Letter, tuple[Origin, ...]]
TURNS = (
    "agree on the number of turns over {groups} first (all_reduce the maximum, let finished ranks contribute neutral "
    "values), or move the collective out of the loop"
)


def loop_findings(context: Context, body: Body, speaking: frozenset[int], reasons: Reasons) -> Iterator[Finding]:
    """Every loop of a body whose turns differ between ranks that meet inside it."""
    heads = {head for block in speaking for head in body.graph.blocks[block].loops}
    for head in sorted(heads):
        inside = [number for number in sorted(speaking) if head in body.graph.blocks[number].loops]
        letters = context.summaries.letters_in(body, inside)
        for creates in (False, True):
            kind = {letter: places for letter, places in letters.items() if (letter.op == CREATION) == creates}
            found = [_finding(context, body, number, kind, reasons) for number in _deciding(body, head)]
            every = [finding for finding in found if finding is not None]
            if every:
                finding, reason = max(every, key=lambda one: (CONFIDENCES.index(one[0].confidence), one[1].rule != ""))
                reasons.tell_besides(finding, reason)
                yield finding


def _deciding(body: Body, head: int) -> list[int]:
    """The blocks that decide whether a loop goes on: its head, and the further parts of a compound ``while`` test."""
    return [
        block.number
        for block in body.graph.blocks
        if block.number == head
        or (isinstance(block.terminator, BranchOn) and block.terminator.is_loop and block.loops[-1:] == (head,))
    ]


def _finding(
    context: Context, body: Body, head: int, letters: Places, reasons: Reasons
) -> tuple[Finding, Reason] | None:
    end = body.graph.blocks[head].terminator
    if not isinstance(end, (BranchOn, NextOf)) or (isinstance(end, BranchOn) and not end.is_loop):
        return None
    by_group: dict[tuple[Communicator, ...], Places] = {}
    for letter, origins in letters.items():
        by_group.setdefault(letter.communicators, {})[letter] = origins
    found: list[tuple[bool, Reason, tuple[Communicator, ...]]] = []
    for communicators in sorted(by_group, key=repr):
        side: Side = "extent" if isinstance(end, NextOf) else "data"
        reason = reasons.of(body, body.values.conditions[head], context.axes(communicators), head, side)
        if reason is not None and not is_reached_by_one(context, body, head, context.axes(communicators)):
            doubtful = _is_doubtful(context, body, head, communicators, by_group[communicators], reason.variation)
            found.append((doubtful, reason, communicators))
    if not found:
        return None
    # What is shown is what is most certain to differ, on a group whose members may wait at all.
    found.sort(key=lambda one: (one[0], -one[1].variation.confidence))
    doubtful, reason, first = found[0]
    certain = LOW if doubtful else _confidence(context, body, head, first, by_group[first], reason.variation)
    groups = tuple(communicators for _, _, communicators in found)
    return _report(context, body, end, reason, certain, groups, by_group), reason


def _is_doubtful(
    context: Context,
    body: Body,
    head: int,
    communicators: tuple[Communicator, ...],
    places: Places,
    variation: Variation,
) -> bool:
    """Whether ranks that turn less often may leave nobody waiting in the events of some communicators."""
    again = [origin for origins in places.values() for origin in origins if not origin.once]
    around = body.graph.blocks[head].loops
    if not again:
        return True  # the first turn has issued it, whoever turns more often
    if stands_in(context, communicators, again, variation):
        return True  # a smaller group, without the axes of the variation, may take its place
    if is_over_groups(context, body, head, places):
        return True  # each turn is about another group, one of those that this rank is in
    # Turns in which nothing came are no measure of those in which something did.
    return bool(around) and is_poll(context.uniformity.flow.failures, body, around[-1])


def _confidence(
    context: Context,
    body: Body,
    head: int,
    communicators: tuple[Communicator, ...],
    places: Places,
    variation: Variation,
) -> int:
    """How certain it is that some ranks wait in the events of some communicators."""
    # Where the loop may also turn without the event, all may turn without it.
    certain = HIGH if always_speaks(context.summaries, body, head, communicators) else MEDIUM
    doubt = min((origin.doubt for origins in places.values() for origin in origins), default=0)
    return min(variation.confidence, LOW if doubt and certain < HIGH else HIGH - doubt, certain)


def _report(
    context: Context,
    body: Body,
    end: BranchOn | NextOf,
    reason: Reason,
    confidence: int,
    waiting: tuple[tuple[Communicator, ...], ...],
    by_group: dict[tuple[Communicator, ...], Places],
) -> Finding:
    first = waiting[0]
    creates = next(iter(by_group[first])).op == CREATION
    reason = about_groups(reason) if creates else reason
    variation = reason.variation
    code = reason.rule or "COL103"
    events = [event(letter, origins) for letter, origins in sorted(by_group[first].items(), key=lambda e: repr(e[0]))]
    predicate = excerpt(context.program, body.path, end.span)
    groups = tuple(dict.fromkeys(c.group_name for communicators in waiting for c in communicators))
    what = (
        f"the number of turns of `for ... in {predicate}`"
        if isinstance(end, NextOf)
        else f"how often `{predicate}` holds"
    )
    shown = events[0]
    text = (
        f"{what} differs between ranks of {groups[0]}: a rank with fewer turns goes on; its peers issue "
        f"{shown.op} ({place_words(shown.path, shown.line, shown.via)}) once more and wait for it."
    )
    every = tuple(
        Event(letter.op, letter.group, origin.path, origin.line, origin.via)
        for communicators in waiting
        for letter, origins in sorted(by_group[communicators].items(), key=lambda e: repr(e[0]))
        for origin in origins
    )
    if creates:
        tell(body, every)
    return place(
        context,
        body,
        end.span,
        Verdict(
            rule=code,
            name=NAMES[code],
            severity="error",
            certainty=confidence,
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            predicate=predicate,
            message=f"{text} {reason.note}".strip(),
            because=variation.because,
            classes=(
                RankClass("the loop turns less often", (), "go on"),
                RankClass("the loop turns more often", tuple(events), f"wait in {shown.op}"),
            ),
            collectives=every,
            help=HELP.get(code, TURNS).format(groups=listed(groups)),
            mismatch=" ".join(sorted(repr(letter) for letter in by_group[first])),
            notes=(reason.note,) if reason.note else (),
        ),
    )
