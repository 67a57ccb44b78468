"""What an operation makes equal on the ranks of its group: over which axes, and which sides of which values.

That a walk goes on behind an agreement, with these axes set aside, is not here but in
:mod:`collint.uniformity.calls`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from collint.ir.statements import Call
from collint.ir.values import Effect
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Agreement, Collective
from collint.linking.binding import argument_at
from collint.linking.groups import Communicators
from collint.linking.meaning import Meaning
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.uniformity.states import Axis, Side, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow


class Agreements:
    """Axes over which values are equal after collectives and declared agreements."""

    def __init__(self, flow: Flow) -> None:
        self.groups = flow.groups
        self.meanings = flow.meanings
        self.program = flow.program

    def agreed_axes(self, communicators: Communicators, state: State) -> frozenset[Axis]:
        """The axes over which an agreement holds, whichever of the alternatives it ran on.

        A group that the callee was handed is the one at the call through which the walk came in.
        """
        sets = [self.groups.axes(communicator) for communicator in self.outward(communicators, state)]
        if not sets:
            return frozenset()
        return frozenset.intersection(*sets) | either(frozenset.union(*sets) if len(sets) > 1 else frozenset())

    def where(self, body: Body, call: int, meaning: Meaning) -> Communicators:
        """The communicators that a collective, or an agreement of the program, runs on."""
        if meaning.collective is not None:
            return self.groups.of_collective(body, call, meaning.collective)
        return self.groups.of_agreement(body, call, meaning)

    def outward(self, communicators: Communicators, state: State) -> Communicators:
        """A callee's communicators in the terms of the body where the walk began."""
        inner = self.program.body(state.body)
        for caller_id, node in reversed(state.stack):
            caller = self.program.body(caller_id)
            if caller is None or inner is None:
                break
            if caller.values[node].kind != "call":  # an object was iterated: nothing was handed over
                inner = caller
                continue
            ref = next((r for f, r in self.meanings.of_call(caller, node).functions if f == inner.id), None)
            if ref is not None:
                communicators = frozenset(
                    found for c in communicators for found in self.groups.substitute(c, caller, node, inner, ref)
                )
            inner = caller
        return communicators

    def agreed_by(self, state: State, body: Body, node: int) -> frozenset[Axis]:
        """The axes over which the operation that made a value, or changed it last, made it equal."""
        value = body.values[node]
        if value.kind == "index" or value.kind == "attr":
            return self.agreed_by(state, body, value.arguments[0])
        effect = value.label if value.kind == "after" else None
        call = value.arguments[1] if value.kind == "after" else node
        if body.values[call].kind != "call":
            return frozenset()
        meaning = self.meanings.of_call(body, call)
        row = meaning.collective or meaning.agreement
        site = body.values[call].label
        if row is None or not isinstance(site, Call) or not agrees_on(row, state.side):
            return frozenset()
        if isinstance(effect, Effect) and not (effect.role == "argument" and is_agreed(row, site, effect)):
            return frozenset()
        if effect is None and "result" not in row.agrees:
            return frozenset()
        return self.agreed_axes(self.where(body, call, meaning), state)


@cache
def either(axes: frozenset[Axis]) -> frozenset[Axis]:
    """What stands for an agreement over one of several groups, none of which is known: whichever it was.

    An operation that may run on just these groups was handed the same one, as far as can be known.
    """
    if len(axes) < 2 or not all(isinstance(axis, Symbol) for axis in axes):
        return frozenset()
    return frozenset({Symbol("either", "|".join(sorted(map(repr, axes))), "")})


def is_agreed(row: Collective | Agreement, site: Call, effect: Effect) -> bool:
    """Whether an operation makes the argument that it may change equal."""
    for spelling in row.agrees:
        reference = parse_argument(spelling)
        if reference.role == "argument" and argument_at(reference, site.arguments) == effect.position:
            return True
    return False


def agrees_on(row: Collective | Agreement, side: Side) -> bool:
    """Which sides of a value an operation makes equal: of an object all of them, of a tensor its contents.

    Gathered tensors are laid end to end on every rank alike, so that their extent is equal too.
    """
    if side == "data" or isinstance(row, Agreement):
        return True
    return "object" in row.family or "dict" in row.family or (row.gathers and side == "extent")
