"""COL202: a root, source or destination on which the ranks of the group do not agree.

In which numbering a root counts is in :mod:`collint.checks.rank_space`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks import provenance
from collint.checks.context import Context
from collint.checks.handed import MAX_DEPTH as MAX_HOPS
from collint.checks.handed import Choice, choices, comes_from_callers, is_described, picks_a_class
from collint.checks.placing import Verdict, place
from collint.checks.sites import Site, argument, sites_below
from collint.findings import Event, Finding, RankClass
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import WORLD, Symbol
from collint.uniformity.states import HIGH, LOW, MEDIUM, Variation

CODES = ("COL202",)
NAME = "divergent-root"
HELP = (
    "name one rank on which all of {groups} agree: a constant, the group's first member "
    "(`dist.get_process_group_ranks(group)[0]`), or a choice that was broadcast or reduced first"
)


def check(context: Context) -> Iterator[Finding]:
    """Every root that varies within the group of its call, once for all events that a place chooses it for."""
    found: dict[tuple[str, int, int], Finding] = {}
    for site in sites_below(context, MAX_HOPS):
        for spelling in _spellings(site):
            node = argument(context, site, spelling)
            for choice in choices(context, site, node) if node is not None else ():
                finding = _judge(context, choice, spelling.partition("@")[0] or "root")
                if finding is not None:
                    found.setdefault((choice.body.id, choice.call, choice.node), finding)
    yield from found.values()


def _spellings(site: Site) -> tuple[str, ...]:
    row = site.row
    return (row.root, row.group_root) if isinstance(row, Collective) else ()


def _judge(context: Context, choice: Choice, name: str) -> Finding | None:
    over = context.axes(tuple(choice.groups))
    variation = context.uniformity.varies(choice.body.id, choice.node, over, at=choice.block)
    if variation is None or _is_leader_of_block(context, choice) or picks_a_class(context, choice):
        return None
    if is_described(context, choice.body) and comes_from_callers(choice, variation):
        return None
    return _finding(context, choice, name, variation)


def _is_leader_of_block(context: Context, choice: Choice) -> bool:
    """``rank // size * size`` is the first rank of one's own block: one rank for a group that is such a block."""
    return WORLD not in choice.groups and _is_rounded_down(context, choice.body, choice.node)


def _may_be_first_of_column(context: Context, choice: Choice) -> bool:
    """``rank % size``: the first of the ranks that are ``size`` apart, one rank for a group that is made of these."""
    made = [body.values[leaf] for body, leaf in _made(context, choice.body, choice.node, 3)]
    return WORLD not in choice.groups and all(value.kind == "op" and value.label == "%" for value in made)


def _is_rounded_down(context: Context, body: Body, node: int, depth: int = 3) -> bool:
    return depth > 0 and all(_is_block_start(context, *origin, depth) for origin in _made(context, body, node, depth))


def _made(context: Context, body: Body, node: int, depth: int) -> list[tuple[Body, int]]:
    """The expressions that a value is, seen through attributes and calls where all of what they hold is known."""
    found: list[tuple[Body, int]] = []
    for leaf in leaves(body, node):
        value = body.values[leaf]
        sources = provenance.Sources()
        if value.kind == "call":
            sources = provenance.of_call(context, body, leaf)
        elif value.kind == "attr":
            sources = provenance.of_attribute(context, body, value)
        if not sources.complete or not depth:
            found.append((body, leaf))
        for origin in sources.nodes if sources.complete and depth else ():
            found += _made(context, *origin, depth - 1)
    return found


def _is_block_start(context: Context, body: Body, node: int, depth: int) -> bool:
    value = body.values[node]
    if value.kind != "op" or len(value.arguments) != 2:
        return False
    if value.label == "*":
        return any(_is_quotient(context, body, argument, depth) for argument in value.arguments)
    if value.label == "-":
        rest = body.values[value.arguments[1]]
        return rest.kind == "op" and rest.label == "%" and rest.arguments[0] == value.arguments[0]
    return value.label == "+" and any(_is_rounded_down(context, body, part, depth - 1) for part in value.arguments)


def _is_quotient(context: Context, body: Body, node: int, depth: int) -> bool:
    made = [origin.values[leaf] for origin, leaf in _made(context, body, node, depth)]
    return bool(made) and all(value.kind == "op" and value.label == "//" for value in made)


def _finding(context: Context, choice: Choice, name: str, variation: Variation) -> Finding:
    site, text = choice.site, shortened(describe(choice.body, choice.node))
    groups = tuple(sorted({group.group_name for group in choice.groups}))
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
            certainty=_certainty(context, choice, variation),
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            message=(
                f"the ranks of {' or '.join(groups)} do not name one root in {site.op}{through}: `{name}` is `{text}`, "
                "which differs between them. Ranks that take themselves for the root send and do not receive; the "
                "others wait for a rank that is not sending to them."
            ),
            because=variation.because,
            classes=(
                RankClass(f"`{text}` names one rank", (event,), "wait for that rank"),
                RankClass(f"`{text}` names another", (event,), "wait for the other rank, or send what nobody takes"),
            ),
            collectives=(event,),
            help=HELP.format(groups=" and ".join(groups)),
            mismatch=f"{name} varies",
        ),
    )


def _certainty(context: Context, choice: Choice, variation: Variation) -> int:
    if not choice.site.certain or _is_named_only(context, variation) or _may_be_first_of_column(context, choice):
        return LOW
    anonymous = any(isinstance(g.group, Symbol) and g.group.kind == "object" for g in choice.groups)
    return min(variation.confidence, MEDIUM if anonymous else HIGH)


def _is_named_only(context: Context, variation: Variation) -> bool:
    """Whether only a parameter's name (``rank``) says that it is this process's own rank.

    One that serves as a root may as well be the root's. What the process joined the job with is its own.
    """
    born = variation.path[0]
    body = context.program.body(born.body)
    if body is None or body.values[born.node].kind != "parameter":
        return False
    for called in body.values.calls:
        row = context.meanings.of_call(body, called.node).collective
        if row is not None and row.family == "init_process_group" and born.node in body.values[called.node].arguments:
            return False
    return True
