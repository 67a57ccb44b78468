"""Find two communicators whose collectives two rank classes issue in different order, though each of them agrees.

Differences on one communicator are another matter, see :mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from itertools import combinations

from collint.linking.references import Communicator
from collint.record import Record
from collint.sequences.alike import alike
from collint.sequences.automata import TooLarge, common_word, difference, project, words_apart
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.mismatch import MAX_STATES, Side, shared_length, side_of
from collint.sequences.summary import Summary

# Pairs of communicators compared in one function: each costs two projections.
MAX_PAIRS = 28


class Crossing(Record, frozen=True):
    """Two communicators and a word of each class, equal on either and different on both together.

    ``at`` is the length of what the words share; ``always`` says that no order is common to the classes.
    """

    communicators: tuple[tuple[Communicator, ...], tuple[Communicator, ...]]
    if_true: Side
    if_false: Side
    at: int
    letters: tuple[tuple[Letter, tuple[Origin, ...]], ...]
    always: bool


def crossings(pair: tuple[Summary, Summary]) -> list[Crossing]:
    """The crossings of two classes, given that no single communicator tells them apart; none if too large to tell."""
    try:
        first, second = alike(*pair)
    except TooLarge:
        return []
    if first.machine.is_empty or second.machine.is_empty:
        return []
    spoken = [
        {letter.communicators for letter in summary.machine.letters if letter != YIELD} for summary in (first, second)
    ]
    both = sorted(spoken[0] & spoken[1], key=repr)
    if len(both) < 2 or difference(first.machine, second.machine) is None:
        return []
    found = []
    for one, other in list(combinations(both, 2))[:MAX_PAIRS]:
        crossing = _of_pair(one, other, first, second)
        if crossing is not None:
            found.append(crossing)
    return found


def _of_pair(
    one: tuple[Communicator, ...], other: tuple[Communicator, ...], first: Summary, second: Summary
) -> Crossing | None:
    def keep(letter: Letter) -> bool:
        return letter != YIELD and letter.communicators in (one, other)

    try:
        left, right = (project(summary.machine, keep, MAX_STATES) for summary in (first, second))
    except TooLarge:
        return None
    words = words_apart(left, right)
    if words is None:
        return None
    at = shared_length(*words)
    if at >= min(len(words[0]), len(words[1])) or words[0][at].communicators == words[1][at].communicators:
        return None  # one class goes on alone: that is a difference on one communicator, hidden by a choice
    sides = (side_of(words[0], first), side_of(words[1], second))
    letters = tuple(
        (letter, tuple(sorted({*first.origins.get(letter, ()), *second.origins.get(letter, ())})))
        for letter in sorted(left.letters | right.letters, key=repr)
    )
    return Crossing((one, other), *sides, at, letters, not common_word(left, right))
