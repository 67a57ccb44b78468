"""Where the silent moves of an automaton lead: the closure of each state, as a set of bits.

The states on the way are looked at in postorder, so that what a state leads to is complete before it. Only where
silence leads in cycles they are gone through again.
"""

from __future__ import annotations

from collections.abc import Mapping

Moves = Mapping[int, list[int]]


def closure(state: int, silent: Moves, known: dict[int, int]) -> int:
    """The states that silence leads to from one, kept in ``known`` with the closures of all on the way."""
    if state in known:
        return known[state]
    order = _postorder(state, silent, known)
    in_cycles = False
    for current in order:
        found = 1 << current
        for target in silent.get(current, ()):
            further = known[target]
            found |= further
            in_cycles = in_cycles or not further
        known[current] = found
    while in_cycles:  # each round but the last adds a state to some closure
        in_cycles = False
        for current in order:
            found = known[current]
            for target in silent.get(current, ()):
                found |= known[target]
            if found != known[current]:
                known[current], in_cycles = found, True
    return known[state]


def _postorder(start: int, silent: Moves, known: dict[int, int]) -> list[int]:
    """The states on the way that were not known, each after all that it leads to but for cycles; known to be empty."""
    known[start] = 0
    order: list[int] = []
    path = [(start, iter(silent.get(start, ())))]
    while path:
        state, following = path[-1]
        for target in following:
            if target in known:
                continue
            if target in silent:
                known[target] = 0
                path.append((target, iter(silent[target])))
                break
            known[target] = 1 << target
        else:
            path.pop()
            order.append(state)
    return order
