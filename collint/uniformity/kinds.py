"""One step of the backward walk to what chooses an object's class, or the function that a name leads to.

Only a choice between things of the classes in question counts: what a constructor is given makes no object of another
class, and neither does what a method does to it. Parameters, attributes, joins and what functions return are not here;
their modules ask here whether a choice matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from collint.ir.node import replace
from collint.ir.values import Value
from collint.linking.program import Body
from collint.linking.references import ClassIs, FunctionIs, ObjectIs, Ref
from collint.uniformity.states import Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

HANDING_ON = frozenset({"after", "stored", "awaited", "enter"})


class Kinds:
    """Transfer functions of the side *kind*."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What the kind of a value that is no parameter, name or attribute depends on."""
        parts = value.arguments
        if value.kind == "call":
            yield from self._called(state, body, value)
        elif value.kind in HANDING_ON:
            yield Next(replace(state, node=parts[0]))
        elif value.kind == "choose":
            yield from self.flow.all(state, parts[1:])
            if self.differ(state, body, parts[1:]):
                yield Next(self.decided(state, parts[0]))
        elif value.kind == "op":
            yield from self.flow.all(state, parts if value.label in ("or", "and") else ())
        elif value.kind == "display":
            yield from self.flow.all(state, parts)
        elif value.kind == "index":
            yield Next(replace(state, node=parts[0]))
            yield Next(self.decided(state, parts[1]))
        elif value.kind in ("element", "collected"):
            yield from (Next(self.decided(state, part)) for part in parts)

    def _called(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What a call makes: an object of the class that is called, or what the program's functions return."""
        function = value.arguments[0]
        if any(isinstance(ref, ClassIs) for ref in self.flow.evaluator.of_value(body, function)):
            yield Next(replace(state, node=function))
            return
        meaning = self.flow.meanings.of_call(body, state.node)
        for function_id, ref in meaning.functions:
            callee = self.flow.program.body(function_id)
            if callee is not None and isinstance(ref, FunctionIs):
                yield from self.flow.calls.enter(state, body, callee)

    def decided(self, state: State, node: int) -> State:
        """The contents of a value on which a choice depends."""
        return replace(state, node=node, side="data", kinds=())

    def differ(self, state: State, body: Body, nodes: Iterable[int]) -> bool:
        """Whether it matters which of some values is taken: some are of one kind in question, some of another."""
        found = {self._among(state, body, node) for node in nodes} - {frozenset()}
        return len(found) > 1

    def singles_out(self, state: State, body: Body, nodes: Iterable[int]) -> bool:
        """Whether these values are of one kind in question alone, so that whether they are taken at all may matter."""
        return len({kind for node in nodes for kind in self._among(state, body, node)}) == 1

    def _among(self, state: State, body: Body, node: int) -> frozenset[int]:
        """Which of the kinds in question a value may be of."""
        names = {name for ref in self.flow.evaluator.of_value(body, node) for name in _names(ref)}
        return frozenset(place for place, kind in enumerate(state.kinds) if names & set(kind))


def _names(ref: Ref) -> tuple[str, ...]:
    if isinstance(ref, ObjectIs):
        return (ref.class_id,)
    return (ref.id,) if isinstance(ref, (ClassIs, FunctionIs)) else ()
