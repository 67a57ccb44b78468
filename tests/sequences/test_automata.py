"""Determinising, minimising and projecting keep the language; comparing finds the shortest word that is not shared."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collint.sequences.automata import (
    Deterministic,
    Nondeterministic,
    TooLarge,
    determinise,
    difference,
    minimise,
    nearest_word,
    nothing_happens,
    project,
    shortest_from,
)
from tests.sequences.machines import (
    BUDGET,
    LETTERS,
    accepts,
    as_dfa,
    as_nfa,
    can_spell,
    language,
    machines,
    minimal,
    oracle,
    words,
)

letters = st.sets(st.sampled_from(LETTERS))


@given(machines())
def test_determinising_keeps_every_word(machine: Nondeterministic[str]) -> None:
    assert all(accepts(determinise(machine, BUDGET), word) == can_spell(machine, word) for word in words())


@given(machines())
def test_determinising_agrees_with_the_oracle(machine: Nondeterministic[str]) -> None:
    assert as_dfa(determinise(machine, BUDGET)) == oracle(machine)


@given(machines())
def test_minimising_keeps_the_language(machine: Nondeterministic[str]) -> None:
    assert as_dfa(minimal(machine)) == oracle(machine)


@given(machines())
def test_no_smaller_automaton_has_the_language(machine: Nondeterministic[str]) -> None:
    whole = oracle(machine).to_complete().minify()
    dead = sum(not _can_end(whole, state) for state in whole.states)
    assert len(minimal(machine).moves) == max(len(whole.states) - dead, 1)


def _can_end(machine: object, start: object) -> bool:
    seen, work = {start}, [start]
    while work:
        for target in machine.transitions[work.pop()].values():  # type: ignore[attr-defined]
            if target not in seen:
                seen.add(target)
                work.append(target)
    return bool(seen & machine.final_states)  # type: ignore[attr-defined]


@given(machines(), st.randoms(use_true_random=False))
def test_equal_languages_have_equal_minimal_automata(machine: Nondeterministic[str], rng: random.Random) -> None:
    numbers = list(range(machine.size))
    rng.shuffle(numbers)
    edges = [(numbers[source], letter, numbers[target]) for source, letter, target in machine.edges]
    rng.shuffle(edges)
    accepting = frozenset(numbers[state] for state in machine.accepting)
    renamed = Nondeterministic(machine.size, tuple(edges), accepting, numbers[machine.start])
    assert minimal(renamed) == minimal(machine)


@given(machines())
def test_every_state_of_a_minimal_automaton_leads_to_acceptance(machine: Nondeterministic[str]) -> None:
    small = minimal(machine)
    assert small.is_empty or all(shortest_from(small, state) is not None for state in range(len(small.moves)))


@given(machines())
def test_emptiness_and_silence_are_read_off_a_minimal_automaton(machine: Nondeterministic[str]) -> None:
    small = minimal(machine)
    assert small.is_empty == oracle(machine).isempty()
    assert small.only_silence == (small == nothing_happens())


@given(machines(), letters)
def test_projecting_deletes_letters_from_words(machine: Nondeterministic[str], kept: set[str]) -> None:
    small = minimal(machine)
    seen = project(small, kept.__contains__, BUDGET)
    blind = Nondeterministic(
        machine.size,
        tuple((source, letter if letter in kept else None, target) for source, letter, target in machine.edges),
        machine.accepting,
        machine.start,
    )
    assert as_dfa(seen) == oracle(blind)
    assert {tuple(letter for letter in word if letter in kept) for word in language(small, 4)} <= language(seen, 4)


@given(machines(), machines())
def test_languages_differ_exactly_where_the_oracle_says(
    one: Nondeterministic[str], other: Nondeterministic[str]
) -> None:
    assert (difference(minimal(one), minimal(other)) is None) == (as_nfa(one) == as_nfa(other))


@given(machines(4), machines(4))
def test_the_difference_is_the_first_of_the_shortest_words(
    one: Nondeterministic[str], other: Nondeterministic[str]
) -> None:
    left, right = minimal(one), minimal(other)
    found = difference(left, right)
    if found is None:
        return
    word, in_left = found
    assert (accepts(left, word), accepts(right, word)) == (in_left, not in_left)
    first = next((w for w in words(min(len(word), 6)) if accepts(left, w) != accepts(right, w)), word)
    assert first == word


@given(machines(4))
def test_nothing_differs_from_itself(machine: Nondeterministic[str]) -> None:
    assert difference(determinise(machine, BUDGET), minimal(machine)) is None


@given(machines(4), st.lists(st.sampled_from(LETTERS), max_size=4))
def test_the_nearest_word_shares_the_longest_start_and_is_short(
    machine: Nondeterministic[str], like: list[str]
) -> None:
    small = minimal(machine)
    found = nearest_word(small, like)
    if small.is_empty:
        assert found is None
        return
    assert found is not None
    assert accepts(small, found)
    # No accepted word needs more than one visit of each state after the shared start.
    known = language(small, 6)
    best = max((_shared(word, like) for word in known), default=0)
    assert _shared(found, like) >= best
    assert len(found) <= min((len(word) for word in known if _shared(word, like) == _shared(found, like)), default=99)


def _shared(word: tuple[str, ...], like: list[str]) -> int:
    return next(
        (n for n, (one, other) in enumerate(zip(word, like, strict=False)) if one != other), min(len(word), len(like))
    )


@given(machines())
def test_a_budget_is_kept_or_complained_about(machine: Nondeterministic[str]) -> None:
    size = len(determinise(machine, BUDGET).moves)
    assert len(determinise(machine, size).moves) == size
    if size > 1:
        with pytest.raises(TooLarge):
            determinise(machine, size - 1)


def test_loops_that_say_nothing_are_no_words() -> None:
    turning: Nondeterministic[str] = Nondeterministic(2, ((0, None, 0), (0, None, 1), (1, None, 0)), frozenset({1}))
    assert minimal(turning) == nothing_happens()


def test_the_empty_language_is_not_the_empty_word() -> None:
    nothing: Deterministic[str] = minimise(Deterministic(({"a": 0},), frozenset()))
    assert nothing.is_empty
    assert not nothing.only_silence
    assert difference(nothing, nothing_happens()) == ((), False)
