"""Calls whose callee is told by its name alone: no value is asked, and so no order in which values are found out.

What else a call may run is :mod:`collint.linking`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from collint.ir.expressions import Attr, Name, dotted
from collint.project.decorators import is_static
from collint.project.facts import CallSite
from collint.project.names import Names
from collint.project.targets import ClassTarget, FunctionTarget

# The function around the call, the call, and how many leading parameters it fills by itself.
ToldCall = tuple[str, CallSite, int]
CONSTRUCTOR = "__init__"


class ToldCalls:
    """Tables by last name, each made when it is first asked for. ``calls_named`` gives the calls of a name."""

    def __init__(self, names: Names, calls_named: Callable[[str], Sequence[tuple[str, CallSite]]]) -> None:
        self._names = names
        self._calls_named = calls_named
        self._tables: dict[str, dict[str, list[ToldCall]]] = {}
        self._methods: dict[str, tuple[str, ...]] = {}

    def calls(self, name: str) -> dict[str, list[ToldCall]]:
        """Function id to the calls of that function which are spelled with this last name."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = {}
            for caller_id, site in self._calls_named(name):
                for function_id, skip in self._callees(caller_id, site, name):
                    found.setdefault(function_id, []).append((caller_id, site, skip))
        return found

    def _callees(self, caller_id: str, site: CallSite, name: str) -> Iterator[tuple[str, int]]:
        module, _, scope = caller_id.partition(":")
        chain = dotted(site.function)
        known = False
        for target in self._names.resolve(module, scope, chain) if chain is not None else ():
            if isinstance(target, FunctionTarget):
                known = True
                yield target.id, 0
            elif isinstance(target, ClassTarget):
                known = True
                made_by = self._names.hierarchy.find_method(target.id, CONSTRUCTOR)
                if made_by is not None:
                    yield made_by, 1
        if known or not isinstance(site.function, Attr):
            return
        owner = self._class_of(module, scope, site.function)
        if owner is not None:
            own = self._names.hierarchy.find_method(owner, name)
            if own is not None:
                yield own, 1
        elif len(self._methods_named(name)) == 1:
            yield self._methods_named(name)[0], 1

    def _class_of(self, module: str, scope: str, function: Attr) -> str | None:
        """The class in whose method the receiver is ``self``."""
        caller = self._names.scopes(module).functions.get(scope)
        if caller is None or caller.owner is None or not caller.parameters or is_static(caller):
            return None
        return f"{module}:{caller.owner}" if function.base == Name(caller.parameters[0].name) else None

    def _methods_named(self, name: str) -> Sequence[str]:
        found = self._methods.get(name)
        if found is None:
            modules = self._names.files.concordance.defining(name)
            functions = (function for module in modules for function in self._names.files[module].functions)
            found = tuple(f.id for f in functions if f.owner is not None and f.name == name)
            self._methods[name] = found
        return found
