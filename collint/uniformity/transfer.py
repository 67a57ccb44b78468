"""One step of the backward walk through a call whose callee is outside the program: pack rows, else side by side.

A row says which argument's data is the result's extent and the like. Calls that give birth to variation, or that agree,
are not here, see :mod:`collint.uniformity.calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.rows import Transfer
from collint.linking.arrays import is_array
from collint.linking.members import PROCESS_GROUP
from collint.linking.program import Body
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Next, Outcome, State, together

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow


class Transfers:
    """Transfer functions of outside calls."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.meanings = flow.meanings

    def outcomes(self, state: State, body: Body, value: Value, row: Transfer) -> Iterator[Outcome]:
        """What the result of a call depends on, as its row says."""
        if row.nothing or (state.side == "presence" and not row.same):
            return

        def places(spellings: tuple[str, ...]) -> tuple[int, ...]:
            found = (self.meanings.argument(body, state.node, spelling) for spelling in spellings)
            return tuple(place for place in found if place is not None)

        state = replace(state, part=False)  # what packs describe is no object of an unknown kind
        if row.same:
            yield from self.flow.all(state, places((row.same,)))
            return
        special = set(places(row.extent_from_data + row.data_from_extent + row.extent_only))
        if row.only:
            special |= set(value.arguments) - set(places(row.only))
        if state.side == "data":
            yield from self.flow.all(state, places(row.data_from_extent), "extent")
            # Only a method of an array shows that its receiver is one: sum() and any() take lists of anything.
            method = state.read or row.name.startswith(".") or "Tensor" in row.name
            for place in places(row.reads):
                read = method or is_array(self.meanings, body, place)
                yield from self.flow.all(replace(state, read=read), (place,))
            if not row.fresh:
                yield from self.unknown(state, body, value, special | set(places(row.reads)))
        elif state.side == "extent" and not row.fixed_extent:
            if _is_offset_range(body, value, row):
                yield Next(replace(state, node=body.values[value.arguments[2]].arguments[1], side="data"))
                return
            if row.keeps or row.joins:
                yield from self._shaped(state, body, row, places)
                return
            yield from self.flow.all(state, places(row.extent_from_data), "data")
            # How many entries are picked is as good as reading them, even where Python never sees one.
            yield from self.flow.all(replace(state, read=True), places(row.shape_from_data), "data")
            yield from self.flow.all(state, places(row.extent_only), "extent")
            if not row.fresh or row.extent_only:
                yield from self.unknown(state, body, value, special)

    def _shaped(
        self, state: State, body: Body, row: Transfer, places: Callable[[tuple[str, ...]], tuple[int, ...]]
    ) -> Iterator[Outcome]:
        """The extent of a call that keeps, reduces, pads, splits or joins the extents of its arguments."""
        if row.splits:
            yield from self.flow.all(state, places((row.splits,)), "data")
            return
        if row.reduces and not places((row.reduces,)):
            return
        yield from self.flow.all(state, places(row.keeps))
        if row.pads:
            yield from self.flow.all(state, places((row.pads,)), "data")
        for node in places(row.joins):
            items = body.values[node].arguments if body.values[node].kind == "display" else (node,)
            yield from self.flow.all(state, items)

    def unknown(self, state: State, body: Body, value: Value, besides: Collection[int] = ()) -> Iterator[Outcome]:
        """A call nobody knows: the receiver's and the arguments' sides, each to its own.

        An object that such a call made of a rank is another one on each rank; whether an attribute of it differs is
        anybody's guess.
        """
        function = body.values[value.arguments[0]]
        confidence = LOW if state.part else MEDIUM if len(value.arguments) > 1 else HIGH
        receiver = function.arguments[0] if function.kind == "attr" else None
        if receiver is not None and receiver not in besides and not self._is_module(body, receiver):
            only = function.label == "keys" and state.side == "data" and len(value.arguments) == 1
            agreed = together(state.agreed, self._of_group(state, body, receiver))
            asked = replace(state, node=receiver, truth=False, agreed=agreed)
            yield Next(replace(asked, part=not only, keys=only or state.keys), HIGH)
            if only:
                yield Next(replace(asked, side="extent", part=True), HIGH)
        named = _keyword(value, state.entry) if state.entry else None
        if named is not None:
            yield Next(replace(state, node=named, entry=""), confidence)
            return
        meaning = self.meanings.of_call(body, state.node)
        guessed = state.guessed or (meaning.transfer is None and meaning.agreement is None)
        part = state.part or function.label == "getattr"
        inside = replace(state, part=part, keys=False, truth=False, guessed=guessed)
        for node in value.arguments[1:]:
            if node not in besides:
                certain = state.side == "data" and not self._is_tensor(body, node)
                yield Next(replace(inside, node=node), confidence if certain else LOW)

    def _of_group(self, state: State, body: Body, node: int) -> frozenset[Axis]:
        """The axes of a process group that is asked something: its members get one answer."""
        refs = self.flow.evaluator.of_value(body, node)
        if not refs or any(getattr(ref, "class_name", "") != PROCESS_GROUP for ref in refs):
            return frozenset()
        return self.flow.agreements.agreed_axes(self.flow.groups.of_value(body, node), state)

    def _is_tensor(self, body: Body, node: int) -> bool:
        """Whether a value is declared to be a tensor: most that is asked of one is its shape, not what it holds."""
        refs = self.flow.evaluator.of_value(body, node)
        return any(name.endswith("Tensor") for ref in refs for name in self.flow.declared.classes(ref))

    def _is_module(self, body: Body, node: int) -> bool:
        refs = self.flow.evaluator.of_value(body, node)
        return any(type(ref).__name__ in ("ModuleIs", "ExternalIs", "ClassIs") for ref in refs)


def _keyword(value: Value, name: str) -> int | None:
    """The argument that a call is handed under a quoted ``name``: what makes objects keeps it there (``dict(a=1)``)."""
    call = value.label
    assert isinstance(call, Call)
    for position, argument in enumerate(call.arguments):
        if argument.name is not None and argument.name == name[1:-1]:
            return value.arguments[1 + position]
    return None


def _is_offset_range(body: Body, value: Value, row: Transfer) -> bool:
    """``range(start, start + n)``: as long as ``n`` says, wherever it starts."""
    if row.name != "builtins.range" or len(value.arguments) != 3:
        return False
    stop = body.values[value.arguments[2]]
    return stop.kind == "op" and stop.label == "+" and stop.arguments[0] == value.arguments[1]
