"""One step of the backward walk through an operator: comparisons, arithmetic, membership, ``and`` and ``or``.

Calls of functions that do the same are not here: packs describe them, see :mod:`collint.uniformity.calls`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.expressions import Attr
from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.linking.keys import ZERO
from collint.linking.program import Body
from collint.linking.references import ClassIs, ExternalIs, ModuleIs
from collint.uniformity.lone import alone_after
from collint.uniformity.states import HIGH, LOW, MEDIUM, Born, Next, Outcome, State, together

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

NONE_TESTS = frozenset({"is", "is not", "==", "!="})
# Names of a process's place in the whole job; that in a group of others is negative where it is no member.
RANKS = frozenset({"rank", "local_rank", "global_rank", "node_rank", "world_rank", "_rank", "_local_rank"})
SET_OPERATORS = frozenset({"|", "&", "-", "^"})
ELEMENTWISE = frozenset("+ - * / // % ** @ & | ^ << >> == != < <= > >= neg pos ~".split())


class Operations:
    """Transfer functions of operators."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What the result of an operator depends on."""
        if state.side == "data" and value.label in NONE_TESTS and self._tests_none(body, value):
            if self.flow.presence.is_lazily_made(body, value.arguments[0]):
                return
            yield from self.flow.all(state, value.arguments, "presence")
        elif state.side == "data" and (self._asks_for_no_rank(body, value) or self._is_memo(body, value)):
            return
        elif state.side == "data" and value.label in ("is", "is not") and self._tells_objects(body, value):
            # Which object it is, not what it holds: contents that differ are a weak reason.
            for node in value.arguments:
                yield Next(replace(state, node=node), LOW)
        elif state.side == "data" and value.label in ("==", "!=") and self._compares_shapes(body, value):
            # Handed over together they are of one make: where one is longer, so is the other.
            for node in value.arguments:
                yield Next(replace(state, node=node), LOW)
        elif state.side == "data" and value.label == "not":
            yield Next(replace(state, node=value.arguments[0], truth=True))
        elif state.side == "data" and value.label in ("or", "and"):
            yield from self._junction(state, body, value)
        elif state.side == "data":
            # A quotient or remainder of a rank may single out one axis of the mesh, and which one is not known.
            coarse = value.label in ("//", "%")
            inside = replace(state, coarse=state.coarse or coarse)
            for place, node in enumerate(value.arguments):
                keys = place == 1 and value.label in ("in", "not in")
                yield Next(replace(inside, node=node, keys=keys), MEDIUM if coarse else HIGH)
            if value.label in ("in", "not in"):
                yield from self.flow.all(state, value.arguments[1:], "extent")
        elif state.side == "extent" and value.label in ELEMENTWISE:
            yield from self.flow.all(state, value.arguments)
            if value.label == "*":
                yield from self._repetition(state, body, value)
        elif value.label in ("or", "and"):
            yield from self.flow.all(state, value.arguments)
        elif state.side == "order" and value.label in SET_OPERATORS:
            yield from self.flow.all(state, value.arguments)
            if any(self._is_view(body, node) for node in value.arguments):
                line = value.span.line if value.span else body.function.span.line
                yield Born(self.flow.vocabulary.mesh_axes, "the order of a set", body.path, line, MEDIUM)

    def _is_view(self, body: Body, node: int) -> bool:
        """``d.keys()``: dicts keep their order, but what set operators make of their views is a set."""
        value = body.values[node]
        function = value.label.function if value.kind == "call" and isinstance(value.label, Call) else None
        return isinstance(function, Attr) and function.name in ("keys", "items") and len(value.arguments) == 1

    def _junction(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """``world_size > 1 or rank > 0``: what comes later is only asked as the first operands leave it."""
        agreed = state.agreed
        for node in value.arguments:
            yield Next(replace(state, node=node, agreed=agreed))
            agreed = together(agreed, alone_after(self.flow.conditions, body, node, value.label == "and"))

    def _tests_none(self, body: Body, value: Value) -> bool:
        """``x is None``: asks whether there is a value, not which."""
        return any(body.values[node].kind == "const" and body.values[node].label == "None" for node in value.arguments)

    def _tells_objects(self, body: Body, value: Value) -> bool:
        """``x is y``, where neither is a literal or a name of a class or module (``Mode.SERVE``)."""
        for node in value.arguments:
            operand = body.values[node]
            if operand.kind in ("const", "import", "function"):
                return False
            if operand.kind == "attr" and any(
                isinstance(ref, (ClassIs, ModuleIs, ExternalIs))
                for ref in self.flow.evaluator.of_value(body, operand.arguments[0])
            ):
                return False
        return True

    def _compares_shapes(self, body: Body, value: Value) -> bool:
        """``q.shape == k.shape``, of two values that the function was handed."""
        parts = [body.values[node] for node in value.arguments]
        return all(
            part.kind == "attr" and part.label == "shape" and body.values[part.arguments[0]].kind == "parameter"
            for part in parts
        )

    def _asks_for_no_rank(self, body: Body, value: Value) -> bool:
        """``local_rank == -1``, ``rank < 0``: asks whether there are ranks at all; none of a group is negative."""
        if value.label not in ("==", "!=", "<", ">="):
            return False
        rank, other = (self.flow.conditions.key(body, node) for node in value.arguments)
        negative = other == ("const", "-1") if value.label in ("==", "!=") else other == ZERO
        spelled = rank[0] in ("attr", "parameter", "global")
        named = str(rank[-1]).lower() in RANKS if spelled else rank == ("rank", "world")
        return negative and named

    def _is_memo(self, body: Body, value: Value) -> bool:
        """``if key not in seen: seen[key] = ...``: asks whether this is the first time, whatever the key."""
        if value.label not in ("in", "not in"):
            return False
        key = value.arguments[0]
        for other in body.values.nodes:
            if other.kind == "stored" and other.arguments[1] == key:
                return True
            received = other.kind == "after" and isinstance(other.label, Effect) and other.label.role == "receiver"
            if received and body.values[other.arguments[1]].arguments[1:] == (key,):
                return True
        return False

    def _repetition(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """``[x] * n``: a list as long as ``n`` says."""
        for own, other in (value.arguments, tuple(reversed(value.arguments))):
            if body.values[own].kind == "display":
                yield Next(replace(state, node=other, side="data"))
