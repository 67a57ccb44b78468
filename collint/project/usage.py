"""Inverted tables over all functions: who writes an attribute or a module variable, and who calls a name.

What the written values are is not evaluated. Each table is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.ir.expressions import Attr, Expr, Index, Name, dotted, last_name
from collint.project.decorators import is_static
from collint.project.facts import MODULE_BODY, CallSite, FunctionFacts, LocalAssign
from collint.project.names import Names
from collint.project.targets import AttributeWrite, ClassTarget, ModuleTarget

Writes = tuple[AttributeWrite, ...]
# A write together with the class whose object it writes to; None when the object is not the receiver of a method.
_Owned = tuple[str | None, AttributeWrite]


class Usage:
    """Answers for one project; ``names`` gives the modules and classes."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._written: dict[str, list[_Owned]] | None = None
        self._sites: dict[str, tuple[tuple[str, CallSite], ...]] | None = None
        self._members: dict[tuple[str, str], Writes] = {}
        self._variables: dict[tuple[str, str], Writes] = {}

    def writers(self, class_id: str, attribute: str) -> Writes:
        """Assignments to ``attribute`` that an object of this class, or of one that descends from it, can see."""
        key = (class_id, attribute)
        found = self._members.get(key)
        if found is None:
            family = self._names.hierarchy.family(class_id)
            owned = self._write_table().get(attribute, ())
            found = self._members[key] = tuple(write for owner, write in owned if owner in family)
        return found

    def writers_by_name(self, attribute: str) -> Writes:
        """Every ``anything.attribute = ...``, and class-body assignments of that name."""
        return tuple(write for _, write in self._write_table().get(attribute, ()))

    def module_writers(self, module: str, name: str) -> Writes:
        """Assignments to a module's variable: in its body, by ``global``, and as ``module.name = ...`` elsewhere."""
        key = (module, name)
        found = self._variables.get(key)
        if found is None:
            found = self._variables[key] = (*self._own_writers(module, name), *self._distant_writers(module, name))
        return found

    def calls_named(self, name: str) -> tuple[tuple[str, CallSite], ...]:
        """Every call of ``name`` or ``anything.name``, with the id of the function it stands in.

        A call of an element, as in ``handlers[kind](x)``, is found under ``handlers[]``.
        """
        if self._sites is None:
            called: dict[str, list[tuple[str, CallSite]]] = {}
            for function in self._functions():
                function_id = function.id
                for site in function.calls:
                    last = last_name(site.function) or _of_element(site.function)
                    if last:
                        called.setdefault(last, []).append((function_id, site))
            self._sites = {name: tuple(sites) for name, sites in called.items()}
        return self._sites.get(name, ())

    # ------------------------------------------------------------------------------------------------------------

    def _functions(self) -> Iterator[FunctionFacts]:
        for name in sorted(self._names.modules):
            yield from self._names.modules[name].functions

    def _write_table(self) -> dict[str, list[_Owned]]:
        if self._written is None:
            self._written = {}
            for name in sorted(self._names.modules):
                for facts in self._names.modules[name].classes:
                    for assign in facts.assigns:
                        if isinstance(assign.target, Name):
                            self._note(assign.target.id, facts.id, facts.id, assign)
            for function in self._functions():
                self._note_writes(function)
        return self._written

    def _note_writes(self, function: FunctionFacts) -> None:
        for assign in function.assigns:
            target = assign.target
            if isinstance(target, Attr):
                receiver = self._receiver(function) if isinstance(target.base, Name) else None
                own = receiver is not None and target.base == Name(receiver[0])
                owner = receiver[1] if receiver and own else self._named_class(function, target.base)
                self._note(target.name, owner, function.id, assign)

    def _named_class(self, function: FunctionFacts, base: Expr) -> str | None:
        """The class whose attribute is written: ``Registry.instance = x``, or ``state.x = y`` with ``state: State``."""
        if not isinstance(base, Name):
            return None
        chain = next((dotted(p.annotation) for p in function.parameters if p.name == base.id and p.annotation), None)
        if chain is None:
            if not base.id.lstrip("_")[:1].isupper():
                return None
            chain = base.id
        targets = self._names.resolve(function.module, function.qualname, chain)
        return next((target.id for target in targets if isinstance(target, ClassTarget)), None)

    def _note(self, attribute: str, owner: str | None, function_id: str, assign: LocalAssign) -> None:
        if self._written is not None:
            self._written.setdefault(attribute, []).append((owner, AttributeWrite(function_id, assign)))

    def _receiver(self, function: FunctionFacts) -> tuple[str, str] | None:
        """The name of ``self`` here and the id of its class; nested functions see that of the method around them."""
        if function.owner is None:
            around = self._names.scopes(function.module).functions.get(function.parent or "")
            outer = self._receiver(around) if around is not None else None
            shadowed = outer is not None and any(p.name == outer[0] for p in function.parameters)
            return None if shadowed else outer
        first = function.parameters[0] if function.parameters else None
        if first is None or first.kind != "positional" or is_static(function):
            return None
        return first.name, f"{function.module}:{function.owner}"

    def _own_writers(self, module: str, name: str) -> Iterator[AttributeWrite]:
        if module not in self._names.modules:
            return
        scopes = self._names.scopes(module)
        for function in scopes.facts.functions:
            mine = function.qualname == MODULE_BODY or (name in function.globals and scopes.is_global(function, name))
            for assign in function.assigns if mine else ():
                if isinstance(assign.target, Name) and assign.target.id == name:
                    yield AttributeWrite(function.id, assign)

    def _distant_writers(self, module: str, name: str) -> Iterator[AttributeWrite]:
        for owner, write in self._write_table().get(name, ()):
            target = write.assign.target
            chain = dotted(target.base) if owner is None and isinstance(target, Attr) else None
            if chain is not None:
                where, _, scope = write.function_id.partition(":")
                if ModuleTarget(module) in self._names.resolve(where, scope, chain):
                    yield write


def _of_element(function: Expr) -> str:
    name = last_name(function.base) if isinstance(function, Index) else ""
    return f"{name}[]" if name else ""
