"""Two summaries with the arguments of their events cut to what both sides know.

Which arguments an event has is not known here, nor whether the summaries differ: see :mod:`collint.sequences.calls` and
:mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from collections.abc import Mapping

from collint.linking.references import Communicator
from collint.sequences.automata import Nondeterministic, determinise, minimise
from collint.sequences.events import Letter, Origin
from collint.sequences.summary import Summary

MAX_STATES = 400


def alike(first: Summary, second: Summary) -> tuple[Summary, Summary]:
    """Drop an argument (a root, a reduction) that some events of a kind leave open: it may be equal everywhere."""
    known: dict[tuple[str, tuple[Communicator, ...]], set[str] | None] = {}
    for letter in (*first.machine.letters, *second.machine.letters):
        names = {argument.partition("=")[0] for argument in letter.arguments}
        kind = (letter.op, letter.communicators)
        before = known.get(kind)
        known[kind] = names if before is None else before & names
    return tuple(_reduced(summary, known) for summary in (first, second))  # type: ignore[return-value]


def _reduced(summary: Summary, known: Mapping[tuple[str, tuple[Communicator, ...]], set[str] | None]) -> Summary:
    def cut(letter: Letter) -> Letter:
        names = known.get((letter.op, letter.communicators)) or set()
        kept = tuple(argument for argument in letter.arguments if argument.partition("=")[0] in names)
        return letter if kept == letter.arguments else Letter(letter.op, letter.communicators, kept)

    if all(cut(letter) is letter for letter in summary.machine.letters):
        return summary
    edges: tuple[tuple[int, Letter | None, int], ...] = tuple(
        (state, cut(letter), target)
        for state, row in enumerate(summary.machine.moves)
        for letter, target in row.items()
    )
    blurred = Nondeterministic(len(summary.machine.moves), edges, summary.machine.accepting)
    origins: dict[Letter, tuple[Origin, ...]] = {}
    for letter, places in summary.origins.items():
        origins[cut(letter)] = tuple(sorted({*origins.get(cut(letter), ()), *places}))
    return Summary(minimise(determinise(blurred, MAX_STATES)), origins, summary.atoms, summary.opaque)
