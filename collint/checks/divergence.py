"""COL101 to COL103, COL501 for groups: rank classes of a condition, or turns of a loop, that issue different sequences.

A branch is asked whether it varies only when its two classes differ: most branches guard no event at all. What a
finding says is in :mod:`collint.checks.wording`; why a caller may make it harmless in
:mod:`collint.checks.compensation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.checks.compensation import Compensation
from collint.checks.confidence import certainty, confidence
from collint.checks.context import Context
from collint.checks.creation import CREATES, is_creation, tell
from collint.checks.doubts import is_doubtful, is_reached_apart, is_shared
from collint.checks.implied import balances_under_what_is_implied
from collint.checks.lone_rank import is_reached_by_one
from collint.checks.loops import loop_findings
from collint.checks.membership import is_made_under, is_membership_of
from collint.checks.merging import marked, one_per_cause, told_by_constructor, told_nearby
from collint.checks.placing import Verdict, place
from collint.checks.reasons import AGREEMENT, COUNTER, HELP, NAMES, Reason, Reasons, about_groups
from collint.checks.same_helper import is_agreed_by_same_helper
from collint.checks.turns import is_own_turn_left_out
from collint.checks.wording import classes, collectives, listed, message, predicate_text, truth_texts
from collint.findings import Finding
from collint.ir.graph import BranchOn
from collint.linking.keys import Key
from collint.linking.paths import is_guard
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.record import replace
from collint.sequences.arms import parts_always
from collint.sequences.mismatch import Mismatch
from collint.uniformity.states import LOW, Axis

CODES = ("COL101", "COL102", "COL103", AGREEMENT, COUNTER, CREATES)
APART = "What leads here differs between these ranks too: they may meet on another way."
HELPS = {
    **HELP,
    "COL101": "issue the collective on every rank and make only the local work conditional, "
    "or agree on the condition over {groups} first",
    "COL102": "make the collective unconditional: let these ranks contribute a neutral value, "
    "or agree on the exit over {groups} first",
}


def check(context: Context) -> Iterator[Finding]:
    """Every divergent branch, exit and loop of the program."""
    return settle(gather(context))


def gather(context: Context) -> Iterator[Finding]:
    """The findings of the files that are asked about, however many others share their cause."""
    reasons, compensation = Reasons(context), Compensation(context)
    found = [finding for body in context.bodies() for finding in _in_body(context, body, compensation, reasons)]
    for finding in (*found, *reasons.besides()):
        yield marked(finding, reasons.circumstances.get(finding.path, ()))


def settle(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of all files that were asked about, each cause told where it is mended."""
    return told_nearby(told_by_constructor(tuple(findings)))


def _in_body(context: Context, body: Body, compensation: Compensation, reasons: Reasons) -> list[Finding]:
    """The findings of one function."""
    if not context.summaries.decides(body):
        return []
    speaking = context.summaries.speaking_blocks(body)
    found = list(_branches(context, body, speaking, compensation, reasons))
    loops = loop_findings(context, body, speaking, reasons)
    found.extend((len(f.collectives), f) for f in loops if not compensation.is_above(body, f.collectives))
    return one_per_cause(found)


def _branches(
    context: Context, body: Body, speaking: frozenset[int], compensation: Compensation, reasons: Reasons
) -> Iterator[tuple[int, Finding]]:
    """Findings, each with the number of places of events that its branch decides about."""
    controllers = body.controllers()
    deciding = frozenset(branch for block in speaking for branch in controllers[block])
    letters = context.summaries.letters_in(body, sorted(speaking))
    everywhere = context.axes(tuple(c for letter in letters for c in letter.communicators))
    blamed: dict[tuple[Key, tuple[Communicator, ...]], int] = {}
    for key, blocks in context.branches(body).items():
        relevant = [block for block in blocks if block in deciding and not is_guard(body, block)]
        if not relevant:
            continue
        found: dict[int, list[tuple[Mismatch, Reason]]] = {}
        for mismatch in _mismatches(context, body, key, relevant, everywhere):
            subject = (_subject(key), mismatch.communicators)
            if subject in blamed and _is_told_of(context, body, relevant, blamed[subject]):
                continue
            judged = _judge(context, body, key, relevant, mismatch, reasons)
            if judged is not None and _is_upheld(context, body, judged[0], key, mismatch):
                blamed.setdefault(subject, judged[0])
                found.setdefault(judged[0], []).append(
                    (mismatch, about_groups(judged[1]) if is_creation(mismatch) else judged[1])
                )
        for block, pairs in _by_kind(found):
            finding = _finding(context, body, key, block, pairs, compensation)
            if finding is not None:
                reasons.tell_besides(finding, pairs[0][1])
                others = _elsewhere(context, body, key, relevant, block, pairs, compensation)
                inside = [number for number in speaking if block in controllers[number]]
                places = context.summaries.letters_in(body, sorted(inside)).values()
                again = finding.rule == COUNTER and reasons.counters.starts_again(body, block)
                weight = sum(len(origins) for origins in places) + again
                yield weight, replace(finding, joined=(finding, *others)) if others else finding


def _is_upheld(context: Context, body: Body, block: int, key: Key, mismatch: Mismatch) -> bool:
    """Whether a mismatch remains whatever else the ranks share: other atoms, and the other parts of the condition."""
    return context.comparison.upheld(body, key, mismatch) and not balances_under_what_is_implied(
        context, body, block, key, mismatch
    )


