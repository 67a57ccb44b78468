"""The names under which objects of a class may be called: of variables, attributes, parameters, and of their makers.

By the index alone and by names as written, for a prefilter: what such a name really holds is found by resolving it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.ir.expressions import Attr, CallExpr, Display, Expr, Index, Name, Op, last_name
from collint.linking.evaluate import Evaluator
from collint.linking.uses import held
from collint.project.asked import HOLD
from collint.project.facts import MODULE_BODY, ClassFacts, FunctionFacts, LocalAssign, is_within, short_name
from collint.record import Record

# Steps from a class to a name: made by a function, kept in an attribute, taken out of a list, ...
MAX_STEPS = 5

# A place is what makes an object when it is called (by its last name), an attribute (by name, of any object), or a
# variable of one function: names of variables are everybody's, and would lead from anything to anything.
_Place = tuple[str, str]
_Leads = list[tuple[_Place, _Place]]
_MADE, _ATTRIBUTE = "()", "."


class Held(Record, frozen=True):
    """The names that may hold an object, sorted, each with the ids of the functions whose variable it is: none for
    attributes and variables of modules, which are known everywhere."""

    names: dict[str, tuple[str, ...]]

    def may_be(self, name: str, function_id: str) -> bool:
        """Whether this name may stand for such an object in a function."""
        owners = self.names.get(name)
        return owners is not None and (not owners or any(is_within(function_id, owner) for owner in owners))


def held_as(evaluator: Evaluator, class_id: str) -> Held:
    """Names of attributes and variables that may hold objects of a class, or of one that descends from it.

    They are made by calling the class or a function that returns one, or typed as the class or as one above it.
    """
    leads, project = _leads(evaluator), evaluator.project
    own = {short_name(each.rpartition(":")[2]) for each in project.family(class_id)}
    level: set[_Place] = {(_MADE, name) for each in own for name in (each, *project.imported_as(each))}
    seen = set(level)
    for _ in range(MAX_STEPS):
        for place in level:
            project.asked.note(HOLD, *place)
        level = {place for known in level for place in leads.get(known, ())} - seen
        seen |= level
    names: dict[str, tuple[str, ...]] = {}
    for scope, name in sorted(seen):
        if scope == _ATTRIBUTE or scope.endswith(f":{MODULE_BODY}"):
            names[name] = ()
        elif scope != _MADE and names.get(name) != ():
            names[name] = (*names.get(name, ()), scope)
    return Held(dict(sorted(names.items())))


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


def places_in_function(facts: FunctionFacts, passing: frozenset[str]) -> _Leads:
    """The same, as a function says; calls of ``passing`` names may return what they are given.

    What a variable holds that nobody calls and that leads nowhere is of no use. Where a function is defined in this
    one, it may do either.
    """
    leads = list(_as_written(facts, passing))
    if facts.is_around:
        return leads
    used = {name.removesuffix("[]") for name in facts.names.split()} | {last_name(each) for each in facts.managers}
    while True:
        sources, targets = {source for source, _ in leads}, {target for _, target in leads}
        of_use = [
            (source, target)
            for source, target in leads
            if (target[0] != facts.id or target[1] in used or target in sources)
            and (source[0] != facts.id or source in targets)
        ]
        if len(of_use) == len(leads):
            return leads
        leads = of_use


def _as_written(facts: FunctionFacts, passing: frozenset[str]) -> Iterator[tuple[_Place, _Place]]:
    scope = facts.id
    for assign in facts.assigns:
        for source, target in _in_assignment(assign, scope, passing):
            is_shared = target[0] == scope and target[1] in facts.globals
            yield source, (f"{facts.module}:{MODULE_BODY}", target[1]) if is_shared else target
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
