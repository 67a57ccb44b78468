"""State that is kept between calls and decides: counters and flags in attributes, module variables and closures.

Who writes them, and how, is found here; what it means for a collective is :mod:`collint.checks.counters`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.ir.statements import Call, Span
from collint.linking.evaluate import is_none
from collint.linking.program import Body
from collint.linking.references import ClassIs, ObjectIs
from collint.project.facts import MODULE_BODY
from collint.record import Record

MAX_WRITERS = 24
MAX_NODES = 60
MAX_DEPTH = 2
CONSTRUCTORS = ("__init__", "__post_init__", "__new__", "__setstate__")
FLAGS = frozenset({"True", "False"})


class Place(Record, frozen=True, order=True):
    """Where state is kept: an attribute of a class's objects, a module's variable, or a function's (a closure)."""

    kind: str
    owner: str
    name: str


class Write(Record, frozen=True):
    """One store: ``kind`` is ``advance`` (its own last value and a literal), ``amount`` (and something else),
    ``constant`` or ``other``."""

    body: Body
    block: int
    value: int
    kind: str
    span: Span | None

    @property
    def is_setup(self) -> bool:
        """Whether it happens once, when the object or module is made."""
        return self.body.qualname.rpartition(".")[2] in CONSTRUCTORS or self.body.qualname == MODULE_BODY


def places_in(context: Context, body: Body, node: int, depth: int = 0) -> tuple[Place, ...]:
    """The places that a condition reads, through arithmetic, comparisons and short functions of the program."""
    found: dict[Place, None] = {}
    work, seen = [node], {node}
    while work and len(seen) < MAX_NODES:
        current = work.pop()
        value = body.values[current]
        through: tuple[int, ...] = ()
        if value.kind == "attr":
            found.update(dict.fromkeys(_attribute(context, body, value.arguments[0], str(value.label))))
        elif value.kind == "name":
            found.update(dict.fromkeys(_variable(context, body, str(value.label))))
        elif value.kind in ("op", "choose", "phi"):
            through = value.arguments
        elif value.kind == "after":
            through = value.arguments[:1]
        elif value.kind == "call" and depth < MAX_DEPTH:
            meaning = context.meanings.of_call(body, current)
            if not meaning.functions and not meaning.is_event:
                through = value.arguments[1:]
            for function_id, _ in meaning.functions[:1] if not meaning.is_event else ():
                callee = context.program.body(function_id) if function_id not in context.reaching else None
                for result in _results(callee) if callee is not None else ():
                    assert callee is not None
                    found.update(dict.fromkeys(places_in(context, callee, result, depth + 1)))
        fresh = [argument for argument in through if argument not in seen]
        seen.update(fresh)
        work.extend(fresh)
    return tuple(sorted(found))


def _results(callee: Body) -> list[int]:
    """What a function returns, and for one with several ways out the conditions that choose among them."""
    returns = callee.values.returns
    found = dict.fromkeys(node for _, node in returns)
    if len(returns) > 1:
        deciding = {branch for block, _ in returns for branch in callee.controllers()[block]}
        conditions = callee.values.conditions
        found.update(dict.fromkeys(conditions[branch] for branch in sorted(deciding) if branch in conditions))
    return list(found)


def _attribute(context: Context, body: Body, base: int, name: str) -> Iterator[Place]:
    for ref in sorted(context.evaluator.of_value(body, base), key=repr):
        if isinstance(ref, ObjectIs):
            yield Place("attribute", ref.class_id, name)
        elif isinstance(ref, ClassIs):
            yield Place("attribute", ref.id, name)


def _variable(context: Context, body: Body, name: str) -> Iterator[Place]:
    scope = body.qualname
    while "." in scope:
        scope = scope.rpartition(".")[0]
        outer = context.program.body(f"{body.module}:{scope}")
        if outer is not None and name in outer.values.assigned:
            yield Place("closure", outer.id, name)
            return
    if context.program.project.module_writers(body.module, name):
        yield Place("variable", body.module, name)


def writes_of(context: Context, place: Place) -> tuple[Write, ...]:
    """Every store to a place, in order; kept for the run."""
    key = ("writes", place)
    found: tuple[Write, ...] | None = context.memo.get(key)  # type: ignore[assignment]
    if found is None:
        made = _attribute_writes(context, place) if place.kind == "attribute" else _variable_writes(context, place)
        found = context.memo[key] = tuple(made)
    return found


