"""COL103: a loop whose number of turns varies over a group, with a collective of that group inside."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.wording import event, listed, place_words
from collint.findings import Event, Finding, RankClass
from collint.ir.graph import BranchOn, NextOf
from collint.linking.describe import excerpt
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import HIGH, Variation

Places = dict[Letter, tuple[Origin, ...]]
HELP = (
    "agree on the number of turns over {groups} first (all_reduce the maximum, let finished ranks contribute neutral "
    "values), or move the collective out of the loop"
)


def loop_findings(context: Context, body: Body, speaking: frozenset[int]) -> Iterator[Finding]:
    """Every loop of a body whose turns differ between ranks that meet inside it."""
    heads = {head for block in speaking for head in body.graph.blocks[block].loops}
    for head in sorted(heads):
        inside = [number for number in sorted(speaking) if head in body.graph.blocks[number].loops]
        letters = context.summaries.letters_in(body, inside)
        for number in _deciding(body, head):
            finding = _finding(context, body, number, letters)
            if finding is not None:
                yield finding
                break


def _deciding(body: Body, head: int) -> list[int]:
    """The blocks that decide whether a loop goes on: its head, and the further parts of a compound ``while`` test."""
    return [
        block.number
        for block in body.graph.blocks
        if block.number == head
        or (isinstance(block.terminator, BranchOn) and block.terminator.is_loop and block.loops[-1:] == (head,))
    ]


def _finding(context: Context, body: Body, head: int, letters: Places) -> Finding | None:
    end = body.graph.blocks[head].terminator
    if not isinstance(end, (BranchOn, NextOf)) or (isinstance(end, BranchOn) and not end.is_loop):
        return None
    by_group: dict[tuple[Communicator, ...], Places] = {}
    for letter, origins in letters.items():
        by_group.setdefault(letter.communicators, {})[letter] = origins
    found: list[tuple[Variation, tuple[Communicator, ...]]] = []
    for communicators in sorted(by_group, key=repr):
        variation = context.uniformity.varies(
            body.id,
            body.values.conditions[head],
            context.axes(communicators),
            "extent" if isinstance(end, NextOf) else "data",
            at=head,
        )
        if variation is not None:
            found.append((variation, communicators))
    if not found:
        return None
    found.sort(key=lambda pair: -pair[0].confidence)
    return _report(context, body, end, found, by_group)


def _report(
    context: Context,
    body: Body,
    end: BranchOn | NextOf,
    found: list[tuple[Variation, tuple[Communicator, ...]]],
    by_group: dict[tuple[Communicator, ...], Places],
) -> Finding:
    variation, first = found[0]
    events = [event(letter, origins) for letter, origins in sorted(by_group[first].items(), key=lambda e: repr(e[0]))]
    predicate = excerpt(context.program, body.path, end.span)
    groups = tuple(dict.fromkeys(c.group_name for _, communicators in found for c in communicators))
    doubt = min((origin.doubt for origins in by_group[first].values() for origin in origins), default=0)
    confidence = min(variation.confidence, HIGH - doubt)
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
        for _, communicators in found
        for letter, origins in sorted(by_group[communicators].items(), key=lambda e: repr(e[0]))
        for origin in origins
    )
    return place(
        context,
        body,
        end.span,
        Verdict(
            rule="COL103",
            name="divergent-loop",
            severity="error",
            certainty=confidence,
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            predicate=predicate,
            message=text,
            because=variation.because,
            classes=(
                RankClass("the loop turns less often", (), "go on"),
                RankClass("the loop turns more often", tuple(events), f"wait in {shown.op}"),
            ),
            collectives=every,
            help=HELP.format(groups=listed(groups)),
            mismatch=" ".join(sorted(repr(letter) for letter in by_group[first])),
        ),
    )
