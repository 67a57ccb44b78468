"""Where a value comes from, one step across functions: callers' arguments, attribute stores, returns, closures.

Steps are context-insensitive (a parameter has the arguments of all its callers). What the values mean is not asked
here.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.ir.expressions import Const
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.binding import bind, is_spread
from collint.linking.callers import callers_of, skipped
from collint.linking.program import Body
from collint.linking.references import FunctionIs, ObjectIs, Ref
from collint.linking.slicing import items_at, literal_place
from collint.project.decorators import is_property, is_self
from collint.record import Record

MAX_CALLERS = 12


class Sources(Record, frozen=True):
    """Nodes that a value may come from: ``absent`` where a None default may stand, ``complete`` where these are all."""

    nodes: tuple[tuple[Body, int], ...] = ()
    absent: bool = False
    complete: bool = False


def of_parameter(context: Context, body: Body, name: str) -> Sources:
    """What callers hand over for a parameter; its default where one of them leaves it out."""
    facts = context.program.facts(body.id)
    if facts is None:
        return Sources()
    default = next((p.default for p in facts.parameters if p.name == name), None)
    nodes: list[tuple[Body, int]] = []
    absent = left_open = False
    for caller, node, ref in calls_to(context, body.id):
        value = caller.values[node]
        call = value.label
        assert isinstance(call, Call)
        position = bind(facts.parameters, call.arguments, skipped(context.evaluator, facts, ref)).get(name)
        if position is not None:
            nodes.append((caller, value.arguments[1 + position]))
        elif default == Const("None") and not is_spread(call.arguments):
            absent = True
        else:
            left_open = True
    return Sources(tuple(nodes), absent, bool(nodes or absent) and not left_open)


def calls_to(
    context: Context, function_id: str, among: frozenset[str] | None = None
) -> Iterator[tuple[Body, int, Ref]]:
    """The call nodes that run a function, each with the reference it goes through.

    Of a dozen callers at most; of these only those ``among`` some functions, where only they matter.
    """
    callers = callers_of(context.evaluator, function_id)
    for caller_id in list(callers)[:MAX_CALLERS]:
        caller = context.program.body(caller_id) if among is None or caller_id in among else None
        for node, ref in _calls_by_function(context, caller).get(function_id, ()) if caller is not None else ():
            assert caller is not None
            yield caller, node, ref


def _calls_by_function(context: Context, body: Body) -> dict[str, list[tuple[int, Ref]]]:
    """The calls of a body by the functions that they run; every one of these may ask."""
    found: dict[str, list[tuple[int, Ref]]] | None = body.memo.get("calls by function")  # type: ignore[assignment]
    if found is None:
        found = {}
        for site in body.values.calls:
            for function_id, ref in context.meanings.of_call(body, site.node).functions:
                found.setdefault(function_id, []).append((site.node, ref))
        body.memo["calls by function"] = found
    return found


def is_own_object(context: Context, body: Body, node: int) -> bool:
    """Whether a node is the ``self`` of the method around it, directly or in a function nested in one."""
    value = body.values[node]
    if value.kind not in ("parameter", "name"):
        return False
    method = method_around(context, body)
    facts = context.program.facts(method) if method else None
    return facts is not None and is_self(facts, str(value.label))


def method_around(context: Context, body: Body) -> str | None:
    """The id of the method that a body is, or is nested in."""
    module, _, qualname = body.id.partition(":")
    while qualname:
        facts = context.program.facts(f"{module}:{qualname}")
        if facts is not None and facts.owner is not None:
            return facts.id
        qualname = qualname.rpartition(".")[0]
    return None


def of_attribute(context: Context, body: Body, value: Value) -> Sources:
    """What is stored to an attribute of an object, over all writers of its class; of a property, what it returns."""
    name = str(value.label)
    nodes: list[tuple[Body, int]] = []
    complete = True
    for ref in sorted(context.evaluator.of_value(body, value.arguments[0]), key=repr):
        if not isinstance(ref, ObjectIs):
            complete = False
            continue
        getters = [m for m in context.evaluator.members.methods(ref, name) if _is_property(context, m)]
        for getter in getters:
            nodes += _returns(context, getter)
        for write in context.evaluator.project.writers(ref.class_id, name):
            stored = list(_stores(context, write.function_id, name))
            nodes += stored
            complete = complete and bool(stored)
    return Sources(tuple(_unique(nodes)), complete=complete and bool(nodes))


def stores_of(context: Context, class_id: str, name: str) -> Iterator[tuple[Body, int]]:
    """What methods of a class, its ancestors and its descendants store to an attribute of their object."""
    for function_id in dict.fromkeys(write.function_id for write in context.evaluator.project.writers(class_id, name)):
        yield from _stores(context, function_id, name)


def writes_of(context: Context, module: str, name: str) -> Iterator[tuple[Body, int]]:
    """What the functions of the program write to a module's variable."""
    for function_id in dict.fromkeys(w.function_id for w in context.program.project.module_writers(module, name)):
        body = context.program.body(function_id)
        for _, node in body.values.globals_written.get(name, ()) if body is not None else ():
            assert body is not None
            yield body, node


def _stores(context: Context, function_id: str, name: str) -> Iterator[tuple[Body, int]]:
    writer = context.program.body(function_id)
    for store in writer.values.stores if writer is not None else ():
        assert writer is not None
        if store.name == name and is_own_object(context, writer, store.base):
            yield writer, store.value


def _is_property(context: Context, function_id: str) -> bool:
    facts = context.program.facts(function_id)
    return facts is not None and is_property(facts)


def of_call(context: Context, body: Body, node: int) -> Sources:
    """What the functions that a call runs return; constructors return no value of their own."""
    nodes: list[tuple[Body, int]] = []
    functions = context.meanings.of_call(body, node).functions
    for function_id, ref in functions:
        if isinstance(ref, FunctionIs):
            nodes += _returns(context, function_id)
    return Sources(tuple(nodes), complete=bool(nodes))


def of_component(context: Context, body: Body, node: int) -> Sources:
    """What stands in its place of the tuples that the functions return from whose result a value is taken out."""
    made, index = body.values[node].arguments
    place = literal_place(body, index)
    if place is None or body.values[made].kind != "call":
        return Sources()
    returned = of_call(context, body, made).nodes
    items = [(callee, items_at(callee, returned_node, place)) for callee, returned_node in returned]
    nodes = tuple((callee, item) for callee, found in items for item in found)
    return Sources(nodes, complete=bool(nodes) and all(found for _, found in items))


def _returns(context: Context, function_id: str) -> list[tuple[Body, int]]:
    callee = context.program.body(function_id)
    return [(callee, node) for _, node in callee.values.returns] if callee is not None else []


def of_name(context: Context, body: Body, name: str) -> Sources:
    """What a variable of a function around this one is given anywhere in it."""
    module, _, qualname = body.id.partition(":")
    while "." in qualname:
        qualname = qualname.rpartition(".")[0]
        outer = context.program.body(f"{module}:{qualname}")
        if outer is None:
            continue
        nodes = [(outer, node) for node in outer.values.assigned.get(name, ())]
        if any(parameter.name == name for parameter in outer.function.parameters):
            handed = of_parameter(context, outer, name)
            return Sources((*nodes, *handed.nodes), handed.absent, handed.complete)
        if nodes:
            return Sources(tuple(nodes), complete=True)
    return Sources()


def _unique(nodes: list[tuple[Body, int]]) -> list[tuple[Body, int]]:
    return list({(body.id, node): (body, node) for body, node in nodes}.values())
