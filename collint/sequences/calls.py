"""What one call contributes to a sequence: a letter of its own, or the functions that it runs.

Also the wrappers that decorators put around a function, and what a callee's letters are called on the caller's side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.expressions import CallExpr
from collint.ir.node import Node
from collint.ir.statements import Call
from collint.knowledge.rows import Collective, NewGroup
from collint.linking.binding import bind
from collint.linking.called import called_parameters
from collint.linking.callers import functions_of, skipped
from collint.linking.conditions import Conditions
from collint.linking.keys import Atom, Key, normal
from collint.linking.meaning import Meaning, is_by_value
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator, FunctionIs, ObjectIs, Ref, in_order
from collint.project.facts import short_name
from collint.record import Record
from collint.sequences.events import CREATION, Letter, Origin

if TYPE_CHECKING:
    from collint.sequences.summaries import Summaries
    from collint.sequences.summary import Assumption, Summary


class Callee(Node, frozen=True, cache_hash=True):
    """A function that a call may run, and the reference through which it is reached (None: by a wrapper's parameter).

    ``bare`` means the function itself, without what its decorators put around it. ``given`` pairs parameters that it
    calls, or hands on, with the nodes of the arguments that they get here.
    """

    function_id: str
    ref: Ref | None
    bare: bool = False
    given: tuple[tuple[str, int], ...] = ()


# What is called by names of a function that holds functions: its parameters, or what a decorator's wrapper wraps.
StandIns = tuple[tuple[str, tuple[Callee, ...]], ...]


class CallEvent(Record, frozen=True):
    """Either a letter, or callees that can reach an event, or nothing."""

    letter: Letter | None = None
    callees: tuple[Callee, ...] = ()
    doubt: int = 0


NOTHING = CallEvent()


class CallEvents:
    """Events of calls, kept per body and node."""

    def __init__(self, conditions: Conditions, reaching: frozenset[str]) -> None:
        self.conditions = conditions
        self.groups = conditions.groups
        self.meanings = conditions.meanings
        self.evaluator = conditions.evaluator
        self.program = conditions.program
        self.reaching = reaching
        speaking = reaching.intersection(self.program.project.properties())
        self.properties = frozenset(short_name(function_id.rpartition(":")[2]) for function_id in speaking)
        self._wrappers: dict[str, tuple[tuple[str, str], ...]] = {}
        self._letters: dict[Letter, Letter] = {}

    def of_call(self, body: Body, node: int) -> CallEvent:
        """What the call at ``node`` contributes."""
        memo: dict[int, CallEvent] = body.memo.setdefault("events", {})  # type: ignore[assignment]
        found = memo.get(node)
        if found is None:
            found = memo[node] = self._of_call(body, node)
        return found

    def _of_call(self, body: Body, node: int) -> CallEvent:
        meaning = self.meanings.of_call(body, node)
        if meaning.collective is not None:
            row = meaning.collective
            where = tuple(sorted(self.groups.of_collective(body, node, row), key=repr))
            if row.unless_within and self._is_within(body, row):
                return NOTHING
            doubt = int(not meaning.certain or row.implicit)
            return CallEvent(self._kept(Letter(row.family, where, self._arguments(body, node, meaning))), (), doubt)
        if meaning.new_group is not None and self.meanings.is_made_by_all(body, node):
            over = self.groups.of_creation(body, node, meaning.new_group)
            made_of = self._literal_ranks(body, node, meaning.new_group)
            return CallEvent(self._kept(Letter(CREATION, tuple(sorted(over, key=repr)), made_of)))
        if meaning.dispatcher is not None:
            return CallEvent(None, self._dispatched(body, node, meaning), 2)
        if meaning.p2p is not None:
            return NOTHING  # what its source does besides (timers, logs) is its own matter, as with a collective
        callees = tuple(self._callee(body, node, f, ref) for f, ref in meaning.functions if f in self.reaching)
        # Which of the functions that some caller handed over it is here is not known; it may be one without events.
        doubt = 2 if len(callees) < len(meaning.functions) and is_by_value(body, node, meaning) else 0
        return CallEvent(None, callees, doubt) if callees else NOTHING

    def _callee(self, body: Body, node: int, function_id: str, ref: Ref) -> Callee:
        facts = self.program.facts(function_id)
        used = called_parameters(self.evaluator, function_id, self.reaching)
        if facts is None or not used:
            return Callee(function_id, ref)
        value = body.values[node]
        assert isinstance(value.label, Call)
        bound = bind(facts.parameters, value.label.arguments, skipped(self.evaluator, facts, ref))
        given = tuple((name, value.arguments[1 + place]) for name, place in sorted(bound.items()) if name in used)
        return Callee(function_id, ref, given=given)

    def functions_at(self, body: Body, node: int) -> tuple[Callee, ...] | None:
        """The functions that reach an event among those which a value may be; None where that is not all of them."""
        found: dict[str, Callee] = {}
        refs = self.evaluator.of_value(body, node)
        for ref in in_order(refs):
            functions = functions_of(self.evaluator, ref)
            meaning = self.meanings.of_refs(frozenset({ref}))
            if not functions and (meaning.is_event or meaning.p2p or meaning.new_group or not meaning.resolved):
                return None
            found.update((f, Callee(f, ref)) for f in functions if f in self.reaching)
        return tuple(found.values()) if refs else None

    def _is_within(self, body: Body, row: Collective) -> bool:
        """Whether the function enters a context in which the call needs no partner. Which of its calls is not asked."""
        names: set[str] | None = body.memo.get("managers")  # type: ignore[assignment]
        if names is None:
            calls = (self.meanings.of_call(body, site.node) for site in body.values.calls)
            names = {name for meaning in calls for name in meaning.names}
            body.memo["managers"] = names
        return not names.isdisjoint(row.unless_within)

    def _arguments(self, body: Body, node: int, meaning: Meaning) -> tuple[str, ...]:
        """Literal arguments that must be equal on all ranks: the root, the reduction."""
        row = meaning.collective
        assert row is not None
        found = []
        for name, spelling in (("root", row.root), ("op", row.reduce_op)):
            place = self.meanings.argument(body, node, spelling)
            if place is not None:
                value = body.values[place]
                if value.kind == "const" or (name == "op" and value.kind == "attr"):
                    found.append(f"{name}={value.label}")
        return tuple(found)

    def _literal_ranks(self, body: Body, node: int, row: NewGroup) -> tuple[str, ...]:
        """The members of a new group, where they are written out: all ranks must make the same ones, in one order."""
        place = self.meanings.argument(body, node, row.ranks) if row.ranks else None
        value = body.values[place] if place is not None else None
        if value is None or value.kind != "display" or value.label not in ("list", "tuple"):
            return ()
        ranks = [body.values[item] for item in value.arguments]
        listed = ", ".join(str(rank.label) for rank in ranks)
        return (f"ranks=[{listed}]",) if all(rank.kind == "const" for rank in ranks) else ()

    def _dispatched(self, body: Body, node: int, meaning: Meaning) -> tuple[Callee, ...]:
        """The methods that a call by name may run."""
        row = meaning.dispatcher
        assert row is not None
        place = self.meanings.argument(body, node, row.method)
        if place is None or body.values[place].kind != "const":
            return ()
        name = str(body.values[place].label).strip("'\"")
        found: dict[str, Ref] = {}
        for class_name in row.classes:
            for target in self.evaluator.members.of_targets(self.program.project.lookup_all(class_name)):
                class_id = getattr(target, "id", "")
                for method in self.program.project.overrides(class_id, name) if class_id else ():
                    found.setdefault(method, FunctionIs(method, bound=True))
        return tuple(Callee(f, ref) for f, ref in sorted(found.items()) if f in self.reaching)

    def of_read(self, body: Body, node: int) -> tuple[Callee, ...]:
        """The properties that reading the attribute at ``node`` runs."""
        value = body.values[node]
        name = str(value.label)
        if name not in self.properties:
            return ()
        found: dict[str, Ref] = {}
        for ref in in_order(self.evaluator.of_value(body, value.arguments[0])):
            methods = self.evaluator.members.methods(ref, name) if isinstance(ref, ObjectIs) else ()
            found.update((method, FunctionIs(method, bound=True)) for method in methods if method in self.reaching)
        return tuple(Callee(f, ref) for f, ref in sorted(found.items()))

    def of_manager(self, body: Body, manager: int, entering: bool, is_async: bool) -> tuple[tuple[Callee, ...], int]:
        """The functions that entering or leaving a ``with`` runs, and the call node that made the manager (or -1)."""
        value = body.values[manager]
        if value.kind == "call":
            meaning = self.meanings.of_call(body, manager)
            if meaning.functions and not any(f.endswith(("__init__", "__new__")) for f, _ in meaning.functions):
                return tuple(Callee(f, ref) for f, ref in meaning.functions if f in self.reaching), manager
        name = ("__aenter__" if entering else "__aexit__") if is_async else ("__enter__" if entering else "__exit__")
        found: dict[str, Ref] = {}
        for ref in in_order(self.evaluator.of_value(body, manager)):
            for method in self.evaluator.members.member(ref, name):
                if isinstance(method, FunctionIs) and method.id in self.reaching:
                    found.setdefault(method.id, method)
        return tuple(Callee(f, ref) for f, ref in sorted(found.items())), -1

    # ------------------------------------------------------------------------------------------- decorators

    def called(self, summaries: Summaries, callee: Callee, assumption: Assumption, stand_ins: StandIns = ()) -> Summary:
        """The summary of calling a function by its name: its outermost wrapper's, with the function in its place.

        ``stand_ins`` are what the function's own parameters are called for.
        """
        wrappers = () if callee.bare else self._wrapping(callee.function_id)
        if not wrappers:
            return summaries.of_function(callee.function_id, assumption, stand_ins)
        wrapper, parameter = wrappers[0]
        wrapped = (Callee(callee.function_id, None, bare=True),)
        return summaries.of_function(wrapper, assumption, ((parameter, wrapped),))

    def _wrapping(self, function_id: str) -> tuple[tuple[str, str], ...]:
        """Wrapper functions, outermost first, each with the name by which it calls what it wraps."""
        found = self._wrappers.get(function_id)
        if found is None:
            found = self._wrappers[function_id] = tuple(self._find_wrappers(function_id))
        return found

    def _find_wrappers(self, function_id: str) -> Iterator[tuple[str, str]]:
        facts = self.program.facts(function_id)
        if facts is None:
            return
        scope = facts.qualname.rpartition(".")[0] or "<module>"
        for decorator in facts.decorators:
            called = isinstance(decorator, CallExpr)
            expression = decorator.function if isinstance(decorator, CallExpr) else decorator
            for ref in in_order(self.evaluator.of_expression(facts.module, scope, expression)):
                if isinstance(ref, FunctionIs):
                    yield from self._wrapper_of(ref.id, called)

    def _wrapper_of(self, decorator_id: str, called: bool) -> Iterator[tuple[str, str]]:
        inner = decorator_id
        if called:
            made = [ref.id for ref in self.evaluator.members.returned(decorator_id) if isinstance(ref, FunctionIs)]
            if len(made) != 1:
                return
            inner = made[0]
        facts = self.program.facts(inner)
        if facts is None or not facts.parameters:
            return
        for ref in in_order(self.evaluator.members.returned(inner)):
            if isinstance(ref, FunctionIs) and ref.id.startswith(inner + ".") and ref.id in self.reaching:
                yield ref.id, facts.parameters[0].name

    # ------------------------------------------------------------------------------------------ translation

    def outer_atoms(self, body: Body, node: int, callee: Callee, keys: tuple[Key, ...]) -> list[tuple[Key, Atom]]:
        """A callee's atoms, each with what it is in the caller's terms at one call."""
        memo: dict[object, tuple[tuple[Key, ...], list[tuple[Key, Atom]]]]
        memo = body.memo.setdefault("outer atoms", {})  # type: ignore[assignment]
        place = (node, callee)
        # A callee's atoms are nearly always the same object: to find them by what they are takes long.
        known = memo.get(place)
        if known is None or known[0] is not keys:
            known = memo[place] = (keys, self._outer_atoms(body, node, callee, keys))
        return known[1]

    def _outer_atoms(self, body: Body, node: int, callee: Callee, keys: tuple[Key, ...]) -> list[tuple[Key, Atom]]:
        target = self.program.body(callee.function_id) if keys else None
        ref = callee.ref
        if target is None or ref is None or node < 0:
            return [(key, normal(key)) for key in keys]
        return [(key, normal(self.conditions.substitute(key, body, node, target, ref))) for key in keys]

    def translate(self, letter: Letter, body: Body, node: int, callee: Callee) -> Letter:
        """A callee's letter as its caller sees it: symbolic groups become what the caller hands over."""
        if not letter.is_symbolic or node < 0 or callee.ref is None:
            return letter
        memo: dict[object, Letter] = body.memo.setdefault("translations", {})  # type: ignore[assignment]
        place = (letter, node, callee)
        if place not in memo:
            memo[place] = self._translate(letter, body, node, callee, callee.ref)
        return memo[place]

    def _translate(self, letter: Letter, body: Body, node: int, callee: Callee, ref: Ref) -> Letter:
        target = self.program.body(callee.function_id)
        if target is None:
            return letter
        found: set[Communicator] = set()
        for communicator in letter.communicators:
            found |= self.groups.substitute(communicator, body, node, target, ref)
        if len(found) > 1:
            # A parameter that defaults to None is replaced inside the callee by its other alternative.
            found -= {WORLD} if len(letter.communicators) > 1 else set()
        return self._kept(Letter(letter.op, tuple(sorted(found, key=repr)), letter.arguments))

    def _kept(self, letter: Letter) -> Letter:
        """The same object for equal letters: they are looked up far more often than made."""
        return self._letters.setdefault(letter, letter)

    def letters_below(self, body: Body, summaries: Summaries) -> Iterator[dict[Letter, tuple[Origin, ...]]]:
        """The letters of a body too large to compare, with their places, call by call."""
        for site in body.values.calls:
            event = self.of_call(body, site.node)
            if event.letter is not None:
                yield {event.letter: (Origin(body.path, site.call.span.line),)}
            for callee in event.callees:
                summary = summaries.of_function(callee.function_id)
                origins = summary.origins.items()
                yield {self.translate(letter, body, site.node, callee): places for letter, places in origins}
