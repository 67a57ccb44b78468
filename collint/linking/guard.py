"""Compute recursive answers once each, cyclic definitions included.

Within a cycle a definition adds nothing to itself; an answer found inside another's cycle may lack what the other will
add, so that it is not kept until the cycle is complete. The scheme is the bookkeeping of Tarjan's algorithm for
strongly connected components: ``low`` is the outermost computation under way that the current one has run into.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from typing import TypeVar

Answer = TypeVar("Answer")

# Deeper chains of definitions are cut: what lies behind them is taken as unknown.
MAX_DEPTH = 60
OUTSIDE = 1 << 30


class Guard:
    """One set of computations under way, shared by all who call each other."""

    def __init__(self) -> None:
        self._depth: dict[Hashable, int] = {}
        self._low = OUTSIDE

    def run(
        self, key: Hashable, known: MutableMapping[Hashable, Answer], empty: Answer, compute: Callable[[], Answer]
    ) -> Answer:
        """The answer for ``key``: from ``known``, else computed; ``empty`` where it is asked for by itself."""
        if key in known:
            return known[key]
        if key in self._depth:
            self._low = min(self._low, self._depth[key])
            return empty
        depth = len(self._depth)
        if depth > MAX_DEPTH:
            return empty
        self._depth[key] = depth
        before, self._low = self._low, OUTSIDE
        try:
            found = compute()
        finally:
            del self._depth[key]
            met, self._low = self._low, before
        if met >= depth:
            known[key] = found
        else:
            self._low = min(before, met)
        return found
