"""What a value of a body refers to, by the order in which things happen there.

What an expression of the index refers to, in no order, is not here but in :mod:`collint.linking.expressions`; both
speak :mod:`collint.linking.members`, so that Python's object model is written once. What a call *means* is
:mod:`collint.linking.meaning`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from collint.ir.expressions import Const, Expr, Name
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking import mesh_axes
from collint.linking.expressions import Expressions, joined
from collint.linking.guard import Guard
from collint.linking.members import constant_index
from collint.linking.program import Body, Program
from collint.linking.references import (
    NOTHING,
    ClassIs,
    ContainerOf,
    ExternalIs,
    ExternalObject,
    FunctionIs,
    Ref,
    Refs,
    in_order,
)
from collint.project.steps import Answers

CHANGED = frozenset({"after", "stored", "collected"})
"""Kinds of values that are the object of their first argument, after something was done to it."""
# Callers asked for the type of a parameter that has no annotation.
MAX_CALLERS = 12


class Evaluator:
    """References of expressions and values. Answers are kept for the whole run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.project = program.project
        self._guard = Guard()
        self._known: Answers[Hashable, Refs] = Answers(self.project.asked)
        self.expressions = Expressions(program, self._guard)
        self.members = self.expressions.members

    def of_expression(self, module: str, scope: str, expression: Expr) -> Refs:
        """What an expression of the index refers to, in function ``scope`` of ``module``, at any time of its run."""
        return self.expressions.of_expression(module, scope, expression)

    # --------------------------------------------------------------------------------------- values (bodies)

    def of_value(self, body: Body, node: int) -> Refs:
        """What a node of a body refers to."""
        key = (body.id, node)
        known = self._known.get(key)
        if known is not None:
            return known
        return self._guard.run(key, self._known, NOTHING, lambda: self._of_value(body, node))

    def _of_value(self, body: Body, node: int) -> Refs:
        return joined((*[self._of_leaf(body, leaf) for leaf in leaves(body, node)], self._made(body, node)))

    def _made(self, body: Body, node: int) -> Refs:
        """What calls between the birth of a value and here made of it, in place."""
        if not self.expressions.wrapped.is_used:
            return NOTHING
        calls = changed(body, node)
        if not calls:
            return NOTHING
        found: set[Ref] = set()
        for before, made_by in calls:
            value = body.values[made_by]
            if isinstance(value.label, Call):
                places = {place for place, item in enumerate(value.arguments[1:]) if item == before}
                targets = self.of_value(body, value.arguments[0])
                found |= self.expressions.wrapped.by_call(targets, value.label.arguments, places)
        return frozenset(found)

    def _of_leaf(self, body: Body, node: int) -> Refs:
        value = body.values[node]
        if value.kind == "attr":
            name = str(value.label)
            return joined(self.members.member(ref, name) for ref in in_order(self.of_value(body, value.arguments[0])))
        if value.kind == "call":
            return self._of_call(body, value)
        if value.kind in ("parameter", "name", "import", "function"):
            return self._of_named(body, value)
        if value.kind == "index":
            return self._of_index_value(body, value)
        if value.kind == "element":
            return self.expressions.elements(self.of_value(body, value.arguments[0]))
        if value.kind == "enter":
            return self.expressions.entered(self.of_value(body, value.arguments[0]))
        if value.kind == "awaited":
            return self.of_value(body, value.arguments[0])
        if value.kind == "display":
            starred = any(body.values[item].kind == "star" for item in value.arguments)
            items = value.arguments[1::2] if value.label == "dict" and not starred else value.arguments
            return frozenset(ContainerOf(ref) for item in items for ref in self.of_value(body, item))
        return NOTHING

    def _of_named(self, body: Body, value: Value) -> Refs:
        label = str(value.label)
        if value.kind == "function":
            module_class = f"{body.module}:{label}"
            if self.project.klass(module_class) is not None:
                return frozenset({ClassIs(module_class)})
            return frozenset({FunctionIs(module_class)})
        if value.kind == "import":
            return self.members.of_targets(self.project.lookup_all(label)) or frozenset({ExternalIs(label)})
        if value.kind == "name":
            return self.expressions.of_name(body.module, body.qualname, label)
        facts = self.program.facts(body.id)
        if facts is None:
            return NOTHING
        for parameter in facts.parameters:
            if parameter.name == label:
                own = self.expressions.of_parameter(facts, parameter) | self.expressions.wrapped.local(facts.id, label)
                return self._of_callers(body, label) | own if self._is_general(own) else own
        return NOTHING

    def _is_general(self, refs: Refs) -> bool:
        """Whether a parameter's own text says nothing, or only that it is an object of some general class."""
        general = self.program.vocabulary.general_classes
        return all(isinstance(ref, ExternalObject) and ref.class_name in general for ref in refs)

    def _of_callers(self, body: Body, parameter: str) -> Refs:
        """What the callers hand over, where they do so under the index's eyes."""
        from collint.linking.callers import handed_over

        found: set[Ref] = set()
        for module, scope, expression in handed_over(self, body.id, parameter, MAX_CALLERS):
            found |= self.of_expression(module, scope, expression)
        return frozenset(found)

    def _of_call(self, body: Body, value: Value) -> Refs:
        call = value.label
        assert isinstance(call, Call)
        if isinstance(call.function, Name) and call.function.id == "super":
            return self.expressions.super_of(body.module, body.qualname)
        targets = self.of_value(body, value.arguments[0])
        rest = value.arguments[1:]
        receiver = body.values[value.arguments[0]].arguments[:1]
        named = mesh_axes.of_call(
            self.program.vocabulary,
            targets,
            call.arguments,
            lambda: joined(self.of_value(body, node) for node in receiver),
            lambda place: mesh_axes.names_of_value(body, rest[place]),
        )
        if named:
            return named
        special = self.expressions.special(
            targets,
            lambda: self.of_value(body, rest[0]),
            len(rest),
            lambda: next(iter(mesh_axes.names_of_value(body, rest[1])), ""),
        )
        if special is not None:
            return special
        return joined(self.members.result(ref) for ref in in_order(targets))

    def _of_index_value(self, body: Body, value: Value) -> Refs:
        base, index = value.arguments
        label = body.values[index].label
        position = (
            constant_index(Const(label)) if body.values[index].kind == "const" and isinstance(label, str) else None
        )
        if position is not None:
            found: set[Ref] = set()
            for leaf in leaves(body, base):
                found |= self._component(body, leaf, position)
            for ref in in_order(self.of_value(body, base)):
                found |= self.members.field_at(ref, position)
            if found:
                return frozenset(found)
        bases = self.of_value(body, base)
        named = mesh_axes.of_index(self.program.vocabulary, bases, mesh_axes.names_of_value(body, index))
        return named or self.expressions.elements(bases)

    def _component(self, body: Body, node: int, position: int) -> Refs:
        value = body.values[node]
        if value.kind == "display" and -len(value.arguments) <= position < len(value.arguments):
            return self.of_value(body, value.arguments[position])
        if value.kind == "call":
            targets = in_order(self.of_value(body, value.arguments[0]))
            return joined(self.expressions.component(ref, position) for ref in targets)
        return NOTHING


