"""Recursive answers, each kept where it would be found again.

A function that is asked about while its own answer is under way says nothing. What is found for another one meanwhile
lacks what the first says, and is not the answer to the same question on its own: if it were kept as that, answers would
depend on what was asked before. Here each holds wherever all that was asked about on the way to it is under way as it
was then.

There is no best answer of a cycle that several ways in could share, as references have one
(:mod:`collint.linking.guard`): these are sequences, which grow longer with each turn.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from collint.record import Record

Answer = TypeVar("Answer")

# Answers of one question, in cycles that are entered at several places, after which the first is taken.
MAX_ANSWERS = 24


class Kept(Record, Generic[Answer], frozen=True, eq=False):
    """An answer, what was ``asked`` about on the way to it, and what of that was ``met`` under way; sets, as bits.

    It was found at some ``depth``, and asked no more than ``below`` deeper.
    """

    answer: Answer
    asked: int
    met: int
    depth: int
    below: int


class Recursion(Generic[Answer]):
    """Answers to questions about subjects, which may ask about others, no deeper than ``limit`` within each other."""

    def __init__(self, silent: Answer, limit: int) -> None:
        self.silent = silent
        self.limit = limit
        self._known: dict[Hashable, list[Kept[Answer]]] = {}
        self._bits: dict[Hashable, int] = {}
        self._under_way = 0
        self._depth = 0
        self._asked = 0
        self._deepest = 0

    def run(self, subject: Hashable, question: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer to a question about a subject; ``silent`` where it is asked about by itself, or too deep."""
        bit = self._bits.setdefault(subject, 1 << len(self._bits))
        depth, under_way = self._depth, self._under_way
        self._asked |= bit
        self._deepest = max(self._deepest, depth)
        if under_way & bit or depth > self.limit:
            return self.silent
        known = self._known.setdefault(question, [])
        kept = next((one for one in known if self._holds(one)), None)
        if kept is None and depth and len(known) >= MAX_ANSWERS:
            kept = known[0]
        if kept is None:
            kept = self._computed(bit, compute)
            known.append(kept)
        self._asked |= kept.asked
        self._deepest = max(self._deepest, depth + kept.below)
        return kept.answer

    def _holds(self, kept: Kept[Answer]) -> bool:
        if kept.asked & self._under_way != kept.met:
            return False
        return kept.depth == self._depth or max(kept.depth, self._depth) + kept.below <= self.limit

    def _computed(self, bit: int, compute: Callable[[], Answer]) -> Kept[Answer]:
        around, depth = (self._under_way, self._asked, self._deepest), self._depth
        self._under_way, self._asked, self._deepest, self._depth = around[0] | bit, 0, depth, depth + 1
        try:
            answer = compute()
            return Kept(answer, self._asked, self._asked & around[0], depth, self._deepest - depth)
        finally:
            self._under_way, self._asked, self._deepest = around
            self._depth = depth
