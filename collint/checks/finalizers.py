"""COL404: a collective in code that runs when the interpreter pleases: finalizers, exit hooks, signal handlers.

What such code drives, through its callees too, is :mod:`collint.checks.driving`; who runs it, :mod:`linking.entries`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.driving import Driven, doubt, driving, events, group_names, shown
from collint.checks.placing import Verdict, place
from collint.findings import Because, Finding
from collint.ir.expressions import LAMBDA
from collint.ir.statements import Span
from collint.linking.describe import excerpt
from collint.linking.entries import Handed, handed_functions
from collint.linking.program import Body
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL404",)
NAME = "collective-in-finalizer"
FINALIZER = "__del__"
HELP = (
    "do the collective in an explicit close() that every rank calls at the same step; "
    "let the finalizer free local resources only"
)
WHEN = {
    "finalizer": "runs when this rank's garbage collector gets to the object: at another time on each rank, perhaps in "
    "the middle of another collective",
    "signal": "runs where the signal happens to meet this rank: at another place of the program on each rank, or on "
    "this one alone",
    "exit": "runs when this rank's interpreter ends: a rank that failed comes here while its peers are still at work, "
    "and one that was killed never comes",
}
# Calls between an exit hook and a collective that counts as its own.
MAX_CALLS = 2
CERTAINTY = {"finalizer": HIGH, "signal": HIGH, "exit": MEDIUM}


def check(context: Context) -> Iterator[Finding]:
    """Every finalizer, exit hook and signal handler that issues a collective."""
    for body in context.bodies_of(lambda id_: id_.endswith(f".{FINALIZER}") and context.is_asked_function(id_)):
        facts = context.program.facts(body.id)
        if facts is not None and facts.owner is not None and facts.name == FINALIZER:
            yield from _reported(context, "finalizer", f"`{FINALIZER}`", body.id, body, _first_call(context, body))
    for handed in handed_functions(context.meanings, context.reaching, context.asked_modules()):
        if handed.row.runs in WHEN and context.is_asked(handed.body.path):
            name = (
                "the lambda"
                if LAMBDA in handed.function_id
                else f"`{handed.function_id.rpartition(':')[2].rpartition('.')[2]}`"
            )
            span = handed.span if handed.node >= 0 else _first_call(context, handed.body)
            yield from _reported(context, handed.row.runs, name, handed.function_id, handed.body, span, handed)


def _first_call(context: Context, body: Body) -> Span:
    """The first call of a body that leads to a collective, else its definition."""
    asked = driving(context)
    for site in body.values.calls:
        event = context.summaries.events.of_call(body, site.node)
        if event.letter is not None or event.callees or asked.of_call(body, site.node):
            return site.call.span
    return body.function.span


def _reported(
    context: Context, runs: str, name: str, function_id: str, body: Body, span: Span, handed: Handed | None = None
) -> Iterator[Finding]:
    asked = driving(context)
    driven, certainty = asked.of_function(function_id), CERTAINTY[runs]
    if not driven:
        # Groups are commonly let go at exit; elsewhere it is no more than a risk.
        driven, certainty = ({} if runs == "exit" else asked.ends(function_id)), LOW
    if driven:
        if runs == "exit" and _nearest(driven) > MAX_CALLS:
            certainty = LOW  # what lies between mostly knows whether its peers are there
        certainty = max(LOW, min(certainty, HIGH - doubt(driven)))
        yield place(context, body, span, _verdict(context, runs, name, driven, certainty, _steps(context, handed)))


def _nearest(driven: Driven) -> int:
    """How many calls lie between the function and the nearest of its events."""
    return min(len(origin.via) for origins in driven.values() for origin in origins)


def _steps(context: Context, handed: Handed | None) -> tuple[Because, ...]:
    """Where the function is handed over, and where it stands."""
    target = context.program.body(handed.function_id) if handed is not None and handed.node >= 0 else None
    if target is None or handed is None:
        return ()
    text = excerpt(context.program, handed.body.path, handed.span)
    return (
        Because(handed.body.path, handed.span.line, text),
        Because(target.path, target.function.span.line, f"def {target.qualname}"),
    )


def _verdict(
    context: Context, runs: str, name: str, driven: Driven, certainty: int, because: tuple[Because, ...]
) -> Verdict:
    letter = min(driven, key=lambda letter: (min(o.doubt for o in driven[letter]), repr(letter)))
    issued = shown(letter, driven[letter])
    return Verdict(
        rule=CODES[0],
        name=NAME,
        severity="warning",
        certainty=certainty,
        groups=group_names(driven),
        message=(
            f"{name} issues {issued} and {WHEN[runs]}. "
            "Its peers are elsewhere: they wait in other calls, or never come."
        ),
        help=HELP,
        mismatch=" ".join(sorted(repr(letter) for letter in driven)),
        because=because,
        collectives=events(driven),
    )
