"""What each scope of one module binds: definitions, imports, stars and plain variables. No name is followed here."""

from __future__ import annotations

from collections.abc import Iterable

from collint.ir.expressions import NONE, Attr, Expr, Name
from collint.project.asked import NAME, Asked
from collint.project.decorators import is_accessor, is_overload
from collint.project.facts import (
    MODULE_BODY,
    ClassFacts,
    FunctionFacts,
    LocalAssign,
    ModuleFacts,
    enclosing,
    short_name,
)
from collint.project.targets import ClassTarget, FunctionTarget

Definition = FunctionTarget | ClassTarget


class ModuleScopes:
    """The scopes of one module: ``""`` for the module itself, else the qualname of a function or class."""

    __slots__ = (
        "_asked",
        "_assigns",
        "_bound",
        "_definitions",
        "_imports",
        "_noted",
        "_variables",
        "classes",
        "facts",
        "functions",
    )

    def __init__(self, facts: ModuleFacts, imports: Iterable[tuple[str, str]], asked: Asked) -> None:
        """``imports`` are those of the module's body; questions are noted in ``asked``."""
        self._asked = asked
        self._noted: set[tuple[str, str]] = set()
        self.facts = facts
        self.functions = {function.qualname: function for function in facts.functions}
        self.classes = {klass.qualname: klass for klass in facts.classes}
        self._imports: dict[str, list[str]] = {}
        for name, qualified in dict.fromkeys(imports):
            self._imports.setdefault(name, []).append(qualified)
        self._definitions: dict[str, dict[str, list[Definition]]] = {}
        self._define(facts)
        self._assigns: dict[str, dict[str, tuple[LocalAssign, ...]]] = {}
        self._bound: dict[str, frozenset[str]] = {}
        self._variables = self._module_variables(facts)

    def definitions(self, scope: str, name: str) -> tuple[Definition, ...]:
        """Functions and classes that ``scope`` defines under ``name``, in source order."""
        self._note(scope, name)
        return tuple(self._definitions.get(scope, {}).get(name, ()))

    def binds(self, name: str) -> bool:
        """Whether the module itself gives ``name`` a meaning, star imports aside."""
        self._note("", name)
        return name in self._variables or name in self._imports or name in self._definitions.get("", ())

    def is_variable(self, name: str) -> bool:
        """Whether the module's body assigns ``name``, or a function that declares it global."""
        self._note("", name)
        return name in self._variables

    def imports(self, scope: str, name: str) -> list[str]:
        """What the body of the module (``""``) or a function imports as ``name``."""
        self._note(scope, name)
        function = self.functions.get(scope)
        if function is None:
            return self._imports.get(name, [])
        return [qualified for local, qualified in function.imports if local == name]

    def binds_locally(self, function: FunctionFacts, name: str) -> bool:
        """Whether ``name`` is a parameter or assigned variable of ``function``."""
        self._note(function.qualname, name)
        found = self._bound.get(function.qualname)
        if found is None:
            names = {parameter.name for parameter in function.parameters}
            names.update(assign.target.id for assign in function.assigns if isinstance(assign.target, Name))
            found = self._bound[function.qualname] = frozenset(names.difference(function.globals))
        return name in found

    def assigns(self, scope: str, name: str) -> tuple[LocalAssign, ...]:
        """The assignments to ``name`` in the body of the module (``""``), a function or a class."""
        self._note(scope, name)
        found = self._assigns.get(scope)
        if found is None:
            found = self._assigns[scope] = {}
            body: FunctionFacts | ClassFacts | None
            body = self.functions.get(scope or MODULE_BODY) or self.classes.get(scope)
            for assign in body.assigns if body else ():
                if isinstance(assign.target, Name):
                    found[assign.target.id] = (*found.get(assign.target.id, ()), assign)
        return found.get(name, ())

    def aliased(self, scope: str, name: str) -> tuple[Expr, ...]:
        """The plain names and attribute chains that ``scope`` assigns to ``name``."""
        values = (assign.value for assign in self.assigns(scope, name))
        return tuple(value for value in values if isinstance(value, (Name, Attr)))

    def is_placeholder(self, name: str) -> bool:
        """Whether the module's variable ``name`` only ever holds None, as where an optional import failed."""
        assigns = self.assigns("", name)
        return bool(assigns) and all(assign.value == NONE for assign in assigns)

    def _note(self, scope: str, name: str) -> None:
        if self._asked.is_on and (scope, name) not in self._noted:
            self._noted.add((scope, name))
            self._asked.note(NAME, self.facts.name, scope if scope != MODULE_BODY else "", name)

    def _define(self, facts: ModuleFacts) -> None:
        found: list[tuple[int, str, bool, Definition]] = [
            (klass.start_line, klass.qualname, False, ClassTarget(klass.id)) for klass in facts.classes
        ]
        for function in facts.functions:
            if function.qualname != MODULE_BODY:
                minor = is_overload(function) or is_accessor(function)
                found.append((function.start_line, function.qualname, minor, FunctionTarget(function.id)))
        for _, qualname, minor, target in sorted(found, key=lambda entry: (entry[2], entry[0])):
            names = self._definitions.setdefault(enclosing(qualname), {})
            if not minor or short_name(qualname) not in names:
                names.setdefault(short_name(qualname), []).append(target)

    def _module_variables(self, facts: ModuleFacts) -> frozenset[str]:
        """What the body assigns, and what functions assign after declaring it global."""
        names: set[str] = set()
        for function in facts.functions:
            if function.qualname == MODULE_BODY:
                names.update(a.target.id for a in function.assigns if isinstance(a.target, Name))
            elif function.globals:
                names.update(name for name in function.globals if self.is_global(function, name))
        return frozenset(names)

    def is_global(self, function: FunctionFacts, name: str) -> bool:
        """Whether ``name``, declared global or nonlocal in ``function``, is the module's."""
        parent = self.functions.get(function.parent or "")
        while parent is not None:
            if self.binds_locally(parent, name):
                return False
            parent = self.functions.get(parent.parent or "")
        return True
