"""Calls of what ``functools.partial`` made in the same function: both calls' arguments are one call's.

A partial that was made elsewhere is not followed here: which arguments it binds is not seen at the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.ir.expressions import Argument
from collint.ir.statements import Call
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import ExternalIs

if TYPE_CHECKING:
    from collint.linking.evaluate import Evaluator

PARTIAL = ExternalIs("functools.partial")
Given = tuple[Argument, int]


def partial_call(evaluator: Evaluator, body: Body, node: int) -> int | None:
    """The ``partial(...)`` whose result the call at ``node`` calls; None when it calls anything else."""
    made = leaves(body, body.values[node].arguments[0])
    if len(made) != 1 or body.values[made[0]].kind != "call":
        return None
    return made[0] if PARTIAL in evaluator.of_value(body, body.values[made[0]].arguments[0]) else None


def given_arguments(evaluator: Evaluator, body: Body, node: int) -> list[Given]:
    """The arguments that the function called at ``node`` gets, with their nodes, those of a partial included."""
    value = body.values[node]
    assert isinstance(value.label, Call)
    later = list(zip(value.label.arguments, value.arguments[1:], strict=True))
    made = partial_call(evaluator, body, node)
    if made is None:
        return later
    maker = body.values[made]
    assert isinstance(maker.label, Call)
    named = {argument.name for argument, _ in later}
    bound = list(zip(maker.label.arguments, maker.arguments[1:], strict=True))[1:]
    first = [pair for pair in bound if pair[0].name is None]
    return [*first, *later, *(pair for pair in bound if pair[0].name is not None and pair[0].name not in named)]
