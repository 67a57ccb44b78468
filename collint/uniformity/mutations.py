"""One step of the backward walk into containers that several functions fill: ``self.queue.append(x)``, ``TABLE[key] =
x``.

What such a container holds, and how much, depends on what is put in, on what decides whether it is put in, and on what
decides whether the function that does so is called at all. Other writers are not here: those of
attributes are in :mod:`collint.uniformity.attributes`, those of variables in :mod:`collint.uniformity.outside`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collint.ir.effects import MUTATORS
from collint.ir.expressions import Attr, Expr, Index, Name
from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.callers import CONSTRUCTORS, callers_of
from collint.linking.meaning import called_name
from collint.linking.named_keys import literal_key
from collint.linking.program import Body
from collint.project.facts import FunctionFacts, short_name
from collint.project.modules import is_test
from collint.uniformity.places import is_place
from collint.uniformity.states import LOW, MEDIUM, Born, Next, Outcome, Side, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Methods that put an element in without a key, to be taken out in turn.
QUEUED = frozenset({"append", "appendleft", "put", "put_nowait", "send"})
MAX_FUNCTIONS = 12
MAX_CALLERS = 8


class Mutations:
    """Who fills which container, by the index, and on what that depends."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.program = flow.program
        self._by_class: dict[str, dict[str, list[str]]] = {}
        self._by_module: dict[str, dict[str, list[str]]] = {}
        self._by_function: dict[str, tuple[Expr, ...]] = {}

    def of_attribute(self, state: State, class_id: str, name: str) -> Iterator[Outcome]:
        """What the methods of a class put into the container that the attribute holds."""
        for function_id in self._attribute_table(class_id).get(name, ())[:MAX_FUNCTIONS]:
            yield from self._of_function(state, function_id, name)

    def of_variable(self, state: State, module: str, name: str) -> Iterator[Outcome]:
        """What the functions of a module put into the container that a module variable holds."""
        for function_id in self._module_table(module).get(name, ())[:MAX_FUNCTIONS]:
            yield from self._of_function(state, function_id, name)

    def _of_function(self, state: State, function_id: str, name: str) -> Iterator[Outcome]:
        body = self.program.body(function_id)
        if body is None:
            return
        inside = replace(state, body=body.id, stack=())
        for value in self._changes(body, name):
            if state.truth:  # whether there are any elements, not which
                yield from self._decided(replace(inside, truth=False), body, value.block)
                continue
            if value.kind == "stored":
                named = state.entry and not is_place(state.entry) and value.label == "index"
                key = literal_key(self.program, body, value.arguments[1]) if named else None
                if key is not None and key != state.entry:
                    continue
                inside = replace(inside, entry="")
                for outcome in self.flow.entry(inside, body, value):
                    yield replace(outcome, confidence=MEDIUM)
                if value.label == "index" or not state.keys:
                    yield Next(replace(inside, node=value.arguments[1], side="data", keys=False), MEDIUM)
            elif getattr(value.label, "role", "") == "receiver":
                yield from self._put_in(inside, body, value.arguments[1])
            else:
                continue
            yield from self._decided(inside, body, value.block)

    def _put_in(self, state: State, body: Body, call: int) -> Iterator[Outcome]:
        """What a call puts into a container. Who asks whether the next one is None learns no more of it."""
        if state.side != "data":
            return
        site = body.values[call].label
        queued = state.keys and state.part and isinstance(site, Call) and called_name(site) in QUEUED
        side: Side = "presence" if queued else "data"
        state = self.flow.received(state, body, call)
        for node in body.values[call].arguments[1:]:
            yield Next(replace(state, node=node, side=side, keys=False, part=state.part and not queued), MEDIUM)

    def _changes(self, body: Body, name: str) -> Sequence[Value]:
        """What changes the container that a body holds under a name."""
        memo: dict[str, list[Value]] = body.memo.setdefault("changes of", {})  # type: ignore[assignment]
        found = memo.get(name)
        if found is None:
            changing = (value for value in body.values.nodes if value.kind in ("after", "stored"))
            found = memo[name] = [value for value in changing if self._is_held(body, value.arguments[0], name)]
        return found

    def _is_held(self, body: Body, node: int, name: str) -> bool:
        """Whether a container before a change is the one held under ``name``, seen through earlier changes."""
        for _ in range(16):
            value = body.values[node]
            if value.kind in ("attr", "name"):
                return value.label == name
            if value.kind not in ("after", "stored", "phi") or not value.arguments:
                return False
            node = value.arguments[0]
        return False

    def _decided(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """The conditions under which a block runs, and those under which its function is called."""
        # What an object in it holds is hardly decided by what else was put in beside it.
        most = LOW if state.part else MEDIUM
        for outcome in self.flow.control.over(state, body, block):
            yield replace(outcome, confidence=min(most, outcome.confidence))
        yield from self._by_its_part(body)
        for caller_id in callers_of(self.flow.evaluator, body.id)[:MAX_CALLERS]:
            if is_test(caller_id) and not is_test(body.id):
                continue
            caller = self.program.body(caller_id)
            if caller is not None:
                yield from self._by_its_part(caller)
            for site, _ in self.flow.meanings.calls_to(caller, body.id) if caller is not None else ():
                assert caller is not None
                for outcome in self.flow.control.over(replace(state, body=caller_id), caller, site.block):
                    yield replace(outcome, confidence=min(most, outcome.confidence))

    def _by_its_part(self, body: Body) -> Iterator[Outcome]:
        """A method of something that ranks have different ones of, as stages have layers: not each rank comes there."""
        facts = self.program.facts(body.id)
        owner = facts.owner if facts is not None else None
        if owner is None or short_name(body.qualname) in CONSTRUCTORS:
            return
        axes = self.flow.vocabulary.axes.split_over(self.program.project.external_bases(f"{body.module}:{owner}"))
        if axes:
            what = f"filled only on ranks whose part of the model has a `{owner.rpartition('.')[2]}`"
            yield Born(axes, what, body.path, body.function.span.line, LOW)

    # ------------------------------------------------------------------------------------------------ tables

    def _attribute_table(self, class_id: str) -> dict[str, list[str]]:
        found = self._by_class.get(class_id)
        if found is None:
            found = self._by_class[class_id] = {}
            for owner in (*self.program.project.mro(class_id), *self.program.project.subclasses(class_id)):
                module, _, qualname = owner.partition(":")
                facts = self.program.project.module(module)
                for function in facts.functions if facts else ():
                    bases = {short_name(qualname)}  # an attribute of the class itself is filled from everywhere
                    if function.owner == qualname and function.parameters:
                        bases.add(function.parameters[0].name)
                    for held in self._filled(function):
                        if isinstance(held, Attr) and isinstance(held.base, Name) and held.base.id in bases:
                            _add(found, held.name, function.id)
        return found

    def _module_table(self, module: str) -> dict[str, list[str]]:
        found = self._by_module.get(module)
        if found is None:
            found = self._by_module[module] = {}
            facts = self.program.project.module(module)
            for function in facts.functions if facts else ():
                for held in self._filled(function):
                    if isinstance(held, Name):
                        _add(found, held.id, function.id)
        return found

    def _filled(self, function: FunctionFacts) -> Sequence[Expr]:
        """The same for every class that is derived from the function's."""
        found = self._by_function.get(function.id)
        if found is None:
            found = self._by_function[function.id] = tuple(dict.fromkeys(_filled(function)))
        return found


def _add(table: dict[str, list[str]], name: str, function_id: str) -> None:
    functions = table.setdefault(name, [])
    if function_id not in functions:
        functions.append(function_id)


def _filled(function: FunctionFacts) -> Iterator[Expr]:
    """The containers that a function changes in place, those that it calls by a local name as well."""
    meant: dict[str, list[Expr]] = {}
    for assign in function.assigns:
        if isinstance(assign.target, Name) and isinstance(assign.value, (Attr, Name)):
            meant.setdefault(assign.target.id, []).append(assign.value)
    changed = [s.function.base for s in function.calls if isinstance(s.function, Attr) and s.function.name in MUTATORS]
    changed += [assign.target.base for assign in function.assigns if isinstance(assign.target, Index)]
    for container in map(_container, changed):
        yield container
        if isinstance(container, Name):
            yield from meant.get(container.id, ())


def _container(expression: Expr) -> Expr:
    """The outermost container of ``self.table[key]``: filling an entry may add it."""
    while isinstance(expression, Index):
        expression = expression.base
    return expression
