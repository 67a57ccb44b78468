"""What must hold for a place in a function to be reached: the atoms of the branches around it, as they lead there."""

from __future__ import annotations

from collections.abc import Sequence

from collint.ir.graph import BranchOn, normal_successors, successors
from collint.linking.conditions import Conditions
from collint.linking.keys import Key
from collint.linking.program import Body

Way = tuple[tuple[Key, bool], ...]


def way_to(conditions: Conditions, body: Body, block: int) -> Way:
    """The atoms, with their truth, under which ``block`` runs; without loop conditions and ambiguous branches."""
    memo: dict[int, Way] = body.memo.setdefault("ways", {})  # type: ignore[assignment]
    if block not in memo:
        found: dict[Key, bool] = {}
        # What every way passes comes first: a test on some ways only must not speak for the same test on all.
        for branch in sorted(body.controllers()[block], key=lambda b: (not body.dominates(b, block), b)):
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
            block in _going_on(body) and not _going_on(body).issuperset((end.then, end.other))
        )
    return memo[block]


def _going_on(body: Body) -> frozenset[int]:
    """The blocks from which the function's end can be reached, asked of each branch: found in one walk backwards."""
    found: frozenset[int] | None = body.memo.get("going on")  # type: ignore[assignment]
    if found is None:
        before: dict[int, list[int]] = {}
        for block in body.graph.blocks:
            for follower in successors(body.graph, block.number):
                before.setdefault(follower, []).append(block.number)
        seen, work = {body.graph.exit}, [body.graph.exit]
        while work:
            for block_before in before.get(work.pop(), ()):
                if block_before not in seen:
                    seen.add(block_before)
                    work.append(block_before)
        found = body.memo["going on"] = frozenset(seen)
    return found


def must_pass(body: Body, branch: int, block: int) -> bool:
    """Whether who comes to a branch passes ``block`` on every way out but an exception: a detour, or a check."""
    memo: dict[tuple[int, int], bool] = body.memo.setdefault("must pass", {})  # type: ignore[assignment]
    if (branch, block) not in memo:
        arms = successors(body.graph, branch)
        exit_ = body.graph.exit
        memo[branch, block] = (
            branch != block
            and exit_ not in (block, branch)
            and any(leads(body, arm, block, branch) or arm == block for arm in arms)
            and not any(arm != block and leads(body, arm, exit_, block) for arm in arms)
        )
    return memo[branch, block]


def leads(body: Body, start: int, target: int, *avoiding: int) -> bool:
    """Whether ``target`` can be reached from ``start`` without passing any block of ``avoiding`` on the way.

    A handler is reached from where its ``try`` begins, not from each call inside.
    """
    following: list[tuple[int, ...]] | None = body.memo.get("leads to")  # type: ignore[assignment]
    if following is None:
        attempted = body.attempts()
        ends = (body.graph.exit, body.graph.failure)
        following = body.memo["leads to"] = [
            (*(() if b.number in ends else normal_successors(body.graph, b)), *attempted.get(b.number, ()))
            for b in body.graph.blocks
        ]
    return bool(_reached(body, "led to", start, avoiding, following)[target])


def reaches(body: Body, start: int, target: int, *avoiding: int) -> bool:
    """The same with every exceptional edge: whether there is any way at all."""
    following: list[tuple[int, ...]] | None = body.memo.get("successors")  # type: ignore[assignment]
    if following is None:
        following = body.memo["successors"] = [successors(body.graph, b.number) for b in body.graph.blocks]
    return bool(_reached(body, "reached", start, avoiding, following)[target])


def _reached(
    body: Body, name: str, start: int, avoiding: tuple[int, ...], following: Sequence[tuple[int, ...]]
) -> bytes:
    """For each block whether edges lead there from ``start``; asked of many blocks, so that it is kept by ``name``."""
    memo: dict[object, bytes] = body.memo.setdefault(name, {})  # type: ignore[assignment]
    found = memo.get((start, avoiding))
    if found is None:
        reached, seen, work = bytearray(len(following)), {start, *avoiding}, [start]
        for current in work:  # grows while it is walked
            reached[current] = True
            for follower in following[current]:
                if follower not in seen:
                    seen.add(follower)
                    work.append(follower)
        found = memo[start, avoiding] = bytes(reached)
    return found
