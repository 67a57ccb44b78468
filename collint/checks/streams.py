"""COL401, the device's side: one communicator driven on two CUDA streams of a function, with nothing between them.

The library may order them itself, so that this is a note. Threads are :mod:`collint.checks.threads`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.sharing import is_one
from collint.checks.sites import Site, communicators, sites_of, step
from collint.findings import Event, Finding, RankClass
from collint.ir.graph import Enter, Exit
from collint.ir.statements import Call
from collint.ir.values import ValueGraph
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import leaves
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.uniformity.states import LOW

CODES = ("COL401",)
BY_FILE = True
NAME = "shared-communicator"
STREAMS = frozenset({"torch.cuda.stream", "torch.cuda.StreamContext", "torch.xpu.stream", "torch.npu.stream"})
# What makes a stream or the host wait, by the methods' names.
ORDERS = frozenset({"wait_stream", "wait_event", "synchronize", "wait"})
HELP = (
    "let the second stream wait for the first (`second.wait_stream(first)`) before the group is used again, or give "
    "each stream a group of its own"
)


def check(context: Context) -> Iterator[Finding]:
    """Every collective on another stream than the one before it on its group."""
    for body in context.bodies():
        if any(called_name(called.call) in ORDERS for called in body.values.calls):
            continue
        placed = [(site, stream) for site, stream in _on_streams(context, body)]
        for number, (site, stream) in enumerate(placed):
            for earlier, other in placed[:number]:
                common = _common(context, site, earlier) if not stream & other else None
                if common is not None:
                    yield _finding(context, earlier, site, common)
                    break


def _on_streams(context: Context, body: Body) -> Iterator[tuple[Site, frozenset[int]]]:
    """The collectives under ``with torch.cuda.stream(s)``, each with what ``s`` may be."""
    calls = {id(site.call): site for site in sites_of(context, body)}
    for block in body.graph.blocks if calls else ():
        inside: list[frozenset[int]] = []
        for position, statement in enumerate(block.steps):
            if isinstance(statement, (Enter, Exit)):
                stream = _stream(context, body, body.values.entered.get((block.number, position)))
                if isinstance(statement, Enter) and stream is not None:
                    inside.append(stream)
                elif stream is not None and inside:
                    inside.pop()
            elif isinstance(statement, Call) and inside and id(statement) in calls:
                yield calls[id(statement)], inside[-1]


def _stream(context: Context, body: Body, manager: int | None) -> frozenset[int] | None:
    values: ValueGraph = body.values
    if manager is None or values[manager].kind != "call" or len(values[manager].arguments) != 2:
        return None
    if not STREAMS & set(context.meanings.of_call(body, manager).names):
        return None
    return frozenset(leaves(body, values[manager].arguments[1]))


def _common(context: Context, one: Site, other: Site) -> Communicator | None:
    """The communicator of two calls, where it is known to be one."""
    first, second = communicators(context, one), communicators(context, other)
    if len(first) != 1 or len(second) != 1:
        return None
    (mine,), (theirs,) = first, second
    return mine if is_one(context, mine, theirs) else None


def _finding(context: Context, first: Site, second: Site, common: Communicator) -> Finding:
    body, group = second.body, common.group_name
    events = tuple(Event(site.op, group, body.path, site.call.span.line) for site in (first, second))
    return place(
        context,
        body,
        second.call.span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="note",
            certainty=LOW,
            groups=(group,),
            message=(
                f"{second.op} on {group} is issued on another stream than {first.op} (line {first.call.span.line}), "
                "and no stream waits for the other: which of them a device starts first may differ between ranks."
            ),
            help=HELP,
            mismatch=f"streams {first.op} / {second.op}",
            predicate=shortened(describe(body, second.node)),
            because=step(context, body, first.call.span),
            classes=(
                RankClass(f"{first.op} starts first", events[:1], f"wait in {first.op}"),
                RankClass(f"{second.op} starts first", events[1:], f"wait in {second.op}"),
            ),
            collectives=events,
        ),
    )
