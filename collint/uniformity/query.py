"""Ask whether a value varies over given axes, and get the shortest proof of the most certain kind.

A demand-driven search, backwards from the value, over the transfer functions of :mod:`collint.uniformity.flow`:
reachability with matched calls and returns, as in Reps, "Program Analysis via Graph Reachability" (1998). States are
explored in order of certainty, then distance, so that the first birth found is the one to show. Only values that decide
something are ever asked about.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from itertools import count

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
# Functions through which a value is followed at more than low confidence: to a rank, to what is certain to differ, and
# to what is not.
FARTHEST_RANK, FARTHEST, FARTHEST_DOUBTFUL = 8, 6, 3
# The same for what ranks mostly find alike, where some object keeps it.
FARTHEST_ALIKE = 2


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
        self._agreed: set[tuple[str, int, Side, frozenset[Axis], int | None]] = set()
        self._steps: dict[State, tuple[Outcome, ...]] = {}
        self._known: dict[tuple[State, frozenset[Axis], int | None, Births], Variation | None] = {}

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
        key = (start, over, at, births)
        if key not in self._known:
            met: set[Directive] = set()
            answer = self._known[key] = self._search(start, over, at, births, met)
            if met and answer != self.doubting.of_state(start, over, at, births):
                self.believed.setdefault(start.body, set()).update(met)
            elif not met:
                self.doubting._known[key] = answer
        return self._known[key]

    def meets(self, body_id: str, node: int, over: frozenset[Axis], side: Side = "data", at: int | None = None) -> bool:
        """Whether an agreement over ``over`` has a part in a value, whatever else has."""
        self.varies(body_id, node, over, side, at)
        return (body_id, node, side, over, at) in self._agreed

    def _search(
        self, start: State, over: frozenset[Axis], at: int | None, births: Births, met: set[Directive]
    ) -> Variation | None:
        """The answer to one question; ``met`` receives the claims on the way."""
        asked = (start.body, start.node, start.side, over, at)
        start = self._as_tested(start, at)
        start = self._claimed(start, over, met)
        order = count()
        queue: list[tuple[int, int, int, State]] = [(-HIGH, 0, next(order), start)]
        parents: dict[State, State | None] = {start: None}
        # A way that leads back to what was settled from the beginning comes to an agreement.
        reached = {start: -1 if self._settled(start, over) else HIGH}
        body = self.program.body(start.body)
        if at is not None and body is not None and births != "own":
            for first in self.flow.control.use(start, body, at):
                reading = self._claimed(first.state, over, met) if isinstance(first, Next) else start
                if reading not in parents:
                    parents[reading], reached[reading] = start, -1 if self._settled(reading, over) else HIGH
                    heapq.heappush(queue, (-HIGH, 1, next(order), reading))
        done: set[State] = set()
        best: tuple[int, int, Born, State] | None = None
        while queue:
            negative, distance, _, state = heapq.heappop(queue)
            certain = -negative
            if best is not None and best[0] >= certain:
                break
            if state in done:
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
                        self._agreed.add(asked)
                    else:
                        parents[reading] = state
                        reached[reading] = lower
                        heapq.heappush(queue, (-lower, distance + 1, next(order), reading))
                    continue
                if births == "local" and outcome.is_rank:
                    continue
                judged = self._judge(outcome, state, over)
                if judged is not None:
                    candidate = (min(certain, judged, self._reach(outcome, state, parents)), -distance)
                    if best is None or candidate > best[:2]:
                        best = (*candidate, outcome, state)
        return None if best is None else self._answer(best[0], best[2], best[3], parents)

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

    def _reach(self, born: Born, state: State, parents: Mapping[State, State | None]) -> int:
        """How far a birth carries: each attribute, variable or parameter that joins many writers may join too many.

        A rank, a share of the data, or what a library says of an axis, is told apart on purpose and is believed further
        than what differs by the machine: files, clocks, devices. Through many functions only a rank is, through few a
        doubtful source.
        """
        joins, current, functions = 0, state, {state.body}
        while (reader := parents[current]) is not None:
            joins += self._is_join(current, reader)
            functions.add(reader.body)
            current = reader
        if len(functions) > (1 if born.is_passing else self._farthest(born)):
            return LOW
        if joins and born.is_mostly_alike and len(functions) > FARTHEST_ALIKE:
            return LOW
        near, far = (1, 2) if self._is_circumstance(born) else (2, 4)
        return HIGH if joins <= near - 1 else MEDIUM if joins <= far - 1 else LOW

    def _farthest(self, born: Born) -> int:
        """How many functions a birth is followed through."""
        if born.is_rank:
            return FARTHEST_RANK
        told = born.confidence == HIGH or born.is_given or born.axes < self.mesh
        return FARTHEST if told else FARTHEST_DOUBTFUL

    def _is_circumstance(self, born: Born) -> bool:
        return not born.is_rank and not born.is_given and born.axes >= self.mesh

    def _is_join(self, source: State, reader: State) -> bool:
        """Whether a step leads to whoever wrote a value, or called with it, from wherever in the program.

        What a constructor is given does not count: it is one object's.
        """
        if reader.body.endswith(".__init__"):
            return False
        if source.body == reader.body:
            return self._is_from_before(source, reader)
        if source.stack:
            return False
        return not (reader.stack and reader.stack[-1][0] == source.body)

    def _is_from_before(self, source: State, reader: State) -> bool:
        """Whether an attribute or a variable is what an earlier call of the same function left in it."""
        body = self.program.body(reader.body)
        value = body.values[reader.node] if body is not None else None
        return value is not None and value.kind in ("attr", "name") and source.node not in value.arguments

    # ------------------------------------------------------------------------------------------------ proofs

    def _answer(self, confidence: int, born: Born, state: State, parents: dict[State, State | None]) -> Variation:
        steps = [Because(born.path, born.line, self._source_text(born, state))]
        current: State | None = state
        path: list[State] = []
        while current is not None:
            path.append(current)
            step = self._step(current)
            if step is not None and (step.path, step.line) != (steps[-1].path, steps[-1].line):
                steps.append(step)
            current = parents[current]
        if len(steps) > MAX_STEPS_SHOWN:
            steps = [*steps[:3], Because(steps[3].path, steps[3].line, "…"), *steps[-3:]]
        return Variation(
            born.axes - state.agreed, confidence, born.what, tuple(steps), tuple(path), self._is_circumstance(born)
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
