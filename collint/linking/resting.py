"""On which questions the answers of a run rest, in bytes: from a question back to all answers that a change concerns.

Steps are numbered, those of the answers that are kept first. Nothing is known here of what was asked or found.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from collint.ir.node import Node
from collint.project.asked import mark
from collint.project.steps import Question, Step


class Resting(Node, frozen=True):
    """A graph of steps. Each part holds numbers of 32 bits, the lowest byte first.

    ``marks`` are those of the questions, sorted; on the question at place ``n`` rest the steps of ``by_mark`` between
    the numbers ``n`` and ``n + 1`` of ``marks_end``. In the same way ``above`` are the steps that rest on each step.
    """

    marks: bytes
    marks_end: bytes
    by_mark: bytes
    above_end: bytes
    above: bytes


def drawn(steps: Sequence[Step], marks: dict[Question, int]) -> Resting:
    """The graph of these steps, numbered in their order, and of all that they rest on.

    ``marks`` are those of questions known before, and are added to.
    """
    numbers = {step: number for number, step in enumerate(steps)}
    every = list(steps)
    above: list[list[int]] = [[] for _ in every]
    by_mark: dict[int, list[int]] = {}
    for number, step in enumerate(every):  # grows while it is walked
        for below in step:
            if isinstance(below, Step):
                place = numbers.get(below)
                if place is None:
                    place = numbers[below] = len(every)
                    every.append(below)
                    above.append([])
                above[place].append(number)
            else:
                if isinstance(below, int):
                    found = below
                elif below in marks:
                    found = marks[below]
                else:
                    found = marks[below] = mark(*below)
                by_mark.setdefault(found, []).append(number)
    ordered = sorted(by_mark)
    return Resting(_packed(ordered), *_lists([by_mark[each] for each in ordered]), *_lists(above))


def rests_on_any(marks: bytes, questions: Iterable[int]) -> bool:
    """Whether one of these questions is among those of the ``marks`` of a graph."""
    every = _unpacked(marks)
    places = ((number, bisect_left(every, number)) for number in questions)
    return any(place < len(every) and every[place] == number for number, place in places)


def steps_of(resting: Resting) -> list[Step]:
    """The steps of a graph by their numbers. Questions are there by their marks."""
    marks_end, by_mark, above_end, above = map(
        _unpacked, (resting.marks_end, resting.by_mark, resting.above_end, resting.above)
    )
    steps = [Step() for _ in above_end]
    for place, question in enumerate(_unpacked(resting.marks)):
        for number in _part(by_mark, marks_end, place):
            steps[number][question] = None
    for place, below in enumerate(steps):
        for number in _part(above, above_end, place):
            steps[number][below] = None
    return steps


class Walk:
    """Goes up through a graph, each step once."""

    def __init__(self, resting: Resting) -> None:
        """Raises ValueError where the graph is not whole."""
        self._marks, self._marks_end, self._by_mark = map(
            _unpacked, (resting.marks, resting.marks_end, resting.by_mark)
        )
        self._above_end, self._above = _unpacked(resting.above_end), _unpacked(resting.above)
        self._met = bytearray(len(self._above_end))
        sizes = (self._marks_end, len(self._marks), len(self._by_mark)), (self._above_end, None, len(self._above))
        for end, count, size in sizes:
            if (count is not None and len(end) != count) or (end[-1] if end else 0) != size:
                raise ValueError("a list ends elsewhere")
        if max(max(self._by_mark, default=0), max(self._above, default=0)) >= max(len(self._above_end), 1):
            raise ValueError("a step that is not there")

    def up(self, marks: Iterable[int]) -> Iterator[int]:
        """The steps that rest on one of these questions, directly or not, and were not met before."""
        work = [step for each in marks for step in self._on(each)]
        while work:
            step = work.pop()
            if not self._met[step]:
                self._met[step] = 1
                yield step
                work += _part(self._above, self._above_end, step)

    def _on(self, question: int) -> Sequence[int]:
        place = bisect_left(self._marks, question)
        is_there = place < len(self._marks) and self._marks[place] == question
        return _part(self._by_mark, self._marks_end, place) if is_there else ()


def _part(numbers: array[int], ends: array[int], place: int) -> Sequence[int]:
    return numbers[ends[place - 1] if place else 0 : ends[place]]


def _lists(parts: Sequence[Sequence[int]]) -> tuple[bytes, bytes]:
    """Where each of some lists ends, and all of them as one."""
    return _packed(accumulate(map(len, parts))), _packed(number for part in parts for number in part)


def _packed(numbers: Iterable[int]) -> bytes:
    return _little(array("I", numbers)).tobytes()


def _unpacked(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return _little(numbers)


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
