"""Where a file's text keeps what it makes: in attributes, in variables, in what functions return. Names as written.

Who asks under which names an object may be called is :mod:`collint.linking.holders`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.ir.expressions import Attr, CallExpr, Display, Expr, Index, Name, Op, last_name
from collint.linking.uses import held
from collint.project.facts import MODULE_BODY, ClassFacts, FunctionFacts, LocalAssign

# A place is what makes an object when it is called (by its last name), an attribute (by name, of any object), or a
# variable of one function: names of variables are everybody's, and would lead from anything to anything.
Place = tuple[str, str]
Lead = tuple[Place, Place]
"""From what may make or hold an object to what holds it then."""
MADE, ATTRIBUTE = "()", "."


def places_in_class(klass: ClassFacts, passing: frozenset[str]) -> Iterator[Lead]:
    """From what may make or hold an object to what holds it, as the body of a class says."""
    for assign in klass.assigns:
        yield from _in_assignment(assign, ATTRIBUTE, passing)


def places_in_function(facts: FunctionFacts, passing: frozenset[str]) -> list[Lead]:
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


def _as_written(facts: FunctionFacts, passing: frozenset[str]) -> Iterator[Lead]:
    scope = facts.id
    for assign in facts.assigns:
        for source, target in _in_assignment(assign, scope, passing):
            is_shared = target[0] == scope and target[1] in facts.globals
            yield source, (f"{facts.module}:{MODULE_BODY}", target[1]) if is_shared else target
    for parameter in facts.parameters:
        for name in _typed(parameter.annotation):
            yield (MADE, name), (scope, parameter.name)
    made = (MADE, facts.name)
    for name in _typed(facts.returns):
        yield (MADE, name), made
    for value in facts.returned:
        for source in _sources(value, scope, passing):
            yield source, made


def _in_assignment(assign: LocalAssign, scope: str, passing: frozenset[str]) -> Iterator[Lead]:
    target = assign.target
    while isinstance(target, Index):
        target = target.base
    holder = _place(target, scope)
    if holder is None:
        return
    for name in _typed(assign.annotation):
        yield (MADE, name), holder
    for source in _sources(assign.value, scope, passing) if assign.value is not None else ():
        if source != holder:
            yield source, holder


def _place(expression: Expr, scope: str) -> Place | None:
    if isinstance(expression, Attr):
        return ATTRIBUTE, expression.name
    return (scope, expression.id) if isinstance(expression, Name) else None


def _sources(value: Expr, scope: str, passing: frozenset[str]) -> Iterator[Place]:
    """The places of what a value may be, or contain."""
    for expression in held(value, passing):
        place = _place(expression, scope)
        if place is not None:
            yield place
        elif isinstance(expression, CallExpr):
            function = expression.function
            if last_name(function) not in passing:
                yield MADE, last_name(function)
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
