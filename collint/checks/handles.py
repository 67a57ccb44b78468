"""What becomes of the handle of an asynchronous call: waited for, handed on, kept, or forgotten.

Only the function that made the call is followed; what a rule concludes is decided there.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.sites import Site, argument
from collint.ir.statements import Call
from collint.ir.values import Effect
from collint.knowledge.rows import Collective
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.slicing import users_of
from collint.record import Mutable, field

WAITS = frozenset({"wait", "Wait", "synchronize", "result", "wait_for_completion"})
# Methods that put their argument into the object before the dot.
FILLS = frozenset({"append", "extend", "add", "insert", "appendleft", "put", "put_nowait", "update", "setdefault"})
# Methods that give out what the object before the dot holds, or leave it alone.
TAKES = frozenset({"pop", "popleft", "popitem", "get", "copy", "values", "items", "clear", "keys", "sort", "reverse"})
CARRIERS = frozenset({"phi", "after", "star", "element", "index", "slice", "display", "collected", "stored", "enter"})


class Fate(Mutable):
    """``waits`` are the call nodes that wait for the handle; ``kept`` the attributes that hold it; ``handed_on`` is
    set where somebody out of sight may wait; ``used`` where anything at all looks at it."""

    waits: list[int] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    handed_on: bool = False
    used: bool = False


def is_asynchronous(context: Context, site: Site) -> bool:
    """Whether a call certainly returns a handle rather than waiting itself."""
    row = site.row
    if not isinstance(row, Collective):
        return not row.blocking and row.direction != "operation"
    if not row.blocking:
        return True
    place = argument(context, site, row.handle_when) if row.handle_when else None
    return place is not None and site.body.values[place].label == "True"


def fate(context: Context, body: Body, node: int) -> Fate:
    """What the function does with the handle that the call at ``node`` returns."""
    users = users_of(body)
    found = Fate()
    seen = {node}
    work = [node]
    while work:
        current = work.pop()
        for user in users.get(current, ()):
            for further in _follow(body, current, user, found):
                if further not in seen:
                    seen.add(further)
                    work.append(further)
    found.used = len(seen) > 1 or bool(found.waits) or found.handed_on
    _leave(context, body, seen, found)
    return found


def _follow(body: Body, current: int, user: int, found: Fate) -> Iterator[int]:
    """The values that hold the handle because of one use of it."""
    value = body.values[user]
    if value.kind == "after" and value.arguments[0] != current:
        return  # what the asynchronous call did to its own arguments
    joins = value.kind == "op" and value.label in ("or", "and", "+")
    if value.kind in CARRIERS or joins or (value.kind == "choose" and current in value.arguments[1:]):
        yield user
    elif value.kind == "attr":
        calls = [call for call in users_of(body).get(user, ()) if _calls(body, call, user)]
        if value.label in WAITS:
            found.waits += calls
        elif value.label in TAKES:
            yield from calls
        elif value.label not in FILLS:
            found.handed_on = True
    elif value.kind == "call":
        yield from _handed(body, user, found)
    elif value.kind == "awaited":
        found.handed_on = True


def _calls(body: Body, call: int, function: int) -> bool:
    return body.values[call].kind == "call" and body.values[call].arguments[0] == function


def _handed(body: Body, call: int, found: Fate) -> Iterator[int]:
    """Where a call that gets the handle puts it: into its receiver, else out of sight."""
    value = body.values[call]
    assert isinstance(value.label, Call)
    if getattr(value.label.function, "name", "") not in FILLS:
        if getattr(value.label.function, "id", "") in ("len", "print", "isinstance", "bool"):
            return
        if getattr(value.label.function, "id", "") in ("reversed", "list", "enumerate", "zip", "tuple", "filter"):
            yield call
            return
        found.handed_on = True
        return
    receiver = body.values[value.arguments[0]].arguments[0]
    _keep(body, receiver, found)
    for user in users_of(body).get(call, ()):
        effect = body.values[user].label
        if body.values[user].kind == "after" and isinstance(effect, Effect) and effect.role == "receiver":
            yield user


def _keep(body: Body, holder: int, found: Fate) -> None:
    """A handle is put into something that is not this function's own."""
    for leaf in leaves(body, holder):
        value = body.values[leaf]
        if value.kind == "attr":
            found.kept.add(str(value.label))
        elif value.kind not in ("display", "call"):
            found.handed_on = True


def _leave(context: Context, body: Body, held: set[int], found: Fate) -> None:
    """How the handle, or what holds it, leaves the function."""
    values = body.values
    if held & {node for _, node in (*values.returns, *values.yields)}:
        found.handed_on = True
    if any(node in held for written in values.globals_written.values() for _, node in written):
        found.handed_on = True
    for store in values.stores:
        if store.value in held:
            found.kept.add(store.name)
    for node in held:
        if values[node].kind == "stored" and values[node].arguments[2] in held:
            _keep(body, values[node].arguments[0], found)
    names = {name for name, nodes in values.assigned.items() if held & set(nodes)}
    if names and any(_mentions(inner, names) for inner in _nested(context, body)):
        found.handed_on = True


def _nested(context: Context, body: Body) -> Iterator[Body]:
    for function_id, inner in list(context.program.bodies.items()):
        if inner is not None and function_id.startswith(body.id + "."):
            yield inner


def _mentions(body: Body, names: set[str]) -> bool:
    return any(value.kind == "name" and value.label in names for value in body.values.nodes)


def is_waited_elsewhere(context: Context, body: Body, kept: set[str]) -> bool:
    """Whether anybody waits for what these attributes hold: a method of the class, or a call on such an attribute."""
    facts = context.program.facts(body.id)
    owner = f"{facts.module}:{facts.owner}" if facts is not None and facts.owner is not None else ""
    project = context.program.project
    family = {owner, *project.mro(owner), *project.subclasses(owner)} if owner else set()
    for name in sorted(WAITS):
        for caller_id, site in project.calls_named(name):
            caller = context.program.facts(caller_id)
            if caller is not None and caller.owner is not None and f"{caller.module}:{caller.owner}" in family:
                return True
            if getattr(getattr(site.function, "base", None), "name", "") in kept:
                return True
    return not owner
