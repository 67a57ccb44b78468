"""COL203: a rank of one numbering, used in another. What a number counts is in :mod:`collint.checks.counting`."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks import origins
from collint.checks.context import Context
from collint.checks.counting import Number, numbers
from collint.checks.made_of import members_of
from collint.checks.origins import End, Origin
from collint.checks.sites import Claim, Side, Site, argument, group_names, group_text, report, sites, step
from collint.findings import Because, Finding
from collint.ir.expressions import Const
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import leaves
from collint.project.decorators import is_self
from collint.record import Record
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL203",)
BY_FILE = True
NAME = "wrong-rank-space"
TO_GLOBAL = "translate it first (`dist.get_global_rank(group, r)`, `dist.get_process_group_ranks(group)[r]`)"
BY_GROUP = ", or pass it as `{group_root}=`, which counts in the group"
TO_GROUP = "pass the rank within the group (`dist.get_rank(group)`), or use the argument that counts in the whole job"


class Place(Record, frozen=True):
    """An argument of a call that holds a rank: ``spelling`` points at it, ``counts`` is the numbering it is read in."""

    spelling: str
    counts: str
    other: str

    @property
    def name(self) -> str:
        """The argument's keyword."""
        return self.spelling.partition("@")[0] or "root"


def check(context: Context) -> Iterator[Finding]:
    """Every root or peer in the wrong numbering."""
    for site in sites(context):
        for place in _places(site):
            node = argument(context, site, place.spelling)
            claim = None if node is None else _judge(context, site, place, node)
            if claim is not None:
                yield report(context, site, claim)


def _places(site: Site) -> Iterator[Place]:
    row = site.row
    if isinstance(row, Collective):
        spelling, counts, by_group = row.root, row.root_space, row.group_root
    else:
        spelling, counts, by_group = row.peer, row.peer_space, row.group_peer
    if spelling:
        yield Place(spelling, counts, by_group.partition("@")[0])
    if by_group:
        yield Place(by_group, "group", "")


def _judge(context: Context, site: Site, place: Place, node: int) -> Claim | None:
    group = origins.of_site(context, site)
    found = numbers(context, site.body, node)
    if place.counts == "group":
        born = next((number for number in found if number.kind == "global"), None)
        return None if born is None or group.is_world else _global_in_group(context, site, place, node, group, born)
    for number in found:
        if number.kind == "rank" and not number.origin.is_world:
            return _group_rank(context, site, place, node, number)
    constants = sorted({number.value for number in found if number.kind == "constant"})
    if constants and all(number.kind == "constant" for number in found):
        return _literal(context, site, place, group, constants)
    return _default(context, site, place, node, group)


# ----------------------------------------------------------------------------------------------------- group ranks


def _group_rank(context: Context, site: Site, place: Place, node: int, number: Number) -> Claim:
    text = shortened(describe(site.body, node))
    whose = origins.shown(number.origin)
    certain = HIGH if number.origin.is_subgroup and site.certain else MEDIUM
    advice = TO_GLOBAL + (BY_GROUP.format(group_root=place.other) if place.other else "")
    return Claim(
        rule=CODES[0],
        name=NAME,
        severity="error",
        confidence=certain,
        groups=group_names(context, site),
        message=(
            f"`{place.name}` of {site.op} counts ranks of the whole job, but `{text}` is a position within {whose}: in "
            "every group that does not start at rank 0 the call addresses a rank of another group, which does not "
            "expect it; both wait."
        ),
        help=advice,
        mismatch=f"{place.name} holds a group rank",
        because=_born(context, number),
        sides=_sides("their group starts at rank 0", "address a rank of another group, which does not expect it"),
    )


def _global_in_group(context: Context, site: Site, place: Place, node: int, group: Origin, number: Number) -> Claim:
    text = shortened(describe(site.body, node))
    return Claim(
        rule=CODES[0],
        name=NAME,
        severity="error",
        confidence=HIGH if group.is_subgroup and site.certain else MEDIUM if not group.optional else LOW,
        groups=group_names(context, site),
        message=(
            f"`{place.name}` of {site.op} counts within the group, but `{text}` is a rank of the whole job: in every "
            "group that does not start at rank 0 the number names another member, or none."
        ),
        help=TO_GROUP,
        mismatch=f"{place.name} holds a global rank",
        because=_born(context, number),
        sides=_sides("their group starts at rank 0", "name another member than was meant, or none"),
    )


