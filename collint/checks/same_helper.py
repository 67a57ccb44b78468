"""Values that one helper agrees on over whichever groups there are, before it issues the events in question as well.

``reduce(count)`` uses the attention groups where they have several ranks, else the tensor-parallel group, and so does
``reduce(outcomes)`` behind a test of what the first made of the count. Which groups there are is not asked.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.doubts import parting
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.sequences.mismatch import Mismatch
from collint.uniformity.agreements import agrees_on
from collint.uniformity.states import State, Variation


def is_agreed_by_same_helper(context: Context, body: Body, mismatch: Mismatch, variation: Variation) -> bool:
    """Whether the value went through a call of the function that issues the events, which reduces it in place."""
    origins = parting(mismatch)
    helpers = set.intersection(*(set(origin.via) for origin in origins)) if origins else set()
    return any(
        len(state.stack) == 1
        and state.stack[0][0] == body.id
        and state.body.partition(":")[2] in helpers
        and _reduces(context, state, mismatch)
        for state in variation.path
    )


def _reduces(context: Context, state: State, mismatch: Mismatch) -> bool:
    """Whether a state is what a helper leaves in one of its arguments, having agreed on it over the group at hand."""
    helper = context.program.body(state.body)
    if helper is None:
        return False
    names = {name for name, node in helper.values.finals.items() if node == state.node}
    for site in helper.values.calls:
        row = context.meanings.of_call(helper, site.node).collective
        if row is None or not agrees_on(row, "data") or not row.payload:
            continue
        payload = context.meanings.argument(helper, site.node, row.payload[0])
        if payload is None or not names & {str(helper.values[leaf].label) for leaf in leaves(helper, payload)}:
            continue
        if set(context.groups.of_collective(helper, site.node, row)) & set(mismatch.communicators):
            return True
    return False
