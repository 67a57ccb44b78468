"""How a function's text uses values: calls, returns, assigns or hands them over. By the index, names as written.

What a name refers to is not asked here; :mod:`collint.linking.carried` follows functions through these uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.ir.expressions import (
    LAMBDA,
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
    Star,
    last_name,
)
from collint.linking.mesh_axes import literal_names
from collint.project.facts import CallSite, FunctionFacts, short_name
from collint.record import Record

_PLAIN = frozenset({Name, Attr, Const})
TRANSPARENT = frozenset({"or", "and", "element"})


class Use(Record, frozen=True):
    """How a function's text uses a value: it is ``called``, ``returned``, ``assigned`` or an ``argument``."""

    kind: str
    target: Expr | None = None
    site: CallSite | None = None
    position: int = 0


Found = list[tuple[Use, list[Expr]]]
"""Uses in the order of the text, each with the expressions that its value may be, or contain."""


class Uses:
    """The uses of one function: ``named`` by the last name of what is used, ``made`` by that of what was called."""

    def __init__(self, facts: FunctionFacts, passing: frozenset[str]) -> None:
        """What calls of ``passing`` names are given may be what they return."""
        self._named: dict[str, Found] = {}
        self._made: dict[str, Found] = {}
        for use, value in _all_uses(facts):
            for expression in held(value, passing):
                if name := referred_to(expression):
                    self._note(self._named, name, use, expression)
                if isinstance(expression, CallExpr):
                    self._note(self._made, last_name(expression.function), use, expression)

    def named(self, name: str) -> Found:
        """The uses of what has this last name, ``getattr`` with a literal included."""
        return self._named.get(name, [])

    def made(self, name: str) -> Found:
        """The uses of what calls of this last name return."""
        return self._made.get(name, [])

    def by_name(self) -> Iterable[tuple[str, Found]]:
        """All that :meth:`named` answers, by name."""
        return self._named.items()

    def by_maker(self) -> Iterable[tuple[str, Found]]:
        """All that :meth:`made` answers, by name."""
        return self._made.items()

    def _note(self, table: dict[str, Found], name: str, use: Use, expression: Expr) -> None:
        found = table.setdefault(name, [])
        if found and found[-1][0] is use:
            found[-1][1].append(expression)
        else:
            found.append((use, [expression]))


def _all_uses(facts: FunctionFacts) -> Iterator[tuple[Use, Expr]]:
    for assign in facts.assigns:
        if assign.value is not None:
            yield Use("assigned", assign.target), assign.value
    for parameter in facts.parameters:
        if parameter.default is not None:
            yield Use("assigned", Name(parameter.name)), parameter.default
    for site in facts.calls:
        yield Use("called", site=site), site.function
        for position, argument in enumerate(site.arguments):
            yield Use("argument", site=site, position=position), argument.value
    returned = Use("returned")
    for value in facts.returned:
        yield returned, value


def held(value: Expr, passing: frozenset[str]) -> Iterator[Expr]:
    """A value and all that it may be, or contain; calls of ``passing`` names may return what they are given."""
    work = [value]
    while work:
        expression = work.pop()
        yield expression
        if type(expression) in _PLAIN:
            continue
        if isinstance(expression, CallExpr):
            if last_name(expression.function) in passing:
                work += [argument.value for argument in expression.arguments]
        else:
            work += parts(expression)


def parts(expression: Expr) -> tuple[Expr, ...]:
    """The parts of an expression that its value may be, or hold."""
    if type(expression) in _PLAIN:
        return ()
    if isinstance(expression, Choose):
        return expression.then, expression.other
    if isinstance(expression, Op):
        return expression.operands if expression.operator in TRANSPARENT else ()
    if isinstance(expression, Display):
        return expression.items
    if isinstance(expression, Star):
        return (expression.value,)
    return (expression.base,) if isinstance(expression, Index) else ()


def referred_to(expression: Expr) -> str:
    """The last name of what a value refers to, as far as it is written: ``getattr(dist, "all_reduce")`` as well."""
    if type(expression) in _PLAIN:
        return last_name(expression)
    if isinstance(expression, FunctionRef):
        return short_name(expression.qualname)
    if isinstance(expression, CallExpr):
        looked_up = last_name(expression.function) == "getattr" and len(expression.arguments) > 1
        return next(iter(literal_names(expression.arguments[1].value)), "") if looked_up else ""
    return last_name(expression)


def mentioned(facts: FunctionFacts) -> set[str]:
    """The last names of all that a function's text uses as values, within displays, choices and arguments too."""
    found: set[str] = set()
    for expression in _values(facts):
        found.add(referred_to(expression))
    return found


def lambdas_in(facts: FunctionFacts) -> tuple[str, ...]:
    """The qualified names of the lambdas that a function uses as values."""
    found = (value.qualname for value in _values(facts) if isinstance(value, FunctionRef))
    return tuple(qualname for qualname in found if LAMBDA in qualname)


def _values(facts: FunctionFacts) -> Iterator[Expr]:
    """All that could name a function among the values that a function's text uses."""
    work: list[Expr] = [assign.value for assign in facts.assigns if assign.value is not None]
    for site in facts.calls:
        work += [argument.value for argument in site.arguments]
        if not isinstance(site.function, (Name, Attr)):
            work.append(site.function)
    work += facts.returned
    work += [parameter.default for parameter in facts.parameters if parameter.default is not None]
    while work:
        expression = work.pop()
        kind = type(expression)
        if kind is Const:
            continue
        if kind is Name or kind is Attr or kind is FunctionRef:
            yield expression
        elif isinstance(expression, CallExpr):
            if referred_to(expression):
                yield expression
            work += [argument.value for argument in expression.arguments]
        else:
            work += parts(expression)
