"""How far a birth carries: the way from it to the value that is asked about, and how certain a long one leaves it.

What a state depends on, and which birth counts, is not here: see :mod:`collint.uniformity.flow` and
:mod:`collint.uniformity.query`.
"""

from __future__ import annotations

from collint.linking.program import Program
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Births, Born, State

# Functions through which a value is followed at more than low confidence: to a rank, to what is certain to differ, and
# to what is not.
FARTHEST_RANK, FARTHEST, FARTHEST_DOUBTFUL = 8, 6, 3
# The same for what ranks mostly find alike, where some object keeps it.
FARTHEST_ALIKE = 2
# Joins on the way at which a birth is no longer of high confidence, and of medium; the same for a circumstance.
NEAR, FAR = 2, 4
NEAR_CIRCUMSTANCE, FAR_CIRCUMSTANCE = 1, 2


class Ways:
    """How one search came to each state: ``readers`` holds the state that depends on it, None for the one asked about.

    The way to a state is asked for when the search takes it up. From then on no other is found.
    """

    def __init__(self, program: Program, mesh: frozenset[Axis], start: State) -> None:
        self.program = program
        self.mesh = mesh
        self.readers: dict[State, State | None] = {start: None}
        # The joins on a way, and its functions.
        self._passed: dict[State, tuple[int, frozenset[str]]] = {start: (0, frozenset({start.body}))}

    def reach(self, born: Born, state: State) -> int:
        """How far a birth at ``state`` carries: what joins many writers on the way may join too many.

        These are attributes, variables and parameters. A rank, a share of the data, or what a library says of an axis,
        is told apart on purpose and is believed further than what differs by the machine: files, clocks, devices.
        Through many functions only a rank is, through few a doubtful source.
        """
        joins, functions = self._way(state)
        if len(functions) > (1 if born.is_passing else self._farthest(born)):
            return LOW
        if joins and born.is_mostly_alike and len(functions) > FARTHEST_ALIKE:
            return LOW
        if self.is_circumstance(born):
            return _by_joins(joins, NEAR_CIRCUMSTANCE, FAR_CIRCUMSTANCE)
        return _by_joins(joins, NEAR, FAR)

    def at_most(self, state: State, births: Births) -> int:
        """How far a birth at ``state``, or anywhere behind it, carries at most."""
        joins, functions = self._way(state)
        # What a call that nobody knows makes of a rank is a guess.
        ranks = births != "local" and not state.guessed
        return LOW if len(functions) > (FARTHEST_RANK if ranks else FARTHEST) else _by_joins(joins, NEAR, FAR)

    def is_circumstance(self, born: Born) -> bool:
        """Whether a birth comes from the machine rather than from a rank or an axis."""
        return not born.is_rank and not born.is_given and born.axes >= self.mesh

    def _farthest(self, born: Born) -> int:
        """How many functions a birth is followed through."""
        if born.is_rank:
            return FARTHEST_RANK
        told = born.confidence == HIGH or born.is_given or born.axes < self.mesh
        return FARTHEST if told else FARTHEST_DOUBTFUL

    def _way(self, state: State) -> tuple[int, frozenset[str]]:
        """The joins on the way to a state, and its functions."""
        current, behind = state, []
        while (found := self._passed.get(current)) is None:
            reader = self.readers[current]
            assert reader is not None
            behind.append((current, reader))
            current = reader
        joins, functions = found
        for source, reader in reversed(behind):
            joins += self._is_join(source, reader)
            if source.body not in functions:
                functions = functions | {source.body}
            self._passed[source] = joins, functions
        return joins, functions

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


def _by_joins(joins: int, near: int, far: int) -> int:
    return HIGH if joins < near else MEDIUM if joins < far else LOW
