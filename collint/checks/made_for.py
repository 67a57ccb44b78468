"""Groups that are made only where a test holds: who fails the test is no member, and nobody waits for it.

Tests that ask for membership by themselves are :mod:`collint.checks.membership`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.provenance import calls_to, method_around
from collint.linking.keys import Key, is_global
from collint.linking.paths import way_to
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol

# Through how many calls the making of a group is followed upwards.
MAX_DEPTH = 3


def is_made_for(context: Context, body: Body, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether every place that makes the groups of an event stands behind the same answer to this test.

    ``if rank == 0: self.client = Client()``, whose constructor makes a group with another job; later
    ``if rank == 0: self.client.send(weights)``. Of the objects of a class, those count that the class around ``body``
    makes, where it makes any.
    """
    return all(
        isinstance(communicator.group, Symbol) and _answers(context, body, key, communicator.group) in ({True}, {False})
        for communicator in communicators
    )


def _answers(context: Context, body: Body, key: Key, symbol: Symbol) -> set[bool | None]:
    near, depth = _owner(context, body), MAX_DEPTH if is_global(key) else 0
    return {_answer(context, made, block, key, near, depth) for made, block in _makings(context, symbol)}


def _makings(context: Context, symbol: Symbol) -> Iterator[tuple[Body, int]]:
    """The places, each with its block, where what a symbol stands for gets its value."""
    is_none = context.uniformity.flow.presence.is_none
    if symbol.kind == "attribute":
        writers = context.evaluator.project.writers(symbol.owner, symbol.name)
        for function_id in dict.fromkeys(write.function_id for write in writers):
            body = context.program.body(function_id)
            for store in body.values.stores if body is not None else ():
                assert body is not None
                if store.name == symbol.name and is_none(body, store.value) is not True:
                    yield body, store.block
    elif symbol.kind == "created":
        body = context.program.body(symbol.owner)
        for site in body.values.calls if body is not None else ():
            assert body is not None
            if str(site.call.span.line) == symbol.name:
                yield body, site.block


def _answer(context: Context, body: Body, block: int, key: Key, near: str, depth: int) -> bool | None:
    """The answer to the test under which a block runs, here or in all functions that call this one."""
    for atom, truth in way_to(context.conditions, body, block):
        if atom == key:
            return truth
    if not depth:
        return None
    calls = [(caller, caller.values[node].block) for caller, node, _ in calls_to(context, body.id)]
    own = [(caller, place) for caller, place in calls if near and _owner(context, caller) == near]
    answers = {_answer(context, caller, place, key, near, depth - 1) for caller, place in own or calls}
    return answers.pop() if len(answers) == 1 else None


def _owner(context: Context, body: Body) -> str:
    return (method_around(context, body) or "").rpartition(".")[0]
