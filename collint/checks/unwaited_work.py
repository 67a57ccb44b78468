"""COL405: an asynchronous collective, send or receive whose handle nobody waits for, or too late, or on some ranks.

What becomes of a handle is :mod:`collint.checks.handles`; what is done with the buffer meanwhile,
:mod:`collint.checks.in_flight`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.handles import WAITS, Fate, fate, is_asynchronous, is_waited_elsewhere
from collint.checks.in_flight import touched_before_wait
from collint.checks.sites import Claim, Side, Site, argument, communicators, group_names, report, sites, step
from collint.findings import Because, Finding
from collint.ir.graph import BranchOn, Enter
from collint.ir.statements import Call
from collint.knowledge.rows import PointToPoint
from collint.linking.describe import excerpt
from collint.linking.evaluate import leaves
from collint.linking.paths import way_to
from collint.linking.references import NOTHING, ExternalObject, Refs
from collint.record import Record
from collint.uniformity.states import HIGH, LOW, MEDIUM, Variation

CODES = ("COL405",)
BY_FILE = True
NAME = "unwaited-work"
HELP = (
    "keep the handle and call wait() on it on every rank before the buffer is used or freed, or make the call blocking"
)
# Channels of a handle that are process groups; others (stores, queues) only look like one.
PLAIN = ("", "device", "cpu")
SYNCHRONISES = frozenset({"synchronize", "Waitall", "waitall", "wait_tensor", "wait_stream", "wait_event"})


class Complaint(Record, frozen=True):
    """What is wrong with the life of a handle."""

    words: str
    kind: str
    certainty: int
    because: tuple[Because, ...] = ()
    sides: tuple[Side, ...] = ()
    varies_over: tuple[str, ...] = ()


def check(context: Context) -> Iterator[Finding]:
    """Every asynchronous call whose handle is dropped, forgotten, waited for late or on some ranks only."""
    for site in sites(context):
        if not site.certain or not is_asynchronous(context, site) or _may_finish_in_the_call(context, site):
            continue
        if not _is_collected(context, site):
            complaint = _complaint(context, site)
            if complaint is not None:
                yield report(context, site, _claim(context, site, complaint))


def _complaint(context: Context, site: Site) -> Complaint | None:
    life = fate(context, site.body, site.node)
    if life.handed_on:
        return None
    if life.waits:
        return _late(context, site, life) or _on_some_ranks(context, site, life)
    if life.kept:
        if is_waited_elsewhere(context, site.body, life.kept):
            return None
        name = sorted(life.kept)[0]
        return Complaint(
            f"puts its handle into `{name}`, and no method of the class waits for it",
            "kept",
            _softer(context, site, MEDIUM),
        )
    what = "collects its handle and waits for none" if life.used else "drops its handle"
    return Complaint(what, "dropped", _softer(context, site, _how_bad(site)))


def _how_bad(site: Site) -> int:
    """A send whose data nobody touches may go out all the same; a result that nobody waits for may not be there."""
    row = site.row
    sends = isinstance(row, PointToPoint) and row.direction == "send"
    return MEDIUM if sends else HIGH


def _softer(context: Context, site: Site, certainty: int) -> int:
    """Low where the function waits for the whole device, or where what is before the dot is not known."""
    if site.row.group == "receiver" and not _receivers(context, site):
        return LOW
    names = (getattr(c.call.function, "name", "") or getattr(c.call.function, "id", "") for c in site.body.values.calls)
    return LOW if any(name in SYNCHRONISES for name in names) else certainty


def _may_finish_in_the_call(context: Context, site: Site) -> bool:
    """Whether the object before the dot may be a look-alike of a group, which does not start but finish."""
    if site.row.group != "receiver":
        return False
    return _is_sorted_out(context, site) or any(
        not isinstance(ref, ExternalObject) or (ref.group is not None and ref.group.channel not in PLAIN)
        for ref in _receivers(context, site)
    )


def _is_sorted_out(context: Context, site: Site) -> bool:
    """Whether a test has found that the group is of another kind: the other arm of ``isinstance(group, Kind)``."""
    body = site.body
    receiver = argument(context, site, "receiver")
    mine = set(leaves(body, receiver)) if receiver is not None else set()
    way = way_to(context.conditions, body, site.block)
    for branch in body.controllers()[site.block]:
        test = body.values[body.values.conditions[branch]] if branch in body.values.conditions else None
        if test is None or not isinstance(test.label, Call) or len(test.arguments) < 2:
            continue
        atom = context.conditions.atom(body, body.values.conditions[branch])
        asks = getattr(test.label.function, "id", "") == "isinstance" and bool(
            mine & {*leaves(body, test.arguments[1])}
        )
        if asks and (atom.key, not atom.positive) in way:
            return True
    return False


def _receivers(context: Context, site: Site) -> Refs:
    """What the object before the dot may be, as far as is known."""
    receiver = argument(context, site, "receiver")
    return context.evaluator.of_value(site.body, receiver) if receiver is not None else NOTHING


def _is_collected(context: Context, site: Site) -> bool:
    """Whether the call stands in a ``with`` that gathers handles: what it binds is waited for, or it is known to."""
    body = site.body
    for block in body.graph.blocks:
        for position, entered in enumerate(block.steps):
            manager = body.values.entered.get((block.number, position)) if isinstance(entered, Enter) else None
            if manager is None or not body.dominates(block.number, site.block):
                continue
            if any(_waits_for(context, site, called.call, manager) for called in body.values.calls):
                return True
    return False


def _waits_for(context: Context, site: Site, call: Call, manager: int) -> bool:
    body = site.body
    node = body.values.call_nodes.get(id(call))
    function = body.values[body.values[node].arguments[0]] if node is not None else None
    if function is None or function.kind != "attr" or function.label not in WAITS:
        return False
    found = (body.values[leaf] for leaf in leaves(body, function.arguments[0]))
    return any(value.kind == "enter" and value.arguments[0] == manager for value in found)


def _late(context: Context, site: Site, life: Fate) -> Complaint | None:
    """The buffer is used between the call and the wait."""
    touched = touched_before_wait(context, site, life.waits)
    if touched is None:
        return None
    because = step(context, site.body, touched.span)
    where = f"line {touched.span.line}"
    return Complaint(
        f"still has `{touched.buffer}` when {where} {touched.verb} it, before the wait", "late", MEDIUM, because
    )


def _on_some_ranks(context: Context, site: Site, life: Fate) -> Complaint | None:
    """Every wait stands under a condition that differs between the ranks which made the call."""
    body = site.body
    controllers = body.controllers()
    blocks = [body.values[node].block for node in life.waits]
    common = frozenset.intersection(*(controllers[block] for block in blocks)) - controllers[site.block]
    for branch in sorted(common):
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or _asks_for_handle(site, branch):
            continue
        over = context.axes(tuple(communicators(context, site)))
        variation = context.uniformity.varies(body.id, body.values.conditions[branch], over, at=branch)
        if variation is not None:
            predicate = excerpt(context.program, body.path, end.span)
            return _partly(context, predicate, variation)
    return None


def _asks_for_handle(site: Site, branch: int) -> bool:
    condition = site.body.values.conditions[branch]
    parts = (condition, *site.body.values[condition].arguments)
    return any(site.node in leaves(site.body, part) for part in parts)


def _partly(context: Context, predicate: str, variation: Variation) -> Complaint:
    return Complaint(
        f"is waited for under `{predicate}` only, which differs between ranks",
        "partly",
        min(MEDIUM, variation.confidence),
        variation.because,
        (
            Side("they come to the wait", True, "wait until the buffer is ready"),
            Side("they do not", True, "go on with a buffer that is still in use"),
        ),
        context.shown_axes(variation.axes),
    )


def _claim(context: Context, site: Site, complaint: Complaint) -> Claim:
    return Claim(
        rule=CODES[0],
        name=NAME,
        severity="warning",
        confidence=complaint.certainty,
        groups=group_names(context, site),
        message=(
            f"{site.op} only starts here and {complaint.words}: its buffer may be read before the data is there, or "
            "written or freed while it is being sent, and a failure of the call is never seen."
        ),
        help=HELP,
        mismatch=f"{site.op} {complaint.kind}",
        because=complaint.because,
        varies_over=complaint.varies_over,
        sides=complaint.sides,
    )
