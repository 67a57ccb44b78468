"""Sends, receives, batches, waits and collectives of one rank's run: what is put into its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.ir.statements import Call
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Collective, PointToPoint
from collint.linking.binding import argument_at, is_spread
from collint.linking.meaning import called_name
from collint.worlds.trace import ANYONE, Kind, Said, Stopped
from collint.worlds.values import UNKNOWN, Half, Handle, Reference, Value, truth

if TYPE_CHECKING:
    from collint.worlds.machine import Frame, Machine

# Collectives in which no rank gets past before every rank has come.
MEETING = frozenset(
    "barrier monitored_barrier all_reduce all_gather all_gather_into_tensor all_gather_object reduce_scatter "
    "reduce_scatter_tensor all_to_all all_to_all_single".split()
)


class Events:
    """The events of one rank."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.meanings = machine.conditions.meanings

    def p2p(self, frame: Frame, node: int, step: Call, row: PointToPoint, arguments: list[Value]) -> Value:
        place = (frame.body.id, node)
        if row.direction == "batch":
            listed = arguments[0] if arguments else UNKNOWN
            return self._batch(listed, place)
        peer = self._peer(step, row, arguments)
        tag = self._named(step, arguments, "tag")
        if row.direction == "operation":
            direction = self._direction(arguments[0]) if arguments else ""
            if direction not in ("send", "receive"):
                raise Stopped("unknown")
            return Half(direction, peer, tag, place)  # type: ignore[arg-type]
        said = self._said(row.direction, peer, tag, place, called_name(step), blocks=row.blocking)
        self.machine.trace.said.append(said)
        return UNKNOWN if row.blocking else Handle((len(self.machine.trace.said) - 1,))

    def _said(self, direction: str, peer: Value, tag: Value, place: tuple[str, int], op: str, *, blocks: bool) -> Said:
        kind: Kind = "send" if direction == "send" else "receive"
        if peer is None and kind == "receive":
            peer = ANYONE
        elif isinstance(peer, bool) or not isinstance(peer, int):
            raise Stopped("unknown")
        known = tag if isinstance(tag, (int, str)) else 0 if tag is None else "?"
        said = Said(kind, op, place, peer, known, blocks, via=self._via(), loose=self.machine.loose())
        if peer != ANYONE and not 0 <= peer < self.machine.size:
            raise Stopped("outside", said)
        return said

    def _via(self) -> tuple[str, ...]:
        return tuple(frame.body.qualname for frame in self.machine.frames)

    def _batch(self, listed: Value, place: tuple[str, int]) -> Value:
        if not isinstance(listed, list) or not all(isinstance(half, Half) for half in listed):
            raise Stopped("unknown")
        said = self.machine.trace.said
        posted = []
        for half in listed:
            op = "isend" if half.direction == "send" else "irecv"
            said.append(self._said(half.direction, half.peer, half.tag, half.place, op, blocks=False))
            posted.append(len(said) - 1)
        return [Handle((index,)) for index in posted]

    def _direction(self, function: Value) -> str:
        if not isinstance(function, Reference):
            return ""
        row = self.meanings.of_refs(function.refs).p2p
        return row.direction if row is not None else ""

    def _peer(self, step: Call, row: PointToPoint, arguments: list[Value]) -> Value:
        for spelling in (row.peer, row.group_peer):
            position = argument_at(parse_argument(spelling), step.arguments) if spelling else None
            if position is not None and arguments[position] is not None:
                return arguments[position]
        if is_spread(step.arguments):
            return UNKNOWN
        if row.unnamed_peer == "next":
            return (self.machine.rank + 1) % self.machine.size
        if row.unnamed_peer == "previous":
            return (self.machine.rank - 1) % self.machine.size
        return None if row.direction == "receive" else UNKNOWN

    def _named(self, step: Call, arguments: list[Value], name: str) -> Value:
        for position, argument in enumerate(step.arguments):
            if argument.name == name:
                return arguments[position]
        return 0

    def wait(self, handle: Handle, place: tuple[str, int], step: Call) -> Value:
        self.machine.trace.said.append(Said("wait", called_name(step), place, awaited=handle.posted, via=self._via()))
        return UNKNOWN

    def collective(self, step: Call, row: Collective, place: tuple[str, int], arguments: list[Value]) -> None:
        handle = argument_at(parse_argument(row.handle_when), step.arguments) if row.handle_when else None
        returns_handle = handle is not None and truth(arguments[handle]) is not False
        if row.family not in MEETING or not row.blocking or returns_handle:
            return
        self.machine.trace.said.append(Said("meet", row.family, place, via=self._via()))
