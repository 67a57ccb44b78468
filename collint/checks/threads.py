"""COL401: one communicator driven from two threads, so that each rank may have another order of its collectives.

What runs at the same time is :mod:`collint.checks.concurrency`; which groups are one, :mod:`collint.checks.sharing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.checks.concurrency import main_side, thread_side
from collint.checks.context import Context
from collint.checks.coroutines import coroutine_findings
from collint.checks.crowds import runs_beside_itself, takes_requests_at_once
from collint.checks.driving import Driven, event, shown
from collint.checks.joining import runs_on
from collint.checks.placing import Verdict, place
from collint.checks.sharing import Shared, shared
from collint.checks.starts import starts
from collint.findings import Because, Finding, RankClass
from collint.ir.expressions import LAMBDA
from collint.linking.entries import Handed
from collint.linking.references import Communicator, Symbol
from collint.record import Record
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL401",)
NAME = "shared-communicator"
HELP = (
    "give the thread a process group of its own, made on every rank before it starts; or let one thread do all "
    "collectives of {groups}; or wait for the thread before the group is used again"
)


class Clash(Record, frozen=True):
    """One communicator with two drivers; ``other`` names the second one in a sentence."""

    shared: Shared
    other: str


def check(context: Context) -> Iterator[Finding]:
    """Every function that runs beside another driver of one of its communicators."""
    yield from coroutine_findings(context)
    places = starts(context, context.asked_modules())
    wanted = {handed.function_id for handed in places if context.is_asked(handed.body.path)}
    if not wanted:
        return
    places = places if context.asked is None else starts(context)
    # Of other places only those count that start the same function, or a thread that may overlap with such a one: it is
    # started in the same module.
    modules = {handed.body.module for handed in places if handed.function_id in wanted}
    started = [(handed, thread_side(context, handed)) for handed in places if handed.body.module in modules]
    started = [(handed, driven) for handed, driven in started if driven]
    reported: set[str] = set()
    for number, (handed, driven) in enumerate(started):
        if handed.function_id not in wanted or handed.function_id in reported:
            continue
        clashes = _clashes(context, handed, driven, started[:number])
        if clashes:
            reported.add(handed.function_id)
            yield place(context, handed.body, handed.span, _verdict(context, handed, clashes))


def _clashes(
    context: Context, handed: Handed, driven: Driven, earlier: list[tuple[Handed, Driven]]
) -> tuple[Clash, ...]:
    """One clash per communicator, the most certain, and of equal ones the first."""
    best: dict[Communicator, Clash] = {}
    _keep(best, _with_main_line(context, handed, driven))
    mine = {communicator for letter in driven for communicator in letter.communicators}
    for other, letters in earlier:
        if all(communicator in best and best[communicator].shared.certainty == HIGH for communicator in mine):
            break  # no other thread makes it more certain
        if _runs_beside(context, other, handed):
            _keep(best, (Clash(pair, f"the thread of {_name(other)}") for pair in shared(context, driven, letters)))
    if runs_beside_itself(context, handed):
        again = shared(context, driven, driven)
        _keep(best, (Clash(_at(pair, MEDIUM), "a second one of them") for pair in again))
    return tuple(sorted(best.values(), key=lambda clash: (-clash.shared.certainty, repr(clash.shared.communicator))))


def _with_main_line(context: Context, handed: Handed, driven: Driven) -> Iterator[Clash]:
    for meanwhile in main_side(context, handed, driven):
        for pair in shared(context, meanwhile.thread, meanwhile.main):
            if not _is_in_the_making(context, pair):
                certainty = pair.certainty if meanwhile.follows else min(pair.certainty, MEDIUM)
                yield Clash(_at(pair, certainty), "the main line")


def _keep(best: dict[Communicator, Clash], clashes: Iterable[Clash]) -> None:
    for clash in clashes:
        known = best.get(clash.shared.communicator)
        if known is None or clash.shared.certainty > known.shared.certainty:
            best[clash.shared.communicator] = clash


def _is_in_the_making(context: Context, pair: Shared) -> bool:
    """Whether the main line makes the object just then whose group it is: no thread has it yet."""
    symbol = pair.communicator.group
    if not isinstance(symbol, Symbol) or symbol.kind != "attribute":
        return False
    project, module = context.program.project, symbol.owner.partition(":")[0]
    lineage = {*project.mro(symbol.owner), *project.subclasses(symbol.owner)}
    makers = {f"{class_id.partition(':')[2]}.__init__" for class_id in lineage if class_id.partition(":")[0] == module}
    return any(name in makers for name in pair.main_at.via)


def _at(pair: Shared, certainty: int) -> Shared:
    kept = min(pair.certainty, certainty)
    return Shared(pair.communicator, pair.thread, pair.thread_at, pair.main, pair.main_at, kept)


def _runs_beside(context: Context, first: Handed, second: Handed) -> bool:
    """Whether two threads overlap: handlers of one server, or no wait for the first before the second starts."""
    if first.row.runs == second.row.runs == "handler":
        beside = first.function_id != second.function_id and first.body.module == second.body.module
        return beside and all(takes_requests_at_once(context, handed) for handed in (first, second))
    if first.body.id != second.body.id or min(first.node, second.node) < 0 or first.node == second.node:
        return False
    return second.node in runs_on(context, first)


def _name(handed: Handed) -> str:
    if LAMBDA in handed.function_id:
        return "the lambda"
    return f"`{handed.function_id.rpartition(':')[2]}`"


def _verdict(context: Context, handed: Handed, clashes: tuple[Clash, ...]) -> Verdict:
    first = clashes[0].shared
    groups = tuple(dict.fromkeys(clash.shared.communicator.group_name for clash in clashes))
    mine, other = shown(first.thread, (first.thread_at,)), shown(first.main, (first.main_at,))
    how = {"pool": "runs in threads of a pool", "handler": "runs in threads of a server"}
    where = how.get(handed.row.runs, "runs in a thread of its own")
    return Verdict(
        rule=CODES[0],
        name=NAME,
        severity="error",
        certainty=max(LOW, first.certainty),
        groups=groups,
        message=(
            f"{_name(handed)} {where} and issues {mine}; meanwhile {clashes[0].other} issues {other}. Which of the "
            "two comes first is decided on each rank anew: where ranks decide differently, one waits in the first "
            "call and its peers in the second, or they take each other's data."
        ),
        help=HELP.format(groups=" and ".join(groups)),
        mismatch=" ".join(sorted(f"{clash.shared.thread!r} / {clash.shared.main!r}" for clash in clashes)),
        because=_steps(context, handed),
        classes=(
            RankClass("the thread comes first", (event(first.thread, first.thread_at),), f"wait in {first.thread.op}"),
            RankClass(
                f"{clashes[0].other} comes first", (event(first.main, first.main_at),), f"wait in {first.main.op}"
            ),
        ),
        collectives=tuple(
            told
            for clash in clashes
            for told in (
                event(clash.shared.thread, clash.shared.thread_at),
                event(clash.shared.main, clash.shared.main_at),
            )
        ),
    )


def _steps(context: Context, handed: Handed) -> tuple[Because, ...]:
    """Where the function that runs in the thread stands."""
    target = context.program.body(handed.function_id)
    if target is None:
        return ()
    return (Because(target.path, target.function.span.line, f"def {target.qualname}"),)
