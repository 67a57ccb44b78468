"""What calls do in a run: events, ranks and sizes, a few builtins and container methods, functions of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.ir.expressions import Attr, Const, Index
from collint.ir.statements import Call, Parameter
from collint.knowledge.rows import PointToPoint
from collint.linking.binding import bind, is_spread
from collint.linking.callers import functions_of, skipped
from collint.linking.meaning import Meaning, called_name
from collint.linking.program import Body
from collint.linking.references import ClassIs, FunctionIs, ObjectIs, Ref
from collint.project.decorators import is_property
from collint.worlds.builtins import BUILTINS, method
from collint.worlds.events import Events
from collint.worlds.places import Places
from collint.worlds.trace import Stopped
from collint.worlds.values import UNKNOWN, Handle, Instance, Reference, Value, literal

if TYPE_CHECKING:
    from collint.worlds.machine import Frame, Machine

WAITS = frozenset({"wait", "synchronize"})


class Calls:
    """The calls of one rank's run."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.meanings = machine.conditions.meanings
        self.vocabulary = self.meanings.vocabulary
        self.evaluator = machine.evaluator
        self.places = Places(machine)
        self.events = Events(machine)

    # ------------------------------------------------------------------------------------------- attributes

    def attribute(self, frame: Frame, base: Value, expression: Attr) -> Value:
        """``base.name``: what was stored, what the constructor stores, a property, a pack's rank or size."""
        name = expression.name
        if isinstance(base, Instance):
            return self._of_instance(base, name)
        if isinstance(base, Reference):
            return self._of_reference(base, name)
        return UNKNOWN

    def _of_instance(self, base: Instance, name: str) -> Value:
        if name in base.attributes:
            return base.attributes[name]
        known = self.places.attribute(ObjectIs(base.class_id), name)
        if known is not UNKNOWN:
            return known
        methods = self.evaluator.members.methods(ObjectIs(base.class_id), name)
        for method_id in methods[:1]:
            facts = self.machine.program.facts(method_id)
            if facts is not None and is_property(facts):
                return self._run(method_id, [base]) if len(methods) == 1 else UNKNOWN
            return Reference(frozenset(FunctionIs(m, bound=True) for m in methods), base)
        self._construct(base)
        if name in base.attributes:
            return base.attributes[name]
        return self._class_constant(base.class_id, name)

    def _construct(self, base: Instance) -> None:
        """Run the constructor of an object that came from outside, to see what its attributes are."""
        if base.made:
            return
        base.made = True
        writer = self.machine.program.project.find_method(base.class_id, "__init__")
        body = self.machine.program.body(writer) if writer else None
        if body is None or self.machine.knowledge.speaks(body.id):
            return
        names = {p.name: self.places.outermost(body, p) for p in body.function.parameters}
        if body.function.parameters:
            names[body.function.parameters[0].name] = base
        try:
            self.machine.enter(body, names)
        except Stopped as reason:
            if reason.why == "long":
                raise
            base.attributes.clear()
        for name, value in list(base.attributes.items()):
            if not self._is_fixed(base.class_id, name) or value in ([], {}):
                base.attributes[name] = UNKNOWN  # what it holds by now, others decided

    def _is_fixed(self, class_id: str, name: str) -> bool:
        """Whether only constructors store an attribute, so that it still is what they made it."""
        writers = self.machine.program.project.writers(class_id, name)
        return all(write.function_id.endswith(".__init__") for write in writers)

    def _class_constant(self, class_id: str, name: str) -> Value:
        writes = self.machine.program.project.writers(class_id, name)
        values = {write.assign.value for write in writes if write.assign is not None}
        only = next(iter(values)) if len(values) == 1 else None
        return literal(only.text) if isinstance(only, Const) else UNKNOWN

    def _of_reference(self, base: Reference, name: str) -> Value:
        for ref in sorted(base.refs, key=repr):
            known = self.places.attribute(ref, name)
            if known is not UNKNOWN:
                return known
        refs = frozenset(member for ref in base.refs for member in self.evaluator.members.member(ref, name))
        if not refs:
            return UNKNOWN
        return Reference(refs, base.receiver)

    def looked_up(self, frame: Frame, expression: Index) -> Value:
        """``os.environ["RANK"]`` and the like; a string, as Python has it."""
        base = self.machine.value(frame, expression.base)
        if isinstance(base, Reference) and isinstance(expression.index, Const):
            return self.places.entry(base.refs, expression.index)
        return UNKNOWN

    # ------------------------------------------------------------------------------------------------- calls

    def call(self, frame: Frame, step: Call) -> Value:
        """Run one call."""
        body = frame.body
        node = body.values.call_nodes.get(id(step))
        if node is None:
            return UNKNOWN
        function = self._function(frame, step)
        arguments = [self.machine.value(frame, argument.value) for argument in step.arguments]
        if isinstance(step.function, Attr):
            base = self.machine.value(frame, step.function.base)
            if isinstance(base, Handle) and step.function.name in WAITS:
                return self.events.wait(base, (body.id, node), step)
            done, result = method(base, step.function.name, arguments)
            if done:
                return result
        meaning = self._meaning(body, node, step, function)
        result = self._known_call(frame, node, step, meaning, arguments)
        if result is None:
            result = self._program_call(frame, node, step, meaning, function, arguments)
        if result is UNKNOWN:
            refs = self.evaluator.of_value(body, node)
            return Reference(refs) if refs else UNKNOWN
        return result[0] if isinstance(result, _Result) else result

    def _function(self, frame: Frame, step: Call) -> Value:
        return self.machine.value(frame, step.function)

    def _meaning(self, body: Body, node: int, step: Call, function: Value) -> Meaning:
        """The meaning of a call by what its function is in this run, else by what it can be at all."""
        general = self.meanings.of_call(body, node)
        if isinstance(function, Reference) and (len(general.functions) > 1 or not general.resolved):
            narrow = self.meanings.of_refs(function.refs)
            if narrow.resolved:
                return narrow
        if isinstance(function, Reference) and general.p2p is not None and not isinstance(step.function, Attr):
            return self.meanings.of_refs(function.refs)  # ``op = isend if first else irecv``
        return general

    def _known_call(
        self, frame: Frame, node: int, step: Call, meaning: Meaning, arguments: list[Value]
    ) -> Value | _Result | None:
        """What packs and builtins say of a call; None where the program's own code has to tell."""
        if meaning.p2p is not None:
            return self.events.p2p(frame, node, step, meaning.p2p, arguments)
        if meaning.rank is not None:
            return _Result((self.places.rank(frame.body, node, meaning),))
        size = self.places.size(frame.body, node, meaning)
        if size is not None:
            return _Result((size,))
        if meaning.collective is not None:
            self.events.collective(step, meaning.collective, (frame.body.id, node), arguments)
            return UNKNOWN
        for name in meaning.names:
            if name in BUILTINS:
                return _Result((BUILTINS[name](arguments),)) if not step_is_odd(step) else UNKNOWN
            if name.endswith((".get_global_rank", ".get_group_rank")) and len(arguments) == 2:
                return _Result((arguments[1],))
            if "[" in name and (found := self.places.environment(name, "call")) is not UNKNOWN:
                return found
        return None

    # -------------------------------------------------------------------------------------- the program's own

    def may_speak(self, body: Body, node: int) -> bool:
        """Whether a call may come to a send or receive."""
        meaning = self.meanings.of_call(body, node)
        return meaning.p2p is not None or any(self.machine.knowledge.speaks(f) for f, _ in meaning.functions)

    def _program_call(
        self, frame: Frame, node: int, step: Call, meaning: Meaning, function: Value, arguments: list[Value]
    ) -> Value:
        made = self._made(function, step, arguments)
        if made is not None:
            return made
        if len(meaning.functions) != 1 or is_spread(step.arguments):
            named = self.vocabulary.event_methods(called_name(step)) if not meaning.resolved else ()
            if any(isinstance(row, PointToPoint) for row in named):
                raise Stopped("unknown")
            if any(self.machine.knowledge.speaks(f) for f, _ in meaning.functions):
                raise Stopped("unknown")
            return UNKNOWN
        function_id, ref = meaning.functions[0]
        callee = self.machine.program.body(function_id)
        facts = self.machine.program.facts(function_id)
        if callee is None or facts is None:
            return UNKNOWN
        if not self.machine.knowledge.speaks(function_id) and len(callee.graph.blocks) > 30:
            return UNKNOWN
        return self.machine.enter(callee, self._bound(callee, step, ref, function, arguments))

    def _bound(self, callee: Body, step: Call, ref: Ref, function: Value, arguments: list[Value]) -> dict[str, Value]:
        facts = self.machine.program.facts(callee.id)
        assert facts is not None
        skip = skipped(self.evaluator, facts, ref)
        names: dict[str, Value] = {p.name: self._default(p) for p in callee.function.parameters}
        if skip and callee.function.parameters:
            receiver = function.receiver if isinstance(function, Reference) else None
            owner = f"{facts.module}:{facts.owner}"
            names[callee.function.parameters[0].name] = receiver if receiver is not None else Instance(owner)
        for name, position in bind(facts.parameters, step.arguments, skip).items():
            names[name] = arguments[position]
        return names

    def _default(self, parameter: Parameter) -> Value:
        return literal(parameter.default.text) if isinstance(parameter.default, Const) else UNKNOWN

    def _made(self, function: Value, step: Call, arguments: list[Value]) -> Instance | None:
        """A new object of a class of the program, its constructor run."""
        refs = function.refs if isinstance(function, Reference) else frozenset()
        classes = [ref for ref in refs if isinstance(ref, ClassIs)]
        if len(classes) != 1 or len(refs) != 1:
            return None
        made = Instance(classes[0].id, made=True)
        constructor = next(iter(functions_of(self.evaluator, classes[0])), None)
        callee = self.machine.program.body(constructor) if constructor else None
        if callee is not None and not is_spread(step.arguments):
            self.machine.enter(callee, self._bound(callee, step, classes[0], Reference(refs, made), arguments))
        return made

    def _run(self, function_id: str, values: list[Value]) -> Value:
        callee = self.machine.program.body(function_id)
        if callee is None:
            return UNKNOWN
        names: dict[str, Value] = {p.name: self._default(p) for p in callee.function.parameters}
        names.update(zip((p.name for p in callee.function.parameters), values, strict=False))
        return self.machine.enter(callee, names)


class _Result(tuple[Value]):
    """A result that packs or builtins know, apart from "the program has to tell" (None)."""


def step_is_odd(step: Call) -> bool:
    """Whether a builtin's call has keywords or stars, which its stand-in here does not take."""
    return any(argument.name is not None or argument.star for argument in step.arguments)
