"""COL205: a call on the default group in code that has a group. Who has one is in :mod:`collint.checks.ownership`."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.ownership import Holder, Owners
from collint.checks.sites import Claim, Side, Site, argument, report, sites
from collint.findings import Finding
from collint.knowledge.rows import Collective
from collint.linking.binding import is_spread
from collint.linking.evaluate import is_only_none
from collint.uniformity.states import LOW, MEDIUM

CODES = ("COL205",)
BY_FILE = True
NAME = "missing-group"
HELP = "pass `{keyword}={holder}`; where the whole job is meant, say so: `{keyword}=dist.group.WORLD`"


def check(context: Context) -> Iterator[Finding]:
    """Every call that leaves out a group which its function or class holds."""
    owners = Owners(context)
    for site in sites(context):
        if not _leaves_group_out(context, site):
            continue
        holder = owners.of(site)
        if holder is None or holder.origin.is_world or not _is_about(site, holder):
            continue
        if not owners.asks_for_none(site, holder):
            yield report(context, site, _claim(site, holder))


def _leaves_group_out(context: Context, site: Site) -> bool:
    """Whether a call that could name its group does not, so that it runs on the whole job."""
    row = site.row
    if not row.group or row.group == "receiver" or row.default_group != "world" or is_spread(site.call.arguments):
        return False
    place = argument(context, site, row.group)
    return place is None or is_only_none(site.body, place)


def _is_about(site: Site, holder: Holder) -> bool:
    """Whether the group tells anything of the call: that a class reduces in one tells nothing of whom it writes to."""
    return isinstance(site.row, Collective) or holder.names_peers


def _claim(site: Site, holder: Holder) -> Claim:
    keyword = site.row.group.partition("@")[0] or "group"
    return Claim(
        rule=CODES[0],
        name=NAME,
        severity="warning",
        confidence=_certainty(site, holder),
        groups=("world",),
        message=(
            f"{site.op} names no group and runs on the whole job, while {holder.words}: {_consequence(site, holder)}."
        ),
        help=HELP.format(keyword=keyword, holder=holder.name),
        mismatch=f"{site.op} without {holder.name}",
        because=holder.because,
        sides=_sides(site, holder),
    )


def _sides(site: Site, holder: Holder) -> tuple[Side, ...]:
    """Who comes to a collective; a point-to-point call has one peer, whatever its group."""
    if not isinstance(site.row, Collective):
        return ()
    return (
        Side(f"they are in `{holder.name}`", True, "wait for every rank of the job"),
        Side("they are not", False, "do not come, or come for a group of their own"),
    )


def _consequence(site: Site, holder: Holder) -> str:
    if isinstance(site.row, Collective):
        return (
            f"its members enter {site.op} and wait for every rank of the job; ranks outside `{holder.name}` never "
            "come, or come with a call of their own"
        )
    traffic = "among the job's other traffic, out of step with what the group is doing"
    return f"the exchange is not in `{holder.name}` but {traffic}"


def _certainty(site: Site, holder: Holder) -> int:
    """As certain as the holder; a call that moves nothing, or says None, may well mean the whole job."""
    if not site.certain or _says_none(site):
        return LOW
    if isinstance(site.row, Collective):
        return holder.certainty if site.row.payload else LOW
    return min(holder.certainty, MEDIUM)


def _says_none(site: Site) -> bool:
    """Whether the call spells its group, as None: somebody thought of it."""
    keyword = site.row.group.partition("@")[0]
    return any(given.name == keyword for given in site.call.arguments)
