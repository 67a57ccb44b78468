"""A finding at a place of a body: positions, path and function filled in. What it says is the rule's own."""

from __future__ import annotations

from collint.checks.context import Context
from collint.findings import CONFIDENCES, Because, Event, Finding, RankClass
from collint.ir.statements import Span
from collint.linking.describe import canonical, excerpt, in_one_spelling
from collint.linking.program import Body
from collint.record import Record


class Verdict(Record, frozen=True):
    """What a rule says about a place. ``certainty`` counts from 0 (low) to 2 (high); without ``predicate`` the text
    of the place is quoted; ``mismatch`` tells findings of one rule, function and predicate apart across line moves."""

    rule: str
    name: str
    severity: str
    certainty: int
    groups: tuple[str, ...]
    message: str
    help: str
    mismatch: str
    predicate: str = ""
    varies_over: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()
    classes: tuple[RankClass, ...] = ()
    collectives: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()


def place(context: Context, body: Body, span: Span, verdict: Verdict) -> Finding:
    """The finding that says ``verdict`` about the text at ``span`` of a body; each step and event is listed once."""
    quoted = excerpt(context.program, body.path, span)
    predicate = verdict.predicate or quoted
    whole = canonical(context.program, body.path, span) if predicate == quoted else in_one_spelling(predicate)
    return Finding(
        rule=verdict.rule,
        name=verdict.name,
        severity=verdict.severity,
        confidence=CONFIDENCES[verdict.certainty],
        path=body.path,
        line=span.line,
        column=span.column + 1,
        end_line=span.end_line,
        end_column=span.end_column + 1,
        function=body.qualname,
        groups=verdict.groups,
        varies_over=verdict.varies_over,
        predicate=predicate,
        message=verdict.message,
        because=tuple(dict.fromkeys(verdict.because)),
        classes=verdict.classes,
        collectives=tuple(dict.fromkeys(verdict.collectives)),
        help=verdict.help,
        mismatch=verdict.mismatch,
        notes=verdict.notes,
        canonical=whole,
    )


def clause(context: Context, body: Body, span: Span) -> Span:
    """The first line of an ``except`` clause or ``with``: what it does with what it caught is another matter."""
    line = context.program.lines(body.path)[span.line - 1]
    text = line.partition("#")[0].rstrip().rstrip(":")
    return Span(span.line, span.column, span.line, max(len(text), span.column + 1))


def holds(body: Body, step: Because) -> bool:
    """Whether a step of a proof stands in a function."""
    span = body.function.span
    return body.path == step.path and span.line <= step.line <= span.end_line
