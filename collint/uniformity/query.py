"""Ask whether a value varies over given axes, and get the shortest proof of the most certain kind.

A demand-driven search, backwards from the value, over the transfer functions of :mod:`collint.uniformity.flow`:
reachability with matched calls and returns, as in Reps, "Program Analysis via Graph Reachability" (1998). States are
explored in order of certainty, then distance, so that the first birth found is the one to show. Only values that decide
something are ever asked about.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import Literal, Optional

from collint.findings import Because
from collint.ir.graph import BranchOn
from collint.ir.node import replace
from collint.linking.arrays import is_array
from collint.linking.describe import describe, excerpt, shortened
from collint.linking.kinship import Kinship
from collint.linking.mesh_axes import are_apart
from collint.linking.references import Symbol
from collint.source import Directive
from collint.uniformity.agreements import either
from collint.uniformity.claims import Claims
from collint.uniformity.flow import Flow
from collint.uniformity.lone import between_tests
from collint.uniformity.reach import Ways
from collint.uniformity.states import (
    HIGH,
    LOW,
    MEDIUM,
    Axis,
    Births,
    Born,
    Next,
    Outcome,
    Side,
    State,
    Variation,
    together,
)

# Each state is expanded once and there are finitely many (stacks are bounded), so the search ends; past this many
# states it is cut off and the value counts as uniform, which ``exhausted`` reports.
MAX_STATES = 3000
# Steps that outlive the questions about the files that they were taken for.
MAX_STEPS_KEPT = 40_000
MAX_STEPS_SHOWN = 7

# A state, the axes of a group, the block in which it is looked at, and the births that count.
Question = tuple[State, frozenset[Axis], Optional[int], Births]
Wanted = Literal["a birth", "the best birth", "the best of all ways"]
# Confidence, distance as a negative number, and a birth at a state.
Best = tuple[int, int, Born, State]


class Uniformity:
    """Answers, kept for the run. What the source claims to be uniform is believed.

    ``believed`` holds, by the body that a question was about, the claims without which its answer would be another;
    ``doubting`` answers without them.
    """

    def __init__(self, flow: Flow, claims: Claims | None = None) -> None:
        self.flow = flow
        self.claims = claims
        self.believed: dict[str, set[Directive]] = {}
        self.doubting = self if claims is None else type(self)(flow)
        self.program = flow.program
        self.mesh = flow.vocabulary.mesh_axes
        self.kinship = Kinship(flow.groups)
        self.exhausted: set[str] = set()
        self._agreed: set[Question] = set()
        self._steps: dict[State, tuple[Outcome, ...]] = {}
        self._known: dict[Question, Variation | None] = {}
        self._differing: dict[Question, bool] = {}
        # Questions whose search left out ways that could not change the answer.
        self._shortened: set[Question] = set()

    def varies(
        self,
        body_id: str,
        node: int,
        over: frozenset[Axis],
        side: Side = "data",
        at: int | None = None,
        births: Births = "all",
    ) -> Variation | None:
        """How a side of a value, looked at in block ``at``, varies over ``over``; None when no variation is seen."""
        return self.of_state(State(body_id, node, side), over, at, births)

    def of_state(
        self, start: State, over: frozenset[Axis], at: int | None = None, births: Births = "all"
    ) -> Variation | None:
        """The same of a value seen through calls, or one whose contents Python is known to read."""
        question = (start, over, at, births)
        if question not in self._known:
            met: set[Directive] = set()
            answer = self._known[question] = self._search(question, met)
            if met and answer != self.doubting.of_state(start, over, at, births):
                self.believed.setdefault(start.body, set()).update(met)
            elif not met:
                self.doubting._known[question] = answer
        return self._known[question]

    def differs(
        self,
        body_id: str,
        node: int,
        over: frozenset[Axis],
        side: Side = "data",
        at: int | None = None,
        births: Births = "all",
    ) -> bool:
        """Whether a side of a value varies over ``over`` at all, however certain that is."""
        return self.state_differs(State(body_id, node, side), over, at, births)

    def state_differs(self, start: State, over: frozenset[Axis], at: int | None = None, births: Births = "all") -> bool:
        """The same of a value seen through calls: any birth will do, and the first is met no later than the best."""
        question = (start, over, at, births)
        if self.claims is not None or question in self._known:
            return self.of_state(*question) is not None
        found = self._differing.get(question)
        if found is None:
            best, _, _ = self._walk(question, set(), "a birth")
            found = self._differing[question] = best is not None
            if best is None:
                self._known[question] = None
        return found

    def meets(self, body_id: str, node: int, over: frozenset[Axis], side: Side = "data", at: int | None = None) -> bool:
        """Whether an agreement over ``over`` has a part in a value, whatever else has."""
        question: Question = (State(body_id, node, side), over, at, "all")
        self.of_state(*question)
        if question in self._shortened:
            self._shortened.discard(question)
            self._walk(question, set(), "the best of all ways")
        return question in self._agreed

    def _search(self, question: Question, met: set[Directive]) -> Variation | None:
        """The answer to one question; ``met`` receives the claims on the way.

        What cannot beat the best birth so far is left out at first. A state behind it may then be come to by another
        way, on which a birth seems to carry farther than it does: should one be found after that, all is walked.
        """
        if self.claims is None:
            best, ways, as_shown = self._walk(question, met, "the best birth")
            if as_shown:
                return None if best is None else self._answer(best, ways)
        best, ways, _ = self._walk(question, met, "the best of all ways")
        return None if best is None else self._answer(best, ways)

    def _walk(self, question: Question, met: set[Directive], wanted: Wanted) -> tuple[Best | None, Ways, bool]:
        """The best birth, the ways to it, and whether it is the best of all."""
        start, over, _, births = question
        ways = self._begun(question, met)
        readers = ways.readers
        order = count()
        # The states to begin with are in order: a heap.
        queue = [(-HIGH, int(reader is not None), next(order), state) for state, reader in readers.items()]
        # A way that leads back to what was settled from the beginning comes to an agreement.
        reached = {state: -1 if self._settled(state, over) else HIGH for state in readers}
        done: set[State] = set()
        best: Best | None = None
        enough: Best | None = None
        while queue:
            negative, distance, _, state = heapq.heappop(queue)
            certain = -negative
            if best is not None and (best[0] >= certain or wanted == "a birth"):
                break
            if state in done:
                continue
            if (
                best is not None
                and wanted == "the best birth"
                and distance >= -best[1]
                and ways.at_most(state, births) <= best[0]
            ):
                enough = enough or best
                continue
            done.add(state)
            if len(done) > MAX_STATES:
                if best is None:
                    self.exhausted.add(start.body)
                break
            for outcome in self._outcomes(state):
                if isinstance(outcome, Next):
                    if births == "own":
                        continue
                    lower = outcome.confidence if outcome.confidence < certain else certain
                    reading = outcome.state if self.claims is None else self._claimed(outcome.state, over, met)
                    if reached.get(reading, -1) >= lower:
                        continue  # as most have been, by another way; none of them was settled
                    if self._settled(reading, over):
                        self._agreed.add(question)
                    else:
                        readers[reading] = state
                        reached[reading] = lower
                        heapq.heappush(queue, (-lower, distance + 1, next(order), reading))
                    continue
                if births == "local" and outcome.is_rank:
                    continue
                judged = self._judge(outcome, state, over)
                if judged is not None:
                    candidate = (min(certain, judged, ways.reach(outcome, state)), -distance)
                    if best is None or candidate > best[:2]:
                        best = (*candidate, outcome, state)
        if enough is not None:
            self._shortened.add(question)
        return best, ways, enough is None or enough is best

    def _begun(self, question: Question, met: set[Directive]) -> Ways:
        """The state that is asked about, and behind it what decides whether it is looked at in its block."""
        start, over, at, births = question
        start = self._claimed(self._as_tested(start, at), over, met)
        ways = Ways(self.program, self.mesh, start)
        body = self.program.body(start.body)
        if at is not None and body is not None and births != "own":
            for first in self.flow.control.use(start, body, at):
                if isinstance(first, Next):
                    ways.readers.setdefault(self._claimed(first.state, over, met), start)
        return ways

    def _as_tested(self, start: State, at: int | None) -> State:
        """``start``, with no more asked of it than a branch at the end of the block ``at`` does."""
        body = self.program.body(start.body)
        if at is None or body is None or start.side != "data" or body.values.conditions.get(at) != start.node:
            return start
        tested = isinstance(body.graph.blocks[at].terminator, BranchOn)
        read = start.read or (tested and is_array(self.flow.meanings, body, start.node))
        agreed = together(start.agreed, between_tests(self.flow.conditions, body, at))
        return replace(start, truth=tested, read=read, agreed=agreed)

    def _claimed(self, state: State, over: frozenset[Axis], met: set[Directive]) -> State:
        """``state``, agreed on over the axes that claims about its value name."""
        if self.claims is None:
            return state
        body = self.program.body(state.body)
        for claim in self.claims.about(body, state.node) if body is not None else ():
            met.add(claim)
            state = replace(state, agreed=together(state.agreed, self.claims.axes(claim, over)))
        return state

    def _outcomes(self, state: State) -> tuple[Outcome, ...]:
        """One step from a state. Questions about different groups walk the same ways, so that steps are kept."""
        found = self._steps.get(state)
        if found is None:
            found = self._steps[state] = tuple(self.flow.outcomes(state))
        return found

    def forget_steps(self) -> None:
        """Lets go of single steps where there are many; answers are kept. Other files' questions walk them less."""
        if len(self._steps) > MAX_STEPS_KEPT:
            self._steps.clear()

    def _settled(self, state: State, over: frozenset[Axis]) -> bool:
        """Whether agreement on the way has made every axis of interest equal already."""
        if not state.agreed and over and self.mesh:
            return False
        whichever = either(over)
        return over <= state.agreed or self.mesh <= state.agreed or bool(whichever and whichever <= state.agreed)

    def _judge(self, born: Born, state: State, over: frozenset[Axis]) -> int | None:
        """How certain it is that this birth varies over ``over`` after what was agreed on; None when it does not."""
        remaining = born.axes - state.agreed
        if not remaining or self._settled(state, over):
            return None
        if born.is_rank and state.guessed:
            born = replace(born, confidence=LOW)
        named = {axis for axis in over if not isinstance(axis, Symbol)}
        if named & remaining:
            doubt = any(isinstance(axis, Symbol) for axis in state.agreed)
            # What is left of a rank of several axes, of which a quotient keeps some, may well be none of these.
            doubt = doubt or (state.coarse and len(remaining) > 1 and not named >= self.mesh)
            return min(born.confidence, LOW if doubt else HIGH)
        symbols = over - named
        if symbols & remaining:
            return born.confidence
        if are_apart(symbols, remaining):
            return None
        if symbols:
            return self._judge_symbolic(born, state, remaining, symbols)
        if named and any(isinstance(axis, Symbol) for axis in remaining):
            # A rank within some group: it tells ranks of the world apart, of another group perhaps.
            return born.confidence if named >= self.mesh else LOW
        return None

    def _judge_symbolic(
        self, born: Born, state: State, remaining: frozenset[Axis], symbols: frozenset[Axis]
    ) -> int | None:
        """A birth on other axes than the group's own symbol: it counts where the two may well be one group."""
        if self._lies_elsewhere(remaining, symbols):
            return None
        if state.agreed and not are_apart(symbols, state.agreed):
            return LOW
        if remaining >= self.mesh:
            return born.confidence
        others = [axis for axis in remaining if isinstance(axis, Symbol)]
        related = any(self.kinship.are_related(s, o) for s in symbols if isinstance(s, Symbol) for o in others)
        return min(born.confidence, MEDIUM if related else LOW)

    def _lies_elsewhere(self, remaining: frozenset[Axis], symbols: frozenset[Axis]) -> bool:
        """Whether all groups that the program puts in these places are known, and none spans any of the axes."""
        if any(isinstance(axis, Symbol) for axis in remaining):
            return False
        spanned = [self.kinship.axes(symbol) for symbol in symbols if isinstance(symbol, Symbol)]
        return all(axes is not None and not axes & remaining for axes in spanned)

    # ------------------------------------------------------------------------------------------------ proofs

    def _answer(self, best: Best, ways: Ways) -> Variation:
        confidence, _, born, state = best
        steps = [Because(born.path, born.line, self._source_text(born, state))]
        current: State | None = state
        path: list[State] = []
        while current is not None:
            path.append(current)
            step = self._step(current)
            if step is not None and (step.path, step.line) != (steps[-1].path, steps[-1].line):
                steps.append(step)
            current = ways.readers[current]
        if len(steps) > MAX_STEPS_SHOWN:
            steps = [*steps[:3], Because(steps[3].path, steps[3].line, "…"), *steps[-3:]]
        return Variation(
            born.axes - state.agreed, confidence, born.what, tuple(steps), tuple(path), ways.is_circumstance(born)
        )

    def _source_text(self, born: Born, state: State) -> str:
        body = self.program.body(state.body)
        name = describe(body, state.node) if body is not None else ""
        return shortened(name) + f" is {born.what}" if name and name != "…" else born.what

    def _step(self, state: State) -> Because | None:
        body = self.program.body(state.body)
        if body is None:
            return None
        value = body.values[state.node]
        span = value.span
        if span is None or value.kind in ("const", "phi"):
            return None
        return Because(body.path, span.line, excerpt(self.program, body.path, span))
