"""Inverted tables over all functions: who writes an attribute or a module variable, and who calls a name.

What the written values are is not evaluated. Only the files that the concordance names are looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

from collint.ir.expressions import Attr, Expr, Name, called_name, dotted, last_name
from collint.project.asked import NAME, NEAR
from collint.project.concordance import attributes_written, own_class
from collint.project.facts import MODULE_BODY, CallSite, FunctionFacts, LocalAssign, is_within
from collint.project.names import Names
from collint.project.steps import Answers
from collint.project.targets import AttributeWrite, ClassTarget, ModuleTarget

Writes = tuple[AttributeWrite, ...]
# A write together with the class whose object it writes to; None when the object is not the receiver of a method.
_Owned = tuple[str | None, AttributeWrite]


class Usage:
    """Answers for one project; ``names`` gives the modules and classes."""

    def __init__(self, names: Names) -> None:
        self._names = names
        asked = names.files.asked
        self._written: Answers[tuple[str, str], tuple[list[_Owned], list[_Owned]]] = Answers(asked)
        self._sites: Answers[str, tuple[tuple[str, CallSite], ...]] = Answers(asked)
        self._within: Answers[tuple[str, str], tuple[tuple[str, CallSite], ...]] = Answers(asked)
        self._members: Answers[tuple[str, str], Writes] = Answers(asked)
        self._variables: Answers[tuple[str, str], Writes] = Answers(asked)

    def writers(self, class_id: str, attribute: str) -> Writes:
        """Assignments to ``attribute`` that an object of this class, or of one that descends from it, can see."""
        key = (class_id, attribute)
        found = self._members.look_up(key)
        if found is None:
            with self._members.finding(key):
                family = self._names.hierarchy.family(class_id)
                homes = {name.partition(":")[0] for name in family}
                concordance = self._names.files.concordance
                modules = homes.intersection(concordance.owning(attribute)).union(concordance.giving(attribute))
                owned = self._writes(modules, attribute)
                found = self._members[key] = tuple(write for owner, write in owned if owner in family)
        return found

    def writers_by_name(self, attribute: str) -> Writes:
        """Every ``anything.attribute = ...``, and class-body assignments of that name."""
        concordance = self._names.files.concordance
        modules = {*concordance.owning(attribute), *concordance.giving(attribute)}
        return tuple(write for _, write in self._writes(modules, attribute))

    def module_writers(self, module: str, name: str) -> Writes:
        """Assignments to a module's variable: in its body, by ``global``, and as ``module.name = ...`` elsewhere."""
        key = (module, name)
        found = self._variables.look_up(key)
        if found is None:
            with self._variables.finding(key):
                found = self._variables[key] = (*self._own_writers(module, name), *self._distant_writers(module, name))
        return found

    def calls_named(self, name: str) -> tuple[tuple[str, CallSite], ...]:
        """Every call of ``name`` or ``anything.name``, with the id of the function it stands in.

        A call of an element, as in ``handlers[kind](x)``, is found under ``handlers[]``.
        """
        found = self._sites.look_up(name)
        if found is None:
            with self._sites.finding(name):
                modules = self._names.files.concordance.calling(name)
            found = self._sites[name] = tuple(call for module in modules for call in self._calls_in(module, name))
        return found

    def calls_near(self, module: str, name: str) -> Sequence[tuple[str, CallSite]]:
        """Those that stand in one module, for whoever asks for no others."""
        self._names.files.asked.note(NEAR, module, name)
        return self._calls_in(module, name)

    def calls_within(self, function: FunctionFacts, name: str) -> Sequence[tuple[str, CallSite]]:
        """Those that stand in the text of one function, in that of functions within it too."""
        key = (function.id, name)
        self._names.files.asked.note(NEAR, function.module, name)
        found = self._within.get(key)
        if found is None:
            found = self._within[key] = tuple(self._in_text(function, name))
        return found

    def _in_text(self, function: FunctionFacts, name: str) -> Iterable[tuple[str, CallSite]]:
        if function.is_around:
            calls = self._calls_in(function.module, name)
            return (call for call in calls if is_within(call[0], function.id))
        is_named = name in function.names and name in function.names.split()
        sites = function.calls if is_named else ()
        return ((function.id, site) for site in sites if called_name(site.function) == name)

    def _calls_in(self, module: str, name: str) -> Sequence[tuple[str, CallSite]]:
        """Those of them that stand in one module."""
        functions = self._naming(module, name, attrgetter("names"))
        name_of = called_name if name.endswith("[]") else last_name
        return [(f.id, site) for f in functions for site in f.calls if name_of(site.function) == name]

    # ------------------------------------------------------------------------------------------------------------

    def _naming(self, module: str, name: str, names_of: Callable[[FunctionFacts], str]) -> Iterator[FunctionFacts]:
        """The functions of one module that have a name among these of theirs."""
        for function in self._names.files[module].functions:
            names = names_of(function)
            if name in names and name in names.split():
                yield function

    def _writes(self, modules: Iterable[str], attribute: str) -> list[_Owned]:
        """The assignments to an attribute in these modules, those of class bodies first."""
        written = [self._written_in(module, attribute) for module in sorted(modules)]
        return [owned for part in (0, 1) for one in written for owned in one[part]]

    def _written_in(self, module: str, attribute: str) -> tuple[list[_Owned], list[_Owned]]:
        """The assignments to an attribute in one module: in class bodies, and in functions."""
        found = self._written.look_up((module, attribute))
        if found is None:
            with self._written.finding((module, attribute)):
                found = self._written[module, attribute] = self._assignments_in(module, attribute)
        return found

    def _assignments_in(self, module: str, attribute: str) -> tuple[list[_Owned], list[_Owned]]:
        in_classes: list[_Owned] = [
            (facts.id, AttributeWrite(facts.id, assign))
            for facts in self._names.files[module].classes
            for assign in facts.assigns
            if isinstance(assign.target, Name) and assign.target.id == attribute
        ]
        in_functions = [
            (self._owner(function, assign), AttributeWrite(function.id, assign))
            for function in self._naming(module, attribute, attrgetter("writes"))
            for name, assign in attributes_written(function)
            if name == attribute
        ]
        return in_classes, in_functions

    def _owner(self, function: FunctionFacts, assign: LocalAssign) -> str | None:
        """The class whose attribute is written, on the object of its method or on another whose class is told."""
        functions = self._names.scopes(function.module).functions
        return own_class(function, assign, functions) or self._named_class(function, assign.target)

    def _named_class(self, function: FunctionFacts, target: Expr) -> str | None:
        """The class whose attribute is written: ``Registry.instance = x``, or ``state.x = y`` with ``state: State``."""
        base = target.base if isinstance(target, Attr) else None
        if not isinstance(base, Name):
            return None
        self._names.files.asked.note(NAME, function.module, function.qualname, base.id)
        chain = next((dotted(p.annotation) for p in function.parameters if p.name == base.id and p.annotation), None)
        if chain is None:
            if not base.id.lstrip("_")[:1].isupper():
                return None
            chain = base.id
        targets = self._names.resolve(function.module, function.qualname, chain)
        return next((target.id for target in targets if isinstance(target, ClassTarget)), None)

    def _own_writers(self, module: str, name: str) -> Iterator[AttributeWrite]:
        if module not in self._names.files:
            return
        scopes = self._names.scopes(module)
        for function in scopes.facts.functions:
            scope = "" if function.qualname == MODULE_BODY else function.qualname
            if not scope or (name in function.globals and scopes.is_global(function, name)):
                for assign in scopes.assigns(scope, name):
                    yield AttributeWrite(function.id, assign)

    def _distant_writers(self, module: str, name: str) -> Iterator[AttributeWrite]:
        for owner, write in self._writes(self._names.files.concordance.giving(name), name):
            target = write.assign.target
            chain = dotted(target.base) if owner is None and isinstance(target, Attr) else None
            if chain is not None:
                where, _, scope = write.function_id.partition(":")
                if ModuleTarget(module) in self._names.resolve(where, scope, chain):
                    yield write
