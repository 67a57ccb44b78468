"""Events that a process issues at its first use of something, and whether its ranks have used it together before.

A pool, or a property that is worked out once, that some function uses on every rank was made there as a rule: what one
rank alone does with it later no longer makes it. Which use comes first is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.linking.callers import callers_of
from collint.linking.implicit import readers
from collint.linking.program import Body
from collint.project.decorators import is_property
from collint.sequences.events import Origin
from collint.uniformity.states import Axis

# Functions that use what is made; more of them are not looked at.
MAX_USERS = 12


def is_used_by_all(context: Context, body: Body, origins: tuple[Origin, ...], over: frozenset[Axis]) -> bool:
    """Whether each of what makes these events is also used elsewhere, behind no test that varies over these axes."""
    return all(
        any(_is_used_by_all(context, body, makes, over) for makes in _makers(context, origin)) for origin in origins
    )


def _makers(context: Context, origin: Origin) -> list[str]:
    """The functions on the way to an event that may be what is asked for it: properties, and the one that issues it."""
    named = [function_id for function_id in context.reaching if function_id.partition(":")[2] in origin.via]
    facts = {function_id: context.program.facts(function_id) for function_id in named}
    return sorted(
        function_id
        for function_id, known in facts.items()
        if known is not None and (is_property(known) or function_id.partition(":")[2] == origin.via[-1])
    )


def _is_used_by_all(context: Context, body: Body, function_id: str, over: frozenset[Axis]) -> bool:
    for user, block in _uses(context, function_id):
        if user.id == body.id:
            continue
        conditions = (user.values.conditions.get(branch) for branch in user.controllers()[block])
        if not any(
            node is not None and context.uniformity.differs(user.id, node, over, at=branch)
            for node, branch in zip(conditions, user.controllers()[block], strict=True)
        ):
            return True
    return False


def _uses(context: Context, function_id: str) -> Iterator[tuple[Body, int]]:
    """The blocks that run a function, each with its body."""
    facts = context.program.facts(function_id)
    if facts is not None and is_property(facts):
        for user_id in readers(context.evaluator, facts.name)[:MAX_USERS]:
            user = context.program.body(user_id)
            for value in user.values.nodes if user is not None else ():
                if value.kind == "attr" and value.label == facts.name:
                    assert user is not None
                    yield user, value.block
        return
    users = callers_of(context.evaluator, function_id)
    for user_id in list(users)[:MAX_USERS]:
        user = context.program.body(user_id)
        for site in user.values.calls if user is not None else ():
            assert user is not None
            if any(called == function_id for called, _ in context.meanings.of_call(user, site.node).functions):
                yield user, site.block
