"""Recursive answers: each once, cycles included, and dense cycles without walking every way through them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pytest

from collint.linking import guard
from collint.linking.guard import Guard
from collint.project.asked import Asked
from collint.project.steps import Answers

Definitions = Mapping[str, tuple[str, ...]]


class Reach:
    """What each name reaches, by the guard; ``computed`` counts the definitions that were worked out."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.guard = Guard()
        self.known: Answers[Hashable, frozenset[str]] = Answers(Asked())
        self.computed = 0

    def of(self, name: str) -> frozenset[str]:
        return self.guard.run(name, self.known, frozenset(), lambda: self._compute(name))

    def _compute(self, name: str) -> frozenset[str]:
        self.computed += 1
        return frozenset({name}).union(*(self.of(other) for other in self.definitions[name]))


def test_a_chain_is_answered_once_each() -> None:
    reach = Reach({"a": ("b", "b"), "b": ("c", "c"), "c": ()})
    assert reach.of("a") == {"a", "b", "c"}
    assert reach.computed == 3


def test_a_cycle_adds_nothing_to_itself_and_lacks_nothing() -> None:
    reach = Reach({"a": ("b",), "b": ("c", "a"), "c": ("b", "d"), "d": ()})
    assert {name: reach.of(name) for name in "abcd"} == {
        "a": {"a", "b", "c", "d"},
        "b": {"a", "b", "c", "d"},
        "c": {"a", "b", "c", "d"},
        "d": {"d"},
    }


def test_a_dense_cycle_is_not_walked_on_every_way() -> None:
    names = [f"n{number}" for number in range(40)]
    reach = Reach({name: tuple(names) for name in names})
    assert reach.of("n0") == set(names)
    assert reach.computed < 20 * guard.MAX_STEPS
    assert len(reach.known) > 1, "what the cycle has answered is kept with it"


def test_short_questions_are_answered_in_full_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_STEPS", 3)
    reach = Reach({"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b"), "x": ("y",), "y": ("x",)})
    assert reach.of("a") == {"a", "b", "c"}
    assert reach.of("x") == {"x", "y"} == reach.of("y")
