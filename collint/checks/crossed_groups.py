"""COL402: rank classes that issue the collectives of two groups in different order, each group agreeing by itself.

Classes that differ on one communicator are not told here, see :mod:`collint.checks.divergence`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.compensation import Compensation
from collint.checks.context import Context
from collint.checks.membership import is_membership_of
from collint.checks.placing import Verdict, place
from collint.checks.wording import event, listed, place_words, predicate_text, truth_texts
from collint.findings import Event, Finding, RankClass
from collint.ir.graph import BranchOn
from collint.linking.keys import Key
from collint.linking.paths import is_guard
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.sequences.crossing import Crossing, crossings
from collint.sequences.mismatch import Side
from collint.uniformity.states import HIGH, MEDIUM, Axis, Variation

CODES = ("COL402",)
BY_FILE = True
NAME = "crossed-groups"
HELP = "issue the collectives of {groups} in one order on every rank, whatever the condition says"


def check(context: Context) -> Iterator[Finding]:
    """Every condition whose two classes take two groups in different order."""
    compensation = Compensation(context)
    for body in context.bodies():
        if not context.summaries.decides(body):
            continue
        speaking = context.summaries.speaking_blocks(body)
        groups = {letter.communicators for letter in context.summaries.letters_in(body, sorted(speaking))}
        if len(groups) < 2:
            continue
        controllers = body.controllers()
        deciding = {branch for block in speaking for branch in controllers[block]}
        for key, blocks in context.branches(body).items():
            relevant = [block for block in blocks if block in deciding and not is_guard(body, block)]
            finding = _of_atom(context, body, key, relevant) if relevant else None
            if finding is not None and not compensation.is_above(body, finding.collectives):
                yield finding


def _of_atom(context: Context, body: Body, key: Key, blocks: list[int]) -> Finding | None:
    pair = context.comparison.agreeing(body, key, blocks)
    for crossing in crossings(pair) if pair is not None else ():
        if _is_one_group(crossing):
            continue
        if any(is_membership_of(context, body, key, communicators) for communicators in crossing.communicators):
            continue
        for block in blocks:
            variation = _variation(context, body, block, crossing)
            if variation is not None:
                return _finding(context, body, block, crossing, variation)
    return None


def _is_one_group(crossing: Crossing) -> bool:
    """Whether both communicators are one handle, seen as two for what it may be (a group, or a stand-in for one)."""
    one, other = ({communicator.group for communicator in communicators} for communicators in crossing.communicators)
    return any(isinstance(group, Symbol) for group in one & other)


def _variation(context: Context, body: Body, block: int, crossing: Crossing) -> Variation | None:
    """How the condition varies between ranks that are in both groups.

    Of named groups these ranks differ along the axes that both span; two groups that share no axis have at most one
    rank in common and cannot wait for each other. How groups without a name lie is not known: the condition has to vary
    over each.
    """
    node = body.values.conditions[block]
    one, other = (context.axes(communicators) for communicators in crossing.communicators)
    if not any(isinstance(axis, Symbol) for axis in one | other):
        return context.uniformity.varies(body.id, node, one & other, at=block) if one & other else None
    answers = [_over(context, body, node, block, axes) for axes in (one, other)]
    certain = [answer for answer in answers if answer is not None]
    return min(certain, key=lambda answer: answer.confidence) if len(certain) == 2 else None


def _over(context: Context, body: Body, node: int, block: int, axes: frozenset[Axis]) -> Variation | None:
    return context.uniformity.varies(body.id, node, axes, at=block)


def _finding(context: Context, body: Body, block: int, crossing: Crossing, variation: Variation) -> Finding:
    end = body.graph.blocks[block].terminator
    assert isinstance(end, BranchOn)
    predicate = predicate_text(context, body, block)
    atom = context.conditions.atom(body, body.values.conditions[block])
    truths = truth_texts(predicate, atom.positive)
    sides = (crossing.if_true, crossing.if_false)
    first, second = (_waits_in(side, crossing.at) for side in sides)
    groups = tuple(dict.fromkeys(c.group_name for communicators in crossing.communicators for c in communicators))
    return place(
        context,
        body,
        end.span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="error",
            certainty=_certainty(crossing, variation),
            groups=groups,
            message=f"ranks where {truths[0]} wait in {first}; the others wait in {second}: each holds back what the "
            "other needs, although every group sees the same calls.",
            help=HELP.format(groups=listed(groups)),
            mismatch=" / ".join(repr(side.word[crossing.at : crossing.at + 1]) for side in sides),
            predicate=predicate,
            varies_over=context.shown_axes(variation.axes),
            because=variation.because,
            classes=tuple(_class(when, side, crossing.at) for when, side in zip(truths, sides, strict=True)),
            collectives=tuple(
                Event(letter.op, letter.group, origin.path, origin.line, origin.via)
                for letter, origins in crossing.letters
                for origin in origins
            ),
        ),
    )


def _certainty(crossing: Crossing, variation: Variation) -> int:
    """As certain as the source and both places; less where some choice of all ranks brings the orders together."""
    doubt = max(
        (min(origin.doubt for origin in side.origins[crossing.at]) if side.origins[crossing.at] else 0)
        for side in (crossing.if_true, crossing.if_false)
    )
    most = HIGH if crossing.always else MEDIUM
    unnamed = any(isinstance(c.group, Symbol) for communicators in crossing.communicators for c in communicators)
    return min(variation.confidence, HIGH - doubt, MEDIUM if unnamed else most)


def _waits_in(side: Side, at: int) -> str:
    letter, origins = side.word[at], side.origins[at]
    where = f" ({place_words(origins[0].path, origins[0].line, origins[0].via)})" if origins else ""
    return f"{letter.op}{where} on {letter.group}"


def _class(when: str, side: Side, at: int) -> RankClass:
    shown = zip(side.word[: at + 2], side.origins[: at + 2], strict=True)
    return RankClass(when, tuple(event(letter, origins) for letter, origins in shown), f"wait in {side.word[at].op}")
