"""Finite automata over events: determinise, minimise, project, compare. What an event is, is none of their business.

Automata are small frozen values; state 0 starts. Subset construction and Moore's partition refinement are the textbook
ones (Hopcroft, Motwani, Ullman, "Introduction to Automata Theory", sections 2.3 and 4.4); the shortest difference is a
breadth-first walk of the product.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from collint.record import Record
from collint.sequences.silence import closure

Letter = TypeVar("Letter", bound=Hashable)
LONG = 12
"""States from which on it is worth asking how far each is from those that end every word."""


class TooLarge(Exception):
    """An automaton outgrew its budget; whoever asked must do with less."""


class Nondeterministic(Record, Generic[Letter], frozen=True):
    """``edges`` are (from, letter, to), a None letter being silent. States are 0 to ``size`` - 1."""

    size: int
    edges: tuple[tuple[int, Letter | None, int], ...]
    accepting: frozenset[int]
    start: int = 0


@dataclass(frozen=True, slots=True)
class Deterministic(Generic[Letter]):
    """``moves[state]`` maps a letter to the next state; a missing letter leads nowhere."""

    moves: tuple[dict[Letter, int], ...]
    accepting: frozenset[int]
    letters: frozenset[Letter] = field(init=False, repr=False, compare=False)
    """The letters that occur."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "letters", frozenset().union(*self.moves))

    @property
    def is_empty(self) -> bool:
        """Whether no word at all is accepted (minimal automata only)."""
        return not self.accepting

    @property
    def only_silence(self) -> bool:
        """Whether the empty word is the only one (minimal automata only)."""
        return self.accepting == frozenset({0}) and not self.moves[0]


def nothing_happens() -> Deterministic[Letter]:
    """The automaton of the empty word."""
    return Deterministic(({},), frozenset({0}))


def determinise(automaton: Nondeterministic[Letter], budget: int) -> Deterministic[Letter]:
    """Subset construction, with sets of states as sets of bits. Raises :class:`TooLarge` past ``budget`` states."""
    silent, spoken = _split(automaton)
    speaking, accepting = _bits(spoken), _bits(automaton.accepting)
    closures: dict[int, int] = {}
    led_to: dict[int, list[tuple[Letter, int]]] = {}  # by what is said in a state, with what silence adds to it
    work = [closure(automaton.start, silent, closures)]
    numbers = {work[0]: 0}
    moves: list[dict[Letter, int]] = []
    for current in work:  # grows while it is walked
        targets: dict[Letter, int] = {}
        rest = current & speaking
        while rest:
            lowest = rest & -rest
            rest ^= lowest
            state = lowest.bit_length() - 1
            ways = led_to.get(state)
            if ways is None:
                ways = led_to[state] = [(letter, closure(to, silent, closures)) for letter, to in spoken[state]]
            for letter, states in ways:
                targets[letter] = targets.get(letter, 0) | states
        row: dict[Letter, int] = {}
        for letter, states in targets.items():
            number = numbers.setdefault(states, len(numbers))
            if number == len(work):
                if number >= budget:
                    raise TooLarge
                work.append(states)
            row[letter] = number
        moves.append(row)
    return Deterministic(tuple(moves), frozenset(number for number, states in enumerate(work) if states & accepting))


def _split(
    automaton: Nondeterministic[Letter],
) -> tuple[dict[int, list[int]], dict[int, list[tuple[Letter, int]]]]:
    """The silent moves and the others, by the state that they leave."""
    silent: dict[int, list[int]] = {}
    spoken: dict[int, list[tuple[Letter, int]]] = {}
    for source, letter, target in automaton.edges:
        if letter is not None:
            spoken.setdefault(source, []).append((letter, target))
        elif source in silent:
            silent[source].append(target)
        else:
            silent[source] = [target]
    return silent, spoken


def _bits(states: Iterable[int]) -> int:
    found = 0
    for state in states:
        found |= 1 << state
    return found


def minimise(automaton: Deterministic[Letter]) -> Deterministic[Letter]:
    """The smallest automaton of the same language, numbered breadth-first: unique up to the order of letters."""
    before = _before(automaton)
    useful = _distances(before, automaton.accepting)
    if 0 not in useful:
        return Deterministic(({},), frozenset())
    if len(useful) == 1 and not automaton.moves[0]:
        return nothing_happens()
    numbers: dict[Letter, int] = {}
    targets: dict[int, list[int]] = {}
    classes: dict[int, int] = {}
    signatures: dict[object, int] = {}
    # The first classes hold states that say the same letters: from then on where these lead is a row of equal order.
    # Equal states are also equally far from the end of a word: that tells the states of a long chain apart at once.
    for state in sorted(useful):
        row = {
            numbers.setdefault(letter, len(numbers)): target
            for letter, target in automaton.moves[state].items()
            if target in useful
        }
        spoken = sorted(row)
        targets[state] = [row[letter] for letter in spoken]
        signature = (useful[state], *spoken)
        classes[state] = signatures.setdefault(signature, len(signatures))
    if len(signatures) < len(classes) > LONG:
        last = _distances(before, [state for state, row in targets.items() if not row])
        signatures = {}
        classes = {
            state: signatures.setdefault((known, last.get(state)), len(signatures)) for state, known in classes.items()
        }
    count = 0
    # Each round but the last splits a class, so that there are at most as many rounds as states.
    while count < len(signatures) < len(classes):
        count, signatures = len(signatures), {}
        classes = {
            state: signatures.setdefault((classes[state], *[classes[t] for t in row]), len(signatures))
            for state, row in targets.items()
        }
    return _quotient(automaton, useful, classes)


