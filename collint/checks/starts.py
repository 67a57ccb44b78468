"""The places where threads begin, as rules about threads see them: calls, objects of thread classes, servers.

What they drive is :mod:`collint.checks.driving`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from collint.checks.context import Context
from collint.linking.callers import functions_of
from collint.linking.entries import Handed, handed_functions
from collint.linking.program import Body
from collint.linking.references import ClassIs
from collint.record import replace

THREADS = frozenset({"thread", "pool", "handler"})


def starts(context: Context, modules: Collection[str] | None = None) -> tuple[Handed, ...]:
    """Every function that runs beside the code that starts it, once per place that does; see ``handed_functions``."""
    found: list[Handed] = []
    for handed in handed_functions(context.meanings, context.reaching, modules):
        if handed.row.runs in THREADS:
            found += list(_places(context, handed)) or [handed]
    return tuple(found)


def _places(context: Context, handed: Handed) -> Iterator[Handed]:
    """Where a function begins to run that is not handed over by a call: its object, or its server in a thread."""
    if handed.node < 0:
        yield from _objects(context, handed) if handed.row.runs == "thread" else _servers(context, handed)


def _objects(context: Context, handed: Handed) -> Iterator[Handed]:
    """The places where objects of a thread class are made: who makes one starts it, as far as is known."""
    facts = context.program.facts(handed.function_id)
    if facts is None or facts.owner is None:
        return
    owner = f"{facts.module}:{facts.owner}"
    for class_id in (owner, *context.program.project.subclasses(owner)):
        for caller_id, _ in context.program.project.calls_named(class_id.rpartition(":")[2].rpartition(".")[2]):
            body = context.program.body(caller_id)
            for called in body.values.calls if body is not None else ():
                assert body is not None
                refs = context.evaluator.of_value(body, body.values[called.node].arguments[0])
                if ClassIs(class_id) in refs:
                    yield replace(handed, body=body, node=called.node, block=called.block, span=called.call.span)


def _servers(context: Context, handed: Handed) -> Iterator[Handed]:
    """The places in a handler's module that start a thread on something outside: ``Thread(target=app.run)``."""
    module = handed.body.module
    names = {name.rpartition(".")[2] for name, row in context.vocabulary.entries() if row.runs == "thread"}
    starters = {caller for name in sorted(names) for caller, _ in context.program.project.calls_named(name)}
    for function_id in sorted(starters):
        body = context.program.body(function_id) if function_id.partition(":")[0] == module else None
        for called in body.values.calls if body is not None else ():
            assert body is not None
            row = context.meanings.of_call(body, called.node).entry
            place = context.meanings.argument(body, called.node, row.function) if row is not None else None
            if row is not None and place is not None and row.runs == "thread" and _is_outside(context, body, place):
                yield replace(handed, body=body, node=called.node, block=called.block, span=called.call.span)


def _is_outside(context: Context, body: Body, place: int) -> bool:
    """Whether a thread's target is no function of the program, as a server's own loop is not."""
    return not any(functions_of(context.evaluator, ref) for ref in context.evaluator.of_value(body, place))
