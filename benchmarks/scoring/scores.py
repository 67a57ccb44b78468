"""How well a tool did: labelled places with what it said there, and the figures that follow from them.

A place counts as found at three levels: something was said in its file, at its lines, and by a rule that names its kind
of mistake. What is found is what a check shows by default. Where the labels come from is for the parts beside this
module; how figures are shown in :mod:`benchmarks.scoring.tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

NOTHING, FILE, LINE, CLASS = range(4)
SHOWN = ("high", "medium")
"""The confidences that a check shows unless it is asked for more or less."""


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled place: a mistake that must be found (``wanted``), or a place that must stay silent.

    ``subject`` is the line of the table that it counts for. ``level`` is how closely it was found by default, and
    ``quiet`` the same at any confidence.
    """

    id: str
    subject: str
    wanted: bool
    level: int
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool did in one part. ``noise`` are the shown findings that no label speaks of, in ``lines`` of code."""

    items: tuple[Item, ...]
    noise: int = 0
    lines: int = 0
    skipped: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and what follows from them. A fraction of nothing is None."""

    wanted: int = 0
    file: int = 0
    line: int = 0
    kind: int = 0
    quiet: int = 0
    silent: int = 0
    alarms: int = 0
    noise: int = 0
    lines: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def precision(self) -> float | None:
        """The share of places found among labelled places at which something was said."""
        return _share(self.line, self.line + self.alarms)

    @property
    def recall(self) -> float | None:
        """The share of mistakes found at their lines."""
        return _share(self.line, self.wanted)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where nothing is wanted, or nothing must stay silent."""
        precision, recall = self.precision, self.recall
        if recall is None or not (self.silent or self.alarms):
            return None
        return 0.0 if not precision or not recall else 2 * precision * recall / (precision + recall)

    @property
    def noise_rate(self) -> float | None:
        """Findings that no label speaks of, per thousand lines."""
        return _share(1000 * self.noise, self.lines)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def score(items: Iterable[Item], noise: int = 0, lines: int = 0) -> Score:
    """The counts over some places."""
    every = list(items)
    wanted = [item for item in every if item.wanted]
    return Score(
        wanted=len(wanted),
        file=sum(item.level >= FILE for item in wanted),
        line=sum(item.level >= LINE for item in wanted),
        kind=sum(item.level >= CLASS for item in wanted),
        quiet=sum(item.quiet >= LINE for item in wanted),
        silent=len(every) - len(wanted),
        alarms=sum(item.level > NOTHING for item in every if not item.wanted),
        noise=noise,
        lines=lines,
    )


def total(result: Result) -> Score:
    """The counts of a part."""
    return score(result.items, result.noise, result.lines)


def by_subject(result: Result) -> dict[str, Score]:
    """The counts of each line of a part's table, in the order of names."""
    subjects = sorted({item.subject for item in result.items})
    return {name: score(item for item in result.items if item.subject == name) for name in subjects}
