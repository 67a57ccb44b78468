"""COL303: whether, or how much of, a batch of sends and receives is posted depends on what only this rank knows.

What a batch is made of is in :mod:`collint.checks.posting`. Sends and receives that are posted one by one and do not
pair are another rule's (:mod:`collint.checks.unmatched`).
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.posting import Batch, Decision, batch_of, is_about_ranks, is_fixed, is_told
from collint.checks.sites import Site, argument, sites_of, step
from collint.findings import CONFIDENCES, Event, Finding, RankClass
from collint.ir.statements import Span
from collint.knowledge.rows import PointToPoint
from collint.linking.describe import excerpt
from collint.linking.evaluate import leaves
from collint.linking.paths import is_guard
from collint.linking.program import Body
from collint.linking.slicing import slice_of
from collint.record import Record, replace
from collint.uniformity.states import LOW, MEDIUM, Variation

CODES = ("COL303",)
BY_FILE = True
NAME = "divergent-p2p-batch"
HELP = (
    "let the peers know first: exchange the counts (all_to_all_single of sizes, or a header message) and let both "
    "sides post by them; or post one fixed batch on every rank, with empty rows where there is nothing to move"
)
HELP_SHARE = (
    "work out the moves once and share them (broadcast the plan), so that every send has its receive; and let every "
    "rank make the group's first batch, or initialise the group with a collective before it"
)


class Cause(Record, frozen=True):
    """What makes a batch differ, and where: its decision, or the list itself where that is made elsewhere."""

    variation: Variation
    span: Span
    predicate: str
    is_whether: bool


def check(context: Context) -> Iterator[Finding]:
    """Every batch that a rank posts by its own lights."""
    for body in context.bodies():
        found = list(sites_of(context, body))
        operations = [site for site in found if _direction(site) == "operation"]
        batches = [batch_of(context, site, operations) for site in found if _direction(site) == "batch"]
        told: set[object] = set()
        for batch in batches:
            found_here = [
                _share(context, batch, operations),
                _local(context, batch),
            ]  # the nearer reason where both hold
            certain = [finding for finding in found_here if finding is not None]
            finding = max(certain, key=lambda each: CONFIDENCES.index(each.confidence), default=None)
            if finding is not None and finding.because[:1] not in told:
                told.add(finding.because[:1])
                yield finding


def _direction(site: Site) -> str:
    return site.row.direction if isinstance(site.row, PointToPoint) else ""


# ------------------------------------------------------------------------------------- what only this rank knows


def _local(context: Context, batch: Batch) -> Finding | None:
    causes = [cause for decision in batch.whether if (cause := _cause(context, batch, decision, is_whether=True))]
    causes += [cause for decision in batch.how_much if (cause := _cause(context, batch, decision, is_whether=False))]
    if not causes and not batch.how_much and (elsewhere := _elsewhere(context, batch)) is not None:
        causes.append(elsewhere)
    if not causes:
        return None
    cause = max(causes, key=lambda found: found.variation.confidence)
    what = (
        f"whether this batch is posted hangs on `{cause.predicate}`"
        if cause.is_whether
        else f"how much this batch posts hangs on `{cause.predicate}`"
    )
    message = (
        f"{what}, which is {_whose(cause)}: its peers cannot know. A rank that leaves an operation out goes on; the "
        "peer that posted the other half waits for it, and whatever comes next on the group pairs with the wrong call."
    )
    span = cause.span if cause.is_whether else _posting(batch)
    certain = min(cause.variation.confidence, MEDIUM if not batch.site.certain else cause.variation.confidence)
    return _finding(context, batch, span, cause, certain, "error", message, HELP)


def _whose(cause: Cause) -> str:
    what = cause.variation.what
    return what if what.startswith(("what ", "whether ", "this ", "a ", "an ")) else f"this rank's own ({what})"


def _cause(context: Context, batch: Batch, decision: Decision, *, is_whether: bool) -> Cause | None:
    """A decision that varies for another reason than which rank this is, and that nobody told the peers."""
    body = batch.site.body
    if is_guard(body, decision.block) or is_about_ranks(context, body, decision.node):
        return None
    variation = context.uniformity.varies(
        body.id, decision.node, batch.axes, decision.side, at=decision.block, births="local"
    )
    if variation is None or is_told(context, body, decision.node, decision.block):
        return None
    if _asks_presence(body, decision.node):  # which buffers a caller hands over follows from the role that it plays
        variation = replace(variation, confidence=LOW)
    return Cause(variation, decision.span, excerpt(context.program, body.path, decision.span), is_whether)


def _asks_presence(body: Body, node: int) -> bool:
    value = body.values[node]
    return value.kind == "op" and value.label in ("is", "is not")


def _elsewhere(context: Context, batch: Batch) -> Cause | None:
    """A list that another function made, or that several fill."""
    body, node = batch.site.body, batch.listed
    if node is None:
        return None
    variation = context.uniformity.varies(body.id, node, batch.axes, "extent", at=batch.site.block, births="local")
    if variation is None or is_told(context, body, node, batch.site.block):
        return None
    span = body.values[node].span or batch.site.call.span
    return Cause(variation, span, excerpt(context.program, body.path, span), is_whether=False)


# --------------------------------------------------------------------------- each rank works through its own list


def _share(context: Context, batch: Batch, operations: list[Site]) -> Finding | None:
    """Sends and receives in loops of their own, each over this rank's peers: they pair if all ranks' lists do."""
    loops = {head: _directions(context, inside) for head, inside in _by_loop(batch, operations).items()}
    own = [d for d in batch.how_much if d.block in loops and _picks_peers(context, batch, d, operations)]
    if len({direction for d in own for direction in loops[d.block]}) < 2 or any(len(loops[d.block]) > 1 for d in own):
        return None
    if len({d.node for d in own}) < 2 or any(_is_counted(context, batch.site.body, d.node) for d in own):
        return None
    if own and all(_is_exchanged(context, batch, d) for d in own):
        return None  # the two sides exchanged first what they are going to post
    cause = max((_share_cause(context, batch, d) for d in own), key=lambda cause: cause.variation.confidence)
    skipping = (
        " A rank whose lists are empty does not even make the call; NCCL allows that only once the group's "
        "communicator exists, its first batch needs all ranks."
    )
    message = (
        f"each rank posts sends and receives from lists of its own (`{cause.predicate}`). They pair only if every rank "
        "worked them out from equal tables; one stale entry, and a peer waits for an operation that is never posted."
        f"{skipping if batch.emptiness else ''}"
    )
    fixed = not batch.emptiness or all(is_fixed(context, batch.site.body, d.node) for d in own)
    certain = min(cause.variation.confidence, LOW if fixed else MEDIUM)
    return _finding(context, batch, _posting(batch), cause, certain, "warning", message, HELP_SHARE)


def _share_cause(context: Context, batch: Batch, decision: Decision) -> Cause:
    """Why a list is this rank's own: whom it sends to is its own affair, even where nobody shows how that was made."""
    body = batch.site.body
    variation = context.uniformity.varies(body.id, decision.node, batch.axes, "extent", at=decision.block)
    predicate = excerpt(context.program, body.path, decision.span)
    if variation is None:
        variation = Variation(batch.axes, MEDIUM, "", step(context, body, decision.span))
    return Cause(variation, decision.span, predicate, is_whether=False)


