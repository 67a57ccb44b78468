"""COL206: ranks meet in one collective with different arguments: another reduction, another dtype, another group.

Roots are in :mod:`collint.checks.divergent_root`, sizes in :mod:`collint.checks.unequal_payload`. Two calls in two arms
of a branch are compared as sequences, in :mod:`collint.checks.divergence`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from collint.checks.context import Context
from collint.checks.handed import MAX_DEPTH as MAX_HOPS
from collint.checks.handed import Choice, choices, comes_from_callers, is_described, picks_a_class
from collint.checks.placing import Verdict, place
from collint.checks.sites import Site, argument, sites_below
from collint.findings import Event, Finding, RankClass
from collint.ir.expressions import Choose
from collint.ir.graph import BranchOn
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import is_none
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator, Symbol
from collint.uniformity.states import HIGH, LOW, MEDIUM, Variation

CODES = ("COL206",)
NAME = "divergent-argument"
MAX_DEPTH = 8
DTYPE = "dtype"
WHAT = {"reduction": "the reduction", "dtype": "the dtype of", "group": "the group"}
FATE = {
    "reduction": "one rank adds what another takes the maximum of: each ends with another result, or the backend hangs",
    "dtype": "ranks send a different number of bytes: they wait for more than comes, or misread the numbers",
    "group": "ranks that call on the whole job wait for everybody, the others only for the members of their group",
}
HELP = {
    "reduction": "use one reduction on all ranks of {groups}; choose it by configuration, or agree on the choice first",
    "dtype": "convert on all ranks of {groups} alike, before the call",
    "group": "make the call on one group on all ranks: choose it by configuration, or leave the others out",
}


def check(context: Context) -> Iterator[Finding]:
    """Every reduction, dtype and group that differs between ranks which meet in the call."""
    found: dict[tuple[str, int, str], Finding] = {}
    for site in sites_below(context, MAX_HOPS):
        if isinstance(site.row, Collective):
            for kind, choice, variation in _divergent(context, site, site.row):
                finding = _finding(context, choice, kind, variation)
                found.setdefault((choice.body.id, choice.call, kind), finding)
    yield from found.values()


def _divergent(context: Context, site: Site, row: Collective) -> Iterator[tuple[str, Choice, Variation]]:
    reduction = argument(context, site, row.reduce_op) if row.reduce_op else None
    for choice in choices(context, site, reduction) if reduction is not None else ():
        variation = _varies(context, choice)
        if variation is not None:
            yield "reduction", choice, variation
    payload = [node for spelling in row.payload if (node := argument(context, site, spelling)) is not None]
    for node in payload if row.equal_size else ():
        for choice in choices(context, site, node):
            variation = _by_arms(context, choice)
            if variation is not None:
                yield "dtype", choice, variation
    group = argument(context, site, row.group) if row.group else None
    for choice in choices(context, site, group) if group is not None else ():
        variation = _mixed_with_world(context, choice)
        if variation is not None:
            yield "group", choice, variation


def _varies(context: Context, choice: Choice) -> Variation | None:
    over = context.axes(tuple(choice.groups))
    variation = context.uniformity.varies(choice.body.id, choice.node, over, at=choice.block)
    if variation is None or picks_a_class(context, choice):
        return None
    return None if is_described(context, choice.body) and comes_from_callers(choice, variation) else variation


# ---------------------------------------------------------------------------------------------------- alternatives


def _alternatives(body: Body, node: int) -> tuple[tuple[int, ...], Value]:
    """The alternatives of a value at the join nearest to its use, seen through what keeps its dtype."""
    value = body.values[node]
    for _ in range(MAX_DEPTH):
        if value.kind not in ("after", "stored"):
            break
        value = body.values[value.arguments[0]]
    return (value.arguments[value.kind == "choose" :] if value.kind in ("phi", "choose") else ()), value


def _by_arms(context: Context, choice: Choice) -> Variation | None:
    """How what decides between alternatives of different dtypes varies; None where none is seen."""
    parts, join = _alternatives(choice.body, choice.node)
    marks = {_dtype(context, choice.body, part) for part in parts}
    if not parts:
        return _by_name(context, choice)
    if not any(_differ(one, other) for one, other in combinations(sorted(marks), 2)):
        return None
    return _decided(context, choice, join)


def _by_name(context: Context, choice: Choice) -> Variation | None:
    """The same where one conversion names a dtype that was chosen: ``x.to(half if rank == 0 else single)``."""
    body, node = choice.body, choice.node
    for _ in range(MAX_DEPTH):
        value = body.values[node]
        row = context.meanings.of_call(body, node).transfer if value.kind == "call" else None
        if row is not None and row.converts == "name":
            return None
        named = context.meanings.argument(body, node, row.converts or DTYPE) if row is not None else None
        if named is not None:
            parts, join = _alternatives(body, named)
            texts = {describe(body, part) for part in parts}
            telling = len(texts) > 1 and all(text.startswith("torch.") for text in texts)
            return _decided(context, choice, join) if telling else None
        if value.kind not in ("after", "stored"):
            return None
        node = value.arguments[0]
    return None


def _decided(context: Context, choice: Choice, join: Value) -> Variation | None:
    """How the condition that chooses at a join varies over the groups of the call."""
    body, over = choice.body, context.axes(tuple(choice.groups))
    if join.kind == "choose":
        return context.uniformity.varies(body.id, join.arguments[0], over, at=join.block)
    for branch in context.uniformity.flow.joins.choosing(body, join.block, body.controllers()):
        end = body.graph.blocks[branch].terminator
        condition = body.values.conditions.get(branch)
        if isinstance(end, BranchOn) and not end.is_loop and condition is not None:
            variation = context.uniformity.varies(body.id, condition, over, at=branch)
            if variation is not None:
                return variation
    return None


Dtype = tuple[str, int]


def _dtype(context: Context, body: Body, node: int, depth: int = 0) -> Dtype:
    """The conversion that a value went through last, and the value that it was before; both empty where unknown."""
    value = body.values[node]
    if value.kind in ("after", "stored") and depth < MAX_DEPTH:
        return _dtype(context, body, value.arguments[0], depth + 1)
    row = context.meanings.of_call(body, node).transfer if value.kind == "call" else None
    if row is None or depth >= MAX_DEPTH:
        return "", node
    receiver = context.meanings.argument(body, node, "receiver")
    if row.converts and receiver is not None:
        return _converted(context, body, node, row.converts), _dtype(context, body, receiver, depth + 1)[1]
    kept = receiver if "receiver" in (*row.keeps, *row.only) else None
    return ("", node) if kept is None else _dtype(context, body, kept, depth + 1)


def _converted(context: Context, body: Body, node: int, spelling: str) -> str:
    """The dtype that a conversion names: itself (``x.half()``), or an argument (``x.to(torch.float16)``)."""
    if spelling == "name":
        return describe(body, body.values[node].arguments[0]).rpartition(".")[2]
    named = context.meanings.argument(body, node, spelling)
    text = describe(body, named) if named is not None else ""
    return text if text.startswith("torch.") else ""


def _differ(one: Dtype, other: Dtype) -> bool:
    """Whether two alternatives are one value with and without a conversion, or with two conversions."""
    return one[0] != other[0] and one[1] == other[1]


def _mixed_with_world(context: Context, choice: Choice) -> Variation | None:
    """How the choice between a group and the whole job varies over the whole job.

    None held in a variable is no such choice: it often says that this rank is no member, and is tested for before the
    call. Written in the call, ``group=None if rank == 0 else group``, it is the whole job.
    """
    parts, join = _alternatives(choice.body, choice.node)
    call = choice.body.values[choice.call].label
    written = isinstance(call, Call) and any(isinstance(argument.value, Choose) for argument in call.arguments)
    none = [is_none(choice.body, part) and not written for part in parts]
    groups = [_group_of(context, choice, part) for part in parts]
    world = [found == {WORLD} and not absent for absent, found in zip(none, groups, strict=True)]
    known = [found and WORLD not in found for found in groups]
    if not any(world) or not any(known) or not choice.site.certain:
        return None
    everyone = Choice(choice.site, choice.body, choice.node, choice.call, frozenset({WORLD}), choice.via)
    return _decided(context, everyone, join)


def _group_of(context: Context, choice: Choice, part: int) -> frozenset[Communicator]:
    """The communicator of an alternative; the whole job for None."""
    if is_none(choice.body, part):
        return frozenset({WORLD})
    return context.groups.of_value(choice.body, part)


# ----------------------------------------------------------------------------------------------------------- words


def _finding(context: Context, choice: Choice, kind: str, variation: Variation) -> Finding:
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
            certainty=_certainty(choice, variation),
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            message=(
                f"the ranks of {shown} meet in {site.op}{through} with different arguments: {WHAT[kind]} `{text}` "
                f"differs between them. {FATE[kind][0].upper()}{FATE[kind][1:]}."
            ),
            because=variation.because,
            classes=(
                RankClass(f"{WHAT[kind]} `{text}` is the one", (event,), "go on with a result of their own, or wait"),
                RankClass(f"{WHAT[kind]} `{text}` is the other", (event,), "go on with another result, or wait"),
            ),
            collectives=(event,),
            help=HELP[kind].format(groups=shown),
            mismatch=f"{site.op} {kind}",
        ),
    )


def _certainty(choice: Choice, variation: Variation) -> int:
    if not choice.site.certain:
        return LOW
    anonymous = any(isinstance(g.group, Symbol) and g.group.kind == "object" for g in choice.groups)
    return min(variation.confidence, MEDIUM if anonymous else HIGH)
