"""COL105: an exception that only some ranks raise, and nobody catches, before a collective of their peers.

The ranks that raise are gone; whether the launcher then ends the job is not known here. What a handler makes of an
exception is :mod:`collint.checks.swallowed`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.promised import BrokenPromise, broken_promises, is_demand
from collint.checks.sites import step
from collint.checks.wording import classes, collectives, predicate_text
from collint.findings import CONFIDENCES, Because, Finding
from collint.ir.graph import BranchOn, Leave
from collint.ir.statements import Call, Span
from collint.linking.callers import callers_of
from collint.linking.describe import excerpt
from collint.linking.meaning import called_name
from collint.linking.paths import is_guard, leads, reaches, way_to
from collint.linking.program import Body
from collint.record import Record
from collint.sequences.mismatch import Mismatch
from collint.uniformity.states import HIGH, LOW, MEDIUM, Variation

CODES = ("COL105",)
HELP = (
    "raise on all ranks together: let every rank of {groups} learn first what went wrong (broadcast or all_reduce a "
    "flag, all_gather_object the error), then raise everywhere"
)
# Branches around one place for which the two classes are compared.
MAX_BRANCHES = 4


class Risk(Record, frozen=True):
    """A place where some ranks may leave: a ``raise`` or ``assert``, or a call that can fail."""

    block: int
    span: Span
    what: str
    explicit: bool


def check(context: Context) -> Iterator[Finding]:
    """Every place where ranks may leave by an exception while their peers go on to a collective."""
    for body in context.bodies_of(lambda function_id: _concerns(context, function_id)):
        is_asked = context.is_asked(body.path)
        # In a function that only its calls are asked about, what matters is demanded by tests of the rank's role.
        if not is_asked and not any(is_demand(context, body, branch) for branch in body.values.conditions):
            continue
        risks = (*_raises(body), *(_calls(context, body) if is_asked else ()))
        speaking = context.summaries.speaking_blocks(body) if risks else frozenset()
        if not speaking:
            continue
        blamed: set[int] = set()
        for risk in risks:
            branches = _around(body, risk, speaking)
            if not risk.explicit and blamed & set(branches):
                continue
            found = ((branch, _finding(context, body, risk, branch, speaking)) for branch in branches)
            made = [(branch, finding) for branch, finding in found if finding is not None]
            if made:
                branch, finding = max(made, key=lambda pair: CONFIDENCES.index(pair[1].confidence))
                blamed.add(branch)
                broken = broken_promises(context, body, branch) if risk.explicit else None
                yield from [finding] if broken is None else _at_calls(context, finding, broken)


def _concerns(context: Context, function_id: str) -> bool:
    """Whether a finding of a function may stand in a file that is asked about: its own, or one that calls it."""
    callers = callers_of(context.evaluator, function_id)
    return any(map(context.is_asked_function, (function_id, *callers)))


def _raises(body: Body) -> Iterator[Risk]:
    for block in body.graph.blocks:
        end = block.terminator
        if not isinstance(end, Leave) or end.kind not in ("raise", "assert") or not body.controllers()[block.number]:
            continue
        if end.kind == "assert" and _narrows(body, block.number):
            continue
        if end.kind == "assert" or end.value is not None:  # a bare ``raise`` only passes on what happened elsewhere
            yield Risk(block.number, end.span, "", True)


def _narrows(body: Body, block: int) -> bool:
    """``assert x is not None``, ``assert isinstance(x, T)``: for who checks types; nobody expects it to fail."""
    tests = [
        body.values.conditions[branch]
        for branch in body.controllers()[block]
        if isinstance(end := body.graph.blocks[branch].terminator, BranchOn) and block in (end.then, end.other)
    ]
    return bool(tests) and all(_is_of_type(body, test) for test in tests)


def _is_of_type(body: Body, node: int) -> bool:
    value = body.values[node]
    if value.kind == "op":
        return value.label in ("is", "is not") and any(body.values[n].label == "None" for n in value.arguments)
    return value.kind == "call" and isinstance(value.label, Call) and called_name(value.label) == "isinstance"


def _calls(context: Context, body: Body) -> Iterator[Risk]:
    """Calls that can fail on one rank alone, with nothing around them that catches it."""
    failures = context.uniformity.flow.failures
    for site in body.values.calls:
        if not body.controllers()[site.block] or failures.swallowed(body, site.block) is not None:
            continue
        rows = [row for row, _ in failures.of_call(body, site.node) if CONFIDENCES.index(row.confidence) >= MEDIUM]
        if rows:
            yield Risk(site.block, site.call.span, rows[0].what, False)


def _around(body: Body, risk: Risk, speaking: frozenset[int]) -> list[int]:
    """The branches that decide whether a place is met, innermost first, after which others come to a collective."""
    found = []
    for branch in sorted(body.controllers()[risk.block], reverse=True):
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or (is_guard(body, branch) and not risk.explicit):
            continue
        away = _away(body, branch, risk.block)
        if away is not None and any(reaches(body, away, number) for number in speaking):
            found.append(branch)
    return found[:MAX_BRANCHES]


def _away(body: Body, branch: int, block: int) -> int | None:
    """The arm of a branch that does not lead to a block, if it is one."""
    end = body.graph.blocks[branch].terminator
    assert isinstance(end, BranchOn)
    away = [arm for arm in (end.then, end.other) if not leads(body, arm, block, branch)]
    return away[0] if len(away) == 1 else None


def _finding(context: Context, body: Body, risk: Risk, branch: int, speaking: frozenset[int]) -> Finding | None:
    end = body.graph.blocks[branch].terminator
    away = _away(body, branch, risk.block)
    assert isinstance(end, BranchOn) and away is not None
    towards = end.other if away == end.then else end.then
    if any(leads(body, towards, number, branch) and leads(body, number, risk.block, branch) for number in speaking):
        return None  # they meet their peers before they leave
    if not context.uniformity.flow.failures.goes_on(body, away):
        return None
    atom = context.conditions.atom(body, body.values.conditions[branch])
    taken = (end.then == away) == atom.positive
    given = (*way_to(context.conditions, body, branch), (atom.key, taken))
    for mismatch in context.comparison.left_behind(body, away, given):
        over = context.axes(mismatch.communicators)
        variation = context.uniformity.varies(body.id, body.values.conditions[branch], over, at=branch)
        if variation is not None and variation.confidence >= (MEDIUM if risk.explicit else HIGH):
            return _report(context, body, risk, branch, away, mismatch, variation)
    return None


def _at_calls(context: Context, finding: Finding, broken: tuple[BrokenPromise, ...]) -> Iterator[Finding]:
    """The finding at the calls that come to an assertion about the rank's role without a test for it."""
    where = f"{finding.path.rpartition('/')[2]}:{finding.line}"
    for call in broken:
        text = excerpt(context.program, call.body.path, call.span)
        half = "the same function makes that test for the other half" if call.tested_elsewhere else "nothing tests it"
        yield place(
            context,
            call.body,
            call.span,
            Verdict(
                rule=finding.rule,
                name=finding.name,
                severity=finding.severity,
                certainty=MEDIUM if call.tested_elsewhere else LOW,
                groups=finding.groups,
                varies_over=finding.varies_over,
                predicate=text,
                message=f"every rank comes to this call, and what it calls demands `{finding.predicate}` ({where}): "
                f"{finding.message} Here {half}.",
                because=(*finding.because, *step(context, call.body, call.span)),
                classes=finding.classes,
                collectives=finding.collectives,
                help="make this call under the test that its callee demands, so that the two halves fit together",
                mismatch=f"raise / {finding.predicate}",
            ),
        )


