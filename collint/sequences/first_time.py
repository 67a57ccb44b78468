"""Blocks that run once in a process: what is made there is kept, and its absence is what leads there.

Whether all ranks come there for the first time together is not asked.
"""

from __future__ import annotations

from collint.ir.graph import BranchOn
from collint.linking.program import Body


def runs_first_time(body: Body, block: int) -> bool:
    """Whether a block is behind ``if POOL is None:`` or ``if not self.ready:``, and that is set behind the test."""
    memo: dict[int, bool] = body.memo.setdefault("first time", {})  # type: ignore[assignment]
    if block not in memo:
        asked = ((branch, _asked(body, branch)) for branch in body.controllers()[block])
        memo[block] = any(held is not None and _is_set_behind(body, branch, *held) for branch, held in asked)
    return memo[block]


def _asked(body: Body, branch: int) -> tuple[str, str] | None:
    """The attribute or outer variable whose absence a branch tests, as kind and name."""
    end = body.graph.blocks[branch].terminator
    if not isinstance(end, BranchOn) or end.is_loop:
        return None
    value = body.values[body.values.conditions[branch]]
    while value.kind == "op" and value.label in ("not", "is", "is not"):
        if value.label != "not" and body.values[value.arguments[1]].label != "None":
            return None
        value = body.values[value.arguments[0]]
    return (value.kind, str(value.label)) if value.kind in ("attr", "name") else None


def _is_set_behind(body: Body, branch: int, kind: str, name: str) -> bool:
    if kind == "attr":
        blocks = [store.block for store in body.values.stores if store.name == name]
    else:
        blocks = [block for block, _ in body.values.globals_written.get(name, ())]
    return any(branch in body.controllers()[block] or body.dominates(branch, block) for block in blocks)