def _sides(right: str, fate: str) -> tuple[Side, ...]:
    """Both classes come to the call; only one of them means a rank that is there."""
    return (Side(right, True, "go on"), Side("their group does not", True, fate))


def _born(context: Context, number: Number) -> tuple[Because, ...]:
    body = context.program.body(number.body)
    return () if body is None else step(context, body, body.values[number.node].span)


# -------------------------------------------------------------------------------------------------------- literals


def _literal(context: Context, site: Site, place: Place, group: Origin, constants: list[int]) -> Claim | None:
    verdicts = {holds(context, end, rank) for end in group.ends for rank in constants}
    if verdicts <= {True}:
        return None
    certain = _certainty(context, site, group, verdicts)
    return _foreign(context, site, place, group, constants[0], f"`{place.name}={constants[0]}`", certain)


def _default(context: Context, site: Site, place: Place, node: int, group: Origin) -> Claim | None:
    """A root that the caller may leave out, with a literal default, on a group that the caller does not choose."""
    found = [site.body.values[leaf] for leaf in leaves(site.body, node)]
    if len(found) != 1 or found[0].kind != "parameter" or _is_chosen_here(context, site):
        return None
    default = _default_of(site, str(found[0].label))
    if default is None or {holds(context, end, default) for end in group.ends} <= {True}:
        return None
    what = f"`{place.name}` is the parameter `{found[0].label}`, which by default"
    return _foreign(context, site, place, group, default, what, MEDIUM if site.certain else LOW)


def _default_of(site: Site, name: str) -> int | None:
    defaults = (parameter.default for parameter in site.body.function.parameters if parameter.name == name)
    text = next((default.text for default in defaults if isinstance(default, Const)), "")
    return int(text) if text.isdigit() else None


def _is_chosen_here(context: Context, site: Site) -> bool:
    """Whether the group is a parameter of this very function, or may be None: its chooser chooses the root too."""
    place = argument(context, site, site.row.group) if site.row.group else None
    return place is None or any(
        site.body.values[leaf].kind in ("parameter", "const") for leaf in leaves(site.body, place)
    )


def _foreign(context: Context, site: Site, place: Place, group: Origin, rank: int, what: str, certain: int) -> Claim:
    """The claim for a fixed global rank that is not in every group."""
    advice = f"take the root from the group (`dist.get_global_rank(group, {rank})`)"
    if place.other:
        advice += f", or say `{place.other}={rank}`, which counts in the group"
    return Claim(
        rule=CODES[0],
        name=NAME,
        severity="error",
        confidence=certain,
        groups=group_names(context, site),
        message=(
            f"{what} is rank {rank} of the whole job in {site.op}, not of {group_text(context, site)}: in every group "
            "without that rank the root never comes; its members raise or wait, while the first group goes on."
        ),
        help=advice,
        mismatch=f"{place.name} is the literal {rank}",
        because=origins.steps(context, group),
        sides=_sides(f"their group holds rank {rank}", "find no root: raise, or wait for it"),
    )


def holds(context: Context, end: End, rank: int) -> bool | None:
    """Whether a group holds a global rank; None when that cannot be seen. A library's group comes once per position."""
    if end.kind == "world":
        return True
    if end.kind == "named":
        return False
    body = context.program.body(end.body) if end.kind == "made" else None
    return None if body is None else members_of(context, body, end.node).holds(rank)


def _certainty(context: Context, site: Site, group: Origin, verdicts: set[bool | None]) -> int:
    if not site.certain:
        return LOW
    if False in verdicts and None not in verdicts:
        return HIGH
    if not group.is_known and not any(end.kind == "made" for end in group.ends):
        # Out of a container or an unknown call it may be anything, a group with a numbering of its own included.
        doubtful = group.optional or group.is_foreign or not group.places or _is_anothers(context, site)
        return LOW if doubtful else MEDIUM
    return MEDIUM


def _is_anothers(context: Context, site: Site) -> bool:
    """Whether a group is an attribute of another object than the caller's own, which may have joined it by itself."""
    place = argument(context, site, site.row.group) if site.row.group else None
    facts = context.program.facts(site.body.id)
    for leaf in leaves(site.body, place) if place is not None else ():
        value = site.body.values[leaf]
        base = site.body.values[value.arguments[0]] if value.kind == "attr" else None
        own = base is not None and base.kind == "parameter" and facts is not None and is_self(facts, str(base.label))
        if base is not None and not own:
            return True
    return False
