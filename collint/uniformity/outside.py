"""One step of the backward walk that leaves the body: parameters, attributes, closures, module variables.

A parameter is its argument at the call through which the walk came in, else the join of all callers' arguments, else
what a pack's hint says, else uniform. An attribute is the join of all its writers, whichever thread or method they run
in, and of what decides whether they run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from collint.ir.expressions import CallExpr, Const, Expr
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.rows import Hint
from collint.linking.binding import bind
from collint.linking.callers import caller_sites, skipped
from collint.linking.program import Body
from collint.linking.references import ClassIs, ExternalIs, ExternalObject, ModuleIs, ObjectIs, Ref
from collint.project.facts import FunctionFacts
from collint.uniformity.mutations import Mutations
from collint.uniformity.states import CONFIDENCE_NAMES, HIGH, LOW, MEDIUM, Born, Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

MAX_CALLERS = 24
MAX_WRITERS = 16
MAX_CHECKS = 3


class Outside:
    """Transfer functions across bodies."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.program = flow.program
        self.evaluator = flow.evaluator
        self.vocabulary = flow.vocabulary
        self.mutations = Mutations(flow)

    def named(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """A parameter, a closure variable, a module variable or an imported name."""
        if value.kind == "parameter":
            return self._parameter(state, body, str(value.label))
        if value.kind == "name":
            return self._name(state, body, str(value.label))
        return self._variables(state, self.evaluator.of_value(body, state.node))

    # ------------------------------------------------------------------------------------------- parameters

    def _parameter(self, state: State, body: Body, name: str) -> Iterator[Outcome]:
        facts = self.program.facts(body.id)
        if facts is None or self._is_self(facts, name):
            return
        typed = list(self._typed(state, body, state.node, body.function.span.line))
        if typed:
            yield from (outcome for outcome in typed if isinstance(outcome, Born))
            return
        if state.stack:
            yield from self._argument(state, body, facts, name)
            return
        found = False
        for outcome in self._from_callers(state, body, facts, name):
            found = True
            yield outcome
        if not found:
            hint = self.vocabulary.parameter_hint(name)
            if hint is not None:
                yield from self._hinted(state, hint, name, body, body.function.span.line)
            elif state.read and state.side == "data":
                yield from self._local_tensor(state, facts, name, body)

    def _is_self(self, facts: FunctionFacts, name: str) -> bool:
        return facts.owner is not None and bool(facts.parameters) and facts.parameters[0].name == name

    def _typed(self, state: State, body: Body, node: int, line: int) -> Iterator[Outcome | None]:
        """What the declared type of a value says: a pack's source types vary, its uniform types do not (None)."""
        for ref in self.evaluator.of_value(body, node):
            for class_name in self._classes(ref):
                if self.vocabulary.uniform(class_name, "type") is not None:
                    yield None
                    return
                row = self.vocabulary.source(class_name, "type")
                if row is not None:
                    if state.side in row.sides:
                        confidence = CONFIDENCE_NAMES.index(row.confidence)
                        what = row.what or f"a {class_name.rpartition('.')[2]} of this rank"
                        yield Born(frozenset(row.axes), what, body.path, line, confidence)
                    else:
                        yield None
                    return

    def _classes(self, ref: Ref) -> tuple[str, ...]:
        if isinstance(ref, ObjectIs):
            return self.evaluator.members.class_names(ref.class_id)
        return (ref.class_name,) if isinstance(ref, ExternalObject) else ()

    def _argument(self, state: State, body: Body, facts: FunctionFacts, name: str) -> Iterator[Outcome]:
        """The argument at the call site through which the walk came in."""
        caller_id, node = state.stack[-1]
        caller = self.program.body(caller_id)
        if caller is None:
            return
        yield from self._bound(replace(state, stack=state.stack[:-1]), caller, node, body, facts, name)

    def _bound(
        self, state: State, caller: Body, node: int, body: Body, facts: FunctionFacts, name: str
    ) -> Iterator[Outcome]:
        value = caller.values[node]
        call = value.label
        if not isinstance(call, Call):
            return
        ref = next((ref for f, ref in self.flow.meanings.of_call(caller, node).functions if f == body.id), None)
        if ref is None:
            return
        position = bind(facts.parameters, call.arguments, skipped(self.evaluator, facts, ref)).get(name)
        if position is not None:
            handed = replace(state, body=caller.id, node=value.arguments[1 + position])
            yield from self.flow.control.use(handed, caller, value.block)

    def _from_callers(self, state: State, body: Body, facts: FunctionFacts, name: str) -> Iterator[Outcome]:
        callers = dict.fromkeys(caller for caller, _ in caller_sites(self.evaluator, body.id))
        confidence = HIGH if len(callers) <= MAX_CALLERS else LOW
        for caller_id in list(callers)[:MAX_CALLERS]:
            caller = self.program.body(caller_id)
            if caller is None or caller_id == body.id:
                continue
            for site in caller.values.calls:
                functions = self.flow.meanings.of_call(caller, site.node).functions
                if any(function_id == body.id for function_id, _ in functions):
                    for outcome in self._bound(state, caller, site.node, body, facts, name):
                        assert isinstance(outcome, Next)
                        yield Next(outcome.state, min(confidence, HIGH if len(functions) == 1 else MEDIUM))

    def _hinted(self, state: State, hint: Hint, name: str, body: Body, line: int) -> Iterator[Outcome]:
        if state.side not in hint.sides and not (state.side == "extent" and not hint.rank_of and "data" in hint.sides):
            return
        confidence = CONFIDENCE_NAMES.index(hint.confidence)
        what = hint.what or "named like a value of this rank"
        yield Born(frozenset(hint.axes), what, body.path, line, confidence)

    def _local_tensor(self, state: State, facts: FunctionFacts, name: str, body: Body) -> Iterator[Outcome]:
        """The contents of a tensor that nobody explains, read by Python: each rank's own, as far as can be known."""
        parameter = next((p for p in facts.parameters if p.name == name), None)
        if parameter is None or parameter.default is not None:
            return
        classes = {c for ref in self.evaluator.of_value(body, state.node) for c in self._classes(ref)}
        if any(c.endswith("Tensor") for c in classes):
            confidence = MEDIUM
        elif parameter.annotation is None and not classes:
            confidence = LOW
        else:
            return
        what = f"what {name} holds on this rank"
        yield Born(self.vocabulary.mesh_axes, what, body.path, body.function.span.line, confidence)

    def keyed(self, state: State, body: Body, base: int, key: str) -> list[Outcome] | None:
        """``os.environ["RANK"]``: a look-up that a row names with its key; None when no row does."""
        if key[:1] not in "'\"":
            return None
        for ref in self.evaluator.of_value(body, base):
            if isinstance(ref, ExternalIs):
                name = f"{ref.name}[{key[1:-1]}]"
                row = self.vocabulary.rank(name, "attribute")
                if row is not None:
                    axes = frozenset(self.vocabulary.axes_of(row.of))
                    line = self._line(body, state.node)
                    return [Born(axes, "this process's rank", body.path, line)] if state.side == "data" else []
                if self.vocabulary.uniform(name, "attribute") is not None:
                    return []
        return None

    def _line(self, body: Body, node: int) -> int:
        span = body.values[node].span
        return span.line if span else body.function.span.line

    # ------------------------------------------------------------------------------------------- attributes

    def attribute(self, state: State, body: Body, base: int, name: str, value: Value) -> Iterator[Outcome]:
        """``base.name``: pack rows, properties, writers; what nobody explains, a hint, else the object itself."""
        refs = self.evaluator.of_value(body, base)
        line = value.span.line if value.span else body.function.span.line
        modules = frozenset(ref for ref in refs if isinstance(ref, (ModuleIs, ExternalIs, ClassIs)))
        settled = False
        for ref in sorted(refs, key=repr):
            known, outcomes = self._member(state, ref, name, body, base, line)
            settled = settled or known
            yield from outcomes
        if modules:
            yield from self._module_attribute(state, body, modules, name, line)
            return
        if settled:
            return
        hint = self.vocabulary.attribute_hint(name)
        if hint is not None:
            yield from self._hinted(state, hint, name, body, line)
        if not self._is_self_node(body, base):
            yield Next(replace(state, node=base), HIGH)

    def _module_attribute(
        self, state: State, body: Body, modules: frozenset[Ref], name: str, line: int
    ) -> Iterator[Outcome]:
        """A name of a module: a pack's row, or a variable of a module of the program."""
        for ref in sorted(modules, key=repr):
            if isinstance(ref, ExternalIs):
                row = self.vocabulary.source(f"{ref.name}.{name}", "attribute")
                if row is not None and state.side in row.sides:
                    confidence = CONFIDENCE_NAMES.index(row.confidence)
                    yield Born(frozenset(row.axes), row.what, body.path, line, confidence)
            elif isinstance(ref, ModuleIs):
                yield from self._variables(state, frozenset(), ref.name, name)
            elif isinstance(ref, ClassIs):
                yield from self._writers(state, ObjectIs(ref.id), name)

    def _is_self_node(self, body: Body, node: int) -> bool:
        facts = self.program.facts(body.id)
        value = body.values[node]
        return value.kind == "parameter" and facts is not None and self._is_self(facts, str(value.label))

    def _member(
        self, state: State, ref: Ref, name: str, body: Body, base: int, line: int
    ) -> tuple[bool, list[Outcome]]:
        """Whether one reference settles the attribute, and what follows."""
        row_found, outcomes = self._rank_of_handle(state, ref, name, body, base, line)
        if row_found:
            return True, outcomes
        for class_name in self._classes(ref):
            if self.vocabulary.uniform(f"{class_name}.{name}", "attribute") is not None:
                return True, []
            row = self.vocabulary.rank(f"{class_name}.{name}", "attribute")
            if row is not None:
                axes = frozenset(self.vocabulary.axes_of(row.of))
                return True, [
                    Born(axes, f"this process's rank in {row.of}", body.path, line)
                ] if state.side == "data" else []
            source = self.vocabulary.source(f"{class_name}.{name}", "attribute")
            if source is not None:
                born = Born(
                    frozenset(source.axes), source.what, body.path, line, CONFIDENCE_NAMES.index(source.confidence)
                )
                return True, [born] if state.side in source.sides else []
        for outcome in self._typed_ref(state, ref, body, line):
            return True, [outcome] if outcome is not None else []
        if isinstance(ref, ObjectIs):
            found = list(self._writers(state, ref, name))
            return bool(found) or bool(self.program.project.writers(ref.class_id, name)), found
        return False, []

    def _typed_ref(self, state: State, ref: Ref, body: Body, line: int) -> Iterator[Outcome | None]:
        for class_name in self._classes(ref):
            if self.vocabulary.uniform(class_name, "type") is not None:
                yield None
                return
            row = self.vocabulary.source(class_name, "type")
            if row is not None:
                confidence = CONFIDENCE_NAMES.index(row.confidence)
                what = row.what or f"a {class_name.rpartition('.')[2]} of this rank"
                yield Born(frozenset(row.axes), what, body.path, line, confidence) if state.side in row.sides else None
                return

    def _rank_of_handle(
        self, state: State, ref: Ref, name: str, body: Body, base: int, line: int
    ) -> tuple[bool, list[Outcome]]:
        members = self.evaluator.members
        handle = members.handle(ref)
        if handle is None:
            return False, []
        if name in handle.ranks or name in handle.leaders:
            groups = self.flow.calls.outward(self.flow.groups.of_value(body, base), state)
            what = f"this process's place in {', '.join(sorted({g.display for g in groups}))}"
            axes = frozenset(axis for group in groups for axis in self.flow.groups.axes(group))
            return True, [Born(axes, what, body.path, line)] if state.side == "data" else []
        return name in handle.uniform or name in handle.channels, []

    def _writers(self, state: State, ref: ObjectIs, name: str) -> Iterator[Outcome]:
        """All stores of the attribute, and for a dataclass the arguments of its constructor."""
        inside = replace(state, stack=())
        for method in self.evaluator.members.methods(ref, name):
            yield from self._property(state, method)
        writers = self.program.project.writers(ref.class_id, name)
        functions = dict.fromkeys(write.function_id for write in writers)
        for function_id in list(functions)[:MAX_WRITERS]:
            yield from self.stores_of(inside, function_id, name)
        yield from self._stores_elsewhere(inside, ref, name, functions)
        if writers and not self.program.project.find_method(ref.class_id, "__init__"):
            yield from self._constructed(inside, ref.class_id, name)
        if state.side in ("extent", "data"):
            yield from self.mutations.of_attribute(inside, ref.class_id, name)

    def _stores_elsewhere(self, state: State, ref: ObjectIs, name: str, known: Collection[str]) -> Iterator[Outcome]:
        """``other.attr = value`` outside the class, where ``other`` is known to be such an object."""
        others = dict.fromkeys(w.function_id for w in self.program.project.attribute_writers_by_name(name))
        lineage = {*self.program.project.mro(ref.class_id), *self.program.project.subclasses(ref.class_id)}
        for function_id in [f for f in others if f not in known][:MAX_WRITERS]:
            body = self.program.body(function_id)
            for store in body.values.stores if body is not None else ():
                assert body is not None
                if store.name == name and any(
                    isinstance(r, ObjectIs) and r.class_id in lineage for r in self.evaluator.of_value(body, store.base)
                ):
                    yield from self.stores_of(state, function_id, name)
                    break

    def _property(self, state: State, method: str) -> Iterator[Outcome]:
        body = self.program.body(method)
        if body is None:
            return
        for _, node in body.values.returns:
            yield Next(replace(state, body=body.id, node=node, stack=()))
        if len(body.values.returns) > 1:
            for branch in sorted({b for block, _ in body.values.returns for b in body.controllers()[block]}):
                yield from self.flow.control.condition(replace(state, body=body.id, stack=()), body, branch)

    def stores_of(self, state: State, function_id: str, name: str) -> Iterator[Outcome]:
        """What one function stores in attributes of this name, and what decides whether it does."""
        body = self.program.body(function_id)
        if body is None:
            return
        stores = [store for store in body.values.stores if store.name == name]
        inside = replace(state, body=body.id, stack=())
        for store in stores:
            yield from self.flow.control.use(replace(inside, node=store.value), body, store.block)
        conditions = {branch for store in stores for branch in body.controllers()[store.block]}
        if len({store.value for store in stores}) > 1 or (conditions and not function_id.endswith("__init__")):
            # At the end of a constructor's chain of checks a flag says that all passed: each alone is a weak reason.
            chain = function_id.endswith("__init__") and len(conditions) > MAX_CHECKS
            confidence = LOW if chain else MEDIUM
            for branch in sorted(conditions):
                for outcome in self.flow.control.condition(inside, body, branch):
                    if isinstance(outcome, Next):
                        yield Next(outcome.state, confidence)

    def _constructed(self, state: State, class_id: str, name: str) -> Iterator[Outcome]:
        """A field that the generated constructor fills: the arguments of the calls that make such objects."""
        fields = self._fields(class_id)
        if name not in fields:
            return
        last = class_id.rpartition(":")[2].rpartition(".")[2]
        callers = dict.fromkeys(caller for caller, _ in self.program.project.calls_named(last))
        for caller_id in list(callers)[:MAX_CALLERS]:
            caller = self.program.body(caller_id)
            for site in caller.values.calls if caller is not None else ():
                assert caller is not None
                node = caller.values[site.node]
                if ClassIs(class_id) not in self.evaluator.of_value(caller, node.arguments[0]):
                    continue
                for position, argument in enumerate(site.call.arguments):
                    matched = argument.name == name or (
                        argument.name is None and not argument.star and position == fields.index(name)
                    )
                    if matched:
                        yield Next(replace(state, body=caller.id, node=node.arguments[1 + position]))

    def _fields(self, class_id: str) -> list[str]:
        names: dict[str, None] = {}
        for ancestor in reversed(self.program.project.mro(class_id)):
            facts = self.program.project.klass(ancestor)
            for assign in facts.assigns if facts else ():
                target = getattr(assign.target, "id", None)
                if target and assign.annotation is not None:
                    names.setdefault(target)
        return list(names)

    # ------------------------------------------------------------------------------------ names and modules

    def _name(self, state: State, body: Body, name: str) -> Iterator[Outcome]:
        scope = body.qualname
        while "." in scope:
            scope = scope.rpartition(".")[0]
            outer = self.program.body(f"{body.module}:{scope}")
            if outer is None:
                continue
            parameters = [p.name for p in outer.function.parameters]
            if name in outer.values.assigned or name in parameters:
                yield from self._closure(state, outer, name, name in parameters)
                return
        yield from self._variables(state, self.evaluator.of_value(body, state.node), body.module, name)

    def _closure(self, state: State, outer: Body, name: str, is_parameter: bool) -> Iterator[Outcome]:
        inside = replace(state, body=outer.id, stack=())
        values = tuple(dict.fromkeys(outer.values.assigned.get(name, ())))
        yield from self.flow.all(inside, values)
        if len(values) + is_parameter > 1:
            for block in outer.values.assigned_in.get(name, ()):
                yield from self.flow.control.over(inside, outer, block)
        if is_parameter:
            for number, value in enumerate(outer.values.nodes):
                if value.kind == "parameter" and value.label == name:
                    yield Next(replace(inside, node=number))
                    return
            facts = self.program.facts(outer.id)
            if facts is not None and not self._is_self(facts, name):
                hint = self.vocabulary.parameter_hint(name)
                if hint is not None:
                    yield from self._hinted(state, hint, name, outer, outer.function.span.line)

    def _variables(self, state: State, refs: frozenset[Ref], module: str = "", name: str = "") -> Iterator[Outcome]:
        """A module variable: what its module and the functions that declare it global write."""
        if refs and not name:
            return
        for function_id, _ in self._module_values(module, name):
            body = self.program.body(function_id)
            if body is None:
                continue
            nodes = [node for _, node in body.values.globals_written.get(name, ())]
            nodes += body.values.assigned.get(name, []) if function_id.endswith(":<module>") else []
            yield from self.flow.all(replace(state, body=body.id, stack=()), tuple(dict.fromkeys(nodes)))
        if state.side in ("extent", "data"):
            yield from self.mutations.of_variable(replace(state, stack=()), module, name)

    def _module_values(self, module: str, name: str) -> Iterator[tuple[str, Expr | None]]:
        for write in self.program.project.module_writers(module, name):
            if not _is_plain(write.assign.value):
                yield write.function_id, write.assign.value


def _is_plain(value: Expr | None) -> bool:
    """Whether a module-level value cannot vary, so that its module need not be lowered."""
    return value is None or isinstance(value, Const) or (isinstance(value, CallExpr) and _is_setup(value))


def _is_setup(value: CallExpr) -> bool:
    name = getattr(value.function, "name", getattr(value.function, "id", ""))
    return name in {"getLogger", "init_logger", "TypeVar", "ContextVar", "namedtuple", "NewType", "compile"}
