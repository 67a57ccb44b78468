"""COL204: a list that has not one entry per rank of the group. What lists hold is in :mod:`collint.checks.lengths`."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks import origins
from collint.checks.context import Context
from collint.checks.lengths import Length, lengths
from collint.checks.made_of import members_of
from collint.checks.origins import Origin
from collint.checks.sites import Claim, Site, argument, communicators, group_names, group_text, report, sites, step
from collint.findings import Because, Finding
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL204",)
BY_FILE = True
NAME = "wrong-list-length"
HELP = (
    "give the list one entry per rank of {group}: `for _ in range(dist.get_world_size(group))` with the group of the "
    "call"
)
HELP_ONE = HELP + ", or use the call that fills one tensor (`all_gather_into_tensor`, `reduce_scatter_tensor`)"


def check(context: Context) -> Iterator[Finding]:
    """Every list whose length is not the size of the group of its call."""
    for site in sites(context):
        if not isinstance(site.row, Collective):
            continue
        for spelling in site.row.lists:
            node = argument(context, site, spelling)
            claim = None if node is None else _judge(context, site, spelling, node)
            if claim is not None:
                yield report(context, site, claim)


def _judge(context: Context, site: Site, spelling: str, node: int) -> Claim | None:
    group = origins.of_site(context, site)
    found = lengths(context, site.body, node)
    verdicts = [(length, _certainty(context, group, length)) for length in found]
    wrong = [(length, certain) for length, certain in verdicts if certain is not None]
    if wrong and _is_spared(site, verdicts):
        return None
    if wrong:
        length, certain = max(wrong, key=lambda pair: pair[1])
        alone = len(verdicts) == len(wrong)
        return _miscounted(context, site, spelling, length, certain if alone else LOW)
    return next((claim for length in found if (claim := _local(context, site, spelling, node, length))), None)


def _is_spared(site: Site, verdicts: list[tuple[Length, int | None]]) -> bool:
    """A rooted call reads the list on its root alone: what the others pass there may be anything."""
    assert isinstance(site.row, Collective)
    return bool(site.row.root) and any(certain is None for _, certain in verdicts)


def _certainty(context: Context, group: Origin, length: Length) -> int | None:
    """How certain it is that a list of this length is wrong for the group; None when it may well be right."""
    if length.kind == "exact":
        return _exact(context, group, length.count)
    if length.kind in ("counted", "unknown") or length.origin.is_same(group):
        return None
    if length.origin.is_world:
        if group.is_world:
            return None
        return HIGH if group.is_subgroup and not _may_be_all(context, group) else LOW if group.optional else MEDIUM
    if not length.origin.is_subgroup:
        return None
    names = {end.name for end in length.origin.ends if end.kind == "named"}
    others = {end.name for end in group.ends if end.kind == "named"}
    return HIGH if names and (others or group.is_world) else MEDIUM if group.is_world else None


def _may_be_all(context: Context, group: Origin) -> bool:
    """Whether a group was made of ranks ``0, 1, ...`` up to a bound that may be the whole job."""
    for end in group.ends:
        body = context.program.body(end.body) if end.kind == "made" else None
        if body is not None:
            members = members_of(context, body, end.node)
            if members.listed is None and members.start in (0, None):
                return True
    return False


def _exact(context: Context, group: Origin, count: int) -> int | None:
    sizes = {_literal_size(context, end.body, end.node) if end.kind == "made" else None for end in group.ends}
    if None not in sizes:
        return HIGH if count not in sizes else None
    return HIGH if count == 1 and 1 not in sizes else None


def _literal_size(context: Context, body_id: str, node: int) -> int | None:
    body = context.program.body(body_id)
    listed = members_of(context, body, node).listed if body is not None else None
    return None if listed is None else len(listed)


# ----------------------------------------------------------------------------------------------------------- words


def _miscounted(context: Context, site: Site, spelling: str, length: Length, certain: int) -> Claim:
    groups, where = group_names(context, site), group_text(context, site)
    name = _name(spelling)
    body = context.program.body(length.body)
    because = step(context, body, body.values[length.node].span) if body is not None else ()
    if length.kind == "exact":
        entries = "one entry" if length.count == 1 else f"{length.count} entries"
        what = f"`{name}` of {site.op} has {entries}, and the call wants one per rank of {where}"
        then = (
            "every rank passes the short list: the call raises, or returns before all have arrived, and ranks lose step"
        )
    else:
        what = (
            f"`{name}` of {site.op} has one entry per rank of {origins.shown(length.origin)}, and the call runs on "
            f"{where}: wherever the two differ in size the list is too long or too short"
        )
        then = "the call raises there, or leaves entries unfilled, and its ranks lose step with their peers"
    return _claim(
        context, site, groups, certain, f"{what}; {then}.", f"{name} {length.kind}", because, length.count == 1
    )


def _local(context: Context, site: Site, spelling: str, node: int, length: Length) -> Claim | None:
    """A list whose length follows a count of this rank alone cannot have one entry per rank on all of them."""
    if length.kind != "counted":
        return None
    over = context.axes(tuple(communicators(context, site)))
    at = site.block if length.body == site.body.id else None
    variation = context.uniformity.varies(length.body, length.node, over, length.side, at=at)
    if variation is None or variation.confidence < MEDIUM:
        return None
    groups = group_names(context, site)
    text = shortened(describe(site.body, node))
    message = (
        f"the length of `{_name(spelling)}` (`{text}`) differs between ranks of {group_text(context, site)}, and "
        f"{site.op} wants one entry per rank: where it is another number the call raises or leaves a peer waiting."
    )
    certain = min(variation.confidence, MEDIUM)
    return _claim(context, site, groups, certain, message, f"{_name(spelling)} local", variation.because, False)


def _claim(
    context: Context,
    site: Site,
    groups: tuple[str, ...],
    certain: int,
    message: str,
    mismatch: str,
    because: tuple[Because, ...],
    alone: bool,
) -> Claim:
    advice = HELP_ONE if alone else HELP
    certain = certain if site.certain else LOW
    return Claim(
        CODES[0],
        NAME,
        "error",
        certain,
        groups,
        message,
        advice.format(group=group_text(context, site)),
        mismatch,
        because,
    )


def _name(spelling: str) -> str:
    return spelling.partition("@")[0] or "list"
