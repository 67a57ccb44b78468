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
)
from collint.project.targets import ClassTarget, FunctionTarget

Definition = FunctionTarget | ClassTarget


class ModuleScopes:
    """The scopes of one module: ``""`` for the module itself, else the qualname of a function or class.

    Each table is made when it is first asked for: most modules are looked into for one name.
    """

    __slots__ = (
        "_asked",
        "_assigns",
        "_definitions",
        "_given",
        "_imported",
        "_imports",
        "_variables",
        "_within",
        "classes",
        "facts",
        "functions",
    )

    def __init__(self, facts: ModuleFacts, imports: Iterable[tuple[str, str]], asked: Asked) -> None:
        """``imports`` are those of the module's body; questions are noted in ``asked``."""
        self._asked = asked
        self.facts = facts
        self.functions = {function.qualname: function for function in facts.functions}
        self.classes = {klass.qualname: klass for klass in facts.classes}
        self._imported = imports
        self._imports: dict[str, list[str]] | None = None
        self._within: dict[str, list[FunctionFacts | ClassFacts]] | None = None
        self._definitions: dict[str, dict[str, list[Definition]]] = {}
        self._assigns: dict[str, dict[str, tuple[LocalAssign, ...]]] = {}
        self._given: dict[str, tuple[str, ...]] = {}
        self._variables: frozenset[str] | None = None

    def definitions(self, scope: str, name: str) -> tuple[Definition, ...]:
        """Functions and classes that ``scope`` defines under ``name``, in source order."""
        self._note(scope, name)
        return tuple(self._defined(scope).get(name, ()))

    def functions_in(self, scope: str) -> dict[str, str]:
        """The function, by its qualname, that each name means which ``scope`` defines; no question is noted."""
        functions: dict[str, str] = {}
        for name, found in self._defined(scope).items():
            for target in found:
                if isinstance(target, FunctionTarget):
                    functions.setdefault(name, target.id.partition(":")[2])
        return functions

    def binds(self, name: str) -> bool:
        """Whether the module itself gives ``name`` a meaning, star imports aside."""
        self._note("", name)
        return self.is_variable(name) or bool(self._module_imports(name)) or name in self._defined("")

    def is_variable(self, name: str) -> bool:
        """Whether the module's body assigns ``name``, or a function that declares it global."""
        self._note("", name)
        if self._variables is None:
            self._variables = self._module_variables(self.facts)
        return name in self._variables

    def imports(self, scope: str, name: str) -> list[str]:
        """What the body of the module (``""``) or a function imports as ``name``."""
        self._note(scope, name)
        function = self.functions.get(scope)
        if function is None:
            return self._module_imports(name)
        return [qualified for local, qualified in function.imports if local == name]

    def gives(self, scope: str, name: str) -> bool:
        """Whether a function or class gives ``name`` a meaning of its own, in its body or as a parameter."""
        self._note(scope, name)
        found = self._given.get(scope)
        if found is None:
            function = self.functions.get(scope)
            given = [parameter.name for parameter in function.parameters] if function is not None else []
            given += [local for local, _ in function.imports] if function is not None else []
            found = self._given[scope] = (*{*self._defined(scope), *self._assigned(scope), *given},)
        return name in found

    def binds_locally(self, function: FunctionFacts, name: str) -> bool:
        """Whether ``name`` is a parameter or assigned variable of ``function``."""
        self._note(function.qualname, name)
        is_own = name in self._assigned(function.qualname) or any(each.name == name for each in function.parameters)
        return is_own and name not in function.globals

    def assigns(self, scope: str, name: str) -> tuple[LocalAssign, ...]:
        """The assignments to ``name`` in the body of the module (``""``), a function or a class."""
        self._note(scope, name)
        return self._assigned(scope).get(name, ())

    def aliased(self, scope: str, name: str) -> tuple[Expr, ...]:
        """The plain names and attribute chains that ``scope`` assigns to ``name``."""
        values = (assign.value for assign in self.assigns(scope, name))
        return tuple(value for value in values if isinstance(value, (Name, Attr)))

    def is_placeholder(self, name: str) -> bool:
        """Whether the module's variable ``name`` only ever holds None, as where an optional import failed."""
        assigns = self.assigns("", name)
        return bool(assigns) and all(assign.value == NONE for assign in assigns)

    def _note(self, scope: str, name: str) -> None:
        if self._asked.is_on:
            self._asked.note(NAME, self.facts.name, scope if scope != MODULE_BODY else "", name)

    def _assigned(self, scope: str) -> dict[str, tuple[LocalAssign, ...]]:
        found = self._assigns.get(scope)
        if found is None:
            found = self._assigns[scope] = {}
            body: FunctionFacts | ClassFacts | None
            body = self.functions.get(scope or MODULE_BODY) or self.classes.get(scope)
            for assign in body.assigns if body else ():
                if isinstance(assign.target, Name):
                    found[assign.target.id] = (*found.get(assign.target.id, ()), assign)
        return found

    def _module_imports(self, name: str) -> list[str]:
        if self._imports is None:
            self._imports = {}
            for local, qualified in dict.fromkeys(self._imported):
                self._imports.setdefault(local, []).append(qualified)
        return self._imports.get(name, [])

    def _defined(self, scope: str) -> dict[str, list[Definition]]:
        """What a scope defines by name, in the order of its text; accessors and overloads where nothing else is."""
        found = self._definitions.get(scope)
        if found is None:
            if self._within is None:
                self._within = {}
                every: tuple[FunctionFacts | ClassFacts, ...] = (*self.facts.classes, *self.facts.functions)
                for definition in every:
                    self._within.setdefault(enclosing(definition.qualname), []).append(definition)
            found = self._definitions[scope] = {}
            ordered = [(_is_minor(each), each.start_line, each) for each in self._within.get(scope, ())]
            for minor, _, each in sorted(ordered, key=lambda entry: entry[:2]):
                if each.qualname != MODULE_BODY and (not minor or each.name not in found):
                    target = ClassTarget(each.id) if isinstance(each, ClassFacts) else FunctionTarget(each.id)
                    found.setdefault(each.name, []).append(target)
        return found

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


def _is_minor(definition: FunctionFacts | ClassFacts) -> bool:
    return isinstance(definition, FunctionFacts) and (is_overload(definition) or is_accessor(definition))
