"""COL101: a function that an outside decorator keeps for one rank issues a collective: ``@rank_zero_only``.

Decorators that the program defines are seen as what they do, see :mod:`collint.sequences.calls`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, clause, place
from collint.findings import Because, Event, Finding, RankClass
from collint.ir.expressions import CallExpr, Expr
from collint.knowledge.rows import Rank
from collint.linking.program import Body
from collint.linking.references import ExternalIs, Symbol, in_order
from collint.project.facts import MODULE_BODY, FunctionFacts, enclosing
from collint.uniformity.states import HIGH, LOW

CODES = ("COL101",)
BY_FILE = True
NAME = "divergent-branch"
HELP = "let every rank call what issues the collective, and keep for this rank only what is its own, as writing a file"


def check(context: Context) -> Iterator[Finding]:
    """Every function that only one rank runs, and that issues collectives over groups with other ranks."""
    for body in context.bodies():
        facts = context.program.facts(body.id)
        for decorator in facts.decorators if facts is not None else ():
            assert facts is not None
            found = _kept_by(context, facts, decorator)
            if found is not None:
                yield from _judged(context, body, *found)


def _kept_by(context: Context, facts: FunctionFacts, decorator: Expr) -> tuple[str, Rank] | None:
    """The name and the row of a decorator that lets one rank through."""
    expression = decorator.function if isinstance(decorator, CallExpr) else decorator
    scope = enclosing(facts.qualname) or MODULE_BODY
    for ref in in_order(context.evaluator.of_expression(facts.module, scope, expression)):
        row = context.vocabulary.rank(ref.name, "decorator") if isinstance(ref, ExternalIs) else None
        if row is not None and isinstance(ref, ExternalIs):
            return ref.name.rpartition(".")[2], row
    return None


def _judged(context: Context, body: Body, decorator: str, row: Rank) -> Iterator[Finding]:
    axes = frozenset(context.vocabulary.axes_of(row.of))
    events: list[Event] = []
    certain = LOW
    for letter, origins in context.summaries.of_function(body.id).origins.items():
        named = not any(isinstance(c.group, Symbol) for c in letter.communicators)
        if not named or not context.axes(letter.communicators) & axes:
            continue  # a group of its own may be made for this rank and those of another job
        group = " or ".join(sorted({c.group_name for c in letter.communicators}))
        for origin in origins:
            events.append(Event(letter.op, group, origin.path, origin.line, origin.via))
            # One of several classes whose save has a barrier may well be another than the one saved here.
            certain = HIGH if not origin.doubt else certain
    if events:
        yield _finding(context, body, decorator, sorted(events, key=lambda e: (e.path, e.line, e.op)), certain)


def _finding(context: Context, body: Body, decorator: str, events: list[Event], certain: int) -> Finding:
    first, span = events[0], clause(context, body, body.function.span)
    groups = tuple(sorted({event.group for event in events}))
    where = f"{first.path.rpartition('/')[2]}:{first.line}"
    return place(
        context,
        body,
        span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="error",
            certainty=certain,
            groups=groups,
            predicate=f"@{decorator}",
            message=(
                f"`@{decorator}` lets one rank run `{body.qualname.rpartition('.')[2]}`; it waits in {first.op} "
                f"({where}) on {first.group}, the others issue nothing and go on."
            ),
            because=(Because(body.path, span.line, f"@{decorator} keeps this function for one rank"),),
            classes=(
                RankClass("the rank that is let through", (first,), f"wait in {first.op}"),
                RankClass("all others", (), "go on"),
            ),
            collectives=tuple(events),
            help=HELP,
            mismatch="kept for one rank",
        ),
    )
