"""Operations that leave each rank something of its own: a part of what others sent, or what one of them meant for it.

What an operation makes equal instead is in :mod:`collint.uniformity.agreements`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.statements import Call
from collint.ir.values import Effect
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Collective, PointToPoint
from collint.linking.binding import argument_at
from collint.linking.groups import Communicators
from collint.linking.program import Body
from collint.uniformity.states import LOW, MEDIUM, Born, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Families whose outcome stays different on each rank even if all inputs are equal. Of tensors that counts once Python
# reads what is in them; what came as an object is read as it is.
OF_TENSORS = frozenset(
    "reduce_scatter reduce_scatterv reduce_scatter_tensor scatter all_to_all all_to_all_single gather reduce".split()
)
OF_OBJECTS = frozenset({"scatter_object_list"})


class Parts:
    """Variation that is born where an operation hands out parts."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.groups = flow.groups
        self.meanings = flow.meanings

    def of_result(self, state: State, body: Body, call: int, row: Collective) -> Iterator[Born]:
        """What the result of a collective holds that is this rank's own."""
        if _counts(state, row):
            yield self._born(state, body, call, self.groups.of_collective(body, call, row), row.family)

    def of_argument(self, state: State, body: Body, call: int, effect: Effect) -> Iterator[Born]:
        """What an argument holds of this rank's own after a call: a part of what was handed out, or a message.

        Who sent a message may have sent all others the same, so that it is a weak reason.
        """
        meaning = self.meanings.of_call(body, call)
        site = body.values[call].label
        if not isinstance(site, Call) or effect.role != "argument" or state.side != "data":
            return
        row = meaning.collective
        if row is not None and _counts(state, row) and _is_output(row, site, effect):
            yield self._born(state, body, call, self.groups.of_collective(body, call, row), row.family)
        message = meaning.p2p
        if message is not None and state.read and _is_received(message, site, effect):
            axes = self.flow.agreements.agreed_axes(self.groups.of_message(body, call, message), state)
            yield Born(axes, "what another rank sent this one", body.path, _line(body, call), LOW)

    def _born(self, state: State, body: Body, call: int, over: Communicators, family: str) -> Born:
        axes = self.flow.agreements.agreed_axes(over, state)
        return Born(axes, f"this rank's part of a {family}", body.path, _line(body, call), MEDIUM)


def _counts(state: State, row: Collective) -> bool:
    return state.side == "data" and ((row.family in OF_TENSORS and state.read) or row.family in OF_OBJECTS)


def _is_output(row: Collective, site: Call, effect: Effect) -> bool:
    """Whether an argument is none of those that only say what is sent, how, and to whom."""
    inputs = (*row.payload, *row.sizes, row.group, row.root, row.group_root, row.reduce_op, row.handle_when)
    return effect.position not in {
        argument_at(parse_argument(spelling), site.arguments) for spelling in inputs if spelling
    }


def _is_received(row: PointToPoint, site: Call, effect: Effect) -> bool:
    places = {argument_at(parse_argument(spelling), site.arguments) for spelling in row.payload}
    return row.direction == "receive" and effect.position in places


def _line(body: Body, call: int) -> int:
    span = body.values[call].span
    return span.line if span is not None else body.function.span.line
