"""How many pairs of rank classes of one function are compared before it is left at that. Nothing is compared here."""

from __future__ import annotations

from collint.linking.keys import Key

Given = tuple[tuple[Key, bool], ...]

# A function with more pairs of classes than this is cut off and told of; the most met in vLLM 0.18.1 and Megatron-Core
# 0.16.1 is 76.
MAX_COMPARISONS = 240
# The same in blocks, for what a pair costs grows with the function; the most met there is 10,560. Divided among the
# functions that one calls, of which each may ask how its caller goes on; there the most met is 5,488, in vLLM 0.32.0.
MAX_BLOCKS_COMPARED = 40_000
# How much dearer a pair is that turns out too large: nothing is learnt from it.
TOO_LARGE_COSTS = 8


class Spending:
    """What was spent on one function, of ``blocks`` blocks, on behalf of whoever asks: itself, or one of ``askers``.

    All that it calls may ask about it, and what one of them may spend does not hang on who asked before.
    """

    def __init__(self, blocks: int, askers: int = 0) -> None:
        share = MAX_BLOCKS_COMPARED // max(blocks * max(askers, 1), 1)
        self._left = min(MAX_COMPARISONS, share if askers else max(share, 1))
        self._pairs: set[tuple[Key, Given]] = set()
        self._keys: set[Key] = set()

    def allows(self, pair: tuple[Key, Given]) -> bool:
        """Whether a pair may be looked at: one that was looked at before costs nothing."""
        return self._left > 0 or pair in self._pairs

    def leaves_out(self, key: Key) -> bool:
        """Whether no pair of an atom was looked at, nor will be."""
        return self._left <= 0 and key not in self._keys

    def spend(self, pair: tuple[Key, Given], too_large: bool) -> None:
        """Note that a pair was looked at."""
        if pair not in self._pairs:
            self._pairs.add(pair)
            self._keys.add(pair[0])
            self._left -= TOO_LARGE_COSTS if too_large else 1
