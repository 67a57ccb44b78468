"""Random automata, and slow but evident answers about them. Holds no assertions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import strategies as st

from collint.sequences.automata import Deterministic, Nondeterministic, determinise, minimise

LETTERS = "abc"
BUDGET = 1000
LONGEST = 5


@st.composite
def machines(draw: st.DrawFn, largest: int = 6) -> Nondeterministic[str]:
    """Automata with silent moves; state 0 need not be the start."""
    size = draw(st.integers(1, largest))
    states = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(states, st.sampled_from([None, *LETTERS]), states), max_size=3 * size))
    return Nondeterministic(size, tuple(edges), draw(st.frozensets(states)), draw(states))


def minimal(machine: Nondeterministic[str]) -> Deterministic[str]:
    """Determinised and minimised."""
    return minimise(determinise(machine, BUDGET))


def words(longest: int = LONGEST, letters: str = LETTERS) -> Iterator[tuple[str, ...]]:
    """All words, shortest first, words of one length in the order of their letters."""
    for length in range(longest + 1):
        yield from product(letters, repeat=length)


def accepts(machine: Deterministic[str], word: tuple[str, ...]) -> bool:
    """Whether a deterministic automaton accepts a word."""
    state: int | None = 0
    for letter in word:
        state = None if state is None else machine.moves[state].get(letter)
    return state in machine.accepting


def can_spell(machine: Nondeterministic[str], word: tuple[str, ...]) -> bool:
    """Whether a nondeterministic automaton accepts a word, by trying all its ways at once."""
    current = _silently(machine, {machine.start})
    for letter in word:
        current = _silently(machine, {t for s, spoken, t in machine.edges if s in current and spoken == letter})
    return bool(current & machine.accepting)


def _silently(machine: Nondeterministic[str], states: set[int]) -> set[int]:
    while True:
        more = {t for s, spoken, t in machine.edges if s in states and spoken is None}
        if more <= states:
            return states
        states = states | more


def language(machine: Deterministic[str], longest: int = LONGEST) -> set[tuple[str, ...]]:
    """The accepted words up to a length."""
    return {word for word in words(longest) if accepts(machine, word)}


# ----------------------------------------------------------------------------------------------------- the oracle


def as_nfa(machine: Nondeterministic[str]) -> NFA:
    """The same automaton as a value of automata-lib."""
    moves: dict[int, dict[str, set[int]]] = {state: {} for state in range(machine.size)}
    for source, letter, target in machine.edges:
        moves[source].setdefault(letter or "", set()).add(target)
    return NFA(
        states=set(range(machine.size)),
        input_symbols=set(LETTERS),
        transitions=moves,
        initial_state=machine.start,
        final_states=set(machine.accepting),
    )


def as_dfa(machine: Deterministic[str]) -> DFA:
    """The same automaton as a value of automata-lib."""
    return DFA(
        states=set(range(len(machine.moves))),
        input_symbols=set(LETTERS),
        transitions={state: dict(row) for state, row in enumerate(machine.moves)},
        initial_state=0,
        final_states=set(machine.accepting),
        allow_partial=True,
    )


def oracle(machine: Nondeterministic[str]) -> DFA:
    """What automata-lib makes of a nondeterministic automaton."""
    return DFA.from_nfa(as_nfa(machine))
