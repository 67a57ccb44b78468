"""The engine with one of its ideas left out, to measure what that idea is worth.

Each is a :class:`collint.building.Engine` with a subclass in the place of one part; nothing here is a setting, and
``collint`` itself knows nothing of it. What is counted is in :mod:`benchmarks.scoreboard`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from collint.building import WHOLE, Engine
from collint.ir.graph import BranchOn
from collint.linking.conditions import Conditions
from collint.linking.groups import Communicators
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.sequences.calls import StandIns
from collint.sequences.compare import Comparison
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.mismatch import Mismatch, Side
from collint.sequences.summaries import Summaries
from collint.sequences.summary import OPEN, SILENT, Assumption, Summary
from collint.uniformity.agreements import Agreements
from collint.uniformity.flow import Flow
from collint.uniformity.query import Uniformity
from collint.uniformity.states import Axis, Born, State

Places = dict[Letter, tuple[Origin, ...]]


class OneBit(Uniformity):
    """No axes: a value is uniform or it is not. Any birth counts for any group, any agreement settles everything."""

    def _settled(self, state: State, over: frozenset[Axis]) -> bool:
        return bool(state.agreed)

    def _judge(self, born: Born, state: State, over: frozenset[Axis]) -> int | None:
        return None if state.agreed else born.confidence


class Uncompared(Comparison):
    """No rank classes: what a branch decides about counts as differing, whatever the other ranks say instead."""

    def mismatches(self, body: Body, key: Key, blocks: Sequence[int] = ()) -> list[Mismatch]:
        """One mismatch for each communicator with an event that one of ``blocks`` decides about."""
        controllers = body.controllers()
        inside = [number for number, above in enumerate(controllers) if any(block in above for block in blocks)]
        by_group: dict[tuple[Communicator, ...], Places] = {}
        for letter, origins in self.summaries.letters_in(body, inside).items():
            by_group.setdefault(letter.communicators, {})[letter] = origins
        speaks_if = self._truth(body, inside, blocks)
        return [self._guarded(group, by_group[group], speaks_if) for group in sorted(by_group, key=repr)]

    def _truth(self, body: Body, inside: Sequence[int], blocks: Sequence[int]) -> bool:
        """For which truth of the atom the events happen, as far as the first arm tells."""
        end = body.graph.blocks[blocks[0]].terminator if blocks else None
        if not isinstance(end, BranchOn):
            return True
        positive = self.summaries.conditions.atom(body, body.values.conditions[blocks[0]]).positive
        speaking = self.summaries.speaking_blocks(body) & {*inside}
        return (end.then in speaking or end.other not in speaking) == positive

    def _guarded(self, group: tuple[Communicator, ...], places: Places, speaks_if: bool) -> Mismatch:
        letter, origins = next((letter, origins) for letter, origins in places.items() if letter != YIELD)
        speaks, is_silent = Side((letter,), (origins,)), Side((), ())
        sides = (speaks, is_silent) if speaks_if else (is_silent, speaks)
        return Mismatch(group, *sides, 0, tuple(places.items()))

    def upheld(self, body: Body, key: Key, mismatch: Mismatch) -> bool:
        """Always: nothing is compared."""
        return True


class Apart(Summaries):
    """No summaries: a call says nothing but its own event."""

    def of_function(self, function_id: str, assumption: Assumption = OPEN, stand_ins: StandIns = ()) -> Summary:
        """Silence, whatever the function does."""
        return SILENT


class Unagreed(Flow):
    """No agreement: what an ``all_reduce`` returns varies as what it was given."""

    def __init__(self, conditions: Conditions) -> None:
        super().__init__(conditions)
        self.agreements = _NoAgreements(self)


class _NoAgreements(Agreements):
    def agreed_axes(self, communicators: Communicators, state: State) -> frozenset[Axis]:
        """None."""
        return frozenset()


FULL = "collint"
ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        FULL: WHOLE,
        "no axes": Engine(uniformity=OneBit),
        "no rank classes": Engine(comparison=Uncompared),
        "no summaries": Engine(summaries=Apart),
        "no agreement": Engine(flow=Unagreed),
    }
)
"""Every engine that is measured, by the name that tables show."""