def _attribute_writes(context: Context, place: Place) -> Iterator[Write]:
    project = context.program.project
    lineage = {*project.mro(place.owner), *project.subclasses(place.owner)}
    everywhere = (*project.writers(place.owner, place.name), *project.attribute_writers_by_name(place.name))
    for function_id in list(dict.fromkeys(write.function_id for write in everywhere))[:MAX_WRITERS]:
        body = context.program.body(function_id)
        for store in body.values.stores if body is not None else ():
            assert body is not None
            if store.name != place.name:
                continue
            refs = context.evaluator.of_value(body, store.base)
            classes = {
                ref.class_id if isinstance(ref, ObjectIs) else ref.id
                for ref in refs
                if isinstance(ref, (ObjectIs, ClassIs))
            }
            if classes & lineage:
                yield Write(body, store.block, store.value, _kind(body, store.value, place.name), store.span)


def _variable_writes(context: Context, place: Place) -> Iterator[Write]:
    if place.kind == "variable":
        writers = (write.function_id for write in context.program.project.module_writers(place.owner, place.name))
    else:
        writers = (function_id for function_id in context.program.project.nested(place.owner))
    for function_id in list(dict.fromkeys(writers))[:MAX_WRITERS]:
        body = context.program.body(function_id)
        for block, value in body.values.globals_written.get(place.name, ()) if body is not None else ():
            assert body is not None
            yield Write(body, block, value, _kind(body, value, place.name), body.values[value].span)


def _kind(body: Body, node: int, name: str) -> str:
    value = body.values[node]
    if value.kind == "const":
        return "constant"
    if value.kind == "op" and value.label in ("+", "-", "not") and _reads(body, node, name):
        # A sum of amounts is data like other data; what counts turns goes on by a literal.
        steps = {body.values[argument].kind for argument in value.arguments}
        return "advance" if value.label == "not" or "const" in steps else "amount"
    return "other"


def _reads(body: Body, node: int, name: str) -> bool:
    """Whether a value is made from an earlier one of its own place."""
    work, seen = list(body.values[node].arguments), set(body.values[node].arguments)
    while work:
        value = body.values[work.pop()]
        if value.kind in ("attr", "name") and value.label == name:
            return True
        if value.kind in ("op", "phi", "after", "choose") and not isinstance(value.label, Call):
            through = value.arguments[:1] if value.kind == "after" else value.arguments
            fresh = [argument for argument in through if argument not in seen]
            seen.update(fresh)
            work.extend(fresh)
    return False


def is_counter(context: Context, place: Place) -> bool:
    """Whether a place is counted up or down, or is a flag that is set after the object is made.

    Not what a pack explains, nor a field that whoever makes the object fills in: that is a message, not a memory.
    """
    if place.kind == "attribute" and (_is_explained(context, place) or _is_handed_over(context, place)):
        return False
    later = [write for write in writes_of(context, place) if not write.is_setup]
    kinds = {write.kind for write in later}
    if "advance" in kinds:
        return "amount" not in kinds
    return bool(later) and all(
        write.kind == "constant" and write.body.values[write.value].label in FLAGS
        for write in writes_of(context, place)
        if not is_none(write.body, write.value)
    )


def is_flag(context: Context, place: Place) -> bool:
    """Whether it only ever holds true or false."""
    return all(write.kind != "advance" for write in writes_of(context, place))


def _is_explained(context: Context, place: Place) -> bool:
    names = context.evaluator.members.class_names(place.owner)
    rows = (context.vocabulary.source, context.vocabulary.uniform, context.vocabulary.rank)
    return any(row(f"{name}.{place.name}", "attribute") is not None for name in names for row in rows)


def _is_handed_over(context: Context, place: Place) -> bool:
    """Whether it is a dataclass's field without a default."""
    written = [w for w in context.program.project.writers(place.owner, place.name) if ":" in w.function_id]
    fields = [w.assign for w in written if context.program.project.klass(w.function_id) is not None]
    return any(assign.annotation is not None and assign.value is None for assign in fields)
