"""Handlers that only try again: ``while ...: try: item = q.get(timeout=1) ... except Empty: continue``.

What can fail at all, and who catches it, is :mod:`collint.linking.failures`.
"""

from __future__ import annotations

from collint.ir.graph import NextOf, normal_successors
from collint.linking.failures import Failures
from collint.linking.program import Body


def tries_again(failures: Failures, body: Body, block: int) -> bool:
    """Whether all that comes of a failure in a block is another turn of the ``while`` around it.

    What follows in a turn is then done once for each success, however often a rank tried.
    """
    loops = body.graph.blocks[block].loops
    if not loops or isinstance(body.graph.blocks[loops[-1]].terminator, NextOf):
        return False
    entries = [handler.entry for handler in failures.handlers(body, block) if failures.goes_on(body, handler.entry)]
    return bool(entries) and all(_starts_over(body, entry, loops[-1]) for entry in entries)


def is_poll(failures: Failures, body: Body, head: int) -> bool:
    """Whether a ``while`` has turns that do nothing because what they wait for has not come yet."""
    if isinstance(body.graph.blocks[head].terminator, NextOf):
        return False
    memo: dict[int, bool] = body.memo.setdefault("polls", {})  # type: ignore[assignment]
    if head not in memo:
        memo[head] = any(
            block.loops[-1:] == (head,) and block.handler is not None and tries_again(failures, body, block.number)
            for block in body.graph.blocks
        )
    return memo[head]


def _starts_over(body: Body, entry: int, head: int) -> bool:
    """Whether a handler leads back to the head of its loop and has changed nothing by then."""
    passed, work = {entry}, [entry]
    while work:
        here = body.graph.blocks[work.pop()]
        if head not in here.loops:
            return False
        for follower in normal_successors(body.graph, here):
            if follower != head and follower not in passed:
                passed.add(follower)
                work.append(follower)
    if any(store.block in passed for store in body.values.stores):
        return False
    return not any(_sets(body, node, head, passed) for node in range(len(body.values.nodes)))


def _sets(body: Body, node: int, head: int, passed: set[int]) -> bool:
    """Whether a variable comes back to the head of the loop with what the handler made of it."""
    value = body.values[node]
    if value.kind != "phi" or value.block != head:
        return False
    for operand, before in zip(value.arguments, body.values.predecessors[head], strict=True):
        made = body.values[operand]
        if before in passed and operand != node and made.kind != "after":
            return made.kind == "const" or made.block in passed
    return False
