"""Where a program waits for a thread, a future or a pool; and what can run after a call until then.

What anybody drives meanwhile is :mod:`collint.checks.concurrency`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.ir.graph import BranchOn, Exit, Step, successors
from collint.ir.statements import Await, Call
from collint.linking.entries import Handed
from collint.linking.evaluate import leaves
from collint.linking.program import Body

JOINS = frozenset({"join", "result", "get", "shutdown", "wait", "exception"})
GATHERS = frozenset({"wait", "gather", "as_completed", "wait_for"})


def joins_of(context: Context, handed: Handed) -> frozenset[int]:
    """Ids of the steps of the starting body that wait for the thread, if it does so there at all."""
    if handed.node < 0:
        return frozenset()
    memo: dict[int, frozenset[int]] = handed.body.memo.setdefault("joins", {})  # type: ignore[assignment]
    if handed.node not in memo:
        memo[handed.node] = frozenset(_joins_of(handed))
    return memo[handed.node]


def _joins_of(handed: Handed) -> set[int]:
    body = handed.body
    found: set[int] = set()
    call = body.values[handed.node].label
    if isinstance(call, Call) and call.awaited:
        found.add(id(call))
    for block in body.graph.blocks:
        for position, step in enumerate(block.steps):
            if (isinstance(step, Call) and _is_join(body, step, handed.node)) or isinstance(step, Await):
                found.add(id(step))
            elif isinstance(step, Exit):
                manager = body.values.entered.get((block.number, position))
                if manager is not None and _receives(body, handed.node, manager):
                    found.add(id(step))
    return found


def _is_join(body: Body, step: Call, started: int) -> bool:
    """``thread.join()``, ``future.result()``, ``wait(futures)``: on the very thread, or on what a collection yields."""
    node = body.values.call_nodes.get(id(step))
    if node is None:
        return False
    name = getattr(step.function, "name", None) or getattr(step.function, "id", "")
    function = body.values[body.values[node].arguments[0]]
    if name in JOINS and function.kind == "attr":
        for leaf in leaves(body, function.arguments[0]):
            kind = body.values[leaf].kind
            if leaf == started or kind in ("element", "index"):
                return True
            if _is_receiver_of(body, started, leaf):
                return True
    return name in GATHERS


def _is_receiver_of(body: Body, started: int, receiver: int) -> bool:
    """``pool.shutdown()`` or ``pool.join()`` after ``pool.submit(f)``."""
    function = body.values[body.values[started].arguments[0]]
    return function.kind == "attr" and receiver in leaves(body, function.arguments[0])


def _receives(body: Body, started: int, manager: int) -> bool:
    """Whether the thread was started on what a ``with`` entered: leaving it waits."""
    function = body.values[body.values[started].arguments[0]]
    if function.kind != "attr":
        return False
    for leaf in leaves(body, function.arguments[0]):
        value = body.values[leaf]
        if leaf == manager or (value.kind == "enter" and manager in leaves(body, value.arguments[0])):
            return True
        if value.kind == "enter" and value.arguments[0] == manager:
            return True
    return False


def after(body: Body, node: int, stops: frozenset[int]) -> list[int]:
    """The calls that can run after the one at ``node``, no step in ``stops`` being passed; none where node is -1."""
    found: dict[int, None] = {}
    for step in steps_after(body, node, stops):
        inner = body.values.call_nodes.get(id(step)) if isinstance(step, Call) and id(step) not in stops else None
        if inner is not None:
            found[inner] = None
    return list(found)


def runs_on(context: Context, handed: Handed) -> frozenset[int]:
    """The calls of the starting body that can run before a thread is waited for; asked for each pair of threads."""
    memo: dict[int, frozenset[int]] = handed.body.memo.setdefault("runs on", {})  # type: ignore[assignment]
    if handed.node not in memo:
        memo[handed.node] = frozenset(after(handed.body, handed.node, joins_of(context, handed)))
    return memo[handed.node]


def is_waited_for(body: Body, node: int, stops: frozenset[int]) -> bool:
    """Whether a step in ``stops`` lies ahead of the call at ``node``, not just in the next turn of a loop."""
    start = body.values[node].label if node >= 0 else None
    return id(start) in stops or any(id(step) in stops for step in steps_after(body, node, stops, loops_of(body)))


def loops_of(body: Body) -> frozenset[int]:
    """The heads of all loops of a body."""
    return frozenset(head for block in body.graph.blocks for head in block.loops)


def steps_after(body: Body, node: int, stops: frozenset[int], finished: frozenset[int] = frozenset()) -> Iterator[Step]:
    """The steps on all ways from a call up to and including a stop; loops in ``finished`` make no further turn."""
    start = body.values[node].label if node >= 0 else None
    graph = body.graph
    seen: set[int] = set()
    work: list[tuple[int, int]] = []
    if start is not None and id(start) not in stops:
        work = [
            (block.number, position + 1)
            for block in graph.blocks
            for position, step in enumerate(block.steps)
            if step is start
        ]
    while work:
        number, first = work.pop()
        block = graph.blocks[number]
        stopped = False
        for step in block.steps[first:]:
            yield step
            stopped = id(step) in stops
            if stopped:
                break
        for follower in () if stopped else _followers(body, number, node, stops):
            if follower not in seen and not (follower in finished and follower in block.loops):
                seen.add(follower)
                work.append((follower, 0))


def _followers(body: Body, number: int, node: int, stops: frozenset[int]) -> tuple[int, ...]:
    """What can follow a block: of a test of the thread itself (``if thread is not None``) the arm that waits."""
    followers = successors(body.graph, number)
    condition = body.values.conditions.get(number)
    if condition is None or not isinstance(body.graph.blocks[number].terminator, BranchOn):
        return followers
    asked = {leaf for part in (condition, *body.values[condition].arguments) for leaf in leaves(body, part)}
    waits = tuple(f for f in followers if any(id(step) in stops for step in body.graph.blocks[f].steps))
    return waits if node in asked and waits else followers


def waiting_functions(context: Context, handed: Handed) -> frozenset[str]:
    """Methods that wait for a thread which the starting method keeps in an attribute of its object."""
    facts = context.program.facts(handed.body.id)
    if handed.node < 0 or facts is None or facts.owner is None:
        return frozenset()
    kept = {
        store.name
        for store in handed.body.values.stores
        if any(leaf == handed.node for leaf in leaves(handed.body, store.value))
    }
    owner = f"{facts.module}:{facts.owner}"
    found = set()
    for name in ("join", "result"):
        for caller_id, site in context.program.project.calls_named(name):
            caller = context.program.facts(caller_id)
            base = getattr(site.function, "base", None)
            mine = caller is not None and caller.owner is not None and f"{caller.module}:{caller.owner}" == owner
            if mine and getattr(base, "name", None) in kept:
                found.add(caller_id)
    return frozenset(found)


def waits_first(context: Context, body: Body, waiting: frozenset[str]) -> bool:
    """Whether a function waits for the thread before anything that it issues."""
    if not waiting:
        return False
    if body.id in waiting:
        return True
    speaking = context.summaries.speaking_blocks(body)
    for called in body.values.calls:
        functions = context.meanings.of_call(body, called.node).functions
        if any(function_id in waiting for function_id, _ in functions):
            return all(body.dominates(called.block, block) for block in speaking)
    return False


def calls_of(context: Context, body: Body, functions: frozenset[str]) -> frozenset[int]:
    """Ids of the steps of a body that call one of these functions."""
    if not functions:
        return frozenset()
    return frozenset(
        id(called.call)
        for called in body.values.calls
        if any(function_id in functions for function_id, _ in context.meanings.of_call(body, called.node).functions)
    )
