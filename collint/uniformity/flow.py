"""One step of the backward walk inside a body: on what does this side of this value depend?

The transfer functions of the analysis, read from use to definition. *Data*, *extent* and *order* are told apart:
``len(x)`` turns extent into data, ``range(n)`` data into extent. This is the dispatch, with the nodes that need few
words; joins, operators, subscripts, calls and what lies outside the body have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.linking.conditions import Conditions
from collint.linking.failures import Failures
from collint.linking.meaning import called_name
from collint.linking.named_keys import literal_key
from collint.linking.program import Body
from collint.linking.references import ObjectIs
from collint.uniformity import places
from collint.uniformity.agreements import Agreements
from collint.uniformity.attributes import Attributes
from collint.uniformity.calls import CallFlow
from collint.uniformity.control import Control
from collint.uniformity.declared import Declared
from collint.uniformity.extents import Extents, is_mapping
from collint.uniformity.given import Given
from collint.uniformity.joins import Joins
from collint.uniformity.kinds import Kinds
from collint.uniformity.mutations import Mutations
from collint.uniformity.operations import Operations
from collint.uniformity.outside import Outside
from collint.uniformity.parts import Parts
from collint.uniformity.places import is_place
from collint.uniformity.presence import NEVER_NONE, Presence
from collint.uniformity.ruled_out import RuledOut
from collint.uniformity.states import HIGH, LOW, MEDIUM, Born, Next, Outcome, Side, State
from collint.uniformity.subscripts import Subscripts, entries_asked, keeps_entry
from collint.uniformity.transfer import Transfers

# Attributes that tell the extent of an array rather than its contents.
EXTENT_ATTRIBUTES = frozenset({"shape", "nbytes", "size", "ndim_"})
# Nodes that hand on a mapping, so that who asks for its keys asks them for no more.
HANDED_ON = frozenset(
    {"phi", "choose", "after", "stored", "parameter", "name", "attr", "display", "call", "index", "collected"}
)
# Methods that put one element into a container, whatever it is.
ADDS_ONE = frozenset({"append", "appendleft", "add", "insert", "put", "setdefault"})
FIXED_ATTRIBUTES = frozenset(
    "dtype device ndim layout requires_grad __class__ __name__ is_cuda is_cpu is_xpu is_hpu is_meta is_mps".split()
)


class Flow:
    """The transfer functions, with access to the rest of the program."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.groups = conditions.groups
        self.meanings = conditions.meanings
        self.evaluator = conditions.evaluator
        self.program = conditions.program
        self.vocabulary = conditions.program.vocabulary
        self.failures = Failures(conditions.meanings)
        self.presence = Presence(conditions)
        self.extents = Extents(conditions)
        self.ruled_out = RuledOut(conditions, self.presence)
        self.control = Control(self)
        self.joins = Joins(self)
        self.kinds = Kinds(self)
        self.operations = Operations(self)
        self.subscripts = Subscripts(self)
        self.agreements = Agreements(self)
        self.parts = Parts(self)
        self.transfers = Transfers(self)
        self.calls = CallFlow(self)
        self.declared = Declared(self)
        self.attributes = Attributes(self)
        self.given = Given(self)
        self.mutations = Mutations(self)
        self.outside = Outside(self)

    def outcomes(self, state: State) -> Iterator[Outcome]:
        """Everything that one side of a value depends on directly."""
        body = self.program.body(state.body)
        if body is None:
            return
        value = body.values[state.node]
        here = value.block
        if (state.keys or state.truth) and value.kind not in HANDED_ON:
            state = replace(state, keys=False, truth=False)
        if state.truth and value.kind == "index":
            state = replace(state, truth=False)
        if state.truth and self.extents.is_collection(body, state.node):
            # Whether there is a list with any elements, not what they are.
            yield Next(replace(state, side="extent", truth=False))
            yield Next(replace(state, side="presence", truth=False))
            return
        for outcome in self._depends(state, body):
            if state.entry and isinstance(outcome, Next) and not keeps_entry(state, body, outcome.state):
                outcome = replace(outcome, state=replace(outcome.state, entry=""))
            if isinstance(outcome, Next) and outcome.state.body == state.body and outcome.state.stack == state.stack:
                # Pure values are shared and stand at their first place; the loops around the use are those of this
                # node.
                for found in self.control.use(outcome.state, body, here):
                    yield Next(found.state, outcome.confidence) if isinstance(found, Next) else found
            else:
                yield outcome

    def _depends(self, state: State, body: Body) -> Iterator[Outcome]:
        value = body.values[state.node]
        if value.kind == "phi":
            return self.joins.outcomes(state, body, value)
        if state.side == "extent" and value.kind in ("call", "parameter", "attr"):
            return chain(self.iterated(state, body, state.node), self._other(state, body, value))
        return self._other(state, body, value)

    def _other(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        if state.side == "presence" and (
            value.kind in NEVER_NONE or (value.kind == "index" and self.presence.is_none(body, state.node) is False)
        ):
            return iter(())
        if state.side == "kind" and value.kind not in ("parameter", "name", "import", "attr"):
            return self.kinds.outcomes(state, body, value)
        if value.kind == "call":
            return self.calls.outcomes(state, body, value)
        if value.kind == "after":
            return self._after(state, body, value)
        if value.kind in ("parameter", "name", "import"):
            return self.outside.named(state, body, value)
        if value.kind == "attr":
            return self._attribute(state, body, value)
        if value.kind == "index":
            return self.subscripts.outcomes(state, body, value)
        if value.kind == "caught":
            return self._caught(body, value)
        return self._composed(state, body, value)

    # ---------------------------------------------------------------------------------------------- composed

    def _composed(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        parts = value.arguments
        if value.kind == "op":
            yield from self.operations.outcomes(state, body, value)
        elif value.kind == "choose":
            yield from self.all(state, parts[1:])
            if self.joins.differ(state, body, parts[1:]):
                yield Next(replace(state, node=parts[0], side="data", keys=False, truth=True))
        elif value.kind == "display":
            yield from self._display(state, body, value)
        elif value.kind == "stored":
            named = state.entry and not is_place(state.entry)
            key = literal_key(self.program, body, parts[1]) if named and value.label == "index" else None
            if key == state.entry and key:
                yield Next(replace(state, node=parts[2], entry=""))
                return
            yield Next(replace(state, node=parts[0]))
            if key is not None:
                return
            state = replace(state, truth=False)
            if state.side == "data":
                # Of one entry among many the dict as a whole tells little; who asks for it by name was told before.
                among = _is_entry(body, value) and not state.part
                for outcome in self.entry(state, body, value):
                    yield replace(outcome, confidence=LOW if among else HIGH)
                if state.keys and value.label == "index":
                    yield Next(replace(state, node=parts[1], keys=False, part=False))
            elif is_mapping(body, state.node):
                # As many entries, as a rule, whatever their keys are: a weak reason.
                yield Next(replace(state, node=parts[1], side="data"), LOW)
        elif value.kind == "collected":
            yield Next(replace(state, node=parts[0]))
            if state.side == "data":
                yield from self._element_collected(state, body, parts[1])
        elif value.kind == "element" and is_place(state.entry):
            yield Next(replace(state, node=parts[0], entry=places.element(state.entry)))
        elif value.kind == "element" and state.side == "extent" and self._is_generated(body, parts[0]):
            # As long as what is yielded, however often that is.
            yield from self.calls.yielded(replace(state, node=parts[0]), body)
        elif value.kind in ("element", "enter", "awaited", "yielded", "star", "slice"):
            yield from self.all(state, parts)

    def _element_collected(self, state: State, body: Body, node: int) -> Iterator[Outcome]:
        """What a comprehension puts into its collection; for who asks a dict for its keys, one key and its entry."""
        state, pair = replace(state, truth=False), body.values[node]
        if state.keys and is_mapping(body, state.node) and pair.kind == "display" and len(pair.arguments) == 2:
            key, entry = pair.arguments
            asked = replace(state, keys=False, part=False)
            yield Next(replace(asked, node=key))
            if state.part:
                yield Next(replace(asked, node=entry, side="presence"))
            return
        yield Next(replace(state, node=node, keys=False, entry=self._inside(state)))

    def _is_generated(self, body: Body, node: int) -> bool:
        """Whether a value is what generators of the program yield, and nothing else."""
        meaning = self.meanings.of_call(body, node) if body.values[node].kind == "call" else None
        bodies = [self.program.body(function_id) for function_id, _ in meaning.functions] if meaning else []
        return bool(bodies) and all(callee is not None and callee.function.is_generator for callee in bodies)

    def _inside(self, state: State) -> str:
        """The entry that is asked of an element where that of its container is asked."""
        return places.inside(state.entry) if is_place(state.entry) else state.entry

    def entry(self, state: State, body: Body, stored: Value) -> Iterator[Next]:
        """What a store puts into a container. Who asks for its keys learns of an entry at most whether it is None.

        A store into what an entry holds (``table[key][0] = x``) leaves the keys as they are.
        """
        if state.side != "data" or (state.keys and stored.label != "index"):
            return
        node = stored.arguments[2]
        if not state.keys or _is_numbered(body, stored.arguments[1]):
            yield Next(replace(state, node=node, keys=False))
        elif state.part:
            yield Next(replace(state, node=node, side="presence", keys=False, part=False))

    def all(self, state: State, nodes: tuple[int, ...], side: Side | None = None) -> Iterator[Outcome]:
        """The same side (or ``side``) of each of ``nodes``."""
        for node in nodes:
            yield Next(replace(state, node=node, side=side or state.side))

    def _display(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        asked = entries_asked(self.program, state, body, value)
        if asked is not None:
            yield from self.all(replace(state, entry=""), asked)
            return
        spread = any(body.values[node].kind == "star" for node in value.arguments)
        placed = places.asked(value, state.entry, spread)
        if placed is not None:
            nodes, rest = placed
            yield from self.all(replace(state, entry=rest), nodes)
            return
        if state.keys and state.side == "data" and value.label == "dict" and not spread:
            inside = replace(state, keys=False, part=False)
            yield from self.all(inside, value.arguments[::2])
            yield from self.all(inside, value.arguments[1::2] if state.part else (), "presence")
        elif state.side == "data":
            yield from self.all(state, value.arguments)
        else:
            stars = tuple(node for node in value.arguments if body.values[node].kind == "star")
            yield from self.all(state, stars)
            if state.side == "order" and value.label == "set" and not self._is_of_numbers(body, value):
                line = value.span.line if value.span else body.function.span.line
                yield Born(self.vocabulary.mesh_axes, "the order of a set", body.path, line, MEDIUM)

    def _is_of_numbers(self, body: Body, value: Value) -> bool:
        """Whether a set is written with small numbers alone, which every process orders alike."""
        items = [body.values[node] for node in value.arguments]
        return bool(items) and all(item.kind == "const" and str(item.label).isdigit() for item in items)

    def _caught(self, body: Body, value: Value) -> Iterator[Outcome]:
        line = value.span.line if value.span else 0
        yield Born(self.vocabulary.mesh_axes, "an exception on this rank alone", body.path, line, LOW)

    def iterated(self, state: State, body: Body, node: int) -> Iterator[Outcome]:
        """How often an object of the program yields when iterated: what decides its ``yield``, its ``__len__``."""
        for ref in sorted(self.evaluator.of_value(body, node), key=repr):
            if not isinstance(ref, ObjectIs):
                continue
            for name in ("__iter__", "__len__"):
                for method in self.evaluator.members.methods(ref, name):
                    inner = self.program.body(method)
                    if inner is not None:
                        yield from self.calls.enter(state, body, inner)

    # ------------------------------------------------------------------------------------------ after and attr

    def _after(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        effect = value.label
        assert isinstance(effect, Effect)
        before, call = value.arguments
        if effect.role == "argument":
            yield from self.calls.argument_after(state, body, before, call, effect)
        elif effect.role == "receiver":
            row = self.meanings.of_call(body, call).transfer
            if state.side == "order" and row is not None and row.sorts:
                return
            # Who sorts a listing takes it for the same on all hosts, as ``sorted`` does.
            sorts = state.side == "extent" and row is not None and row.sorts
            yield Next(replace(state, node=before), LOW if sorts else HIGH)
            if state.side == "data" and not (state.truth and called_name_of(body, call) in ADDS_ONE):
                received = replace(self.received(state, body, call), truth=False)
                yield from self.all(received, body.values[call].arguments[1:])
        else:
            yield Next(replace(state, node=before))
            meaning = self.meanings.of_call(body, call)
            if self.conditions.program_writes(meaning.functions, effect.attribute):
                for function_id, _ in meaning.functions:
                    yield from self.attributes.stores_of(state, function_id, effect.attribute)

    def received(self, state: State, body: Body, call: int) -> State:
        """What is asked of what a container's method was given: of what is appended, what was asked of an element."""
        if not is_place(state.entry):
            return replace(state, keys=False)
        appends = called_name_of(body, call) in places.APPENDING
        return replace(state, keys=False, entry=places.inside(state.entry) if appends else "")

    def _attribute(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        name = str(value.label)
        base = value.arguments[0]
        if state.side == "presence" and name in EXTENT_ATTRIBUTES | FIXED_ATTRIBUTES:
            return
        if name in EXTENT_ATTRIBUTES and state.side in ("data", "extent"):
            if state.side == "data":
                yield Next(replace(state, node=base, side="extent"))  # of one dimension, where one is asked for
            return
        if name in FIXED_ATTRIBUTES:
            return
        yield from self.attributes.outcomes(state, body, base, name, value)


def called_name_of(body: Body, call: int) -> str:
    """The last name of the function that a call runs."""
    site = body.values[call].label
    return called_name(site) if isinstance(site, Call) else ""


def _is_numbered(body: Body, key: int) -> bool:
    """Whether an index is a number, so that the container may be a list."""
    value = body.values[key]
    if value.kind == "element":
        counted = body.values[value.arguments[0]]
        function = counted.label.function if counted.kind == "call" and isinstance(counted.label, Call) else None
        return getattr(function, "id", "") == "range"
    return value.kind in ("slice", "op") or (value.kind == "const" and str(value.label).lstrip("-").isdigit())


def _is_entry(body: Body, stored: Value) -> bool:
    """Whether a store fills an entry that has a name of its own (``d["started"] = now``)."""
    key = body.values[stored.arguments[1]]
    return key.kind == "const" and str(key.label)[:1] in "'\""
