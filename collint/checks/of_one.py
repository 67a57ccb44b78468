"""Alternatives that one rank alone brings to a join: ``x if rank == 0 else torch.empty(told)``.

There is nobody to differ from; whether the others bring what fits is asked of their own alternative.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.counting import numbers
from collint.ir.graph import BranchOn
from collint.ir.values import Value
from collint.linking.equalities import equality
from collint.linking.paths import leads
from collint.linking.program import Body


def brought_by_one(context: Context, body: Body, value: Value) -> frozenset[int]:
    """The operands of a join or choice that only one rank can bring."""
    if value.kind == "choose":
        truth = _truth_for_one(context, body, value.arguments[0])
        return frozenset() if truth is None else frozenset({value.arguments[1 if truth else 2]})
    ways = zip(value.arguments, body.values.predecessors[value.block], strict=True)
    return frozenset(node for node, before in ways if _is_of_one(context, body, before, value.block))


def _is_of_one(context: Context, body: Body, before: int, block: int) -> bool:
    """Whether one rank alone comes this way to a join: straight from ``if rank == root``, or from its arm."""
    for branch in {before, *body.controllers()[before]} - body.controllers()[block]:
        end, condition = body.graph.blocks[branch].terminator, body.values.conditions.get(branch)
        if not isinstance(end, BranchOn) or end.is_loop or condition is None:
            continue
        truth = _truth_for_one(context, body, condition)
        arm = end.then if truth else end.other
        if truth is not None and (arm == block if branch == before else leads(body, arm, before, branch)):
            return True
    return False


def _truth_for_one(context: Context, body: Body, condition: int) -> bool | None:
    """The truth of a test with which it is about one rank; None for tests of anything else."""
    found = equality(body, condition)
    if found is None:
        return None
    kinds = [{number.kind for number in numbers(context, body, node)} for node in found[0]]
    ranks = [kind <= {"rank", "global"} for kind in kinds]
    return found[1] if any(ranks) and "unknown" not in kinds[1 - ranks.index(True)] else None
