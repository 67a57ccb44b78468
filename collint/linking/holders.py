"""The names under which objects of a class may be called: of variables, attributes, parameters, and of their makers.

By the index alone and by names as written, for a prefilter: what such a name really holds is found by resolving it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.ir.expressions import Attr, CallExpr, Display, Expr, Index, Name, Op, last_name
from collint.linking.evaluate import Evaluator
from collint.linking.uses import held
from collint.project.asked import HOLD
from collint.project.facts import ClassFacts, FunctionFacts, LocalAssign, short_name

# Steps from a class to a name: made by a function, kept in an attribute, taken out of a list, ...
MAX_STEPS = 5

# A place is what makes an object when it is called (by its last name), an attribute (by name, of any object), or a
# variable of one function: names of variables are everybody's, and would lead from anything to anything.
_Place = tuple[str, str]
_MADE, _ATTRIBUTE = "()", "."


def held_as(evaluator: Evaluator, class_id: str) -> tuple[str, ...]:
    """Names of attributes and variables that may hold objects of a class, or of one that descends from it.

    They are made by calling the class or a function that returns one, or typed as the class or as one above it.
    """
    leads = _leads(evaluator)
    level: set[_Place] = {(_MADE, short_name(c.rpartition(":")[2])) for c in evaluator.project.family(class_id)}
    seen = set(level)
    for _ in range(MAX_STEPS):
        for place in level:
            evaluator.project.asked.note(HOLD, *place)
        level = {place for known in level for place in leads.get(known, ())} - seen
        seen |= level
    return tuple(sorted({name for kind, name in seen if kind != _MADE}))


def _leads(evaluator: Evaluator) -> dict[_Place, tuple[_Place, ...]]:
    """From each place to those that may hold what it makes or holds; equal places are one object."""
    memo = evaluator.program.memo
    found: dict[_Place, tuple[_Place, ...]] | None = memo.get("holders")  # type: ignore[assignment]
    if found is None:
        places: dict[_Place, _Place] = {}
        holding: dict[_Place, set[_Place]] = {}
        for source, target in _every_lead(evaluator):
            source, target = places.setdefault(source, source), places.setdefault(target, target)
            holding.setdefault(source, set()).add(target)
        found = memo["holders"] = {source: tuple(targets) for source, targets in holding.items()}
    return found


def _every_lead(evaluator: Evaluator) -> Iterator[tuple[_Place, _Place]]:
    passing = evaluator.program.vocabulary.passing_names
    for facts in evaluator.project.every_function():
        yield from places_in_function(facts, passing)
    for class_id in evaluator.project.classes():
        klass = evaluator.project.klass(class_id)
        if klass is not None:
            yield from places_in_class(klass, passing)


def places_in_class(klass: ClassFacts, passing: frozenset[str]) -> Iterator[tuple[_Place, _Place]]:
    """From what may make or hold an object to what holds it, as the body of a class says."""
    for assign in klass.assigns:
        yield from _in_assignment(assign, _ATTRIBUTE, passing)


def places_in_function(facts: FunctionFacts, passing: frozenset[str]) -> Iterator[tuple[_Place, _Place]]:
    """The same, as a function says; calls of ``passing`` names may return what they are given."""
    scope = facts.id
    for assign in facts.assigns:
        yield from _in_assignment(assign, scope, passing)
    for parameter in facts.parameters:
        for name in _typed(parameter.annotation):
            yield (_MADE, name), (scope, parameter.name)
    made = (_MADE, facts.name)
    for name in _typed(facts.returns):
        yield (_MADE, name), made
    for value in facts.returned:
        for source in _sources(value, scope, passing):
            yield source, made


def _in_assignment(assign: LocalAssign, scope: str, passing: frozenset[str]) -> Iterator[tuple[_Place, _Place]]:
    target = assign.target
    while isinstance(target, Index):
        target = target.base
    holder = _place(target, scope)
    if holder is None:
        return
    for name in _typed(assign.annotation):
        yield (_MADE, name), holder
    for source in _sources(assign.value, scope, passing) if assign.value is not None else ():
        if source != holder:
            yield source, holder


def _place(expression: Expr, scope: str) -> _Place | None:
    if isinstance(expression, Attr):
        return _ATTRIBUTE, expression.name
    return (scope, expression.id) if isinstance(expression, Name) else None


def _sources(value: Expr, scope: str, passing: frozenset[str]) -> Iterator[_Place]:
    """The places of what a value may be, or contain."""
    for expression in held(value, passing):
        place = _place(expression, scope)
        if place is not None:
            yield place
        elif isinstance(expression, CallExpr):
            function = expression.function
            if last_name(function) not in passing:
                yield _MADE, last_name(function)
            if isinstance(function, Attr) and isinstance(function.base, CallExpr):
                # ``Encoder().to(device)`` is what it is a method of
                yield from _sources(function.base, scope, passing)


def _typed(annotation: Expr | None) -> Iterable[str]:
    """The names of the program's classes, and of others, in an annotation."""
    if annotation is None:
        return ()
    work = [annotation]
    found = []
    while work:
        expression = work.pop()
        if isinstance(expression, (Name, Attr)):
            found.append(last_name(expression))
        elif isinstance(expression, Index):
            work += (expression.base, expression.index)
        elif isinstance(expression, Display):
            work += expression.items
        elif isinstance(expression, Op):
            work += expression.operands
    return found
