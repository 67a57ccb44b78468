"""Compare arms of a branch, and two functions run one after the other, where whole rank classes say too little.

What whole classes say is compared in :mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from collint.ir.dominance import post_dominators
from collint.ir.graph import BranchOn, normal_successors
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.automata import (
    Nondeterministic,
    TooLarge,
    common_word,
    determinise,
    difference,
    minimise,
    project,
)
from collint.sequences.events import YIELD, Letter
from collint.sequences.mismatch import MAX_STATES, Mismatch
from collint.sequences.summaries import Summaries
from collint.sequences.summary import OPEN, Summary


def parts_always(summaries: Summaries, body: Body, block: int, mismatch: Mismatch) -> bool:
    """Whether the arms of a branch never say the same on the communicator, whatever choices all ranks share."""
    end = body.graph.blocks[block].terminator
    assert isinstance(end, BranchOn)
    meet = post_dominators(body.graph)[block]
    stop = body.graph.exit if meet is None else meet
    choice = frozenset() if mismatch.uniform_choice is None else frozenset({mismatch.uniform_choice})

    def keep(letter: Letter) -> bool:
        return letter.communicators == mismatch.communicators and letter != YIELD

    try:
        arms = [project(summaries.between(body, arm, stop, choice), keep, MAX_STATES) for arm in (end.then, end.other)]
    except TooLarge:
        return False
    return not common_word(*arms)


def pair_is_balanced(summaries: Summaries, first: Body, second: Body, key: Key) -> bool:
    """Whether ``first`` followed by ``second`` says the same with the atom true and false."""
    try:
        sides = [
            minimise(
                determinise(
                    _joined(*(summaries.of_body(b, frozenset({(key, t)})) for b in (first, second))),
                    MAX_STATES,
                )
            )
            for t in (True, False)
        ]
    except TooLarge:
        return False
    return difference(sides[0], sides[1]) is None


def _joined(first: Summary, second: Summary) -> Nondeterministic[Letter]:
    """One summary after the other."""
    shift = len(first.machine.moves)
    edges: list[tuple[int, Letter | None, int]] = [(state, None, shift) for state in first.machine.accepting]
    for base, summary in ((0, first), (shift, second)):
        for state, row in enumerate(summary.machine.moves):
            edges.extend((base + state, letter, base + target) for letter, target in row.items())
    size = shift + len(second.machine.moves)
    return Nondeterministic(size, tuple(edges), frozenset(shift + state for state in second.machine.accepting))


def always_speaks(summaries: Summaries, body: Body, head: int, communicators: tuple[Communicator, ...]) -> bool:
    """Whether each turn of a loop has an event of a communicator, whatever choices all ranks share."""

    def keep(letter: Letter) -> bool:
        return letter.communicators == communicators and letter != YIELD

    inside = [f for f in normal_successors(body.graph, body.graph.blocks[head]) if head in body.graph.blocks[f].loops]
    try:
        turns = [project(summaries.between(body, first, head, OPEN), keep, MAX_STATES) for first in inside]
    except TooLarge:
        return False
    return not any(0 in turn.accepting for turn in turns)