def leaves(body: Body, node: int) -> tuple[int, ...]:
    """The nodes that a value may be, seen through phis, choices, and what calls and stores leave the same object."""
    if _seen_through(body, node) is None:
        return (node,)  # as most are
    memo: dict[int, tuple[int, ...]] = body.memo.setdefault("leaves", {})  # type: ignore[assignment]
    found = memo.get(node)
    if found is None:
        same: dict[int, None] = {node: None}  # one object, changed again and again: one answer for all of it
        last = node
        while body.values[last].kind in CHANGED and last not in memo:
            last = body.values[last].arguments[0]
            if last in same:
                break
            same[last] = None
        found = memo[last] if last in memo else tuple(sorted(_reached(body, last, memo)))
        memo.update(dict.fromkeys(same, found))
    return found


def _reached(body: Body, node: int, known: Mapping[int, tuple[int, ...]]) -> set[int]:
    found: set[int] = set()
    seen, work = {node}, [node]
    while work:
        current = work.pop()
        through = known.get(current)
        if through is not None:
            found.update(through)
            continue
        parts = _seen_through(body, current)
        if parts is None:
            found.add(current)
            continue
        fresh = [other for other in parts if other not in seen]
        seen.update(fresh)
        work += fresh
    return found


def _seen_through(body: Body, node: int) -> tuple[int, ...] | None:
    """What a value may be, one step back; None where it is itself."""
    value = body.values[node]
    if value.kind == "phi" or (value.kind == "op" and value.label in ("or", "and")):
        return value.arguments
    if value.kind in CHANGED:
        return value.arguments[:1]
    return value.arguments[1:] if value.kind == "choose" else None


def is_none(body: Body, node: int) -> bool:
    """Whether a value is a None that is written there."""
    value = body.values[node]
    return value.kind == "const" and value.label == "None"


def is_only_none(body: Body, node: int) -> bool:
    """Whether a value is such a None on every way to it."""
    return all(is_none(body, leaf) for leaf in leaves(body, node))


def changed(body: Body, node: int) -> tuple[tuple[int, int], ...]:
    """On the way from the leaves to a value: what it was before a call that may change it, and that call."""
    if _seen_through(body, node) is None:
        return ()
    memo: dict[int, tuple[tuple[int, int], ...]] = body.memo.setdefault("changed", {})  # type: ignore[assignment]
    if node not in memo:
        calls: set[tuple[int, int]] = set()
        seen, work = {node}, [node]
        while work:
            current = work.pop()
            value = body.values[current]
            if value.kind == "after":
                calls.add((value.arguments[0], value.arguments[1]))
            fresh = [other for other in _seen_through(body, current) or () if other not in seen]
            seen.update(fresh)
            work += fresh
        memo[node] = tuple(sorted(calls))
    return memo[node]
