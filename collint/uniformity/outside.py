"""One step of the backward walk that leaves the body: parameters, closures, module variables.

A parameter is its argument at the call through which the walk came in, else the join of all callers' arguments, else
what a pack's hint says, else uniform. What a test hands to a function of the program is none of its circumstances.
Attributes are not here, see :mod:`collint.uniformity.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from collint.ir.expressions import CallExpr, Const, Expr
from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.binding import bind, is_spread
from collint.linking.callers import caller_sites, callers_of, handed_over, skipped
from collint.linking.program import Body
from collint.linking.references import Ref
from collint.project.decorators import is_self
from collint.project.facts import FunctionFacts
from collint.project.modules import is_test
from collint.uniformity.attributes import MAX_WRITERS
from collint.uniformity.states import HIGH, LOW, MEDIUM, Born, Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

MAX_CALLERS = 24


class Outside:
    """Transfer functions across bodies."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.program = flow.program
        self.evaluator = flow.evaluator
        self.vocabulary = flow.vocabulary

    def named(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """A parameter, a closure variable, a module variable or an imported name."""
        if value.kind == "parameter":
            return self._parameter(state, body, str(value.label))
        if value.kind == "name":
            return self._name(state, body, str(value.label))
        return self.variables(state, self.evaluator.of_value(body, state.node))

    # ------------------------------------------------------------------------------------------- parameters

    def _parameter(self, state: State, body: Body, name: str) -> Iterator[Outcome]:
        facts = self.program.facts(body.id)
        if facts is None or is_self(facts, name):
            return
        typed = list(self.flow.declared.typed(state, body, state.node))
        if typed:
            yield from (outcome for outcome in typed if isinstance(outcome, Born))
            return
        if state.stack:
            yield from self._argument(state, body, facts, name)
            return
        handed = self.flow.declared.handed(state, body, facts, name)
        if handed is not None:
            yield handed
            return
        found = False
        for outcome in self._from_callers(state, body, facts, name):
            found = True
            yield outcome
        if not found and not self._is_left_out(body, facts, name):
            hint = self.vocabulary.parameter_hint(name)
            if hint is not None:
                yield from self.flow.declared.hinted(state, hint, name, body, body.function.span.line)
            elif state.read and state.side == "data":
                yield from self.flow.declared.local_tensor(state, facts, name, body)

    def _is_left_out(self, body: Body, facts: FunctionFacts, name: str) -> bool:
        """Whether the callers are known and none of them gives this argument, so that it is its default."""
        default = next((p.default for p in facts.parameters if p.name == name), None)
        if not isinstance(default, Const):
            return False
        sites = caller_sites(self.evaluator, body.id)
        if not sites or any(is_spread(site.arguments) for _, site in sites):
            return False
        return next(handed_over(self.evaluator, body.id, name, len(sites)), None) is None

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
        position = self._places(caller, node, body, facts).get(name)
        if position is not None:
            handed = replace(state, body=caller.id, node=value.arguments[1 + position])
            yield from self.flow.control.use(handed, caller, value.block)

    def _places(self, caller: Body, node: int, body: Body, facts: FunctionFacts) -> Mapping[str, int]:
        """Which argument of a call each parameter of a function gets."""
        memo: dict[tuple[int, str], Mapping[str, int]] = caller.memo.setdefault("bound", {})  # type: ignore[assignment]
        found = memo.get((node, body.id))
        if found is None:
            call = caller.values[node].label
            ref = next((ref for f, ref in self.flow.meanings.of_call(caller, node).functions if f == body.id), None)
            found = {}
            if ref is not None and isinstance(call, Call):
                found = bind(facts.parameters, call.arguments, skipped(self.evaluator, facts, ref))
            memo[node, body.id] = found
        return found

    def _from_callers(self, state: State, body: Body, facts: FunctionFacts, name: str) -> Iterator[Outcome]:
        every = callers_of(self.evaluator, body.id)
        callers = [caller for caller in every if is_test(body.id) or not is_test(caller)]
        confidence = HIGH if len(callers) <= MAX_CALLERS else LOW
        for caller_id in callers[:MAX_CALLERS]:
            caller = self.program.body(caller_id)
            if caller is None or caller_id == body.id:
                continue
            for site, alone in self.flow.meanings.calls_to(caller, body.id):
                for outcome in self._bound(state, caller, site.node, body, facts, name):
                    assert isinstance(outcome, Next)
                    yield Next(outcome.state, min(confidence, HIGH if alone else MEDIUM))

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
        yield from self.variables(state, self.evaluator.of_value(body, state.node), body.module, name)

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
            if facts is not None and not is_self(facts, name):
                hint = self.vocabulary.parameter_hint(name)
                if hint is not None:
                    yield from self.flow.declared.hinted(state, hint, name, outer, outer.function.span.line)

    def variables(self, state: State, refs: frozenset[Ref], module: str = "", name: str = "") -> Iterator[Outcome]:
        """A module variable: what its module and the functions that declare it global write."""
        if refs and not name:
            return
        writers = dict.fromkeys(function_id for function_id, _ in self._module_values(module, name))
        counting = [writer for writer in writers if is_test(state.body) or not is_test(writer)]
        for function_id in counting[:MAX_WRITERS]:
            body = self.program.body(function_id)
            if body is None:
                continue
            nodes = [node for _, node in body.values.globals_written.get(name, ())]
            nodes += body.values.assigned.get(name, ()) if function_id.endswith(":<module>") else ()
            yield from self.flow.all(replace(state, body=body.id, stack=()), tuple(dict.fromkeys(nodes)))
        if state.side in ("extent", "data"):
            yield from self.flow.mutations.of_variable(replace(state, stack=()), module, name)

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
