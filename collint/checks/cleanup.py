"""COL104, the part about ``finally``: a rank that raises comes to a collective there while its peers are still before
others.

An exception that passes a ``finally`` is no edge of the graph unless a handler sees it, so that this reads the
statements. Handlers are in :mod:`collint.checks.swallowed`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.sites import step
from collint.findings import CONFIDENCES, Event, Finding, RankClass
from collint.ir.statements import Block, Call, Raise, Try
from collint.ir.values import CallSiteNode
from collint.ir.walk import inside
from collint.knowledge.rows import Failure
from collint.linking.describe import excerpt
from collint.linking.failures import Failures
from collint.linking.program import Body
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import HIGH, LOW, MEDIUM

HELP = (
    "exchange the error over {groups} before the clean-up (all_reduce of a flag), or leave the collective to the ranks "
    "that come through: `finally` runs on the failing rank alone"
)
Spoken = tuple[CallSiteNode, Letter, Origin]


def cleanup_findings(context: Context, failures: Failures, body: Body) -> Iterator[Finding]:
    """Every ``finally`` of a body whose collective a failing rank issues out of turn."""
    sites = {id(site.call): site for site in body.values.calls}
    for statement in inside(body.function.body):
        if isinstance(statement, Try) and statement.final and all(_raises(h.body) for h in statement.handlers):
            yield from _of_try(context, failures, body, statement, sites)


def _raises(block: Block) -> bool:
    return bool(block) and isinstance(block[-1], Raise)


def _of_try(
    context: Context, failures: Failures, body: Body, statement: Try, sites: dict[int, CallSiteNode]
) -> Iterator[Finding]:
    final = _spoken(context, body, _calls(statement.final, sites))
    if not final:
        return
    calls = _calls((*statement.body, *statement.other), sites)
    for position, site in enumerate(calls):
        row = _failure(context, failures, body, site)
        if row is None:
            continue
        skipped = _spoken(context, body, calls[position + 1 :])
        for here in final:
            missed = next((other for other in skipped if other[1].communicators == here[1].communicators), None)
            if missed is not None:
                yield _finding(context, body, site, row, here, missed)
                return


def _calls(block: Block, sites: dict[int, CallSiteNode]) -> list[CallSiteNode]:
    found = (sites.get(id(statement)) for statement in inside(block) if isinstance(statement, Call))
    return [site for site in found if site is not None]


def _spoken(context: Context, body: Body, calls: list[CallSiteNode]) -> list[Spoken]:
    """The events of some calls, each with the call and its first place."""
    return [
        (site, letter, origins[0])
        for site in calls
        for letter, origins in sorted(context.summaries.letters_of(body, site).items(), key=repr)
        if origins
    ]


def _failure(context: Context, failures: Failures, body: Body, site: CallSiteNode) -> Failure | None:
    """Why a call may fail here alone, unless a handler in the ``try`` takes care of it."""
    rows = failures.of_call(body, site.node)
    if not rows or failures.swallowed(body, site.block) is not None:
        return None
    return max((row for row, _ in rows), key=lambda row: CONFIDENCES.index(row.confidence))


def _finding(context: Context, body: Body, site: CallSiteNode, row: Failure, here: Spoken, missed: Spoken) -> Finding:
    cause = excerpt(context.program, body.path, site.call.span)
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in here[1].communicators))
    first, second = (Event(letter.op, letter.group, o.path, o.line, o.via) for _, letter, o in (here, missed))
    confidence = min(CONFIDENCES.index(row.confidence), MEDIUM, HIGH - max(here[2].doubt, missed[2].doubt))
    if here[1].op == "destroy_process_group":
        confidence = LOW  # the job is coming down anyway
    text = (
        f"ranks where `{cause}` raises come to {first.op} in the `finally` at once; ranks where it succeeds wait in "
        f"{second.op} ({second.path.rpartition('/')[2]}:{second.line}) on {groups[0]}: neither is ever met. "
        f"What can fail on one rank alone: {row.what}."
    )
    return place(
        context,
        body,
        here[0].call.span,
        Verdict(
            rule="COL104",
            name="swallowed-exception",
            severity="error",
            certainty=confidence,
            groups=groups,
            varies_over=context.shown_axes(context.axes(here[1].communicators)),
            message=text,
            because=(*step(context, body, site.call.span), *step(context, body, here[0].call.span)),
            classes=(
                RankClass(f"`{cause}` succeeds", (second, first), f"wait in {second.op}"),
                RankClass(f"`{cause}` raises", (first,), f"wait in {first.op}"),
            ),
            collectives=(second, first),
            help=HELP.format(groups=" and ".join(groups)),
            mismatch=f"{missed[1]!r} / {here[1]!r}",
        ),
    )