def _by_kind(found: dict[int, list[tuple[Mismatch, Reason]]]) -> Iterator[tuple[int, list[tuple[Mismatch, Reason]]]]:
    """The mismatches of each block, those about making a group apart from the others."""
    for block, pairs in sorted(found.items()):
        for creates in (False, True):
            chosen = [(mismatch, reason) for mismatch, reason in pairs if (reason.rule == CREATES) == creates]
            if chosen:
                yield block, chosen


def _is_told_of(context: Context, body: Body, blocks: list[int], blamed: int) -> bool:
    """Whether the finding at ``blamed`` is enough for other tests of its subject.

    A comment that may silence it speaks about its own line, and about the ``elif`` below, not about tests elsewhere.
    """
    if not context.directives.get(body.path):
        return True
    return all(blamed in body.controllers()[block] for block in blocks)


def _elsewhere(
    context: Context,
    body: Body,
    key: Key,
    blocks: list[int],
    blamed: int,
    pairs: list[tuple[Mismatch, Reason]],
    compensation: Compensation,
) -> list[Finding]:
    """The finding as it would stand at further tests of its atom, those whose own arms part as well."""
    found: list[Finding] = []
    for block in blocks:
        if block == blamed or not parts_always(context.summaries, body, block, pairs[0][0]):
            continue
        over = context.axes(pairs[0][0].communicators)
        if context.uniformity.differs(body.id, body.values.conditions[block], over, at=block):
            finding = _finding(context, body, key, block, list(pairs), compensation)
            found += [finding] if finding is not None else []
    return found


def _mismatches(
    context: Context, body: Body, key: Key, blocks: list[int], everywhere: frozenset[Axis]
) -> list[Mismatch]:
    """Plain mismatches, else hidden ones; those are costly to find and asked only of conditions that vary at all."""
    found = context.comparison.mismatches(body, key, blocks)
    if found:
        return found
    for block in blocks:
        if context.uniformity.differs(body.id, body.values.conditions[block], everywhere, at=block):
            return [m for m in context.comparison.hidden(body, key, blocks) if is_shared(context, body, m, blocks)]
    return []


def _subject(key: Key) -> Key:
    """What an atom is about: the arms of one ``if rank == 0 ... elif rank == 1`` chain are one finding."""
    return ("subject", key[2]) if key[:2] == ("op", "==") else key


def _judge(
    context: Context, body: Body, key: Key, blocks: list[int], mismatch: Mismatch, reasons: Reasons
) -> tuple[int, Reason] | None:
    """The branch to blame and how its condition varies over the communicator, if it does."""
    groups = mismatch.communicators
    over = context.axes(groups)
    possible = [
        block
        for block in blocks
        if not is_made_under(body, block, groups)
        and not is_own_turn_left_out(context, body, block, mismatch)
        and reasons.may_be(body, body.values.conditions[block], over, block)
    ]
    # Where a group was made is a question about many files, and asked last.
    if not possible or is_membership_of(context, body, key, groups):
        return None
    for block in possible:
        reason = reasons.of(body, body.values.conditions[block], over, block)
        if reason is not None and is_agreed_by_same_helper(context, body, mismatch, reason.variation):
            continue
        if reason is not None and not is_reached_by_one(context, body, block, over):
            certain = reason.variation.confidence
            if certain > LOW and is_doubtful(context, body, block, key, mismatch, reason):
                reason = replace(reason, variation=replace(reason.variation, confidence=LOW))
            return block, reason
    return None


def _finding(
    context: Context,
    body: Body,
    key: Key,
    block: int,
    pairs: list[tuple[Mismatch, Reason]],
    compensation: Compensation,
) -> Finding | None:
    # The most certain mismatch is shown; the groups and collectives of the others are listed with it.
    pairs.sort(key=lambda pair: (-certainty(pair[0], pair[1].variation), repr(pair[0].communicators)))
    mismatch, reason = pairs[0]
    variation = reason.variation
    verdict = compensation.judge(body, key, mismatch)
    if verdict.balanced:
        return None
    end = body.graph.blocks[block].terminator
    assert isinstance(end, BranchOn)
    atom = context.conditions.atom(body, body.values.conditions[block])
    leaves = end.leaves if atom.positive else (end.leaves[1], end.leaves[0])
    predicate = predicate_text(context, body, block)
    truths = truth_texts(predicate, atom.positive)
    code = reason.rule or ("COL102" if set(end.leaves) & {"return", "break", "continue"} else "COL101")
    groups = tuple(dict.fromkeys(name for m, _ in pairs for name in _names(m)))
    apart = is_reached_apart(context, body, key, mismatch)
    certain = LOW if apart else min(verdict.at_most, confidence(context, body, block, code, mismatch, variation))
    notes = (*([reason.note] if reason.note else []), *verdict.notes, *_choice_note(mismatch), *([APART] * apart))
    text = message(mismatch, *truths, leaves)
    sides = (mismatch.if_true, mismatch.if_false)
    told = tuple(event for m, _ in pairs for event in collectives(m))
    if code == CREATES:
        tell(body, told)
    return place(
        context,
        body,
        end.span,
        Verdict(
            rule=code,
            name=NAMES[code],
            severity="error",
            certainty=certain,
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            predicate=predicate,
            message=f"{text} {' '.join(notes)}".strip(),
            because=variation.because,
            classes=classes(mismatch, *truths, leaves),
            collectives=told,
            help=HELPS[code].format(groups=listed(groups)),
            mismatch=" / ".join(repr(side.word[mismatch.at : mismatch.at + 1]) for side in sides),
            notes=notes,
        ),
    )


def _names(mismatch: Mismatch) -> list[str]:
    return list(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))


def _choice_note(mismatch: Mismatch) -> tuple[str, ...]:
    if mismatch.uniform_choice is None:
        return ()
    return ("This holds for one setting of a condition that all ranks share.",)
