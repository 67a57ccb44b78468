"""One step of the backward walk from an attribute to the calls that make its object: what they hand over for it.

A dataclass's constructor stores its fields; one with ``vars(self).update(kwargs)``, ``self.__dict__.update(kwargs)`` or
``setattr(self, name, value)`` stores whatever keyword it is given, over what the class body says. Stores that are
written out are in :mod:`collint.uniformity.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collint.ir.expressions import Attr, CallExpr, Const, Expr, Name
from collint.ir.node import replace
from collint.ir.values import CallSiteNode
from collint.linking.references import ClassIs
from collint.project.facts import CallSite
from collint.uniformity.states import HIGH, MEDIUM, Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Functions asked for the calls that make objects of a class.
MAX_CALLERS = 24


class Given:
    """Transfer functions through constructors that store without naming an attribute."""

    def __init__(self, flow: Flow) -> None:
        self.program = flow.program
        self.evaluator = flow.evaluator
        self._keeping: dict[str, bool] = {}
        self._made: dict[str, list[tuple[str, CallSiteNode]]] = {}

    def outcomes(self, state: State, class_id: str, name: str) -> Iterator[Outcome]:
        """The arguments that end up in the attribute ``name`` of objects of a class."""
        constructor = self.program.project.find_method(class_id, "__init__")
        if constructor is None:
            fields = self._fields(class_id)
            if name in fields:
                yield from self._handed(state, class_id, name, fields.index(name), HIGH)
        elif self._keeps_keywords(constructor):
            # Whether the keyword is among those that are kept is not known.
            yield from self._handed(state, class_id, name, -1, MEDIUM)

    def _handed(self, state: State, class_id: str, name: str, place: int, confidence: int) -> Iterator[Outcome]:
        for caller_id, site in self._makers(class_id):
            caller = self.program.body(caller_id)
            assert caller is not None
            for position, argument in enumerate(site.call.arguments):
                matched = argument.name == name or (argument.name is None and not argument.star and position == place)
                if matched:
                    node = caller.values[site.node].arguments[1 + position]
                    yield Next(replace(state, body=caller.id, node=node), confidence)

    def _makers(self, class_id: str) -> Sequence[tuple[str, CallSiteNode]]:
        """The calls that make objects of a class, or of one derived from it, by the functions that they stand in."""
        found = self._made.get(class_id)
        if found is not None:
            return found
        found = self._made[class_id] = []
        made = {ClassIs(c) for c in (class_id, *self.program.project.subclasses(class_id))}
        lasts = sorted({ref.id.rpartition(":")[2].rpartition(".")[2] for ref in made})
        callers = dict.fromkeys(caller for last in lasts for caller, _ in self.program.project.calls_named(last))
        for caller_id in list(callers)[:MAX_CALLERS]:
            caller = self.program.body(caller_id)
            for site in caller.values.calls if caller is not None else ():
                assert caller is not None
                if made & self.evaluator.of_value(caller, caller.values[site.node].arguments[0]):
                    found.append((caller_id, site))
        return found

    def _fields(self, class_id: str) -> list[str]:
        names: dict[str, None] = {}
        for ancestor in reversed(self.program.project.mro(class_id)):
            facts = self.program.project.klass(ancestor)
            for assign in facts.assigns if facts else ():
                target = getattr(assign.target, "id", None)
                if target and assign.annotation is not None:
                    names.setdefault(target)
        return list(names)

    def _keeps_keywords(self, constructor: str) -> bool:
        found = self._keeping.get(constructor)
        if found is None:
            found = self._keeping[constructor] = self._stores_keywords(constructor)
        return found

    def _stores_keywords(self, constructor: str) -> bool:
        """Whether a constructor stores under names that it computes or is given."""
        facts = self.program.project.function(constructor)
        if facts is None or not facts.parameters:
            return False
        return any(_stores(site, facts.parameters[0].name) for site in facts.calls)


def _stores(site: CallSite, own: str) -> bool:
    function = site.function
    if isinstance(function, Attr) and function.name == "update":
        return _is_namespace(function.base, own)
    arguments = [argument.value for argument in site.arguments]
    if isinstance(function, Name) and function.id == "setattr" and len(arguments) == 3:
        return arguments[0] == Name(own) and not isinstance(arguments[1], Const)
    return False


def _is_namespace(expression: Expr, own: str) -> bool:
    """``vars(self)`` or ``self.__dict__``."""
    if isinstance(expression, CallExpr):
        return expression.function == Name("vars") and [a.value for a in expression.arguments] == [Name(own)]
    return expression == Attr(Name(own), "__dict__")
