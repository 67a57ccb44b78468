"""What a callee says, in the terms of one of its callers: its moves, and the places of its letters.

Where it goes in the caller's automaton is not known here, see :mod:`collint.sequences.builder`.
"""

from __future__ import annotations

from typing import Optional

from collint.linking.program import Body
from collint.project.decorators import is_cached_property
from collint.sequences.calls import Callee, CallEvents
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import Summary

# Edges between states from 0 on, and the places of each letter.
Translated = tuple[tuple[tuple[int, Optional[Letter], int], ...], tuple[tuple[Letter, tuple[Origin, ...]], ...]]


def translated(events: CallEvents, summary: Summary, body: Body, node: int, callee: Callee, doubt: int) -> Translated:
    """A summary as the call at ``node`` has it; all its accepting states lead on to one more, the last."""
    machine = summary.machine
    seen: dict[Letter, Letter | None]
    seen = {letter: events.translate(letter, body, node, callee) for letter in machine.letters}
    name = callee.function_id.partition(":")[2]
    facts = events.program.facts(callee.function_id)
    once = facts is not None and is_cached_property(facts)
    origins = tuple(
        [
            (
                seen.get(letter) or letter,
                tuple([Origin(o.path, o.line, (name, *o.via), max(o.doubt, doubt), once or o.once) for o in places]),
            )
            for letter, places in summary.origins.items()
        ]
    )
    if YIELD in seen:
        seen[YIELD] = None
    moves = [(state, seen[letter], target) for state, row in enumerate(machine.moves) for letter, target in row.items()]
    return (*moves, *[(state, None, len(machine.moves)) for state in machine.accepting]), origins
