"""What the rules that compare sequences have to say about the making of groups: COL501's words, and what was told.

The comparisons are in :mod:`collint.checks.divergence` and :mod:`collint.checks.loops`; ranks and order of a creation
in :mod:`collint.checks.group_creation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.findings import Event
from collint.sequences.events import CREATION

if TYPE_CHECKING:
    from collint.linking.program import Body
    from collint.sequences.mismatch import Mismatch

CREATES = "COL501"
CREATES_NAME = "divergent-group-creation"
CREATES_HELP = (
    "make every group on every rank, in one order, and keep the one that this rank is in; or pass "
    "use_local_synchronization=True where only the members are to make it"
)
EVERYBODY = "Every rank has to make every group, in one order, also those that it is not in."


def is_creation(mismatch: Mismatch) -> bool:
    """Whether the first thing that two classes do differently is to make a group."""
    sides = (mismatch.if_true, mismatch.if_false)
    return any(side.word[mismatch.at].op == CREATION for side in sides if len(side.word) > mismatch.at)


def tell(body: Body, events: tuple[Event, ...]) -> None:
    """Remember that the creations among these events were reported."""
    told: set[tuple[str, int]] = body.memo.setdefault("creations told", set())  # type: ignore[assignment]
    told.update((event.path, event.line) for event in events if event.op == CREATION)


def is_told(body: Body, line: int) -> bool:
    """Whether a creation on this line of a body was reported."""
    told: set[tuple[str, int]] = body.memo.get("creations told", set())  # type: ignore[assignment]
    return (body.path, line) in told
