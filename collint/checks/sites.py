"""The calls that other ranks see, one by one, for rules about their arguments; and how such a rule reports one.

What is wrong with a call is decided by the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.findings import Because, Event, Finding, RankClass
from collint.ir.statements import Call, Span
from collint.knowledge.rows import Collective, PointToPoint
from collint.linking.callers import callers_of
from collint.linking.describe import describe, excerpt, shortened
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.record import Record


class Site(Record, frozen=True):
    """One collective or point-to-point call of a body. ``certain`` is false when only its name tells what it is."""

    body: Body
    node: int
    call: Call
    block: int
    row: Collective | PointToPoint
    certain: bool

    @property
    def op(self) -> str:
        """The call in one word, as sequences show it."""
        return self.row.family if isinstance(self.row, Collective) else called_name(self.call)


class Side(Record, frozen=True):
    """The ranks for which ``when`` holds, whether they come to the call at all, and what becomes of them."""

    when: str
    comes: bool
    then: str


class Claim(Record, frozen=True):
    """What a rule has to say about a site; the rest of the finding follows from the site."""

    rule: str
    name: str
    severity: str
    confidence: int
    groups: tuple[str, ...]
    message: str
    help: str
    mismatch: str
    because: tuple[Because, ...] = ()
    varies_over: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()


def sites(context: Context) -> Iterator[Site]:
    """Every collective and point-to-point call of the functions that are asked about, in order."""
    for body in context.bodies():
        yield from sites_of(context, body)


def sites_below(context: Context, depth: int) -> Iterator[Site]:
    """The same, with those of the functions that come to be called from there, ``depth`` calls deep.

    For rules that follow an argument out to where a caller chooses it.
    """
    called = below(context, depth)
    for body in context.bodies_of(lambda function_id: called is None or function_id in called):
        yield from sites_of(context, body)


def below(context: Context, depth: int) -> frozenset[str] | None:
    """The functions that are asked about and what they call, ``depth`` calls deep; None for all."""
    if context.asked is None:
        return None
    known: dict[int, frozenset[str]] = context.memo.setdefault("below", {})  # type: ignore[assignment]
    if depth not in known:
        known[depth] = _called(context, depth)
    return known[depth]


def _called(context: Context, depth: int) -> frozenset[str]:
    return called_from(context, filter(context.is_asked_function, context.reaching), depth)


def called_from(context: Context, functions: Iterable[str], depth: int | None = None) -> frozenset[str]:
    """These functions and what they call, ``depth`` calls deep; None: however deep."""
    callees = _callees(context)
    level = set(functions)
    found = set(level)
    while level and depth != 0:
        level = {callee for caller in level for callee in callees.get(caller, ())} - found
        found |= level
        depth = None if depth is None else depth - 1
    return frozenset(found)


def _callees(context: Context) -> dict[str, list[str]]:
    """The functions that can reach an event, by who calls them."""
    known: dict[str, list[str]] | None = context.memo.get("callees")  # type: ignore[assignment]
    if known is not None:
        return known
    found: dict[str, list[str]] = {}
    for function_id in context.reaching:
        for caller in callers_of(context.evaluator, function_id):
            found.setdefault(caller, []).append(function_id)
    context.memo["callees"] = found
    return found


def sites_of(context: Context, body: Body) -> Iterator[Site]:
    """The collective and point-to-point calls of one body."""
    for called in body.values.calls:
        site = site_at(context, body, called.node)
        if site is not None:
            yield site


def site_at(context: Context, body: Body, node: int) -> Site | None:
    """The call at a node, if it is a collective or point-to-point call."""
    meaning = context.meanings.of_call(body, node)
    row = meaning.collective or meaning.p2p
    value = body.values[node]
    if row is None or not isinstance(value.label, Call):
        return None
    return Site(body, node, value.label, value.block, row, meaning.certain)


def argument(context: Context, site: Site, spelling: str) -> int | None:
    """The node of an argument of the call by a pack's spelling; None when the call leaves it out."""
    return context.meanings.argument(site.body, site.node, spelling)


def communicators(context: Context, site: Site) -> frozenset[Communicator]:
    """The communicators on which the call may run."""
    handed = argument(context, site, site.row.group) if site.row.group else None
    if handed is None:
        return frozenset({Communicator(site.row.default_group)})
    return context.groups.of_value(site.body, handed, site.row.default_group)


def group_names(context: Context, site: Site) -> tuple[str, ...]:
    """The groups of the call as a finding names them; numberings and sizes are a group's, whichever channel it uses."""
    return tuple(sorted({str(communicator.group) for communicator in communicators(context, site)}))


def group_text(context: Context, site: Site) -> str:
    """The group of the call in a message: a library's name for it, else as the source spells it."""
    names = {communicator.group for communicator in communicators(context, site)}
    handed = argument(context, site, site.row.group) if site.row.group else None
    if handed is None or all(isinstance(name, str) for name in names):
        return " or ".join(sorted(str(name) for name in names))
    return f"`{shortened(describe(site.body, handed))}`"


def step(context: Context, body: Body, span: Span | None) -> tuple[Because, ...]:
    """A place of the source as a step of a proof; nothing when it has no place."""
    if span is None:
        return ()
    return (Because(body.path, span.line, excerpt(context.program, body.path, span)),)


def report(context: Context, site: Site, claim: Claim) -> Finding:
    """The finding at a site."""
    span = site.call.span
    event = Event(site.op, claim.groups[0] if claim.groups else "world", site.body.path, span.line)
    return place(
        context,
        site.body,
        span,
        Verdict(
            rule=claim.rule,
            name=claim.name,
            severity=claim.severity,
            certainty=claim.confidence,
            groups=claim.groups,
            message=claim.message,
            help=claim.help,
            mismatch=claim.mismatch,
            varies_over=claim.varies_over,
            because=claim.because,
            classes=tuple(RankClass(side.when, (event,) if side.comes else (), side.then) for side in claim.sides),
            collectives=(event,),
        ),
    )
