"""Loops over the numbers of all ranks, and the tests in them for a rank's own number: each rank has one such turn.

What is issued in a turn is not looked at here.
"""

from __future__ import annotations

from collint.ir.graph import BranchOn
from collint.linking.equalities import equality
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.slicing import slice_of


def own_turn(body: Body, condition: int) -> tuple[int, bool] | None:
    """The head of the loop whose number is compared with something of outside it, and whether equality is the truth."""
    found = equality(body, condition)
    if found is None:
        return None
    sides, positive = found
    for number, other in (sides, sides[::-1]):
        head = _head_of_range(body, number)
        if head is not None and not _is_of_a_turn(body, other):
            return head, positive
    return None


def is_left_out(body: Body, branch: int) -> bool:
    """Whether all that a branch does is to leave out a rank's own turn: ``for i in range(n): if i == rank: continue``.

    The turn that is left out comes back to the head of the loop and nowhere else, so that every rank takes part in the
    others' turns alike.
    """
    end = body.graph.blocks[branch].terminator
    found = own_turn(body, body.values.conditions[branch]) if isinstance(end, BranchOn) else None
    if found is None:
        return False
    assert isinstance(end, BranchOn)
    head, positive = found
    own = end.then if positive else end.other
    return own == head or (leads(body, own, head, branch) and not leads(body, own, body.graph.exit, head, branch))


def _head_of_range(body: Body, node: int) -> int | None:
    """The head of the loop over ``range(n)`` whose current number a value is."""
    value = body.values[node]
    if value.kind != "element":
        return None
    made = body.values[value.arguments[0]]
    is_range = made.kind == "call" and body.values[made.arguments[0]].label == "range" and len(made.arguments) == 2
    return value.block if is_range else None


def _is_of_a_turn(body: Body, node: int) -> bool:
    """Whether a value is made of what a loop has reached."""
    return any(body.values[part].kind == "element" for part in slice_of(body, node))
