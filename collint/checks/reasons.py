"""Why a condition or a loop's bound differs between ranks, and under which rule that is best told.

The shape alone (branch, exit, loop) gives COL101 to COL103. Where the difference came through a counter that nobody
agrees on it is COL406 instead, and where somebody did agree, but not over this group or not in time, COL106: one
finding for a place, under the rule that explains it best. What the ranks then issue is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.counters import Advance, Counters
from collint.checks.creation import CREATES, CREATES_HELP, CREATES_NAME, EVERYBODY
from collint.checks.kept import Place
from collint.checks.misagreement import Misagreements
from collint.checks.placing import Verdict, place
from collint.checks.wording import listed
from collint.findings import CONFIDENCES, Because, Finding
from collint.ir.graph import BranchOn
from collint.ir.statements import Span
from collint.linking.program import Body
from collint.record import Record, replace
from collint.uniformity.states import LOW, Axis, Side, Variation

AGREEMENT = "COL106"
COUNTER = "COL406"
NAMES = {
    "COL101": "divergent-branch",
    "COL102": "divergent-exit",
    "COL103": "divergent-loop",
    AGREEMENT: "wrong-agreement",
    COUNTER: "unagreed-counter",
    CREATES: CREATES_NAME,
}
HELP = {
    AGREEMENT: "agree over {groups}, the group of the collective, before anything depends on the value, and branch on "
    "the result that all its ranks get",
    COUNTER: "advance it on one path that every rank takes in every step, or agree on it over {groups} (all_reduce or "
    "broadcast it) before it decides",
    CREATES: CREATES_HELP,
}


class Reason(Record, frozen=True):
    """How a value varies; ``rule`` is empty where the shape of the code names the rule. ``note`` adds to its words.

    ``besides`` is a counter that varies for a cause of its own: whoever mends the first cause alone would wait again.
    """

    variation: Variation
    rule: str = ""
    note: str = ""
    besides: Advance | None = None


def about_groups(reason: Reason) -> Reason:
    """The same variation where what it decides about is the making of a group: that is told as COL501."""
    return replace(reason, rule=CREATES, note=" ".join(part for part in (reason.note, EVERYBODY) if part))


class Reasons:
    """Answers with the better explanation where there is one."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.counters = Counters(context)
        self.misagreements = Misagreements(context)
        self.circumstances: dict[str, set[Because]] = {}
        """By file, the sources met that are no rank and no library's own axis: files, clocks, devices, failures."""
        self._besides: list[tuple[Place, Finding]] = []
        self._told: set[tuple[str, Place]] = set()

    def may_be(self, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
        """Whether a value can have a reason to vary; no reason is looked for."""
        if self.context.uniformity.varies(body.id, node, over, "data", at=at) is not None:
            return True
        return bool(self.counters.in_condition(body, node))

    def of(self, body: Body, node: int, over: frozenset[Axis], at: int, side: Side = "data") -> Reason | None:
        """Why a value, looked at in block ``at``, varies over ``over``; None when no variation is seen."""
        variation = self.context.uniformity.varies(body.id, node, over, side, at=at)
        if variation is not None and variation.is_circumstance:
            self.circumstances.setdefault(body.path, set()).add(variation.because[0])
        wrong = None if variation is None else self.misagreements.of(body, at, over, variation)
        if wrong is not None:
            return Reason(wrong.variation, AGREEMENT, wrong.note)
        places = self.counters.in_condition(body, node) if side == "data" else ()
        advance = self.counters.advance(body, node, over) if places else None
        if variation is None:
            return None if advance is None else self._counted(body, advance)
        through = self._through(variation, places)
        if through is None and advance is not None and self._is_one_cause(variation, advance):
            return self._counted(body, advance)
        if advance is not None and advance.variation.confidence >= variation.confidence + (through is None):
            return self._counted(body, advance)
        lock_step = through is not None and self.counters.is_lock_step(through, over)
        if lock_step or (side == "data" and self.counters.is_agreed_anew(body, node, at, variation, over)):
            return Reason(replace(variation, confidence=LOW))
        other = advance if through is None and advance is not None and advance.variation.confidence > LOW else None
        return Reason(variation, besides=other)

    def tell_besides(self, finding: Finding, reason: Reason) -> None:
        """Remembers what ``finding`` leaves out: the branch that makes a counter differ which decides there as well."""
        if reason.besides is not None and reason.besides.asked[0].path == finding.path:
            self._besides.append((reason.besides.place, self._at_the_counter(finding, reason.besides)))

    def besides(self) -> Iterator[Finding]:
        """Findings about counters that no other finding of their file names, one for each."""
        told = set(self._told)
        for counter, finding in self._besides:
            if (finding.path, counter) not in told:
                told.add((finding.path, counter))
                yield finding

    def _at_the_counter(self, finding: Finding, advance: Advance) -> Finding:
        body, span = advance.asked
        note = self.counters.note(advance)
        there = f"{finding.path.rpartition('/')[2]}:{finding.line}"
        return place(
            self.context,
            body,
            span,
            Verdict(
                rule=COUNTER,
                name=NAMES[COUNTER],
                severity=finding.severity,
                certainty=min(advance.variation.confidence, CONFIDENCES.index(finding.confidence)),
                groups=finding.groups,
                varies_over=self.context.shown_axes(advance.variation.axes),
                message=f"{note} At {there}, {finding.message}",
                because=self.counters.because(advance),
                classes=finding.classes,
                collectives=finding.collectives,
                help=HELP[COUNTER].format(groups=listed(finding.groups)),
                mismatch=f"{advance.place.name} {finding.mismatch}",
            ),
        )

    def _counted(self, body: Body, advance: Advance) -> Reason:
        self._told.add((body.path, advance.place))
        variation = replace(advance.variation, because=self.counters.because(advance))
        return Reason(variation, COUNTER, self.counters.note(advance))

    def _is_one_cause(self, variation: Variation, advance: Advance) -> bool:
        """Whether a variation comes by the branch that decides whether the counter advances."""
        body, span = advance.asked
        first = variation.because[0]
        if variation.is_circumstance and (first.path, first.line) == (body.path, span.line):
            return True
        deciding = {n for b, n in body.values.conditions.items() if _span_of(body, b) == span}
        return any(state.body == body.id and state.node in deciding for state in variation.path)

    def _through(self, variation: Variation, places: tuple[Place, ...]) -> Place | None:
        """The counter through which a variation reached the condition."""
        for state in variation.path[0 if variation.is_circumstance else 1 :]:
            body = self.context.program.body(state.body)
            value = body.values[state.node] if body is not None else None
            for counter in places:
                if value is not None and value.kind in ("attr", "name") and value.label == counter.name:
                    return counter
        return None


def _span_of(body: Body, block: int) -> Span | None:
    end = body.graph.blocks[block].terminator
    return end.span if isinstance(end, BranchOn) else None
