"""COL401, the part about one event loop: tasks that take turns at their awaits and issue on one communicator.

What a task is and where it lets others run is :mod:`collint.checks.tasks`; which groups are one,
:mod:`collint.checks.sharing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.concurrency import beside, callers_above
from collint.checks.context import Context
from collint.checks.driving import Driven, driving, event, shown
from collint.checks.joining import steps_after
from collint.checks.placing import Verdict, place
from collint.checks.sharing import Shared, shared
from collint.checks.tasks import Task, comes_late, ends_of, issued_meanwhile, suspends, tasks_of
from collint.findings import Because, Finding, RankClass
from collint.linking.program import Body
from collint.record import Record
from collint.uniformity.states import LOW, MEDIUM

HELP = (
    "let one task issue all collectives of {groups} (the others put their work in a queue), give each task a process "
    "group of its own, or await the one before the other begins; a lock keeps them apart and leaves their order open"
)


# Calls between a task and a collective; through more of them something mostly puts the tasks in order.
MAX_CALLS = 4


class Turn(Record, frozen=True):
    """One communicator that a task and somebody else, ``other`` in a sentence, use in turns."""

    shared: Shared
    other: str
    certainty: int


def coroutine_findings(context: Context) -> Iterator[Finding]:
    """Every task that takes turns on a communicator with another task or with the code that started it."""
    for body in context.bodies():
        tasks = [task for task in tasks_of(context, body) if comes_late(context, task.function_id)]
        reported: set[tuple[str, str]] = set()
        for number, task in enumerate(tasks):
            turns = list(_turns(context, task, tasks[:number]))
            if not turns:
                continue
            best = max(turns, key=lambda turn: turn.certainty)
            told = (task.function_id, best.other)
            if told not in reported:
                reported.add(told)
                yield place(context, body, task.span, _verdict(context, task, best))


def _turns(context: Context, task: Task, earlier: list[Task]) -> Iterator[Turn]:
    own = driving(context).of_call(task.body, task.made)
    stops = ends_of(task.body, task.spawn)
    for other in earlier:
        if other.spawn == task.spawn or _overlaps(task.body, other, task):
            said = driving(context).of_call(task.body, other.made)
            yield from _pairs(context, own, said, f"the task of {_name(other.function_id)}", MEDIUM)
    if task.is_repeated:
        yield from _pairs(context, own, own, "another one of them", MEDIUM)
    if task.body.function.is_async:
        said = issued_meanwhile(context, task.body, task.spawn, stops)
        yield from _pairs(context, own, said, "the code that goes on here", MEDIUM)
    if not stops:
        yield from _around(context, task, own)


def _overlaps(body: Body, first: Task, second: Task) -> bool:
    """Whether a task may still be at work when another one starts."""
    ends = ends_of(body, first.spawn)
    start = body.values[second.spawn].label
    return any(step is start for step in steps_after(body, first.spawn, ends))


def _around(context: Context, task: Task, own: Driven) -> Iterator[Turn]:
    """What others do with a task that its starter leaves behind: callers, and methods that nothing visible calls."""
    around = {task.body.id}
    for caller, node, letters in callers_above(context, task.body, own):
        around.add(caller.id)
        if caller.function.is_async:
            said = issued_meanwhile(context, caller, node, frozenset())
            yield from _pairs(context, letters, said, "the code that goes on after it", MEDIUM)
    for function_id in beside(context, frozenset(around), task.body.id, frozenset({task.function_id})):
        said = driving(context).of_function(function_id)
        certain = MEDIUM if suspends(context, function_id) else LOW
        for turn in _pairs(context, own, said, _name(function_id), certain):
            # What comes to the same call on another way is mostly another way to run the same program.
            is_same = (turn.shared.thread_at.path, turn.shared.thread_at.line) == (
                turn.shared.main_at.path,
                turn.shared.main_at.line,
            )
            yield Turn(turn.shared, turn.other, LOW) if is_same else turn


def _pairs(context: Context, own: Driven, other: Driven, name: str, certainty: int) -> Iterator[Turn]:
    for pair in shared(context, own, other):
        far = max(len(pair.thread_at.via), len(pair.main_at.via)) > MAX_CALLS
        yield Turn(pair, name, LOW if far else min(certainty, pair.certainty))


def _name(function_id: str) -> str:
    return f"`{function_id.rpartition(':')[2]}`"


def _verdict(context: Context, task: Task, turn: Turn) -> Verdict:
    pair = turn.shared
    mine, other = shown(pair.thread, (pair.thread_at,)), shown(pair.main, (pair.main_at,))
    target = context.program.body(task.function_id)
    steps = () if target is None else (Because(target.path, target.function.span.line, f"async def {target.qualname}"),)
    first, second = event(pair.thread, pair.thread_at), event(pair.main, pair.main_at)
    return Verdict(
        rule="COL401",
        name="shared-communicator",
        severity="error",
        certainty=turn.certainty,
        groups=(pair.communicator.group_name,),
        message=(
            f"{_name(task.function_id)} runs as a task and issues {mine} after an await; meanwhile {turn.other} issues "
            f"{other} after one. Which of the two comes first is up to what each rank's event loop gets back first: "
            "where ranks differ, one waits in the first call and its peers in the second, or they take each other's "
            "data."
        ),
        help=HELP.format(groups=pair.communicator.group_name),
        mismatch=f"{pair.thread!r} / {pair.main!r}",
        because=steps,
        classes=(
            RankClass("the task comes first", (first,), f"wait in {pair.thread.op}"),
            RankClass(f"{turn.other} comes first", (second,), f"wait in {pair.main.op}"),
        ),
        collectives=(first, second),
    )
