"""Loops over all ranks in which each rank leaves out its own turn: every rank misses one turn, and all make as many.

Whether a branch's classes differ at all is asked elsewhere.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.ir.graph import BranchOn
from collint.linking.program import Body
from collint.linking.turns import own_turn
from collint.sequences.automata import TooLarge, project
from collint.sequences.events import YIELD, Letter
from collint.sequences.mismatch import MAX_STATES, Mismatch
from collint.sequences.summary import OPEN

# Operations in which every rank has the same part, so that it does not matter in which turn a rank joins them.
ALIKE = ("barrier", "monitored_barrier", "all_", "reduce_scatter")


def is_own_turn_left_out(context: Context, body: Body, branch: int, mismatch: Mismatch) -> bool:
    """Whether ``for i in range(n): if i == rank: continue`` is all that parts the classes.

    Rank 0 leaves out the first turn and rank 1 the second one; both issue what ``n - 1`` turns hold. An operation with
    a root is another one in each turn, and does not count; nor does a turn that ends the loop.
    """
    end = body.graph.blocks[branch].terminator
    assert isinstance(end, BranchOn)
    found = own_turn(body, body.values.conditions[branch])
    if found is None:
        return False
    head, positive = found
    own, leave = (end.then, end.leaves[0]) if positive else (end.other, end.leaves[1])
    if leave not in ("", "continue"):
        return False

    def keep(letter: Letter) -> bool:
        return letter.communicators == mismatch.communicators and letter != YIELD

    try:
        left_out = project(context.summaries.between(body, own, head, OPEN), keep, MAX_STATES)
        turn = context.summaries.between(body, end.other if positive else end.then, head, OPEN)
    except TooLarge:
        return False
    alike = all(letter.op.startswith(ALIKE) for letter in turn.letters if keep(letter))
    return not left_out.letters and bool(left_out.accepting) and alike
