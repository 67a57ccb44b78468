"""Why a condition or a loop's bound differs between ranks, and under which rule that is best told.

The shape alone (branch, exit, loop) gives COL101 to COL103. Where the difference came through a counter that nobody
agrees on it is COL406 instead, and where somebody did agree, but not over this group or not in time, COL106: one
finding for a place, under the rule that explains it best. What the ranks then issue is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from collint.checks.context import Context
from collint.checks.counters import Advance, Counters
from collint.checks.creation import CREATES, CREATES_HELP, CREATES_NAME, EVERYBODY
from collint.checks.kept import Place
from collint.checks.misagreement import Misagreements
from collint.findings import Because
from collint.linking.program import Body
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


@dataclass(frozen=True, slots=True)
class Reason:
    """How a value varies; ``rule`` is empty where the shape of the code names the rule. ``note`` adds to its words."""

    variation: Variation
    rule: str = ""
    note: str = ""


def about_groups(reason: Reason) -> Reason:
    """The same variation where what it decides about is the making of a group: that is told as COL501."""
    return replace(reason, rule=CREATES, note=" ".join(part for part in (reason.note, EVERYBODY) if part))


class Reasons:
    """Answers with the better explanation where there is one."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.counters = Counters(context)
        self.misagreements = Misagreements(context)
        self.circumstances: set[Because] = set()
        """Sources met so far that are no rank and no library's own axis: files, clocks, devices, what was caught."""

    def of(self, body: Body, node: int, over: frozenset[Axis], at: int, side: Side = "data") -> Reason | None:
        """Why a value, looked at in block ``at``, varies over ``over``; None when no variation is seen."""
        variation = self.context.uniformity.varies(body.id, node, over, side, at=at)
        if variation is not None and variation.is_circumstance:
            self.circumstances.add(variation.because[0])
        wrong = None if variation is None else self.misagreements.of(body, at, over, variation)
        if wrong is not None:
            return Reason(wrong.variation, AGREEMENT, wrong.note)
        places = self.counters.in_condition(body, node) if side == "data" else ()
        advance = self.counters.advance(body, node, over) if places else None
        if variation is None:
            return None if advance is None else self._counted(advance)
        through = self._through(variation, places)
        if advance is not None and advance.variation.confidence >= variation.confidence + (through is None):
            return self._counted(advance)
        if through is not None and self.counters.is_lock_step(through, over):
            return Reason(replace(variation, confidence=LOW))
        # Whoever mends the first cause alone would wait again for the counter.
        besides = advance is not None and through is None and advance.variation.confidence > LOW
        return Reason(variation, note=f"Besides, {self.counters.note(advance)}" if advance and besides else "")

    def _counted(self, advance: Advance) -> Reason:
        variation = replace(advance.variation, because=self.counters.because(advance))
        return Reason(variation, COUNTER, self.counters.note(advance))

    def _through(self, variation: Variation, places: tuple[Place, ...]) -> Place | None:
        """The counter through which a variation reached the condition."""
        for state in variation.path[1:]:
            body = self.context.program.body(state.body)
            value = body.values[state.node] if body is not None else None
            for place in places:
                if value is not None and value.kind in ("attr", "name") and value.label == place.name:
                    return place
        return None
