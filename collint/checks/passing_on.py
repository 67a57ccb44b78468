"""COL104, the part about handlers that raise again: what the failing rank says before it leaves, and who waits for it.

Its peers are still in the ``try``, or behind it. A collective in the handler meets another one of theirs; without one
they are alone, as after any uncaught exception. Handlers after which a rank goes on are in
:mod:`collint.checks.swallowed`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, clause, place
from collint.checks.sites import step
from collint.findings import Event, Finding, RankClass
from collint.ir.graph import normal_successors, successors
from collint.linking.describe import excerpt
from collint.linking.failures import Failing, Failures, Handler
from collint.linking.paths import reaches
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import HIGH, LOW, MEDIUM

HELP = (
    "exchange the error over {groups} first (all_reduce of a flag, all_gather_object of the error), and let all ranks "
    "raise together"
)
Spoken = tuple[Letter, Origin]


def passing_on_findings(context: Context, failures: Failures, body: Body) -> Iterator[Finding]:
    """Every handler of a body that raises again while its peers are on their way to a collective."""
    told: set[int] = set()
    for block in body.graph.blocks:
        if block.handler is None:
            continue
        for handler in failures.handlers(body, block.number):
            failing = failures.into(body, block.number, handler)
            if failing is None:
                continue
            if handler.entry not in told and not failures.goes_on(body, handler.entry):
                found = _judged(context, failures, body, block.number, failing, handler)
                if found is not None:
                    told.add(handler.entry)
                    yield found
            break


def _judged(
    context: Context, failures: Failures, body: Body, block: int, failing: Failing, handler: Handler
) -> Finding | None:
    blocks = range(len(body.graph.blocks))
    if any(reaches(body, handler.entry, number) and failures.ends(body, number) for number in blocks):
        return None  # the process is over, which its launcher notices
    ahead = _first(context, body, normal_successors(body.graph, body.graph.blocks[block]), normal=True)
    if not ahead:
        return None
    said = _first(context, body, (handler.entry,), normal=False)
    for communicators, (letter, origin) in said.items():
        met = ahead.get(communicators)
        if met is not None and met[0].op != letter.op:
            certain = min(failing.confidence, MEDIUM, HIGH - max(origin.doubt, met[1].doubt))
            return _finding(context, body, failing, handler, (letter, origin), met, certain)
    if said or failing.confidence < MEDIUM:
        return None
    return _finding(context, body, failing, handler, None, next(iter(ahead.values())), LOW)


def _first(
    context: Context, body: Body, starts: tuple[int, ...], normal: bool
) -> dict[tuple[Communicator, ...], Spoken]:
    """For each communicator the nearest event on the ways from some blocks, breadth first."""
    speaking = context.summaries.speaking_blocks(body)
    found: dict[tuple[Communicator, ...], Spoken] = {}
    work, seen = list(starts), set(starts)
    for block in work:
        if block in speaking:
            for letter, origins in sorted(context.summaries.letters_in(body, (block,)).items(), key=repr):
                found.setdefault(letter.communicators, (letter, origins[0])) if origins else None
        following = normal_successors(body.graph, body.graph.blocks[block]) if normal else successors(body.graph, block)
        fresh = [follower for follower in following if follower not in seen]
        seen.update(fresh)
        work += fresh
    return found


def _finding(
    context: Context, body: Body, failing: Failing, handler: Handler, own: Spoken | None, met: Spoken, certain: int
) -> Finding:
    cause = excerpt(context.program, body.path, failing.span)
    waiting, first = _event(met), None if own is None else _event(own)
    group = met[0].communicators[0].group_name
    leaves = "raise again" if first is None else f"come to {first.op} (line {first.line}) and raise again"
    text = (
        f"ranks where `{cause}` raises {leaves}; ranks where it succeeds issue {waiting.op} "
        f"({waiting.path.rpartition('/')[2]}:{waiting.line}) on {group} and wait for them. What can fail on one rank "
        f"alone: {failing.what}."
    )
    said = () if first is None else (first,)
    return place(
        context,
        body,
        clause(context, body, handler.span),
        Verdict(
            rule="COL104",
            name="swallowed-exception",
            severity="error",
            certainty=max(LOW, certain),
            groups=(group,),
            varies_over=context.shown_axes(context.axes(met[0].communicators)),
            message=text,
            because=(*step(context, body, failing.span), *step(context, body, handler.span)),
            classes=(
                RankClass(f"`{cause}` succeeds", (waiting,), f"wait in {waiting.op}"),
                RankClass(f"`{cause}` raises", said, "raise" if first is None else f"wait in {first.op}"),
            ),
            collectives=(waiting, *said),
            help=HELP.format(groups=group),
            mismatch=f"{met[0]!r} / {own[0] if own else ()!r} raise",
        ),
    )


def _event(spoken: Spoken) -> Event:
    letter, origin = spoken
    return Event(letter.op, letter.group, origin.path, origin.line, origin.via)
