"""Places that one rank of a group reaches alone: behind ``rank == root`` there is no peer to differ from.

What the other ranks do instead is asked of the test of the rank itself.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.ir.graph import BranchOn
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.uniformity.states import Axis


def is_reached_by_one(context: Context, body: Body, block: int, over: frozenset[Axis]) -> bool:
    """Whether the tests around a block leave one rank of each group over these axes.

    The test is one for equality, of a rank as it is: a remainder, or the rank within a machine, many ranks share.
    """
    for branch in body.controllers()[block]:
        end = body.graph.blocks[branch].terminator
        if branch == block or not isinstance(end, BranchOn) or end.is_loop or end.then == end.other:
            continue
        if not body.dominates(branch, block):
            continue  # other ranks come there on another way
        towards = [arm for arm in (end.then, end.other) if leads(body, arm, block, branch)]
        sides = _equals(body, body.values.conditions[branch], towards == [end.then]) if len(towards) == 1 else ()
        for one, other in (sides, sides[::-1]) if sides else ():
            if _is_place(context, body, one, over, branch) and _is_told(context, body, other, over, branch):
                return True
    return False


def _equals(body: Body, condition: int, truth: bool) -> tuple[int, ...]:
    """The two sides of an equality that holds where the condition turns out as ``truth``."""
    value = body.values[condition]
    while value.kind == "op" and value.label == "not":
        value, truth = body.values[value.arguments[0]], not truth
    if value.kind != "op" or len(value.arguments) != 2 or value.label != ("==" if truth else "!="):
        return ()
    return value.arguments


def _is_place(context: Context, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
    """Whether a value is this process's place among the ranks of every axis, nothing else of it being known locally."""
    value = body.values[node]
    if value.kind == "op" or "local" in str(value.label):
        return False
    found = context.uniformity.varies(body.id, node, over, at=at)
    if found is None or not found.axes >= over:
        return False
    return context.uniformity.varies(body.id, node, over, at=at, births="local") is None


def _is_told(context: Context, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
    return context.uniformity.varies(body.id, node, over, at=at) is None