def _is_exchanged(context: Context, batch: Batch, decision: Decision) -> bool:
    """Whether what a loop goes through went to the peers in a message before the loop, or came in one."""
    body = batch.site.body
    work = slice_of(body, decision.node)
    for called in body.values.calls:
        p2p = context.meanings.of_call(body, called.node).p2p
        if called.node == batch.site.node or p2p is None or p2p.direction == "operation":
            continue
        sent = {part for handed in body.values[called.node].arguments[1:] for part in slice_of(body, handed)}
        made = {part for part in sent & set(work) if body.values[part].kind == "call"}
        if made and body.dominates(called.block, decision.block) and called.block != decision.block:
            return True
    return False


def _is_counted(context: Context, body: Body, node: int) -> bool:
    """Whether a loop counts (``range``), so that the peers can count along."""
    return any(
        body.values[leaf].kind == "call" and "builtins.range" in context.meanings.of_call(body, leaf).names
        for leaf in leaves(body, node)
    )


def _by_loop(batch: Batch, operations: list[Site]) -> dict[int, list[Site]]:
    """The loops that fill the list, with the operations made in them; the innermost that picks peers counts."""
    body = batch.site.body
    found: dict[int, list[Site]] = {}
    for site in operations:
        for head in body.graph.blocks[site.block].loops:
            found.setdefault(head, []).append(site)
    return found


def _directions(context: Context, inside: list[Site]) -> frozenset[str]:
    return frozenset(direction_of(context, site) for site in inside)


def direction_of(context: Context, site: Site) -> str:
    """Whether a single operation sends or receives, by the function that it names; empty when that is not known."""
    handed = argument(context, site, "op@0")
    if handed is None:
        return ""
    named = context.evaluator.of_value(site.body, handed)
    rows = [row for name in context.meanings.of_refs(named).names if (row := context.vocabulary.p2p(name)) is not None]
    return rows[0].direction if rows else ""


def _picks_peers(context: Context, batch: Batch, decision: Decision, operations: list[Site]) -> bool:
    """Whether the elements of a loop are, or lead to, the peers of the operations inside."""
    body = batch.site.body
    for site in operations:
        if decision.block not in body.graph.blocks[site.block].loops:
            continue
        assert isinstance(site.row, PointToPoint)
        for spelling in (site.row.peer, site.row.group_peer):
            peer = argument(context, site, spelling) if spelling else None
            if peer is not None and any(_is_element(body, part, decision.block) for part in slice_of(body, peer)):
                return True
    return False


def _is_element(body: Body, node: int, head: int) -> bool:
    value = body.values[node]
    return value.kind == "element" and value.label == head


# --------------------------------------------------------------------------------------------------------- words


def _posting(batch: Batch) -> Span:
    """Where the list is posted: the test whether there is anything in it, else the call."""
    return batch.emptiness[0].span if batch.emptiness else batch.site.call.span


def _finding(
    context: Context,
    batch: Batch,
    span: Span,
    cause: Cause,
    certain: int,
    severity: str,
    message: str,
    help_text: str,
) -> Finding:
    body, site = batch.site.body, batch.site
    group = batch.groups[0] if batch.groups else "world"
    event = Event(site.op, group, body.path, site.call.span.line)
    less, more = ("does not post it", "posts it") if cause.is_whether else ("posts fewer operations", "posts more")
    return place(
        context,
        body,
        span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity=severity,
            certainty=certain,
            groups=batch.groups,
            message=message,
            help=help_text,
            mismatch=f"{site.op} by {cause.predicate}",
            predicate=cause.predicate if cause.is_whether else "",
            varies_over=context.shown_axes(cause.variation.axes),
            because=cause.variation.because,
            classes=(
                RankClass(f"this rank {less}", (), "go on"),
                RankClass(f"its peer {more}", (event,), f"wait in {site.op}"),
            ),
            collectives=(event,),
        ),
    )