def _certainty(context: Context, body: Body, risk: Risk, branch: int, mismatch: Mismatch, variation: Variation) -> int:
    """Medium for a check that only some ranks make; that a check turns out differently, or that I/O fails, is rarer."""
    if not risk.explicit or variation.confidence < HIGH or is_guard(body, branch):
        return LOW
    if not _is_rank_test(context, body, branch, mismatch):
        return LOW
    origins = mismatch.if_false.origins[0] if mismatch.if_false.origins else ()
    doubt = min((origin.doubt for origin in origins), default=0)
    return max(LOW, MEDIUM - doubt)


def _is_rank_test(context: Context, body: Body, branch: int, mismatch: Mismatch) -> bool:
    """Whether a branch asks which rank this is, and for nothing else that differs: no data of the rank."""
    over = context.axes(mismatch.communicators)
    return not context.uniformity.differs(body.id, body.values.conditions[branch], over, at=branch, births="local")


def _report(
    context: Context, body: Body, risk: Risk, branch: int, away: int, mismatch: Mismatch, variation: Variation
) -> Finding:
    end = body.graph.blocks[branch].terminator
    assert isinstance(end, BranchOn)
    predicate = predicate_text(context, body, branch)
    truths = (f"`{predicate}`", f"not `{predicate}`")
    when, others = truths if away == end.other else truths[::-1]
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    letter, origins = mismatch.if_false.word[0], mismatch.if_false.origins[0]
    at = f" ({origins[0].path.rpartition('/')[2]}:{origins[0].line})" if origins else ""
    text = excerpt(context.program, body.path, risk.span)
    leave = "may raise here" if risk.explicit else f"leave where `{text}` fails ({risk.what})"
    span = risk.span
    because: tuple[Because, ...] = (*variation.because, *step(context, body, end.span), *step(context, body, span))
    return place(
        context,
        body,
        span,
        Verdict(
            rule="COL105",
            name="raise-before-collective",
            severity="note",
            certainty=_certainty(context, body, risk, branch, mismatch, variation),
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            predicate=text,
            message=f"ranks where {when} {leave}, and nobody catches it; ranks where {others} go on, issue "
            f"{letter.op}{at} on {'|'.join(groups)} and wait for them.",
            because=because,
            classes=classes(mismatch, when, others, ("raise", "")),
            collectives=collectives(mismatch),
            help=HELP.format(groups=" and ".join(groups)),
            mismatch=f"raise / {mismatch.if_false.word!r}",
        ),
    )
