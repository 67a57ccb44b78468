"""Run a function on every rank of a small world, once per setting of the conditions that its ranks share.

A world of ``size`` ranks is one instance of the group that the function speaks on. What a condition's truth is where
the run cannot tell is *chosen*, for all ranks alike, and every setting is tried: uniform choices stay open, as they do
for sequences. What varies over the group for another reason than the rank stops the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collint.linking.conditions import Conditions
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.record import Mutable, Record, field
from collint.worlds.trace import Said, Stopped, Trace

# A run makes at most this many steps per rank; a function is tried under at most this many settings.
MAX_STEPS = 2500
MAX_SETTINGS = 12
MAX_CHOICES = 8


class Setting(Mutable):
    """The truth of shared conditions, filled as the run asks for it."""

    chosen: dict[Key, bool] = field(default_factory=dict)

    def of(self, key: Key, *, preferred: bool = True) -> bool:
        """The truth of a condition, the same each time."""
        if key not in self.chosen:
            if len(self.chosen) >= MAX_CHOICES:
                raise Stopped("long")
            self.chosen[key] = preferred
        return self.chosen[key]


class Run(Record, frozen=True):
    """One setting of a world: each rank's trace, or why it could not be followed. ``visited`` are the bodies run.

    ``outside`` is the event that names a rank which the world does not have, and the rank that says it.
    """

    size: int
    setting: tuple[tuple[Key, bool], ...]
    traces: tuple[Trace, ...]
    stopped: str
    visited: frozenset[str]
    outside: tuple[int, Said] | None = None


class Knowledge(Mutable):
    """What runs ask of the rooms below: ``is_open(body, block)`` tells whether the ranks decide by themselves at the
    end of a block, or by what they heard from each other.

    ``speaks(function)`` tells whether a function can come to a send or receive; ``spent`` counts the steps of all runs.
    """

    conditions: Conditions
    is_open: Callable[[Body, int], bool]
    speaks: Callable[[str], bool]
    spent: int = 0


def runs(knowledge: Knowledge, body: Body, size: int) -> Iterator[Run]:
    """A run per setting of the shared conditions that come up, the settings with most truths first."""
    from collint.worlds.machine import Machine

    pending: list[dict[Key, bool]] = [{}]
    for _ in range(MAX_SETTINGS):
        if not pending:
            return
        fixed = pending.pop()
        setting = Setting(dict(fixed))
        traces, visited = [], set()
        stopped, outside = "", None
        for rank in range(size):
            machine = Machine(knowledge, setting, rank, size)
            try:
                machine.run(body)
            except Stopped as reason:
                stopped = stopped or reason.why
                outside = (rank, reason.said) if reason.said is not None else outside
            visited |= machine.visited
            traces.append(machine.trace)
            if stopped:
                break
        yield Run(size, tuple(setting.chosen.items()), tuple(traces), stopped, frozenset(visited), outside)
        fresh = [key for key in setting.chosen if key not in fixed]
        for position, key in enumerate(fresh):
            other = {**fixed, **{earlier: setting.chosen[earlier] for earlier in fresh[:position]}}
            pending.append({**other, key: not setting.chosen[key]})
