"""COL201: a collective that needs one size from every rank, on an array whose size differs within the group.

How large an array is, in terms of what made it so, is in :mod:`collint.checks.measuring`; what is shown of it in
:mod:`collint.checks.extents`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.extents import Extent, Sizing
from collint.checks.forms import At, Form
from collint.checks.handed import MAX_DEPTH, Choice, callers, is_described
from collint.checks.lone_rank import is_reached_by_one
from collint.checks.measuring import Measuring
from collint.checks.placing import Verdict, place
from collint.checks.sites import Site, argument, below, communicators, sites_below
from collint.findings import Event, Finding, RankClass
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import is_only_none
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.linking.slicing import users_of
from collint.record import replace
from collint.uniformity.flow import EXTENT_ATTRIBUTES
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL201",)
NAME = "unequal-payload"
HELP = (
    "agree on the size over {groups} first (all_reduce the largest) and pad to it, or gather the sizes and receive "
    "into buffers of these sizes; objects (`all_gather_object`) carry their size with them"
)

# A condition is traced through this many values at most.
MAX_TRACED = 120


def check(context: Context) -> Iterator[Finding]:
    """Every equal-size collective on a payload whose extent varies, once for all events that a place sizes it for."""
    sizing = Sizing(context, Measuring(context))
    found: dict[tuple[str, int, int], Finding] = {}
    for site in sites_below(context, MAX_DEPTH):
        culprits = list(_culprits(context, site, sizing))
        if not culprits or _is_alone(context, site):
            continue  # nobody to differ from
        for culprit, extent in culprits:
            finding = _finding(context, culprit, extent)
            found.setdefault((culprit.body.id, culprit.call, culprit.node), finding)
    yield from found.values()


def _culprits(context: Context, site: Site, sizing: Sizing) -> Iterator[tuple[Choice, Extent]]:
    """The places that size what a call sends, where that varies."""
    for node in _payload(context, site, sizing.measuring):
        choice = Choice(site, site.body, node, site.node, frozenset(communicators(context, site)))
        yield from _judge(context, choice, At(site.body.id, node), sizing)


def _is_alone(context: Context, site: Site) -> bool:
    """Whether one rank of the group comes to this very call alone: it names itself as the root, or a test lets it."""
    root = argument(context, site, site.row.root) if isinstance(site.row, Collective) and site.row.root else None
    if root is not None and context.conditions.key(site.body, root)[0] == "rank":
        return True
    return is_reached_by_one(context, site.body, site.block, context.axes(tuple(communicators(context, site))))


# ------------------------------------------------------------------------------------------------------- payloads


def _payload(context: Context, site: Site, measuring: Measuring) -> Iterator[int]:
    """The arrays that must be of one size on every rank: items of a literal list one by one."""
    row = site.row
    if not isinstance(row, Collective) or not row.equal_size or _sizes_are_told(context, site, row):
        return
    if row.family == "scatter" or _sized_by_entry(context, site, row, measuring) or _sizes_compared(context, site):
        return
    for spelling in row.payload:
        node = argument(context, site, spelling)
        if node is not None:
            yield from _items(site, node)


def _items(site: Site, node: int) -> Iterator[int]:
    value = site.body.values[node]
    if value.kind == "display" and value.label in ("list", "tuple"):
        yield from value.arguments
    else:
        yield node


def _sizes_are_told(context: Context, site: Site, row: Collective) -> bool:
    """Whether the call says how much each rank sends."""
    told = [argument(context, site, spelling) for spelling in row.sizes]
    return any(node is not None and not is_only_none(site.body, node) for node in told)


def _sized_by_entry(context: Context, site: Site, row: Collective, measuring: Measuring) -> bool:
    """Whether ranks receive into a list of buffers of several sizes, or one of which nothing is known."""
    for spelling in row.lists:
        node = None if spelling in row.payload else argument(context, site, spelling)
        entries = _entries(site, node) if node is not None else []
        if node is not None and (not entries or any(_per_entry(site, measuring, entry) for entry in entries)):
            return True
    return False


def _entries(site: Site, node: int) -> list[int]:
    """The values that are put into a list where it is made."""
    found: list[int] = []
    work, seen = [node], {node}
    while work:
        value = site.body.values[work.pop()]
        if value.kind == "display" and value.label in ("list", "tuple"):
            found += value.arguments
        elif value.kind == "op" and value.label == "*":
            work += [part for part in value.arguments if site.body.values[part].kind == "display"]
            continue
        elif value.kind == "collected":
            found.append(value.arguments[1])
        elif value.kind == "after" and getattr(value.label, "role", "") == "receiver":
            found += site.body.values[value.arguments[1]].arguments[1:]
        for part in value.arguments if value.kind == "phi" else value.arguments[:1]:
            if value.kind in ("phi", "after", "stored", "collected") and part not in seen:
                seen.add(part)
                work.append(part)
    return found


def _per_entry(site: Site, measuring: Measuring, entry: int) -> bool:
    """Whether the size of a buffer depends on whose it is: on the element of the loop that makes it."""
    form = measuring.form(At(site.body.id, entry))
    own = [part.at.node for part in form.walk() if part.at is not None and part.at.body == site.body.id]
    return not _made_of_elements(site.body).isdisjoint(own)


def _made_of_elements(body: Body) -> frozenset[int]:
    """The values of a body that are computed from what some loop takes in a turn, found in one walk for all."""
    found: frozenset[int] | None = body.memo.get("made of elements")  # type: ignore[assignment]
    if found is None:
        users = users_of(body)
        work = [node for node, value in enumerate(body.values.nodes) if value.kind == "element"]
        seen = set(work)
        while work:
            fresh = [user for user in users.get(work.pop(), ()) if user not in seen]
            seen.update(fresh)
            work += fresh
        found = body.memo["made of elements"] = frozenset(seen)
    return found


def _sizes_compared(context: Context, site: Site) -> bool:
    """Whether the call stands behind a test of sizes that were gathered before: who comes here knows them all."""
    body = site.body
    for branch in sorted(body.controllers()[site.block]):
        work = [body.values.conditions[branch]] if branch in body.values.conditions else []
        seen = set(work)
        while work and len(seen) < MAX_TRACED:
            value = body.values[work.pop()]
            call = value.arguments[1] if value.kind == "after" else -1
            if call >= 0 and _exchanges_sizes(context, site, call):
                return True
            fresh = [node for node in value.arguments if node not in seen]
            seen.update(fresh)
            work += fresh
    return False


def _exchanges_sizes(context: Context, site: Site, call: int) -> bool:
    """Whether a call gathers what tells the extent of some array."""
    row = context.meanings.of_call(site.body, call).collective
    if row is None or not row.gathers:
        return False
    work = [node for spelling in row.payload if (node := context.meanings.argument(site.body, call, spelling))]
    seen = set(work)
    while work:
        node = work.pop()
        value = site.body.values[node]
        told = context.meanings.of_call(site.body, node).transfer if value.kind == "call" else None
        if value.label in EXTENT_ATTRIBUTES or (told is not None and told.data_from_extent):
            return True
        fresh = [part for part in value.arguments if part not in seen and value.kind != "after"]
        seen.update(fresh)
        work += fresh
    return False


# ------------------------------------------------------------------------------------------------------- judgement


def _judge(context: Context, choice: Choice, at: At, sizing: Sizing) -> Iterator[tuple[Choice, Extent]]:
    """The place that hands in a varying extent, with what makes it vary: here, or at callers of this function.

    ``at`` is the payload, seen through the calls from the place of ``choice`` to the collective.
    """
    if not _concerns(context, choice, at, sizing.measuring):
        return
    form = sizing.measuring.form(at)
    extent = sizing.varies(form, context.axes(tuple(choice.groups)), choice.block)
    described = is_described(context, choice.body)
    if extent is not None:
        if not extent.is_far_fetched and not (described and extent.is_handed_in(choice.body.id)):
            yield choice, extent
        return
    for outer, seen in _outward(context, choice, at, sizing.measuring):
        yield from _judge(context, outer, seen, sizing)


def _concerns(context: Context, choice: Choice, at: At, measuring: Measuring) -> bool:
    """Whether the place of a choice, or one that hands the payload in to it, is asked about."""
    return context.is_asked(choice.body.path) or any(
        _concerns(context, outer, seen, measuring) for outer, seen in _outward(context, choice, at, measuring)
    )


def _outward(context: Context, choice: Choice, at: At, measuring: Measuring) -> Iterator[tuple[Choice, At]]:
    """The callers that hand the payload in, and how it is seen from each."""
    if len(choice.via) >= MAX_DEPTH or is_described(context, choice.body):
        return
    for name in _parameters(choice, measuring.form(at)):
        for outer in callers(context, choice, name, below(context, MAX_DEPTH)):
            if context.meanings.of_call(outer.body, outer.call).collective is None:
                yield outer, replace(at, stack=((outer.body.id, outer.call), *at.stack))


def _parameters(choice: Choice, form: Form) -> list[str]:
    """The parameters of the function that are arrays whose extent the form takes over."""
    values = choice.body.values
    found = [
        str(values[part.at.node].label)
        for part in form.walk()
        if part.kind == "root" and part.at is not None and part.at.body == choice.body.id and not part.at.stack
        if values[part.at.node].kind == "parameter"
    ]
    return list(dict.fromkeys(found))


def _finding(context: Context, choice: Choice, extent: Extent) -> Finding:
    site, text = choice.site, shortened(describe(choice.body, choice.node))
    groups = tuple(sorted({group.group_name for group in choice.groups}))
    shown = " or ".join(groups)
    event = Event(site.op, groups[0], site.body.path, site.call.span.line, choice.via)
    through = f", through {' -> '.join(via.rpartition('.')[2] for via in choice.via)}" if choice.via else ""
    return place(
        context,
        choice.body,
        choice.span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="error",
            certainty=_certainty(choice, extent),
            groups=groups,
            varies_over=context.shown_axes(extent.variation.axes),
            message=(
                f"`{text}` is not of one size on all ranks of {shown}: {extent.why}. {site.op}{through} needs the same "
                "size from everyone: ranks wait for data that nobody sends, or take over what belongs to another."
            ),
            because=extent.variation.because,
            classes=(
                RankClass(f"`{text}` is longer", (event,), "wait for as much from the others"),
                RankClass(f"`{text}` is shorter", (event,), "have sent all they have and go on, or raise"),
            ),
            collectives=(event,),
            help=HELP.format(groups=shown),
            mismatch=f"{site.op} extent {extent.kind}",
        ),
    )


def _certainty(choice: Choice, extent: Extent) -> int:
    if not choice.site.certain:
        return LOW
    anonymous = any(isinstance(g.group, Symbol) and g.group.kind == "object" for g in choice.groups)
    return min(extent.confidence, MEDIUM if anonymous else HIGH)