def _before(automaton: Deterministic[Letter]) -> dict[int, list[int]]:
    before: dict[int, list[int]] = {}
    for state, row in enumerate(automaton.moves):
        for target in row.values():
            before.setdefault(target, []).append(state)
    return before


def _distances(before: dict[int, list[int]], ends: Iterable[int]) -> dict[int, int]:
    """The states from which one of some can be reached, each with the letters on the shortest way."""
    found = dict.fromkeys(ends, 0)
    for state in (work := list(found)):  # grows while it is walked
        for source in before.get(state, ()):
            if source not in found:
                found[source] = found[state] + 1
                work.append(source)
    return found


def _quotient(
    automaton: Deterministic[Letter], useful: dict[int, int], classes: dict[int, int]
) -> Deterministic[Letter]:
    representatives = {}
    for state in sorted(useful, reverse=True):
        representatives[classes[state]] = state
    numbers = {classes[0]: 0}
    order = [classes[0]]
    moves: list[dict[Letter, int]] = []
    for current in order:  # grows while it is walked: breadth-first
        row = automaton.moves[representatives[current]]
        compact = {}
        for letter in sorted(row, key=repr) if len(row) > 1 else row:
            target = row[letter]
            if target not in useful:
                continue
            if classes[target] not in numbers:
                numbers[classes[target]] = len(order)
                order.append(classes[target])
            compact[letter] = numbers[classes[target]]
        moves.append(compact)
    accepting = frozenset(numbers[classes[state]] for state in automaton.accepting if classes[state] in numbers)
    return Deterministic(tuple(moves), accepting)


def project(automaton: Deterministic[Letter], keep: Callable[[Letter], bool], budget: int) -> Deterministic[Letter]:
    """The language with every letter that is not kept made silent, minimal. Raises :class:`TooLarge`."""
    kept = {letter for letter in automaton.letters if keep(letter)}
    edges = tuple(
        (state, letter if letter in kept else None, target)
        for state, row in enumerate(automaton.moves)
        for letter, target in row.items()
    )
    blind = Nondeterministic(len(automaton.moves), edges, automaton.accepting)
    return minimise(determinise(blind, budget))


def difference(left: Deterministic[Letter], right: Deterministic[Letter]) -> tuple[tuple[Letter, ...], bool] | None:
    """The shortest word that only one accepts, and whether it is the left one; None when the languages are equal.

    Among words of one length the first in the order of the letters' ``repr`` is taken, so that equal input gives equal
    output.
    """
    dead = -1
    start = (0, 0)
    parents: dict[tuple[int, int], tuple[tuple[int, int], Letter] | None] = {start: None}
    work = deque([start])
    while work:
        pair = work.popleft()
        in_left, in_right = pair[0] in left.accepting, pair[1] in right.accepting
        if in_left != in_right:
            return _word(parents, pair), in_left
        rows = tuple(
            machine.moves[state] if state != dead else {} for machine, state in ((left, pair[0]), (right, pair[1]))
        )
        for letter in sorted(rows[0].keys() | rows[1].keys(), key=repr):
            following = (rows[0].get(letter, dead), rows[1].get(letter, dead))
            if following not in parents:
                parents[following] = (pair, letter)
                work.append(following)
    return None


def words_apart(
    left: Deterministic[Letter], right: Deterministic[Letter]
) -> tuple[tuple[Letter, ...], tuple[Letter, ...]] | None:
    """A word of each language, as alike as can be: the shortest difference and its nearest answer; None if equal."""
    split = difference(left, right)
    if split is None:
        return None
    word, in_left = split
    other = nearest_word(right if in_left else left, word)
    if other is None:
        return None
    return (word, other) if in_left else (other, word)


def common_word(left: Deterministic[Letter], right: Deterministic[Letter]) -> bool:
    """Whether some word is accepted by both."""
    seen = {(0, 0)}
    work = [(0, 0)]
    while work:
        one, other = work.pop()
        if one in left.accepting and other in right.accepting:
            return True
        for letter, target in left.moves[one].items():
            if letter in right.moves[other] and (pair := (target, right.moves[other][letter])) not in seen:
                seen.add(pair)
                work.append(pair)
    return False


def _word(
    parents: dict[tuple[int, int], tuple[tuple[int, int], Letter] | None], pair: tuple[int, int]
) -> tuple[Letter, ...]:
    letters: list[Letter] = []
    step = parents[pair]
    while step is not None:
        pair, letter = step
        letters.append(letter)
        step = parents[pair]
    return tuple(reversed(letters))


def nearest_word(automaton: Deterministic[Letter], like: Iterable[Letter]) -> tuple[Letter, ...] | None:
    """An accepted word that shares the longest possible start with ``like`` and is then as short as can be."""
    best: tuple[Letter, ...] | None = None
    prefix: list[Letter] = []
    state = 0
    rest = list(like)
    while True:
        tail = shortest_from(automaton, state)
        if tail is not None:
            best = (*prefix, *tail)
        if not rest or rest[0] not in automaton.moves[state]:
            return best
        letter = rest.pop(0)
        prefix.append(letter)
        state = automaton.moves[state][letter]


def shortest_from(automaton: Deterministic[Letter], start: int) -> tuple[Letter, ...] | None:
    """The shortest word that leads from ``start`` to acceptance."""
    seen: dict[int, tuple[Letter, ...]] = {start: ()}
    work = deque([start])
    while work:
        state = work.popleft()
        if state in automaton.accepting:
            return seen[state]
        for letter in sorted(automaton.moves[state], key=repr):
            target = automaton.moves[state][letter]
            if target not in seen:
                seen[target] = (*seen[state], letter)
                work.append(target)
    return None
