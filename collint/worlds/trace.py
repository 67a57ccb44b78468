"""What a rank says, one after the other, in a run of a small world. Whether two ranks pair is not asked here."""

from __future__ import annotations

from typing import Literal

from collint.record import Mutable, Record, field

Kind = Literal["send", "receive", "wait", "meet"]
ANYONE = -1_000_000


class Said(Record, frozen=True):
    """One event of one rank.

    ``send`` and ``receive`` have a ``peer`` (``ANYONE`` for a receive that takes what comes) and a literal ``tag``;
    ``blocks`` is false for those that return a handle. ``wait`` waits for the events ``awaited`` of the same trace.
    ``meet`` is a collective that holds everybody. ``place`` is the body's id and the call's node, ``via`` the calls
    that led there. ``loose`` are the loops around it of which nobody knows how often they turn.
    """

    kind: Kind
    op: str
    place: tuple[str, int]
    peer: int = ANYONE
    tag: object = 0
    blocks: bool = True
    awaited: tuple[int, ...] = ()
    via: tuple[str, ...] = ()
    loose: tuple[tuple[str, int], ...] = ()


class Trace(Mutable):
    """All that one rank says; ``asked`` are the shared conditions that it came to and that were chosen for it."""

    rank: int
    said: list[Said] = field(default_factory=list)
    asked: set[object] = field(default_factory=set)


class Stopped(Exception):
    """The run cannot be followed to its end; ``why`` is one of unknown, local, raised, outside, long.

    ``said`` is the event that names a rank ``outside`` the world.
    """

    def __init__(self, why: str, said: Said | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.said = said
