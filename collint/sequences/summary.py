"""What a function says to its groups, as a value: the automaton of its events under an assumption.

How it is made is not here: see :mod:`collint.sequences.summaries` and, for one body, :mod:`collint.sequences.builder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from collint.linking.keys import Key
from collint.record import Record, field
from collint.sequences.automata import Deterministic, Nondeterministic, determinise, minimise
from collint.sequences.events import YIELD, Letter, Origin

# A summary with more states than this is replaced by one opaque letter per communicator.
MAX_STATES = 160

Assumption = frozenset[tuple[Key, bool]]
OPEN: Assumption = frozenset()
EXACTLY = "exactly"
"""``((EXACTLY, class_id), True)``: the object whose method this is was made by calling the class, not one derived."""

ONE_TURN: tuple[Key, bool] = (("every loop makes one turn",), True)
"""Assumed to tell ``b b`` from ``b`` where both are loops: as languages ``b* b*`` and ``b*`` are equal."""


class Summary(Record, frozen=True, eq=False):
    """The events of one call of a function; ``atoms``, in its own terms, are conditions the language depends on.

    It is made once for all that leads to it, and equal to itself alone.

    ``turns`` is false where there is no loop in it: to take each loop to make one turn then changes nothing.
    """

    machine: Deterministic[Letter]
    origins: Mapping[Letter, tuple[Origin, ...]] = field(default_factory=dict)
    atoms: tuple[Key, ...] = ()
    opaque: bool = False
    turns: bool = True

    @property
    def is_silent(self) -> bool:
        """Whether no event can happen."""
        return not self.origins


SILENT: Summary = Summary(Deterministic(({},), frozenset({0})), turns=False)


@lru_cache(maxsize=1024)
def half(summary: Summary, part: str) -> Summary:
    """The part of a context manager's generator before its ``yield`` (``enter``), or after it (``exit``)."""
    machine = summary.machine
    before = frozenset(state for state, row in enumerate(machine.moves) if YIELD in row)
    if part == "enter":
        moves = tuple({k: v for k, v in row.items() if k != YIELD} for row in machine.moves)
        found: Deterministic[Letter] = minimise(Deterministic(moves, before))
    else:
        starts = sorted(machine.moves[state][YIELD] for state in before)
        size = len(machine.moves)
        edges: list[tuple[int, Letter | None, int]] = [(size, None, start) for start in starts]
        for state, row in enumerate(machine.moves):
            edges.extend((state, None if letter == YIELD else letter, target) for letter, target in row.items())
        found = minimise(determinise(Nondeterministic(size + 1, tuple(edges), machine.accepting, size), MAX_STATES))
    origins = {letter: places for letter, places in summary.origins.items() if letter in found.letters}
    return Summary(found, origins, summary.atoms)
