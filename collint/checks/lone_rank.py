"""Places that one rank of a group reaches alone: behind ``rank == root`` there is no peer to differ from.

What the other ranks do instead is asked of the test of the rank itself.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.ir.graph import BranchOn
from collint.linking.equalities import equality
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.uniformity.lone import ends_of
from collint.uniformity.states import Axis


def is_reached_by_one(context: Context, body: Body, block: int, over: frozenset[Axis]) -> bool:
    """Whether the tests around a block leave one rank of each group over these axes.

    The test is one for equality, of a rank as it is: a remainder, or the rank within a machine, many ranks share. Or it
    asks for the first or the last rank of a group.
    """
    for branch in body.controllers()[block]:
        end = body.graph.blocks[branch].terminator
        if branch == block or not isinstance(end, BranchOn) or end.is_loop or end.then == end.other:
            continue
        if not body.dominates(branch, block):
            continue  # other ranks come there on another way
        towards = [arm for arm in (end.then, end.other) if leads(body, arm, block, branch)]
        if towards == [end.then] and over <= _ended(context, body, body.values.conditions[branch]):
            return True
        found = equality(body, body.values.conditions[branch])
        if found is None or towards != [end.then if found[1] else end.other]:
            continue
        for one, other in (found[0], found[0][::-1]):
            if _is_root(context, body, other, towards[0], over):
                return True
            if _is_place(context, body, one, over, branch) and _is_told(context, body, other, over, branch):
                return True
    return False


def _ended(context: Context, body: Body, node: int) -> frozenset[Axis]:
    """The axes of the groups whose first or last rank a test asks for, itself or through a function."""
    ends = ends_of(context.conditions, body, node)
    each = [context.axes((Communicator(group),)) for rank, _ in ends for group in rank[1:]]  # type: ignore[arg-type]
    return frozenset.intersection(*each) if each else frozenset()


def _is_place(context: Context, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
    """Whether a value is this process's place among the ranks of every axis, nothing else of it being known locally."""
    value = body.values[node]
    if value.kind == "op" or "local" in str(value.label):
        return False
    found = context.uniformity.varies(body.id, node, over, at=at)
    if found is None or not found.axes >= over:
        return False
    return not context.uniformity.differs(body.id, node, over, at=at, births="local")


def _is_root(context: Context, body: Body, node: int, arm: int, over: frozenset[Axis]) -> bool:
    """Whether a value is the root of a collective over these axes that stands behind the test: ``rank == src``."""
    key = context.conditions.key(body, node)
    for site in body.values.calls:
        row = context.meanings.of_call(body, site.node).collective
        if row is None or not row.root or not body.dominates(arm, site.block):
            continue
        root = context.meanings.argument(body, site.node, row.root)
        if root is None or key[0] == "const" or context.conditions.key(body, root) != key:
            continue
        if over <= context.axes(tuple(context.groups.of_collective(body, site.node, row))):
            return True
    return False


def _is_told(context: Context, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
    return not context.uniformity.differs(body.id, node, over, at=at)
