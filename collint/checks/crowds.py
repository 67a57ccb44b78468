"""Whether a started function runs beside another run of itself: pools, servers, threads started in a loop."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.joining import runs_on
from collint.ir.expressions import Argument, CallExpr, Const
from collint.ir.graph import Enter
from collint.ir.statements import Call
from collint.linking.describe import describe
from collint.linking.entries import Handed
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import ExternalObject, ObjectIs, in_order

WORKERS = "max_workers"
LOCKS = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition")


def runs_beside_itself(context: Context, handed: Handed) -> bool:
    """Whether two runs of a started function can overlap, as the place that starts it shows."""
    if handed.row.runs == "handler":
        return takes_requests_at_once(context, handed)
    if handed.node < 0 or _has_one_worker(context, handed):
        return False
    if handed.row.runs == "pool" and not handed.row.passes_on and not handed.row.arguments:
        return True  # map: one run per element
    repeated = handed.node in runs_on(context, handed)
    return repeated and bool(handed.body.graph.blocks[handed.block].loops)


def takes_requests_at_once(context: Context, handed: Handed) -> bool:
    """Whether a handler runs in threads of its server, its requests taking no turns."""
    target = context.program.body(handed.function_id)
    return target is not None and not target.function.is_async and not _is_locked(context, target)


def _is_locked(context: Context, body: Body) -> bool:
    """Whether everything that a function issues stands under a lock."""
    speaking = context.summaries.speaking_blocks(body)
    for block in body.graph.blocks:
        for position, step in enumerate(block.steps):
            manager = body.values.entered.get((block.number, position)) if isinstance(step, Enter) else None
            if manager is not None and _is_lock(context, body, manager):
                return all(body.dominates(block.number, spoken) for spoken in speaking)
    return False


def _is_lock(context: Context, body: Body, manager: int) -> bool:
    refs = context.evaluator.of_value(body, manager)
    if any(isinstance(ref, ExternalObject) and ref.class_name.endswith(LOCKS) for ref in refs):
        return True
    return "lock" in describe(body, manager).lower()


def _has_one_worker(context: Context, handed: Handed) -> bool:
    """Whether the pool that gets the function was made with a single thread."""
    function = handed.body.values[handed.body.values[handed.node].arguments[0]]
    if handed.row.runs != "pool" or function.kind != "attr":
        return False
    made = list(_constructions(context, handed.body, function.arguments[0]))
    return bool(made) and all(_is_one(arguments) for arguments in made)


def _constructions(context: Context, body: Body, node: int) -> Iterator[tuple[Argument, ...]]:
    """The arguments of the calls that made an object, seen in this body, or in the writers of its attribute."""
    for leaf in leaves(body, node):
        value = body.values[leaf]
        if value.kind == "enter":
            yield from _constructions(context, body, value.arguments[0])
        elif value.kind == "call" and isinstance(value.label, Call):
            yield value.label.arguments
        elif value.kind == "attr":
            for ref in in_order(context.evaluator.of_value(body, value.arguments[0])):
                writes = (
                    context.program.project.writers(ref.class_id, str(value.label)) if isinstance(ref, ObjectIs) else ()
                )
                yield from (w.assign.value.arguments for w in writes if isinstance(w.assign.value, CallExpr))
        elif value.kind == "name":
            writes = context.program.project.module_writers(body.module, str(value.label))
            yield from (w.assign.value.arguments for w in writes if isinstance(w.assign.value, CallExpr))


def _is_one(arguments: tuple[Argument, ...]) -> bool:
    first = [argument.value for argument in arguments if argument.name in (None, WORKERS)][:1]
    return first == [Const("1")]
