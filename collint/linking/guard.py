"""Compute recursive answers once each, cyclic definitions included.

Within a cycle a definition adds nothing to itself; an answer found inside another's cycle may lack what the other will
add, so that it is not kept until the cycle is complete. The scheme is the bookkeeping of Tarjan's algorithm for
strongly connected components: ``low`` is the outermost computation under way that the current one has run into.

Answers that are not kept are worked out again on each way to them, of which a dense cycle has more than can be walked.
Past a number of steps the answers inside the cycle are therefore taken as they are, and kept with it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from collint.project.steps import Answers

Answer = TypeVar("Answer")

# Deeper chains of definitions are cut: what lies behind them is taken as unknown.
MAX_DEPTH = 60
# Steps of one outermost question after which what a cycle has answered once is not worked out again.
MAX_STEPS = 2_000
OUTSIDE = 1 << 30


class Guard:
    """One set of computations under way, shared by all who call each other."""

    def __init__(self) -> None:
        self._answers: dict[Any, Any] = {}
        self._depth: dict[Hashable, int] = {}
        self._low = OUTSIDE
        self._steps = 0
        self._taken: dict[tuple[int, Hashable], tuple[Answers[Hashable, Any], Any, int]] = {}

    def run(
        self, key: Hashable, known: Answers[Hashable, Answer], empty: Answer, compute: Callable[[], Answer]
    ) -> Answer:
        """The answer for ``key``: from ``known``, else computed; ``empty`` where it is asked for by itself."""
        settled = known.look_up(key)
        if settled is not None:
            return settled
        under_way = self._depth.get(key)
        if under_way is not None:
            self._low = min(self._low, under_way)
            return empty
        taken = self._taken.get((id(known), key)) if self._taken else None
        if taken is not None:
            self._low = min(self._low, taken[2])
            return taken[1]  # type: ignore[no-any-return]
        depth = len(self._depth)
        if depth > MAX_DEPTH:
            return empty
        self._steps = self._steps + 1 if depth else 0
        self._depth[key] = depth
        before, self._low = self._low, OUTSIDE
        try:
            with known.finding(key):
                found = compute()
        finally:
            del self._depth[key]
            met, self._low = self._low, before
        if met >= depth:
            found = known[key] = self._answers.setdefault(found, found)  # there are far fewer answers than questions
            if self._taken:
                self._keep(depth)
        else:
            self._low = min(before, met)
            if self._steps > MAX_STEPS:
                self._taken[(id(known), key)] = (known, found, met)
        return found

    def _keep(self, depth: int) -> None:
        """Keep what was taken as it is inside a cycle that is complete now."""
        for place, (known, found, met) in list(self._taken.items()):
            if met >= depth:
                known.setdefault(place[1], found)
                del self._taken[place]
