"""Find what expressions and values refer to: over the index (no body needed) and over a value graph (flow-sensitive).

Both speak :mod:`collint.linking.members`, so that Python's object model is written once. What a call *means* is
:mod:`collint.linking.meaning`.
"""

from __future__ import annotations

from collections.abc import Hashable

from collint.ir.expressions import (
    Attr,
    CallExpr,
    Choose,
    Const,
    Display,
    Expr,
    FunctionRef,
    Index,
    Name,
    Op,
)
from collint.ir.statements import Call, Parameter
from collint.ir.values import Value
from collint.linking.guard import Guard
from collint.linking.members import Members, constant_index
from collint.linking.program import Body, Program
from collint.linking.references import (
    NOTHING,
    ClassIs,
    ContainerOf,
    ExternalIs,
    FunctionIs,
    ModuleIs,
    ObjectIs,
    PartialOf,
    Ref,
    Refs,
    SuperOf,
)
from collint.project.decorators import is_classmethod, is_static
from collint.project.facts import FunctionFacts

# Callers asked for the type of a parameter that has no annotation.
MAX_CALLERS = 12


class Evaluator:
    """References of expressions and values. Answers are kept for the whole run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.project = program.project
        self._guard = Guard()
        self._known: dict[Hashable, Refs] = {}
        self.members = Members(program, self.of_expression, self._guard)

    # ----------------------------------------------------------------------------------- expressions (index)

    def of_expression(self, module: str, scope: str, expression: Expr) -> Refs:
        """What an expression of the index refers to, in function ``scope`` of ``module``, at any time of its run."""
        # Expressions live as long as the index, so that identity stands for the (deep, slow) hash.
        key = (module, scope, id(expression))
        return self._guard.run(key, self._known, NOTHING, lambda: self._of_expression(module, scope, expression))

    def _of_expression(self, module: str, scope: str, expression: Expr) -> Refs:
        if isinstance(expression, Name):
            return self._of_name(module, scope, expression.id)
        if isinstance(expression, Attr):
            return self._join(
                self.members.member(ref, expression.name) for ref in self.of_expression(module, scope, expression.base)
            )
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
        if isinstance(expression, Display) and expression.kind in ("list", "tuple", "set"):
            return frozenset(
                ContainerOf(ref) for item in expression.items for ref in self.of_expression(module, scope, item)
            )
        return NOTHING

    def _of_operation(self, module: str, scope: str, expression: Op) -> Refs:
        operands = expression.operands
        if expression.operator in ("or", "and"):
            return self._join(self.of_expression(module, scope, operand) for operand in operands)
        if expression.operator == "element" and operands:
            return self._elements(self.of_expression(module, scope, operands[0]))
        if expression.operator == "entered" and operands:
            return self.entered(self.of_expression(module, scope, operands[0]))
        return NOTHING

    def _of_name(self, module: str, scope: str, name: str) -> Refs:
        current = scope
        while current and current != "<module>":
            facts = self.project.function(f"{module}:{current}")
            if facts is not None:
                found = self._of_local(facts, name)
                if found is not None:
                    return found
            current = current.rpartition(".")[0]
        return self.members.of_targets(self.project.resolve_name(module, scope, name))

    def _of_local(self, facts: FunctionFacts, name: str) -> Refs | None:
        """A parameter or a local assignment of one function; None when the name is not local to it."""
        if name in facts.globals:
            return None
        found: set[Ref] = set()
        known = False
        for assign in facts.assigns:
            if isinstance(assign.target, Name) and assign.target.id == name:
                known = True
                if assign.value is not None:
                    found |= self.of_expression(facts.module, facts.qualname, assign.value)
                if assign.annotation is not None and not found:
                    found |= self.members.annotations.objects(facts.module, facts.qualname, assign.annotation)
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
            if found:
                return found
        if parameter.default is not None:
            return self.of_expression(facts.module, facts.qualname.rpartition(".")[0], parameter.default)
        return NOTHING

    def _of_call_expression(self, module: str, scope: str, expression: CallExpr) -> Refs:
        function = expression.function
        if isinstance(function, Name) and function.id == "super":
            return self._super(module, scope)
        targets = self.of_expression(module, scope, function)
        arguments = expression.arguments
        special = self._special(targets, lambda: self.of_expression(module, scope, arguments[0].value), len(arguments))
        if special is not None:
            return special
        return self._join(self.members.result(ref) for ref in targets)

    def _special(self, targets: Refs, first: object, count: int) -> Refs | None:
        """Calls of the standard library that hand their first argument on."""
        names = {ref.name for ref in targets if isinstance(ref, ExternalIs)}
        if not names or not count:
            return None
        assert callable(first)
        if names & {"functools.partial"}:
            return frozenset(PartialOf(ref, count - 1) for ref in first())
        row = next((row for name in names if (row := self.program.vocabulary.transfer(name)) and row.same), None)
        if row is not None and row.same.endswith("@0"):
            refs: Refs = first()
            return refs
        return None

    def _super(self, module: str, scope: str) -> Refs:
        owner = self._owner(module, scope)
        return frozenset({SuperOf(owner)}) if owner else NOTHING

    def _owner(self, module: str, scope: str) -> str | None:
        current = scope
        while current:
            facts = self.project.function(f"{module}:{current}")
            if facts is not None and facts.owner is not None:
                return f"{module}:{facts.owner}"
            current = current.rpartition(".")[0]
        return None

    def _of_index(self, module: str, scope: str, expression: Index) -> Refs:
        position = constant_index(expression.index)
        base = expression.base
        if position is not None and isinstance(base, CallExpr):
            found: set[Ref] = set()
            for ref in self.of_expression(module, scope, base.function):
                if isinstance(ref, FunctionIs):
                    found |= self._returned_component(ref.id, position)
            if found:
                return frozenset(found)
        if position is not None and isinstance(base, Display) and position < len(base.items):
            return self.of_expression(module, scope, base.items[position])
        return self._elements(self.of_expression(module, scope, base))

    def _returned_component(self, function_id: str, position: int) -> Refs:
        facts = self.project.function(function_id)
        if facts is None:
            return NOTHING
        found: set[Ref] = set()
        for value in facts.returned:
            if isinstance(value, Display) and value.kind == "tuple" and position < len(value.items):
                found |= self.of_expression(facts.module, facts.qualname, value.items[position])
        return frozenset(found)

    # --------------------------------------------------------------------------------------- values (bodies)

    def of_value(self, body: Body, node: int) -> Refs:
        """What a node of a body refers to."""
        return self._guard.run(
            (body.id, node),
            self._known,
            NOTHING,
            lambda: self._join(self._of_leaf(body, leaf) for leaf in leaves(body, node)),
        )

    def _of_leaf(self, body: Body, node: int) -> Refs:
        value = body.values[node]
        if value.kind == "attr":
            name = str(value.label)
            return self._join(self.members.member(ref, name) for ref in self.of_value(body, value.arguments[0]))
        if value.kind == "call":
            return self._of_call(body, value)
        if value.kind in ("parameter", "name", "import", "function"):
            return self._of_named(body, value)
        if value.kind == "index":
            return self._of_index_value(body, value)
        if value.kind == "element":
            return self._elements(self.of_value(body, value.arguments[0]))
        if value.kind == "enter":
            return self.entered(self.of_value(body, value.arguments[0]))
        if value.kind == "awaited":
            return self.of_value(body, value.arguments[0])
        if value.kind == "display" and value.label in ("list", "tuple", "set"):
            return frozenset(ContainerOf(ref) for item in value.arguments for ref in self.of_value(body, item))
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
            return self._of_name(body.module, body.qualname, label)
        facts = self.program.facts(body.id)
        if facts is None:
            return NOTHING
        for parameter in facts.parameters:
            if parameter.name == label:
                return self.of_parameter(facts, parameter) or self._of_callers(body, label)
        return NOTHING

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
            return self._super(body.module, body.qualname)
        targets = self.of_value(body, value.arguments[0])
        rest = value.arguments[1:]
        special = self._special(targets, lambda: self.of_value(body, rest[0]), len(rest))
        if special is not None:
            return special
        return self._join(self.members.result(ref) for ref in targets)

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
            for ref in self.of_value(body, base):
                found |= self.members.field_at(ref, position)
            if found:
                return frozenset(found)
        return self._elements(self.of_value(body, base))

    def _component(self, body: Body, node: int, position: int) -> Refs:
        value = body.values[node]
        if value.kind == "display" and -len(value.arguments) <= position < len(value.arguments):
            return self.of_value(body, value.arguments[position])
        if value.kind == "call":
            return self._join(
                self._returned_component(ref.id, position)
                for ref in self.of_value(body, value.arguments[0])
                if isinstance(ref, FunctionIs)
            )
        return NOTHING

    # ------------------------------------------------------------------------------------------------ shared

    def entered(self, managers: Refs) -> Refs:
        """What ``with`` binds for these context managers."""
        found: set[Ref] = set()
        for ref in managers:
            results = self._join(self.members.result(method) for method in self.members.member(ref, "__enter__"))
            found |= results or {ref}
        return frozenset(found)

    def _elements(self, refs: Refs) -> Refs:
        return self._join(self.members.element(ref) for ref in refs)

    def _join(self, parts: object) -> Refs:
        found: set[Ref] = set()
        for part in parts:  # type: ignore[attr-defined]
            found |= part
        return frozenset(found)


def leaves(body: Body, node: int) -> tuple[int, ...]:
    """The nodes that a value may be, seen through phis, choices, and what calls and stores leave the same object."""
    memo: dict[int, tuple[int, ...]] = body.memo.setdefault("leaves", {})  # type: ignore[assignment]
    if node in memo:
        return memo[node]
    seen: dict[int, None] = {node: None}
    work = [node]
    found: list[int] = []
    while work:
        current = work.pop()
        value = body.values[current]
        if value.kind == "phi":
            through: tuple[int, ...] = value.arguments
        elif value.kind in ("after", "stored", "collected"):
            through = value.arguments[:1]
        elif value.kind == "choose":
            through = value.arguments[1:]
        elif value.kind == "op" and value.label in ("or", "and"):
            through = value.arguments
        else:
            found.append(current)
            continue
        for other in through:
            if other not in seen:
                seen[other] = None
                work.append(other)
    memo[node] = tuple(sorted(found))
    return memo[node]


def is_module(ref: Ref) -> bool:
    """Whether an attribute of this reference is a name in a module rather than state of an object."""
    return isinstance(ref, (ModuleIs, ExternalIs))
