"""What two functions say, in the terms of one place, so that it can be compared.

Which functions stand in for each other is decided by the checks; how a difference is found is
:mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from collections.abc import Callable

from collint.linking.references import Communicator, Symbol
from collint.sequences.automata import Nondeterministic, determinise, minimise
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import Summary

MAX_STATES = 400


def renamed(summary: Summary, rename: Callable[[Letter], Letter]) -> Summary:
    """A summary with other letters. Raises :class:`~collint.sequences.automata.TooLarge`."""
    edges: tuple[tuple[int, Letter | None, int], ...] = tuple(
        (state, letter if letter == YIELD else rename(letter), target)
        for state, row in enumerate(summary.machine.moves)
        for letter, target in row.items()
    )
    machine = Nondeterministic(len(summary.machine.moves), edges, summary.machine.accepting)
    origins: dict[Letter, tuple[Origin, ...]] = {}
    for letter, places in summary.origins.items():
        other = letter if letter == YIELD else rename(letter)
        origins[other] = tuple(sorted({*origins.get(other, ()), *places}))
    return Summary(minimise(determinise(machine, MAX_STATES)), origins, summary.atoms, summary.opaque)


def ownerless(letter: Letter) -> Letter:
    """A letter whose groups are known by attribute name alone: ``self.group`` of two siblings is one group."""
    return Letter(letter.op, tuple(_ownerless(c) for c in letter.communicators), letter.arguments)


def _ownerless(communicator: Communicator) -> Communicator:
    group = communicator.group
    if isinstance(group, Symbol) and group.kind == "attribute":
        return Communicator(Symbol(group.kind, "", group.name), communicator.channel)
    return communicator
