"""What an answer rests on: questions to the index, and other answers.

An answer that is kept for a run is found once, but whoever asks for it later rests on all that it was made of: each
answer has its own step, and steps lead to each other, in cycles where definitions do. This is the bookkeeping of
incremental computation (Adapton, Hammer et al., PLDI 2014), of which only what changes may concern is used: from a
question back to the answers that rest on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, Union

if TYPE_CHECKING:
    from collint.project.asked import Asked

Question = tuple[str, ...]
"""Its kind, and what it names."""


class Step(dict[Union[Question, int, "Step"], None]):
    """What one answer rests on, in order: questions, those of an earlier run by their marks, and steps.

    It is equal to no other.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__


Steps = dict[Any, Step]
"""By what was asked."""
Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Answers(dict[Key, Answer]):
    """Answers that are kept for the run, by what was asked."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._steps = asked.book()

    def look_up(self, key: Key) -> Answer | None:
        """The answer, if it is known; whoever asks rests on it from now on."""
        if self._asked.is_on:
            self._asked.rest_on(self.step(key))
        return self.get(key)

    def step(self, key: Key) -> Step:
        """What an answer rests on, as far as it was noted."""
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = Step()
        return found

    @contextmanager
    def finding(self, key: Key) -> Iterator[None]:
        """While an answer is being found. That whoever asks rests on it is not noted here."""
        if not self._asked.is_on:
            yield
            return
        before = self._asked.enter(self.step(key))
        try:
            yield
        finally:
            self._asked.leave(before)
