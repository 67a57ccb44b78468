"""Calls whose callee is told by its name alone: no value is asked, and so no order in which values are found out.

What else a call may run is :mod:`collint.linking`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from collint.ir.expressions import Attr, Name, dotted
from collint.project.asked import GIVE
from collint.project.decorators import is_static
from collint.project.facts import CallSite
from collint.project.names import Names
from collint.project.steps import Answers
from collint.project.targets import ClassTarget, FunctionTarget
from collint.project.usage import Usage

# The function around the call, the call, and how many leading parameters it fills by itself.
ToldCall = tuple[str, CallSite, int]
CONSTRUCTOR = "__init__"


class ToldCalls:
    """Tables by last name, each made when it is first asked for; ``usage`` gives the calls of a name."""

    def __init__(self, names: Names, usage: Usage) -> None:
        self._names = names
        self._usage = usage
        self._tables: Answers[str, dict[str, list[ToldCall]]] = Answers(names.files.asked)
        self._methods: Answers[str, str | None] = Answers(names.files.asked)

    def calls(self, function_id: str, name: str) -> Sequence[ToldCall]:
        """The calls of a function which are spelled with this last name.

        Of a common one those that stand in the files of the family of the function's class.
        """
        if self._names.files.concordance.is_common(name):
            homes = self._homes(function_id)
            for module in homes:
                self._names.files.asked.note(GIVE, module, name)
            sites = [call for module in homes for call in self._usage.calls_near(module, name)]
            return self._told(sites, name).get(function_id, ())
        found = self._tables.look_up(name)
        if found is None:
            with self._tables.finding(name):
                self._names.files.asked.note(GIVE, name)
                found = self._tables[name] = self._told(self._usage.calls_named(name), name)
        return found.get(function_id, ())

    def _homes(self, function_id: str) -> Sequence[str]:
        """The modules with a class whose objects may have this method; of a plain function its own."""
        module, _, qualname = function_id.partition(":")
        facts = self._names.scopes(module).functions.get(qualname)
        if facts is None or facts.owner is None:
            return (module,)
        return sorted({name.partition(":")[0] for name in self._names.hierarchy.family(f"{module}:{facts.owner}")})

    def _told(self, sites: Iterable[tuple[str, CallSite]], name: str) -> dict[str, list[ToldCall]]:
        """Function id to those of these calls that are told to be its own."""
        found: dict[str, list[ToldCall]] = {}
        for caller_id, site in sites:
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
        elif (only := self._only_method(name)) is not None:
            yield only, 1

    def _class_of(self, module: str, scope: str, function: Attr) -> str | None:
        """The class in whose method the receiver is ``self``."""
        caller = self._names.scopes(module).functions.get(scope)
        if caller is None or caller.owner is None or not caller.parameters or is_static(caller):
            return None
        return f"{module}:{caller.owner}" if function.base == Name(caller.parameters[0].name) else None

    def _only_method(self, name: str) -> str | None:
        """The method of that name, where one class of the program defines it; most files are not opened for that."""
        self._methods.look_up(name)
        if name not in self._methods:
            modules = self._names.files.concordance.defining(name)
            functions = self._names.files[modules[0]].functions if len(modules) == 1 else ()
            found = [function.id for function in functions if function.owner is not None and function.name == name]
            self._methods[name] = found[0] if len(found) == 1 else None
        return self._methods[name]
