"""Why a branch whose classes differ and whose condition varies may part nobody: what lowers a finding to low.

What silences it altogether stands beside the subject: membership, turns, lone ranks, compensation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from collint.checks.context import Context
from collint.checks.first_use import is_used_by_all
from collint.checks.lone_world import is_in_lone_world
from collint.checks.membership import asks_first, is_foreign
from collint.checks.reasons import AGREEMENT, Reason
from collint.checks.stand_in import stands_in
from collint.ir.graph import BranchOn
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.events import Origin
from collint.sequences.mismatch import Mismatch
from collint.sequences.summary import Summary
from collint.uniformity.states import HIGH, LOW


def is_doubtful(context: Context, body: Body, block: int, key: Key, mismatch: Mismatch, reason: Reason) -> bool:
    """Whether the ranks between which a condition varies may not be those that meet in the event."""
    groups = mismatch.communicators
    if asks_first(context, key, groups) or is_foreign(context, key, groups):
        return True
    origins = parting(mismatch)
    if stands_in(context, groups, origins, reason.variation) or is_in_lone_world(context, groups, origins):
        return True
    weak = reason.variation.confidence < HIGH or reason.rule == AGREEMENT
    return (weak and _spares_one(context, body, block, groups)) or _came_before(context, body, block, mismatch)


def _spares_one(context: Context, body: Body, block: int, groups: tuple[Communicator, ...]) -> bool:
    """Whether the condition is equal, as far as is known, over one of the groups on which the event may be."""
    condition = body.values.conditions[block]
    each = [context.axes((group,)) for group in groups] if len(groups) > 1 else []
    found = [context.uniformity.varies(body.id, condition, axes, at=block) for axes in each if axes]
    return any(variation is None or variation.confidence == LOW for variation in found)


def _came_before(context: Context, body: Body, block: int, mismatch: Mismatch) -> bool:
    """Whether the classes part at something issued once, which ranks that differ by more than their rank have behind
    them as a rule, and others where every rank uses it elsewhere: they came there together when they started."""
    origins = parting(mismatch)
    if not origins or not all(origin.once and origin.via for origin in origins):
        return False
    over = context.axes(mismatch.communicators)
    condition = body.values.conditions[block]
    if context.uniformity.differs(body.id, condition, over, at=block, births="local"):
        return True
    return is_used_by_all(context, body, origins, over)


def parting(mismatch: Mismatch) -> tuple[Origin, ...]:
    """Where the event is at which the classes part."""
    side = mismatch.if_true if len(mismatch.if_true.word) > mismatch.at else mismatch.if_false
    return side.origins[mismatch.at] if mismatch.at < len(side.word) else ()


def is_shared(context: Context, body: Body, mismatch: Mismatch, tested: Sequence[int]) -> bool:
    """Whether the choice under which a difference shows is one that all ranks make alike.

    What one rank chose by itself it may have told the others, who then ask about what they were told. And what is
    asked of a value that only one class makes, behind a branch of ``tested``, the other class asks of its own.
    """
    choice, over = mismatch.uniform_choice, context.axes(mismatch.communicators)
    blocks = context.branches(body).get(choice[0], ()) if choice is not None else ()
    if choice is not None and _is_local(choice[0]):
        speaking = context.summaries.speaking_blocks(body)
        if any(_is_behind(body, blocks, branch, speaking) for branch in tested):
            return False
    conditions = body.values.conditions
    return not any(context.uniformity.differs(body.id, conditions[b], over, at=b) for b in blocks)


def _is_local(key: object) -> bool:
    return isinstance(key, tuple) and (key[:1] == ("local",) or any(_is_local(part) for part in key))


def _is_behind(body: Body, blocks: Sequence[int], branch: int, speaking: Collection[int]) -> bool:
    """Whether all these blocks stand in one arm of a branch whose other arm says something as well."""
    end = body.graph.blocks[branch].terminator
    if not blocks or not isinstance(end, BranchOn):
        return False
    return any(
        all(body.dominates(arm, block) for block in blocks) and any(body.dominates(other, block) for block in speaking)
        for arm, other in ((end.then, end.other), (end.other, end.then))
    )


def is_reached_apart(context: Context, body: Body, key: Key, mismatch: Mismatch) -> bool:
    """Whether a test on the way varies as well, and without it the classes say the same.

    A class that never takes this way is no counterpart: the last stage sends on another way what the others receive on
    this one.
    """
    if len(context.branches(body).get(key, ())) < 2:
        return False  # one test alone has no other way on which its classes could meet
    over = context.axes(mismatch.communicators)
    for assumed in mismatch.given:
        rest = tuple(given for given in mismatch.given if given != assumed)
        for block in context.branches(body).get(assumed[0], ()):
            if not context.uniformity.differs(body.id, body.values.conditions[block], over, at=block):
                continue
            if mismatch.communicators not in context.comparison.parted(body, key, rest):
                pair = context.comparison.classes(body, key, rest)
                return pair is not None and all(_speaks(summary, mismatch) for summary in pair)
    return False


def _speaks(summary: Summary, mismatch: Mismatch) -> bool:
    return any(letter.communicators == mismatch.communicators for letter in summary.machine.letters)
