"""What calls do in a run: events, ranks and sizes, a few builtins and container methods, functions of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.ir.expressions import Attr, Const, Index
from collint.ir.statements import Call, Parameter
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Collective, PointToPoint, Rank
from collint.linking.binding import argument_at, bind, is_spread
from collint.linking.callers import functions_of, skipped
from collint.linking.meaning import Meaning, called_name
from collint.linking.program import Body
from collint.linking.references import ClassIs, ExternalIs, FunctionIs, ObjectIs, Ref, Symbol
from collint.project.decorators import is_property, is_static
from collint.project.facts import FunctionFacts
from collint.worlds.builtins import BUILTINS, method
from collint.worlds.trace import ANYONE, Kind, Said, Stopped
from collint.worlds.values import UNKNOWN, Half, Handle, Instance, Reference, Value, truth

if TYPE_CHECKING:
    from collint.worlds.machine import Frame, Machine

# Parameters and attributes that say what they hold, where no pack does.
RANK_NAMES = frozenset(
    "rank global_rank world_rank my_rank cur_rank current_rank process_index rank_id stage stage_id pp_rank".split()
)
SIZE_NAMES = frozenset("world_size num_ranks nprocs num_processes pp_size num_stages n_ranks n_stages".split())
# Collectives in which no rank gets past before every rank has come.
MEETING = frozenset(
    "barrier monitored_barrier all_reduce all_gather all_gather_into_tensor all_gather_object reduce_scatter "
    "reduce_scatter_tensor all_to_all all_to_all_single".split()
)
WAITS = frozenset({"wait", "synchronize"})


class Calls:
    """The calls of one rank's run."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.meanings = machine.conditions.meanings
        self.vocabulary = self.meanings.vocabulary
        self.evaluator = machine.evaluator

    # ------------------------------------------------------------------------------------------- parameters

    def outermost(self, body: Body, parameter: Parameter) -> Value:
        """A parameter of the function with which a run begins."""
        facts = self.machine.program.facts(body.id)
        if facts is not None and is_self(facts, parameter.name):
            return Instance(f"{facts.module}:{facts.owner}")
        if parameter.name in RANK_NAMES:
            return self.machine.rank
        if parameter.name in SIZE_NAMES:
            return self.machine.size
        return UNKNOWN

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
        known = self._known(ObjectIs(base.class_id), name)
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
        names = {p.name: self.outermost(body, p) for p in body.function.parameters}
        if body.function.parameters:
            names[body.function.parameters[0].name] = base
        try:
            self.machine.enter(body, names)
        except Stopped as reason:
            if reason.why == "long":
                raise
            base.attributes.clear()

    def _class_constant(self, class_id: str, name: str) -> Value:
        from collint.worlds.machine import literal

        writes = self.machine.program.project.writers(class_id, name)
        values = {write.assign.value for write in writes if write.assign is not None}
        only = next(iter(values)) if len(values) == 1 else None
        return literal(only.text) if isinstance(only, Const) else UNKNOWN

    def _of_reference(self, base: Reference, name: str) -> Value:
        for ref in sorted(base.refs, key=repr):
            known = self._known(ref, name)
            if known is not UNKNOWN:
                return known
        refs = frozenset(member for ref in base.refs for member in self.evaluator.members.member(ref, name))
        if not refs:
            return UNKNOWN
        return Reference(refs, base.receiver)

    def _known(self, ref: Ref, name: str) -> Value:
        """What packs say of an attribute: a rank, a size."""
        members = self.evaluator.members
        handle, group = members.handle(ref), members.group_of(ref)
        if handle is not None and group is not None:
            if name in handle.ranks:
                return self._rank_in({group.group})
            if name in handle.leaders:
                leader = self.machine.size - 1 if "last" in name else 0
                return self._rank_in({group.group}) == leader
            if name in handle.uniform and name == "world_size":
                return self._size_of({group.group})
        owners = members.class_names(ref.class_id) if isinstance(ref, ObjectIs) else (getattr(ref, "name", ""),)
        for owner in owners:
            row = self.vocabulary.rank(f"{owner}.{name}", "attribute")
            if row is not None:
                return self._tested(self._rank_in({row.of}), row)
            size = self.vocabulary.size(f"{owner}.{name}", "attribute")
            if size is not None and size.side == "data":
                return self._size_of({size.of})
        return UNKNOWN

    def looked_up(self, frame: Frame, expression: Index) -> Value:
        """``os.environ["RANK"]`` and the like; a string, as Python has it."""
        base = self.machine.value(frame, expression.base)
        if isinstance(base, Reference) and isinstance(expression.index, Const):
            key = expression.index.text[1:-1]
            for ref in base.refs:
                if isinstance(ref, ExternalIs):
                    return self._environment(f"{ref.name}[{key}]", "attribute")
        return UNKNOWN

    def _environment(self, name: str, kind: str) -> Value:
        if self.vocabulary.rank(name, kind) is not None:  # type: ignore[arg-type]
            return str(self.machine.rank)
        if name.endswith("WORLD_SIZE]"):
            return str(self.machine.size)
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
                return self._wait(base, (body.id, node), step)
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
            return self._p2p(frame, node, step, meaning.p2p, arguments)
        if meaning.rank is not None:
            return _Result((self._rank(frame.body, node, meaning),))
        size = self._size(frame.body, node, meaning)
        if size is not None:
            return _Result((size,))
        if meaning.collective is not None:
            self._collective(step, meaning.collective, frame.body, node, arguments)
            return UNKNOWN
        for name in meaning.names:
            if name in BUILTINS:
                return _Result((BUILTINS[name](arguments),)) if not step_is_odd(step) else UNKNOWN
            if name.endswith((".get_global_rank", ".get_group_rank")) and len(arguments) == 2:
                return _Result((arguments[1],))
            if "[" in name and (found := self._environment(name, "call")) is not UNKNOWN:
                return found
        return None

    def _rank(self, body: Body, node: int, meaning: Meaning) -> Value:
        assert meaning.rank is not None
        groups = {c.group for c in self.machine.conditions.groups.of_rank(body, node, meaning)}
        return self._tested(self._rank_in(groups), meaning.rank)

    def _rank_in(self, groups: set[str | Symbol]) -> Value:
        self._speak_of(groups)
        return self.machine.rank

    def _tested(self, rank: Value, row: Rank) -> Value:
        if row.space == "local" or (row.test and row.test != "== 0"):
            return UNKNOWN
        return rank == 0 if row.test else rank

    def _size(self, body: Body, node: int, meaning: Meaning) -> Value | None:
        for name in meaning.names:
            row = self.vocabulary.size(name)
            if row is not None:
                place = self.meanings.argument(body, node, row.group) if row.group else None
                known = self.machine.conditions.groups.of_value(body, place, row.of) if place is not None else ()
                size = self._size_of({c.group for c in known} or {row.of})
                return list(range(self.machine.size)) if row.side == "extent" else size
        return None

    def _size_of(self, groups: set[str | Symbol]) -> Value:
        self._speak_of(groups)
        return self.machine.size

    def _speak_of(self, groups: set[str | Symbol]) -> None:
        """A world is one group; a run that counts in two different ones cannot be followed."""
        self.machine.groups |= groups - {"world"}
        if len(self.machine.groups) > 1:
            raise Stopped("unknown")

    # ------------------------------------------------------------------------------------------------ events

    def _p2p(self, frame: Frame, node: int, step: Call, row: PointToPoint, arguments: list[Value]) -> Value:
        place = (frame.body.id, node)
        if row.direction == "batch":
            listed = arguments[0] if arguments else UNKNOWN
            return self._batch(listed, place)
        peer = self._peer(step, row, arguments)
        tag = self._named(step, arguments, "tag")
        if row.direction == "operation":
            direction = self._direction(arguments[0]) if arguments else ""
            if direction not in ("send", "receive"):
                raise Stopped("unknown")
            return Half(direction, peer, tag, place)  # type: ignore[arg-type]
        said = self._said(row.direction, peer, tag, place, called_name(step), blocks=row.blocking)
        self.machine.trace.said.append(said)
        return UNKNOWN if row.blocking else Handle((len(self.machine.trace.said) - 1,))

    def _said(self, direction: str, peer: Value, tag: Value, place: tuple[str, int], op: str, *, blocks: bool) -> Said:
        kind: Kind = "send" if direction == "send" else "receive"
        if peer is None and kind == "receive":
            peer = ANYONE
        elif isinstance(peer, bool) or not isinstance(peer, int):
            raise Stopped("unknown")
        known = tag if isinstance(tag, (int, str)) else 0 if tag is None else "?"
        said = Said(kind, op, place, peer, known, blocks, via=self._via(), loose=self.machine.loose())
        if peer != ANYONE and not 0 <= peer < self.machine.size:
            raise Stopped("outside", said)
        return said

    def _via(self) -> tuple[str, ...]:
        return tuple(frame.body.qualname for frame in self.machine.frames)

    def _batch(self, listed: Value, place: tuple[str, int]) -> Value:
        if not isinstance(listed, list) or not all(isinstance(half, Half) for half in listed):
            raise Stopped("unknown")
        said = self.machine.trace.said
        posted = []
        for half in listed:
            op = "isend" if half.direction == "send" else "irecv"
            said.append(self._said(half.direction, half.peer, half.tag, half.place, op, blocks=False))
            posted.append(len(said) - 1)
        return [Handle((index,)) for index in posted]

    def _direction(self, function: Value) -> str:
        if not isinstance(function, Reference):
            return ""
        row = self.meanings.of_refs(function.refs).p2p
        return row.direction if row is not None else ""

    def _peer(self, step: Call, row: PointToPoint, arguments: list[Value]) -> Value:
        for spelling in (row.peer, row.group_peer):
            position = argument_at(parse_argument(spelling), step.arguments) if spelling else None
            if position is not None and arguments[position] is not None:
                return arguments[position]
        if is_spread(step.arguments):
            return UNKNOWN
        if row.unnamed_peer == "next":
            return (self.machine.rank + 1) % self.machine.size
        if row.unnamed_peer == "previous":
            return (self.machine.rank - 1) % self.machine.size
        return None if row.direction == "receive" else UNKNOWN

    def _named(self, step: Call, arguments: list[Value], name: str) -> Value:
        for position, argument in enumerate(step.arguments):
            if argument.name == name:
                return arguments[position]
        return 0

    def _wait(self, handle: Handle, place: tuple[str, int], step: Call) -> Value:
        self.machine.trace.said.append(Said("wait", called_name(step), place, awaited=handle.posted, via=self._via()))
        return UNKNOWN

    def _collective(self, step: Call, row: Collective, body: Body, node: int, arguments: list[Value]) -> None:
        handle = argument_at(parse_argument(row.handle_when), step.arguments) if row.handle_when else None
        returns_handle = handle is not None and truth(arguments[handle]) is not False
        if row.family not in MEETING or not row.blocking or returns_handle:
            return
        self.machine.trace.said.append(Said("meet", row.family, (body.id, node), via=self._via()))

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
        from collint.worlds.machine import literal

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


def is_self(facts: FunctionFacts, name: str) -> bool:
    """Whether a parameter is the object that a method is called on."""
    own = facts.owner is not None and facts.parameters[:1] != () and not is_static(facts)
    return own and facts.parameters[0].name == name


class _Result(tuple[Value]):
    """A result that packs or builtins know, apart from "the program has to tell" (None)."""


def step_is_odd(step: Call) -> bool:
    """Whether a builtin's call has keywords or stars, which its stand-in here does not take."""
    return any(argument.name is not None or argument.star for argument in step.arguments)
