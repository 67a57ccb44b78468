"""Where coroutines become tasks of one event loop, and at which awaits they let others go first.

Between two awaits a task has the loop to itself, so that the order of collectives is open only where both sides have
awaited something before theirs. What is made of it is :mod:`collint.checks.coroutines`; threads are
:mod:`collint.checks.starts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.driving import Driven, driving
from collint.checks.joining import steps_after
from collint.ir.graph import Enter, Exit, NextOf, Step, successors
from collint.ir.statements import Await, Call, For, Span
from collint.ir.walk import inside
from collint.linking.evaluate import leaves
from collint.linking.paths import reaches
from collint.linking.program import Body
from collint.linking.recursion import Recursion
from collint.record import Record
from collint.sequences.events import Letter, Origin

RUNS = "task"
# Calls of the program's own coroutines through which an await is looked for.
MAX_DEPTH = 6
# Values between a spawning call and the coroutine call that it is given.
MAX_PARTS = 60


class Task(Record, frozen=True):
    """A coroutine (the call ``made``) that the call ``spawn`` of ``body`` lets run beside others."""

    body: Body
    spawn: int
    made: int
    function_id: str
    span: Span
    is_repeated: bool


def tasks_of(context: Context, body: Body) -> Iterator[Task]:
    """The tasks that a body starts, in the order of the text."""
    for site in body.values.calls:
        row = context.meanings.of_call(body, site.node).entry
        if row is None or row.runs != RUNS:
            continue
        for made in _coroutines(context, body, site.node):
            for function_id in _own(context, body, made):
                around = body.graph.blocks[body.values[made].block].loops
                yield Task(body, site.node, made, function_id, site.call.span, bool(around))


def _coroutines(context: Context, body: Body, spawn: int) -> Iterator[int]:
    """The coroutine calls among a call's arguments: as they stand, in lists, or one per turn of a comprehension."""
    work = list(body.values[spawn].arguments[1:])
    seen = set(work)
    found: list[int] = []
    while work and len(seen) < MAX_PARTS:
        node = work.pop()
        value = body.values[node]
        if value.kind == "call":
            found += [node] if _own(context, body, node) else []
        elif value.kind in ("display", "star", "collected", "phi", "choose", "after"):
            parts = (
                value.arguments if value.kind != "after" else (value.arguments[0], *_given(body, value.arguments[1]))
            )
            fresh = [part for part in parts if part not in seen]
            seen.update(fresh)
            work += fresh
    yield from sorted(found)


def _given(body: Body, call: int) -> tuple[int, ...]:
    """What ``coroutines.append(step(x))`` puts in."""
    return body.values[call].arguments[1:]


def _own(context: Context, body: Body, node: int) -> tuple[str, ...]:
    """The program's coroutines that a call makes."""
    functions = (function_id for function_id, _ in context.meanings.of_call(body, node).functions)
    bodies = ((f, context.program.body(f)) for f in functions)
    return tuple(f for f, inner in bodies if inner is not None and inner.function.is_async)


# -------------------------------------------------------------------------------------------------------- awaits


def suspends(context: Context, function_id: str, depth: int = 0) -> bool:
    """Whether a coroutine may let others run."""
    body = context.program.body(function_id)
    steps = (step for block in body.graph.blocks for step in _steps(body, block.number)) if body is not None else ()
    return body is not None and any(_lets_others_run(context, body, step, depth) for step in steps)


def _steps(body: Body, block: int) -> tuple[Step | NextOf, ...]:
    end = body.graph.blocks[block].terminator
    return (*body.graph.blocks[block].steps, *((end,) if isinstance(end, NextOf) else ()))


def _lets_others_run(context: Context, body: Body, step: Step | NextOf, depth: int = 0) -> bool:
    if isinstance(step, Await):
        return True
    if isinstance(step, (Enter, Exit)):
        return step.is_async
    if isinstance(step, NextOf):
        return step.span in _awaited_loops(body)
    if not isinstance(step, Call) or not step.awaited:
        return False
    node = body.values.call_nodes.get(id(step))
    own = _own(context, body, node) if node is not None else ()
    return not own or (depth < MAX_DEPTH and any(suspends(context, function_id, depth + 1) for function_id in own))


def _awaited_loops(body: Body) -> frozenset[Span]:
    """The places of ``async for``, of which the graph keeps no more than a loop."""
    found: frozenset[Span] | None = body.memo.get("awaited loops")  # type: ignore[assignment]
    if found is None:
        loops = (statement for statement in inside(body.function.body) if isinstance(statement, For))
        found = body.memo["awaited loops"] = frozenset(loop.span for loop in loops if loop.is_async)
    return found


