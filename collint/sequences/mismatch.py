"""What two languages of events differ in: on which communicators, and by which words.

Which languages are compared, and why, is :mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from functools import lru_cache

from collint.linking.keys import Key
from collint.linking.references import Communicator
from collint.record import Record
from collint.sequences.alike import alike
from collint.sequences.automata import Deterministic, TooLarge, project, words_apart
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import Summary

MAX_STATES = 400


class Side(Record, frozen=True):
    """One rank class: its word up to and past the mismatch, with a place for each letter."""

    word: tuple[Letter, ...]
    origins: tuple[tuple[Origin, ...], ...]


class Mismatch(Record, frozen=True):
    """A communicator on which the two classes differ. ``at`` is the length of what their words share.

    ``if_true`` and ``if_false`` belong to the atom's truth. ``letters`` are all events of the two languages, with every
    place. ``given`` is what was assumed beside the atom.
    """

    communicators: tuple[Communicator, ...]
    if_true: Side
    if_false: Side
    at: int
    letters: tuple[tuple[Letter, tuple[Origin, ...]], ...]
    uniform_choice: tuple[Key, bool] | None = None
    given: tuple[tuple[Key, bool], ...] = ()


def differences(pair: tuple[Summary, Summary], choice: tuple[Key, bool] | None = None) -> list[Mismatch]:
    """A mismatch for each communicator on which two classes differ; ``choice`` is what all ranks are taken to share.

    Raises :class:`TooLarge` where what both sides know of their events cannot be told within a bound.
    """
    first, second = alike(*pair)
    if first.machine.is_empty or second.machine.is_empty:
        return []  # a class that always raises is another rule's business
    if first.machine == second.machine:
        return []  # as almost half of all pairs are: then no communicator has to be looked at
    found = []
    for communicators in sorted(_communicators(first) | _communicators(second), key=repr):
        mismatch = _on(communicators, first, second, choice)
        if mismatch is not None:
            found.append(mismatch)
    return found


def _on(
    communicators: tuple[Communicator, ...],
    first: Summary,
    second: Summary,
    choice: tuple[Key, bool] | None,
) -> Mismatch | None:
    try:
        left, right = _said_to(communicators, first), _said_to(communicators, second)
    except TooLarge:
        return None
    words = words_apart(left, right)
    if words is None:
        return None
    letters = tuple(
        (letter, _places(letter, first, second)) for letter in sorted(left.letters | right.letters, key=repr)
    )
    return Mismatch(
        communicators,
        side_of(words[0], first),
        side_of(words[1], second),
        shared_length(*words),
        letters,
        choice,
    )


@lru_cache(maxsize=256)
def _said_to(communicators: tuple[Communicator, ...], summary: Summary) -> Deterministic[Letter]:
    """What a class says to one communicator. Raises :class:`TooLarge`.

    Kept, for a class is compared with one class after the other: two in five of these are asked for again.
    """

    def keep(letter: Letter) -> bool:
        return letter.communicators == communicators and letter != YIELD

    return project(summary.machine, keep, MAX_STATES)


def _communicators(summary: Summary) -> set[tuple[Communicator, ...]]:
    return {letter.communicators for letter in summary.machine.letters if letter != YIELD}


def side_of(word: tuple[Letter, ...], summary: Summary) -> Side:
    """A word of a class with the places of its letters."""
    return Side(word, tuple(summary.origins.get(letter, ()) for letter in word))


def _places(letter: Letter, first: Summary, second: Summary) -> tuple[Origin, ...]:
    return tuple(sorted({*first.origins.get(letter, ()), *second.origins.get(letter, ())}))


def shared_length(left: tuple[Letter, ...], right: tuple[Letter, ...]) -> int:
    """How many letters two words have in common at their start."""
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        length += 1
    return length
