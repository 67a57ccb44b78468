"""What an expression of the index refers to, at any time that its scope runs: no body is needed.

The values of a body, which know in which order things happen, are not here but in :mod:`collint.linking.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from collint.ir.expressions import Attr, CallExpr, Choose, Display, Expr, FunctionRef, Index, Name, Op, Star
from collint.ir.statements import Parameter
from collint.linking import mesh_axes, outside
from collint.linking.guard import Guard
from collint.linking.members import Members, constant_index
from collint.linking.program import Program
from collint.linking.references import (
    NOTHING,
    ClassIs,
    ContainerOf,
    ExternalIs,
    ExternalObject,
    FunctionIs,
    ObjectIs,
    PartialOf,
    Ref,
    Refs,
    SuperOf,
    in_order,
)
from collint.project.asked import RETURN
from collint.project.decorators import is_classmethod, is_static
from collint.project.facts import FunctionFacts
from collint.project.steps import Answers

# Annotations that say no more than that a value can be called.
CALLABLES = frozenset({"typing.Callable", "collections.abc.Callable", "types.FunctionType"})


class Expressions:
    """References of expressions. Answers are kept for the whole run."""

    def __init__(self, program: Program, guard: Guard) -> None:
        self.program = program
        self.project = program.project
        self._guard = guard
        self._known: Answers[Hashable, Refs] = Answers(self.project.asked)
        self._scopes: dict[tuple[str, str], tuple[FunctionFacts, ...]] = {}
        self.members = Members(program, self.of_expression, guard)
        self.wrapped = self.members.wrapped

    def of_expression(self, module: str, scope: str, expression: Expr) -> Refs:
        """What an expression of the index refers to, in function ``scope`` of ``module``, at any time of its run."""
        # By value, not identity: which equal expressions are one object differs between files read and files kept.
        key = (module, scope, expression)
        known = self._known.look_up(key)
        if known is not None:
            return known
        return self._guard.run(key, self._known, NOTHING, lambda: self._of_expression(module, scope, expression))

    def is_final(self, module: str, scope: str, expression: Expr) -> bool:
        """Whether all that an expression refers to is known: it is not being asked for by itself."""
        return (module, scope, expression) in self._known

    def _of_expression(self, module: str, scope: str, expression: Expr) -> Refs:
        if isinstance(expression, Name):
            return self.of_name(module, scope, expression.id)
        if isinstance(expression, Attr):
            bases = in_order(self.of_expression(module, scope, expression.base))
            return joined(self.members.member(ref, expression.name) for ref in bases)
        if isinstance(expression, CallExpr):
            return self._of_call_expression(module, scope, expression)
        if isinstance(expression, Choose):
            return self.of_expression(module, scope, expression.then) | self.of_expression(
                module, scope, expression.other
            )
        if isinstance(expression, Index):
            return self._of_index(module, scope, expression)
        if isinstance(expression, Op):
            return self._of_operation(module, scope, expression)
        if isinstance(expression, FunctionRef):
            return frozenset({FunctionIs(f"{module}:{expression.qualname}")})
        if isinstance(expression, Display):
            items = expression.items[1::2] if is_table(expression) else expression.items
            return frozenset(ContainerOf(ref) for item in items for ref in self.of_expression(module, scope, item))
        return NOTHING

    def _of_operation(self, module: str, scope: str, expression: Op) -> Refs:
        operands = expression.operands
        if expression.operator in ("or", "and"):
            return joined(self.of_expression(module, scope, operand) for operand in operands)
        if expression.operator == "element" and operands:
            return self.elements(self.of_expression(module, scope, operands[0]))
        if expression.operator == "entered" and operands:
            return self.entered(self.of_expression(module, scope, operands[0]))
        return NOTHING

    def of_name(self, module: str, scope: str, name: str) -> Refs:
        """What a name refers to in a scope: its local values, else what the index resolves it to."""
        for facts in self._around(module, scope):
            found = self._of_local(facts, name)
            if found is not None:
                return found
        return self.members.of_targets(self.project.resolve_name(module, scope, name))

    def _around(self, module: str, scope: str) -> tuple[FunctionFacts, ...]:
        """The function of a scope and those around it, innermost first."""
        found = self._scopes.get((module, scope))
        if found is None:
            functions = []
            current = scope
            while current and current != "<module>":
                functions.append(self.project.function(f"{module}:{current}"))
                current = current.rpartition(".")[0]
            found = self._scopes[module, scope] = tuple(facts for facts in functions if facts is not None)
        return found

    def _of_local(self, facts: FunctionFacts, name: str) -> Refs | None:
        """A parameter or a local assignment of one function; None when the name is not local to it."""
        if name in facts.globals:
            return None
        found: set[Ref] = set()
        known = False
        for assign in self.project.assigned(facts, name):
            known = True
            if assign.value is not None:
                found |= self.of_expression(facts.module, facts.qualname, assign.value)
            if assign.annotation is not None and not found:
                found |= self.members.annotations.objects(facts.module, facts.qualname, assign.annotation)
        found |= self.wrapped.local(facts.id, name)
        for parameter in facts.parameters:
            if parameter.name == name:
                return frozenset(found | self.of_parameter(facts, parameter))
        return frozenset(found) if known and facts.qualname != "<module>" else None

    def of_parameter(self, facts: FunctionFacts, parameter: Parameter) -> Refs:
        """What a parameter refers to: ``self``, its annotation, else its default and what its callers hand over."""
        if facts.owner is not None and facts.parameters and facts.parameters[0] is parameter and not is_static(facts):
            owner = f"{facts.module}:{facts.owner}"
            return frozenset({ClassIs(owner) if is_classmethod(facts) else ObjectIs(owner)})
        if parameter.annotation is not None:
            found = self.members.annotations.objects(facts.module, facts.qualname, parameter.annotation)
            known = frozenset(ref for ref in found if not _is_any_function(ref))
            if known:
                return known
        handed = self._functions_handed(facts, parameter)
        if parameter.default is not None:
            return handed | self.of_expression(facts.module, facts.qualname.rpartition(".")[0], parameter.default)
        return handed

    def _functions_handed(self, facts: FunctionFacts, parameter: Parameter) -> Refs:
        """The functions that callers hand over: objects of unknown classes say too little to be asked for here."""
        from collint.linking.callers import handed_by_name

        sites = handed_by_name(self.project, facts.id, parameter.name)
        found = joined(self.of_expression(module, scope, expression) for module, scope, expression in sites)
        return frozenset(ref for ref in found if isinstance(ref, (FunctionIs, PartialOf, ExternalIs)))

    def _of_call_expression(self, module: str, scope: str, expression: CallExpr) -> Refs:
        function = expression.function
        if isinstance(function, Name) and function.id == "super":
            return self.super_of(module, scope)
        targets = self.of_expression(module, scope, function)
        arguments = expression.arguments
        base = function.base if isinstance(function, Attr) else None
        named = mesh_axes.of_call(
            self.program.vocabulary,
            targets,
            arguments,
            lambda: self.of_expression(module, scope, base) if base is not None else NOTHING,
            lambda place: mesh_axes.literal_names(arguments[place].value),
        )
        if named:
            return named
        special = self.special(
            targets,
            lambda: self.of_expression(module, scope, arguments[0].value),
            len(arguments),
            lambda: next(iter(mesh_axes.literal_names(arguments[1].value)), ""),
        )
        if special is not None:
            return special
        return joined(self.members.result(ref) for ref in in_order(targets))

    def special(self, targets: Refs, first: Callable[[], Refs], count: int, literal: Callable[[], str]) -> Refs | None:
        """Calls of the standard library that hand their first argument on, or a member that the second one names."""
        names = {ref.name for ref in targets if isinstance(ref, ExternalIs)}
        if not names or not count:
            return None
        if names & {"functools.partial"}:
            return frozenset(PartialOf(ref, count - 1) for ref in first())
        if count > 1 and names & {"builtins.getattr"} and literal():
            return joined(self.members.member(ref, literal()) for ref in in_order(first()))
        row = next(
            (row for name in sorted(names) if (row := self.program.vocabulary.transfer(name)) and row.same), None
        )
        if row is not None and row.same.endswith("@0"):
            return first()
        return None

    def super_of(self, module: str, scope: str) -> Refs:
        """What ``super()`` is in a scope."""
        owner = self._owner(module, scope)
        return frozenset({SuperOf(owner)}) if owner else NOTHING

    def _owner(self, module: str, scope: str) -> str | None:
        owners = (facts.owner for facts in self._around(module, scope) if facts.owner is not None)
        owner = next(owners, None)
        return None if owner is None else f"{module}:{owner}"

    def _of_index(self, module: str, scope: str, expression: Index) -> Refs:
        position = constant_index(expression.index)
        base = expression.base
        if position is not None and isinstance(base, CallExpr):
            found: set[Ref] = set()
            for ref in in_order(self.of_expression(module, scope, base.function)):
                found |= self.component(ref, position)
            if found:
                return frozenset(found)
        if position is not None and isinstance(base, Display) and position < len(base.items):
            return self.of_expression(module, scope, base.items[position])
        bases = self.of_expression(module, scope, base)
        named = mesh_axes.of_index(self.program.vocabulary, bases, mesh_axes.literal_names(expression.index))
        return named or self.elements(bases)

    def component(self, ref: Ref, position: int) -> Refs:
        """What one of several results of a call refers to."""
        if isinstance(ref, FunctionIs):
            named = outside.component(self.members.vocabulary, self.project.qualified_name(ref.id), position)
            return named or self.returned_component(ref.id, position)
        return (
            outside.component(self.members.vocabulary, ref.name, position) if isinstance(ref, ExternalIs) else NOTHING
        )

    def returned_component(self, function_id: str, position: int) -> Refs:
        """What one component of the tuples that a function returns refers to."""
        facts = self.project.function(function_id)
        if facts is None:
            return NOTHING
        found: set[Ref] = set()
        self.project.asked.note(RETURN, facts.id)
        for value in facts.returned:
            if isinstance(value, Display) and value.kind == "tuple" and position < len(value.items):
                found |= self.of_expression(facts.module, facts.qualname, value.items[position])
        return frozenset(found)

    def entered(self, managers: Refs) -> Refs:
        """What ``with`` binds for these context managers."""
        found: set[Ref] = set()
        for ref in in_order(managers):
            results = joined(self.members.result(method) for method in in_order(self.members.member(ref, "__enter__")))
            found |= results or {ref}
        return frozenset(found)

    def elements(self, refs: Refs) -> Refs:
        """What the elements of these containers refer to."""
        return joined(self.members.element(ref) for ref in in_order(refs))


def _is_any_function(ref: Ref) -> bool:
    return isinstance(ref, ExternalObject) and ref.class_name in CALLABLES


def is_table(display: Display) -> bool:
    """Whether a display is a dict whose values stand at every second place."""
    return display.kind == "dict" and not any(isinstance(item, Star) for item in display.items)


def joined(parts: Iterable[Refs]) -> Refs:
    """All references of several sets."""
    found: set[Ref] = set()
    for part in parts:
        found |= part
    return frozenset(found)