def comes_late(context: Context, function_id: str) -> bool:
    """Whether a coroutine may let others run before one of its collectives."""
    known: Recursion[bool] | None = context.memo.get("comes late")  # type: ignore[assignment]
    if known is None:
        known = context.memo["comes late"] = Recursion(False, MAX_DEPTH)
    return known.run(function_id, function_id, lambda: _comes_late(context, function_id))


def _comes_late(context: Context, function_id: str) -> bool:
    body = context.program.body(function_id)
    return body is not None and bool(_late(context, body, _all_steps(body)))


def _all_steps(body: Body) -> list[tuple[int, Step | NextOf]]:
    return [(block.number, step) for block in body.graph.blocks for step in _steps(body, block.number)]


def _late(context: Context, body: Body, steps: list[tuple[int, Step | NextOf]]) -> list[int]:
    """The calls among ``steps`` that issue something after an await among them."""
    found: list[int] = []
    waits = [(n, block) for n, (block, step) in enumerate(steps) if _lets_others_run(context, body, step)]
    for number, (block, step) in enumerate(steps):
        node = body.values.call_nodes.get(id(step)) if isinstance(step, Call) else None
        if node is None or not driving(context).of_call(body, node):
            continue
        own = _own(context, body, node)
        if own and (not isinstance(step, Call) or not step.awaited):
            continue  # it only makes the coroutine
        after_wait = any(_follows(body, block, at) or (at == block and n < number) for n, at in waits if n != number)
        if after_wait or any(comes_late(context, f) for f in own):
            found.append(node)
    return found


def _follows(body: Body, block: int, at: int) -> bool:
    """Whether a block can run after another one has; itself only round a loop."""
    return any(reaches(body, follower, block) for follower in successors(body.graph, at))


# ---------------------------------------------------------------------------------------------------------- joins


def ends_of(body: Body, spawn: int) -> frozenset[int]:
    """Ids of the steps that wait for a task, or for the group that it was started in."""
    found: set[int] = set()
    label = body.values[spawn].label
    if isinstance(label, Call) and label.awaited:
        found.add(id(label))
    for block in body.graph.blocks:
        for position, step in enumerate(block.steps):
            if (isinstance(step, Await) and _awaits(body, step, spawn)) or (
                isinstance(step, Call) and step.awaited and _is_given(body, step, spawn)
            ):
                found.add(id(step))
            elif isinstance(step, Exit) and step.is_async:
                manager = body.values.entered.get((block.number, position))
                if manager is not None and _started_on(body, spawn, manager):
                    found.add(id(step))
    return frozenset(found)


def _awaits(body: Body, step: Await, spawn: int) -> bool:
    nodes = [value for value in body.values.nodes if value.kind == "awaited" and value.span == step.span]
    return any(spawn in leaves(body, part) or _holds(body, part, spawn) for v in nodes for part in v.arguments)


def _is_given(body: Body, step: Call, spawn: int) -> bool:
    """``await asyncio.gather(task)``, ``await asyncio.wait({task})``."""
    node = body.values.call_nodes.get(id(step))
    return node is not None and any(_holds(body, part, spawn) for part in body.values[node].arguments[1:])


def _holds(body: Body, node: int, spawn: int) -> bool:
    work, seen = [node], {node}
    while work and len(seen) < MAX_PARTS:
        current = work.pop()
        if current == spawn:
            return True
        value = body.values[current]
        parts = value.arguments
        if value.kind == "after":
            parts = (value.arguments[0], *_given(body, value.arguments[1]))
        elif value.kind == "call":
            parts = ()
        fresh = [part for part in parts if part not in seen]
        seen.update(fresh)
        work += fresh
    return False


def _started_on(body: Body, spawn: int, manager: int) -> bool:
    """``async with asyncio.TaskGroup() as group: group.create_task(...)``."""
    function = body.values[body.values[spawn].arguments[0]]
    if function.kind != "attr":
        return False
    return any(
        leaf == manager
        or (body.values[leaf].kind == "enter" and manager in leaves(body, body.values[leaf].arguments[0]))
        for leaf in leaves(body, function.arguments[0])
    )


def issued_meanwhile(context: Context, body: Body, node: int, stops: frozenset[int]) -> Driven:
    """What a body issues after the call at ``node``, having awaited something else since, until one of ``stops``."""
    inside = {id(step): block for block, step in _all_steps(body)}
    following = [step for step in steps_after(body, node, stops) if id(step) not in stops]
    found: dict[Letter, tuple[Origin, ...]] = {}
    for late in _late(context, body, [(inside[id(step)], step) for step in following if id(step) in inside]):
        found.update(driving(context).of_call(body, late))
    return found
