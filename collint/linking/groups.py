"""Which communicators a value names, and which axes they span.

A group that no pack names becomes a symbol of the place that holds it; :func:`substitute` replaces a callee's symbols
by what a caller hands over.
"""

from __future__ import annotations

from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.rows import Collective, NewGroup, PointToPoint, Rank
from collint.knowledge.vocabulary import CALLED
from collint.linking import mesh_axes
from collint.linking.binding import bind
from collint.linking.callers import skipped
from collint.linking.evaluate import is_none, is_only_none, leaves
from collint.linking.keys import Key
from collint.linking.meaning import Meaning, Meanings
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator, ExternalObject, FunctionIs, ObjectIs, Ref, Symbol, in_order
from collint.linking.slicing import items_at, literal_place
from collint.project.decorators import is_self
from collint.project.targets import VariableTarget

Communicators = frozenset[Communicator]
MAX_DEPTH = 4


class Groups:
    """Communicators of values, calls and events."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings = meanings
        self.evaluator = meanings.evaluator
        self.vocabulary = meanings.vocabulary

    def axes(self, communicator: Communicator) -> frozenset[str | Symbol]:
        """The axes that a communicator spans; a group whose ranks nothing tells spans one axis of its own."""
        if isinstance(communicator.group, Symbol):
            return frozenset(mesh_axes.axes_of(communicator.group))
        row = self.vocabulary.group(communicator.group)
        if row is not None and row.unknown:
            return frozenset({Symbol("unknown", "", row.name)})
        return frozenset(self.vocabulary.axes_of(communicator.group))

    def of_message(self, body: Body, node: int, row: PointToPoint) -> Communicators:
        """The communicators on which a send or receive may run."""
        return self._of_argument(body, node, row.group, row.default_group)

    def of_collective(self, body: Body, node: int, row: Collective) -> Communicators:
        """The communicators on which a collective may run; several are alternatives."""
        if row.computed_by:
            places = self.meanings.computing(body, node, row)
            of = self._of_object if row.taken_from else self._of_called
            return frozenset(c for where, place in places for c in of(where, place))
        if row.name.endswith(CALLED):
            return self._of_called(body, node)
        found = self._of_argument(body, node, row.group, row.default_group)
        if row.channel:
            found = frozenset(Communicator(c.group, row.channel) for c in found)
        return found

    def _of_called(self, body: Body, node: int) -> Communicators:
        """The group of the object that a call at ``node`` calls."""
        function = body.values[node].arguments[0]
        named = self.of_refs(self.evaluator.of_value(body, function))
        made = (self._made_from(body, leaf) for leaf in leaves(body, function))
        return frozenset(c for group in made for c in group) or named or frozenset({WORLD})

    def _of_object(self, body: Body, node: int) -> Communicators:
        """The group of an object that stands for one."""
        return self.of_refs(self.evaluator.of_value(body, node)) or frozenset({WORLD})

    def _made_from(self, body: Body, node: int) -> Communicators:
        """The group that the constructor of a handle was given, where it is called right here."""
        if body.values[node].kind != "call":
            return frozenset()
        for ref in in_order(self.evaluator.of_value(body, node)):
            handle = self.evaluator.members.handle(ref)
            place = self.meanings.argument(body, node, handle.made_from) if handle is not None else None
            if place is not None:
                return self.of_value(body, place)
        return frozenset()

    def of_creation(self, body: Body, node: int, row: NewGroup) -> Communicators:
        """The communicator whose ranks must all make this new group."""
        return self._of_argument(body, node, row.group, row.over)

    def of_rank(self, body: Body, node: int, meaning: Meaning) -> Communicators:
        """The group in which a rank call tells this process's place."""
        assert meaning.rank is not None
        if meaning.rank.axis:
            return self._along(body, node, meaning.rank)
        return self._of_argument(body, node, meaning.rank.group, meaning.rank.of)

    def _along(self, body: Body, node: int, row: Rank) -> Communicators:
        """The group along the axes that an argument names, else along those of the receiver."""
        place = self.meanings.argument(body, node, row.axis)
        names = mesh_axes.names_of_value(body, place) if place is not None else ()
        if names:
            return frozenset({mesh_axes.along(names)})
        receiver = self.meanings.argument(body, node, "receiver") if place is None else None
        refs = self.evaluator.of_value(body, receiver) if receiver is not None else frozenset()
        told = {ref.group for ref in refs if isinstance(ref, ExternalObject) and ref.group is not None}
        return frozenset(told or {Communicator(row.of)})

    def of_agreement(self, body: Body, node: int, meaning: Meaning) -> Communicators:
        """The group over which an agreement's results are uniform."""
        assert meaning.agreement is not None
        return self._of_argument(body, node, meaning.agreement.group, meaning.agreement.of)

    def _of_argument(self, body: Body, node: int, spelling: str, default: str) -> Communicators:
        if not spelling:
            return frozenset({Communicator(default)})
        place = self.meanings.argument(body, node, spelling)
        if place is None:
            return frozenset({Communicator(default)})
        return self.of_value(body, place, default)

    def of_value(self, body: Body, node: int, default: str = "world", depth: int = 0) -> Communicators:
        """The communicators that a node may name. None stands for ``default`` where nothing else is possible."""
        found: set[Communicator] = set()
        absent = False
        for leaf in leaves(body, node):
            value = body.values[leaf]
            if is_none(body, leaf):
                absent = True
                continue
            found |= self._of_leaf(body, leaf, value, default, depth)
        # ``group or get_default()``: the None is what the other alternative replaces.
        return frozenset(found) if found or not absent else frozenset({Communicator(default)})

    def _of_leaf(self, body: Body, leaf: int, value: Value, default: str, depth: int) -> Communicators:
        if self._is_registered_name(body, value) and depth < MAX_DEPTH:
            return self.of_value(body, value.arguments[0], default, depth + 1)
        made = value.arguments[0] if value.kind == "index" else leaf  # some make several groups at a time
        if body.values[made].kind == "call" and self.meanings.of_call(body, made).new_group is not None:
            line = value.span.line if value.span else 0
            return frozenset({Communicator(Symbol("created", body.id, str(line)))})
        named = self.of_refs(self.evaluator.of_value(body, leaf))
        if named and not (all(_is_anonymous(c) for c in named) and self._is_place(body, value)):
            return named
        if value.kind == "name" and depth < MAX_DEPTH:
            found = self._of_outer(body, str(value.label), default, depth)
            if found:
                return found
        if named:  # typed as a group, but which one only its place tells
            symbol = self._symbol(body, leaf, value)
            return frozenset(Communicator(symbol, communicator.channel) for communicator in named)
        if value.kind in ("call", "index") and depth < MAX_DEPTH:
            found = self._of_call(body, leaf, value, default, depth)
            if found:
                return found
        return frozenset({Communicator(self._symbol(body, leaf, value))})

    def _is_registered_name(self, body: Body, value: Value) -> bool:
        """Whether a value is a group's name, read from the group: no attribute that a class of the program sets."""
        if value.kind != "attr" or value.label not in self.vocabulary.registered_names:
            return False
        name = str(value.label)
        held = self.evaluator.of_value(body, value.arguments[0])
        return not any(isinstance(ref, ObjectIs) and self.evaluator.project.writers(ref.class_id, name) for ref in held)

    def _is_place(self, body: Body, value: Value) -> bool:
        """Whether a value is held somewhere that can name it: not the object itself (``self``)."""
        if value.kind == "parameter":
            facts = self.evaluator.program.facts(body.id)
            return facts is None or not is_self(facts, str(value.label))
        return value.kind in ("attr", "name") and not self._is_channel(body, value)

    def _is_channel(self, body: Body, value: Value) -> bool:
        """Whether an attribute is a channel of a handle, which follows the handle's own group."""
        if value.kind != "attr":
            return False
        members = self.evaluator.members
        handles = (members.handle(ref) for ref in self.evaluator.of_value(body, value.arguments[0]))
        return any(handle is not None and value.label in handle.channels for handle in handles)

    def of_refs(self, refs: frozenset[Ref]) -> Communicators:
        """The communicators that references stand for."""
        found = (self.evaluator.members.group_of(ref) for ref in refs)
        return frozenset(group for group in found if group is not None)

    def _of_call(self, body: Body, node: int, value: Value, default: str, depth: int) -> Communicators:
        """What functions of the program return, or, of ``first, second = make_groups()``, what stands at that place."""
        place = literal_place(body, value.arguments[1]) if value.kind == "index" else None
        if value.kind == "index":
            node = value.arguments[0]
            if place is None or body.values[node].kind != "call":
                return frozenset()
        meaning = self.meanings.of_call(body, node)
        found: set[Communicator] = set()
        for function_id, ref in meaning.functions:
            callee = self.evaluator.program.body(function_id)
            if callee is None or not isinstance(ref, FunctionIs):
                continue
            returns = [returned for _, returned in callee.values.returns]
            if place is not None:
                returns = [item for returned in returns for item in items_at(callee, returned, place)]
            held = [returned for returned in returns if not is_only_none(callee, returned)]
            for returned in held or returns:  # a None among other answers is no group
                for group in self.of_value(callee, returned, default, depth + 1):
                    found |= self.substitute(group, body, node, callee, ref)
        return frozenset(found)

    def _of_outer(self, body: Body, name: str, default: str, depth: int) -> Communicators:
        """What a variable of a function around this one may name: its values there, or that function's parameter."""
        module, _, qualname = body.id.partition(":")
        while "." in qualname:
            qualname = qualname.rpartition(".")[0]
            outer = self.evaluator.program.body(f"{module}:{qualname}")
            if outer is None:
                continue
            nodes = outer.values.assigned.get(name, ())
            found = {c for node in nodes for c in self.of_value(outer, node, default, depth + 1)}
            if any(parameter.name == name for parameter in outer.function.parameters):
                found.add(Communicator(Symbol("parameter", outer.id, name)))
            if found:
                return frozenset(found)
        return frozenset()

    def _symbol(self, body: Body, node: int, value: Value) -> Symbol:
        if value.kind == "parameter":
            return Symbol("parameter", body.id, str(value.label))
        if value.kind == "attr":
            owner = self._attribute_owner(body, value)
            if owner is not None:
                return Symbol("attribute", owner, str(value.label))
        if value.kind == "name":
            return Symbol("variable", *self._variable(body.module, str(value.label)))
        line = value.span.line if value.span else 0
        return Symbol("object", body.id, f"{node}@{line}")

    def _attribute_owner(self, body: Body, value: Value) -> str | None:
        """The most basic class that writes the attribute, so that base and subclass name one symbol."""
        for ref in in_order(self.evaluator.of_value(body, value.arguments[0])):
            if isinstance(ref, ObjectIs):
                name = str(value.label)
                lineage = self.evaluator.project.mro(ref.class_id)
                writers = {
                    write.function_id.partition(":")[0] + ":" + write.function_id.partition(":")[2].rpartition(".")[0]
                    for write in self.evaluator.project.writers(ref.class_id, name)
                }
                owners = [owner for owner in lineage if owner in writers]
                return owners[-1] if owners else ref.class_id
            if isinstance(ref, ExternalObject):
                return ref.class_name
        return None

    def _variable(self, module: str, name: str) -> tuple[str, str]:
        for target in self.evaluator.project.resolve_name(module, "<module>", name):
            if isinstance(target, VariableTarget):
                return target.module, target.name
        return module, name

    # ----------------------------------------------------------------------------------------- substitution

    def substitute(self, communicator: Communicator, body: Body, node: int, callee: Body, ref: Ref) -> Communicators:
        """What a callee's communicator is at this call: its parameters and its own group become the caller's values."""
        symbol = communicator.group
        if not isinstance(symbol, Symbol):
            return frozenset({communicator})
        if symbol.kind == "parameter" and symbol.owner == callee.id:
            return self._handed(communicator, symbol, body, node, callee, ref)
        if symbol.kind == "object" and not symbol.name:
            receiver = self.meanings.argument(body, node, "receiver")
            if receiver is not None:
                named = self.of_refs(self.evaluator.of_value(body, receiver))
                return frozenset(Communicator(c.group, communicator.channel) for c in named) or frozenset(
                    {communicator}
                )
        return frozenset({communicator})

    def substituted(self, key: Key, body: Body, node: int, callee: Body, ref: Ref) -> Key:
        """A callee's key with the groups that it was handed at this call replaced by the caller's."""
        found: list[object] = []
        for part in key:
            if isinstance(part, tuple):
                found.append(self.substituted(part, body, node, callee, ref))
            elif isinstance(part, Symbol) and part.kind == "parameter" and part.owner == callee.id:
                handed = self.substitute(Communicator(part), body, node, callee, ref)
                found += [communicator.group for communicator in sorted(handed, key=repr)]
            else:
                found.append(part)
        made = tuple(found)
        return key if made == key else made  # most hold none, and a key is kept by all who asked

    def _handed(
        self, communicator: Communicator, symbol: Symbol, body: Body, node: int, callee: Body, ref: Ref
    ) -> Communicators:
        facts = self.evaluator.program.facts(callee.id)
        value = body.values[node]
        call = value.label
        if facts is None or not isinstance(call, Call):
            return frozenset({communicator})
        position = bind(facts.parameters, call.arguments, skipped(self.evaluator, facts, ref)).get(symbol.name)
        if position is None:
            default = next((p.default for p in facts.parameters if p.name == symbol.name), None)
            if default is not None and getattr(default, "text", "") == "None":
                return frozenset({WORLD})
            return frozenset({communicator})
        found = self.of_value(body, value.arguments[1 + position])
        if communicator.channel:
            return frozenset(Communicator(c.group, communicator.channel) for c in found)
        return found


def _is_anonymous(communicator: Communicator) -> bool:
    """Whether a communicator says no more than "the group of this kind of object"."""
    symbol = communicator.group
    return isinstance(symbol, Symbol) and symbol.kind == "object" and not symbol.name
