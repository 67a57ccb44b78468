"""One step of the backward walk through a subscript: components of tuples, slices, look-ups by a key.

What a container that several functions fill holds is not here, see :mod:`collint.uniformity.mutations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from collint.ir.expressions import Const
from collint.ir.values import Value
from collint.linking.members import constant_index
from collint.linking.program import Body
from collint.uniformity.states import Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow


class Subscripts:
    """Transfer functions of subscripts."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What ``base[index]`` depends on: one component where it is known, else the base and the index."""
        base, index = value.arguments
        label = body.values[index].label
        constant = body.values[index].kind == "const" and isinstance(label, str)
        keyed = self.flow.declared.keyed(state, body, base, str(label)) if constant else None
        if keyed is not None:
            yield from keyed
            return
        position = constant_index(Const(str(label))) if constant else None
        parts = self._components(body, base, position) if position is not None else None
        if parts is not None:
            for leaf in parts:
                if body.values[leaf].kind == "call":
                    yield from self.flow.calls.component(state, body, leaf, position or 0)
                else:
                    yield Next(replace(state, node=body.values[leaf].arguments[position or 0]))
            return
        yield Next(replace(state, node=base))
        if state.side == "data" and body.values[index].kind != "slice":
            yield Next(replace(state, node=index))
        elif body.values[index].kind == "slice":
            lower, upper, step = body.values[index].arguments
            width = slice_width(body, lower, upper)
            yield from self.flow.all(state, (lower, upper, step) if width is None else (width, step), "data")
        elif not constant and state.side == "extent":
            yield Next(replace(state, node=index, side="extent"))

    def _components(self, body: Body, base: int, position: int) -> list[int] | None:
        """The literals and tuple-returning calls that a value may be; None when it may be anything else.

        A value that a call or store has changed since is not what its display says.
        """
        found, work, seen = [], [base], {base}
        while work:
            current = work.pop()
            value = body.values[current]
            if value.kind in ("phi", "choose"):
                fresh = [node for node in value.arguments[value.kind == "choose" :] if node not in seen]
                seen.update(fresh)
                work.extend(fresh)
            elif value.kind == "display" and value.label in ("tuple", "list") and position < len(value.arguments):
                if any(body.values[node].kind == "star" for node in value.arguments[: position + 1]):
                    return None
                found.append(current)
            elif value.kind == "call" and self.flow.calls.returns_tuple(body, current, position):
                found.append(current)
            else:
                return None
        return sorted(found)


def slice_width(body: Body, lower: int, upper: int) -> int | None:
    """The node that says how wide ``x[i * w : (i + 1) * w]`` or ``x[i : i + w]`` is, wherever it begins."""
    low, high = body.values[lower], body.values[upper]
    if high.kind != "op" or len(high.arguments) != 2:
        return None
    if high.label == "+" and lower in high.arguments:
        return high.arguments[1 - high.arguments.index(lower)]
    if high.label != "*" or low.kind != "op" or low.label != "*":
        return None
    for position, width in enumerate(high.arguments):
        following = body.values[high.arguments[1 - position]]
        if width in low.arguments and following.kind == "op" and following.label == "+":
            start = low.arguments[1 - low.arguments.index(width)]
            if start in following.arguments:
                return width
    return None
