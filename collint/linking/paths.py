"""What must hold for a place in a function to be reached: the atoms of the branches around it, as they lead there."""

from __future__ import annotations

from collint.ir.graph import BranchOn, successors
from collint.linking.conditions import Conditions
from collint.linking.keys import Key
from collint.linking.program import Body

Way = tuple[tuple[Key, bool], ...]


def way_to(conditions: Conditions, body: Body, block: int) -> Way:
    """The atoms, with their truth, under which ``block`` runs; without loop conditions and ambiguous branches."""
    memo: dict[int, Way] = body.memo.setdefault("ways", {})  # type: ignore[assignment]
    if block not in memo:
        found: dict[Key, bool] = {}
        for branch in sorted(body.controllers()[block]):
            end = body.graph.blocks[branch].terminator
            if not isinstance(end, BranchOn) or end.is_loop or branch == block:
                continue
            atom = conditions.atom(body, body.values.conditions[branch])
            towards = [arm for arm in (end.then, end.other) if leads(body, arm, block, branch)]
            if len(towards) == 1 and atom.key[0] != "const":
                found.setdefault(atom.key, (towards[0] == end.then) == atom.positive)
        memo[block] = tuple(found.items())
    return memo[block]


def is_guard(body: Body, block: int) -> bool:
    """Whether one arm of a branch always raises, so that whoever goes on went the other way."""
    memo: dict[int, bool] = body.memo.setdefault("guards", {})  # type: ignore[assignment]
    if block not in memo:
        end = body.graph.blocks[block].terminator
        memo[block] = isinstance(end, BranchOn) and (
            any(not leads(body, arm, body.graph.exit, -1) for arm in (end.then, end.other))
            and leads(body, block, body.graph.exit, -1)
        )
    return memo[block]


def leads(body: Body, start: int, target: int, *avoiding: int) -> bool:
    """Whether ``target`` can be reached from ``start`` without passing any block of ``avoiding`` on the way."""
    seen, work = {start, *avoiding}, [start]
    while work:
        current = work.pop()
        if current == target:
            return True
        for follower in successors(body.graph, current):
            if follower not in seen:
                seen.add(follower)
                work.append(follower)
    return False
