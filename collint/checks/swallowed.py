"""COL104: a handler lets one rank go on without collectives that its peers issue, or with others.

What can fail on one rank alone, and who catches it, is :mod:`collint.linking.failures`. A rank that raises leaves the
``try`` where it stands; its peers go on from there. What both still say is compared, from the raising call and from the
handler. Collectives in ``finally`` are in :mod:`collint.checks.cleanup`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks import origins
from collint.checks.cleanup import cleanup_findings
from collint.checks.context import Context
from collint.checks.passing_on import passing_on_findings
from collint.checks.placing import Verdict, clause, place
from collint.checks.sites import step
from collint.checks.wording import classes, collectives, message
from collint.findings import Finding
from collint.ir.graph import BranchOn, NextOf, normal_successors
from collint.ir.statements import Try
from collint.ir.walk import inside
from collint.linking.callers import callers_of
from collint.linking.describe import excerpt
from collint.linking.failures import Failing, Failures, Handler
from collint.linking.paths import leads, way_to
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.record import Record
from collint.sequences.mismatch import Mismatch
from collint.uniformity.lone import alone
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis

CODES = ("COL104",)
BY_FILE = True
NAME = "swallowed-exception"
HELP = (
    "let every rank reach the collective: keep the error, exchange it over {groups} after the `try` (all_reduce of a "
    "flag, all_gather_object of the error), then skip or raise on all ranks together"
)
# Raising calls of one handler for which the rest of the function is compared.
MAX_RAISING = 8


class Escape(Record, frozen=True):
    """A call that fails on one rank alone, the handler that takes over, and what then differs."""

    block: int
    failing: Failing
    handler: Handler
    mismatch: Mismatch
    confidence: int


def check(context: Context) -> Iterator[Finding]:
    """Every handler after which a rank goes on in another way than its peers."""
    failures = context.uniformity.flow.failures
    for body in context.bodies():
        if not _catches(body) or not context.summaries.speaking_blocks(body):
            continue
        yield from cleanup_findings(context, failures, body)
        yield from passing_on_findings(context, failures, body)
        found: dict[int, list[Escape]] = {}
        for block, failing, handler in _raising(failures, body):
            escapes = found.setdefault(handler.entry, [])
            if len(escapes) < MAX_RAISING:
                escapes.extend(_escapes(context, body, block, failing, handler))
        for _, escapes in sorted(found.items()):
            if escapes:
                yield _finding(context, body, max(escapes, key=lambda escape: (escape.confidence, -escape.block)))


def _catches(body: Body) -> bool:
    """Whether anything in a body is done because something failed."""
    caught = any(block.handler is not None for block in body.graph.blocks)
    return caught or any(isinstance(statement, Try) for statement in inside(body.function.body))


def _raising(failures: Failures, body: Body) -> Iterator[tuple[int, Failing, Handler]]:
    """The blocks that may raise on one rank alone, each with the first handler that swallows it; most certain first."""
    found = []
    for block in body.graph.blocks:
        if block.handler is None:
            continue
        for handler in failures.handlers(body, block.number):
            failing = failures.into(body, block.number, handler)
            if failing is not None:
                if failures.goes_on(body, handler.entry):
                    found.append((block.number, failing, handler))
                break
    return iter(sorted(found, key=lambda entry: (-entry[1].confidence, entry[0])))


def _escapes(context: Context, body: Body, block: int, failing: Failing, handler: Handler) -> Iterator[Escape]:
    given = way_to(context.conditions, body, block)
    found = context.comparison.onward(body, block, handler.entry, given)
    head = _endless_loop(body, block)
    if not found and head is not None:
        found = context.comparison.rest_of_turn(body, block, handler.entry, head, given)
    for mismatch in found:
        if _lets_go_alone(context, body, handler, context.axes(mismatch.communicators)):
            continue
        yield Escape(block, failing, handler, mismatch, _certainty(context, body, block, failing, handler, mismatch))


def _certainty(context: Context, body: Body, block: int, failing: Failing, handler: Handler, mismatch: Mismatch) -> int:
    """How certain it is that one rank alone fails here, that its peers then wait, and that it goes on meanwhile."""
    skips_turn = _skips_turn(context, body, block, handler)
    certain = min(failing.confidence, MEDIUM)
    if skips_turn and isinstance(body.graph.blocks[body.graph.blocks[block].loops[-1]].terminator, NextOf):
        certain = MEDIUM  # what fails in one turn depends on the turn's data, and each rank has its own
    elif skips_turn:
        return LOW  # ``while`` tries again: the collective comes late, but it comes
    side = mismatch.if_true if len(mismatch.if_true.word) > mismatch.at else mismatch.if_false
    origins = side.origins[mismatch.at] if mismatch.at < len(side.word) else ()
    if origins:
        certain = min(certain, HIGH - min(origin.doubt for origin in origins))
    if not mismatch.if_false.word and not skips_turn and not _is_continued(context, body):
        return LOW  # the program is over
    return LOW if _speaks_itself(context, body, block) or _may_be_later(context, body, block, failing) else certain


def _lets_go_alone(context: Context, body: Body, handler: Handler, over: frozenset[Axis]) -> bool:
    """Whether a handler goes on only where the group has no other member, and raises again where it has."""
    conditions, graph = context.conditions, body.graph
    seen, work = {handler.entry, graph.failure}, [handler.entry]
    ends = {graph.exit, *graph.blocks[handler.entry].loops}
    while work:
        block = work.pop()
        if block in ends:
            return False
        for follower in normal_successors(graph, graph.blocks[block]):
            tested = isinstance(graph.blocks[block].terminator, BranchOn)
            without = tested and (
                alone(conditions, body, block, follower) & over or _has_no_group(context, body, block, follower)
            )
            if follower not in seen and not without:
                seen.add(follower)
                work.append(follower)
    return True


def _has_no_group(context: Context, body: Body, block: int, towards: int) -> bool:
    """Whether a branch goes ``towards`` a block where some function found no group to speak to."""
    end, value = body.graph.blocks[block].terminator, body.values[body.values.conditions[block]]
    if not isinstance(end, BranchOn) or value.kind != "op" or value.label not in ("is", "is not"):
        return False
    group, other = value.arguments
    if body.values[other].label != "None" or (end.then == towards) != (value.label == "is"):
        return False
    found = origins.of_value(context, body, group)
    known = any(end.kind in ("made", "named") for end in found.ends)
    return known or any(isinstance(place, Symbol) for place in found.places)


def _endless_loop(body: Body, block: int) -> int | None:
    """The head of the innermost loop, where that is one like ``while True``."""
    loops = body.graph.blocks[block].loops
    if not loops:
        return None
    following = normal_successors(body.graph, body.graph.blocks[loops[-1]])
    return loops[-1] if all(loops[-1] in body.graph.blocks[follower].loops for follower in following) else None


def _skips_turn(context: Context, body: Body, block: int, handler: Handler) -> bool:
    """Whether a handler inside a loop skips the collectives that follow in the same turn, and comes to the next."""
    graph = body.graph
    speaking = context.summaries.speaking_blocks(body)
    if block in speaking or not graph.blocks[block].loops:
        return False
    head = graph.blocks[block].loops[-1]
    turn = [number for number in speaking if head in graph.blocks[number].loops]
    return leads(body, handler.entry, head, *turn) and any(leads(body, block, number, head) for number in turn)


def _speaks_itself(context: Context, body: Body, block: int) -> bool:
    """Whether what raises is a collective: its peers see the error too."""
    return any(
        context.summaries.events.of_call(body, site.node).letter is not None
        for site in body.values.calls
        if site.block == block
    )


def _may_be_later(context: Context, body: Body, block: int, failing: Failing) -> bool:
    """Whether a call that issues something is only taken to fail for the class that is caught, which another one in the
    ``try`` is known to raise: ``queue.Empty`` beside a ``get``.
    """
    failures, blocks = context.uniformity.flow.failures, body.graph.blocks
    if block not in context.summaries.speaking_blocks(body):
        return False
    known = {
        site.block
        for site in body.values.calls
        if blocks[site.block].handler == blocks[block].handler
        and any(row.what == failing.what for row, _ in failures.of_call(body, site.node))
    }
    return bool(known) and block not in known


def _is_continued(context: Context, body: Body) -> bool:
    """Whether somebody goes on after the function: a caller other than the module itself, or whoever has the object."""
    facts = context.program.facts(body.id)
    if facts is not None and facts.owner is not None:
        return True
    return any(not caller.endswith(":<module>") for caller in callers_of(context.evaluator, body.id))


def _finding(context: Context, body: Body, escape: Escape) -> Finding:
    mismatch, failing = escape.mismatch, escape.failing
    what = excerpt(context.program, body.path, failing.span)
    through = f" (in {' -> '.join(name.rpartition('.')[2] for name in failing.via)})" if failing.via else ""
    truths = (f"`{what}` succeeds", f"`{what}` raises{through}")
    leaves = ("", _leaving(body, escape.handler))
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    span = clause(context, body, escape.handler.span)
    return place(
        context,
        body,
        span,
        Verdict(
            rule="COL104",
            name=NAME,
            severity="error",
            certainty=escape.confidence,
            groups=groups,
            varies_over=context.shown_axes(context.axes(mismatch.communicators)),
            message=f"{message(mismatch, *truths, leaves)} What can fail on one rank alone: {failing.what}.",
            because=(*step(context, body, failing.span), *step(context, body, span)),
            classes=classes(mismatch, *truths, leaves),
            collectives=collectives(mismatch),
            help=HELP.format(groups=" and ".join(groups)),
            mismatch=f"{mismatch.if_true.word!r} / {mismatch.if_false.word!r}",
        ),
    )


def _leaving(body: Body, handler: Handler) -> str:
    """How a handler leaves, where it does so at once."""
    following = normal_successors(body.graph, body.graph.blocks[handler.entry])
    if following == (body.graph.exit,):
        return "return"
    return "continue" if any(head in body.graph.blocks[handler.entry].loops for head in following) else ""
