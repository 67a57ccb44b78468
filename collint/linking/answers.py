"""What a file's text answers to questions about the index, and so which questions a change of it concerns.

The questions are those of :mod:`collint.project.asked`, and each place that notes one has its counterpart here. What
was asked is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from collint.ir.expressions import Attr, CallExpr, Display, Expr, Index, Name, called_name, last_name
from collint.ir.node import replace, to_builtins
from collint.linking.carried import PARTIAL
from collint.linking.handing import name_of_manager
from collint.linking.places import places_in_class, places_in_function
from collint.linking.uses import Use, Uses, mentioned
from collint.project.asked import (
    ALIAS,
    BASE,
    BASES,
    CALL,
    COUNT,
    DECORATE,
    ENTER,
    FIELDS,
    GIVE,
    HAND,
    HOLD,
    MENTION,
    METHOD,
    NAME,
    NEAR,
    PARAMETERS,
    READ,
    RESULT,
    RETURN,
    USE,
    WRAP,
    WRITE,
    mark,
    placeless,
)
from collint.project.concordance import base_names, renamed
from collint.project.decorators import decorator_names, is_accessor, is_overload
from collint.project.facts import (
    MODULE_BODY,
    ClassFacts,
    Doings,
    DoingsLater,
    FunctionFacts,
    LocalAssign,
    ModuleFacts,
    enclosing,
    short_name,
)

# A question, and what one place in a text adds to its answer.
_Answer = tuple[tuple[str, ...], object]
_Answers = dict[tuple[str, ...], list[object]]


def questions_changed(
    before: ModuleFacts,
    now: ModuleFacts,
    passing: frozenset[str],
    settled: Callable[[tuple[str, ...]], bool] = lambda question: False,
) -> Collection[int] | None:
    """The marks of the questions to which a file gives another answer now; None where it may be any question.

    That is so where star imports or the order of functions have changed.
    Places do not count. Calls of ``passing`` names may return what they are given. To questions that
    other files have ``settled`` this one can give no other answer.
    """
    if _head(before) != _head(now):
        return None
    before, now = _without_places(before), _without_places(now)
    earlier, later = ({function.qualname: function for function in facts.functions} for facts in (before, now))
    both = earlier.keys() & later.keys()
    if [name for name in earlier if name in both] != [name for name in later if name in both]:
        return None
    other = {name for name in both if _head_of_function(earlier[name]) != _head_of_function(later[name])}
    same = {name for name in both - other if _is_alike(earlier[name], later[name])}
    answers = (_gathered(_answers(facts, same, other, passing)) for facts in (before, now))
    return [mark(*question) for question in _changed(*answers) if not settled(question)]


def _changed(before: _Answers, now: _Answers) -> list[tuple[str, ...]]:
    """The questions that have another answer now."""
    return [question for question in before.keys() | now.keys() if before.get(question) != now.get(question)]


def _is_alike(one: FunctionFacts, other: FunctionFacts) -> bool:
    """Whether two functions, without places, do the same, import the same and have the same parameters."""
    if one.imports != other.imports or one.reads != other.reads:
        return False
    if _nameless(to_builtins((one.parameters, one.returns))) != _nameless(
        to_builtins((other.parameters, other.returns))
    ):
        return False
    ours, theirs = one.doings, other.doings
    return ours == theirs or _nameless(to_builtins(ours.value())) == _nameless(to_builtins(theirs.value()))


# ---------------------------------------------------------------------------------------------------- without places


def _head(facts: ModuleFacts) -> object:
    """What a file says besides its imports, its functions and its classes."""
    return replace(facts, imports=(), functions=(), classes=(), lines=0)


def _head_of_function(function: FunctionFacts) -> object:
    """What a function says besides what it does and returns, and its parameters.

    The first of these may be its receiver, and any of a nested function may hide that of the one around it.
    """
    bare = replace(
        function,
        start_line=0,
        doings=DoingsLater(Doings()),
        parameters=function.parameters if function.parent else function.parameters[:1],
        returns=None,
        imports=(),
        reads="",
        names="",
        writes="",
    )
    return _nameless(to_builtins(bare))


def _without_places(facts: ModuleFacts) -> ModuleFacts:
    """Definitions keep where they begin: of several of one name the last counts."""
    functions = tuple(
        replace(
            function, def_line=0, end_line=0, body_line=0, end_offset=0, doings=DoingsLater(_placeless(function.doings))
        )
        for function in facts.functions
    )
    classes = tuple(
        replace(klass, end_line=0, assigns=tuple(replace(assign, line=0) for assign in klass.assigns))
        for klass in facts.classes
    )
    return replace(facts, functions=functions, classes=classes)


def _placeless(later: DoingsLater) -> Doings:
    doings = later.value()
    return replace(
        doings,
        assigns=tuple(replace(assign, line=0) for assign in doings.assigns),
        calls=tuple(replace(site, line=0) for site in doings.calls),
    )


def _nameless(value: object) -> object:
    """Lists of lists of texts and numbers, in which lambdas are named by where they stand."""
    if isinstance(value, str):
        return placeless(value)
    return [_nameless(part) for part in value] if isinstance(value, (list, tuple)) else value


# -------------------------------------------------------------------------------------------------------- the answers


def _gathered(answers: Iterator[_Answer]) -> _Answers:
    """What a file answers to each question, in its order. Expressions are compared without the places of lambdas."""
    found: _Answers = {}
    for question, part in answers:
        found.setdefault(tuple(map(placeless, question)), []).append(_nameless(to_builtins(part)))
    return found


def _answers(
    facts: ModuleFacts, same: Collection[str], other: Collection[str], passing: frozenset[str]
) -> Iterator[_Answer]:
    """All but what the functions of the ``same`` names do. Those of the ``other`` names say something else in their
    heads: what they do may mean something else, too.
    """
    yield from _imported(facts.name, "", facts.imports)
    for last, local in renamed(facts):
        yield (ALIAS, last), local
    heads = {
        function.qualname: _head_of_function(function) for function in facts.functions if function.qualname in other
    }
    yield from _defined(facts, heads)
    for klass in facts.classes:
        yield from _of_class(klass, passing)
    for function in facts.functions:
        if function.owner is not None:
            yield (METHOD, function.name), (function.qualname, heads.get(function.qualname))
        if function.qualname not in same:
            for question, part in _of_function(function, passing):
                yield question, (function.qualname, heads.get(function.qualname), part)


def _defined(facts: ModuleFacts, heads: Mapping[str, object]) -> Iterator[_Answer]:
    definitions: list[FunctionFacts | ClassFacts] = sorted(
        [*facts.functions, *facts.classes], key=lambda each: each.start_line
    )
    for each in definitions:
        if each.qualname != MODULE_BODY:
            is_minor = isinstance(each, FunctionFacts) and (is_overload(each) or is_accessor(each))
            question = (NAME, facts.name, enclosing(each.qualname), short_name(each.qualname))
            yield question, (each.qualname, is_minor, heads.get(each.qualname))


def _of_class(klass: ClassFacts, passing: frozenset[str]) -> Iterator[_Answer]:
    yield (BASES, klass.id), klass.bases
    for name in dict.fromkeys(name for base in klass.bases for name in base_names(base)):
        yield (BASE, name), klass.qualname
    for assign in klass.assigns:
        yield (FIELDS, klass.id), assign
        if isinstance(assign.target, Name):
            yield (NAME, klass.module, klass.qualname, assign.target.id), assign
            yield (WRITE, assign.target.id), assign
    for source, target in places_in_class(klass, passing):
        yield (HOLD, *source), target


def _of_function(function: FunctionFacts, passing: frozenset[str]) -> Iterator[_Answer]:
    scope = "" if function.qualname == MODULE_BODY else function.qualname
    yield from _imported(function.module, scope, function.imports)
    yield (PARAMETERS, function.id), [(parameter.name, parameter.kind) for parameter in function.parameters]
    yield (RETURN, function.id), function.returns
    for parameter in function.parameters:
        yield (NAME, function.module, scope, parameter.name), parameter
    for name in decorator_names(function):
        yield (DECORATE, name), function.decorators
    if function.decorators and function.parent:
        yield (DECORATE, ""), function.decorators
    for assign in function.assigns:
        yield from _of_assignment(function, scope, assign)
    for site in function.calls:
        name = called_name(site.function)
        yield (CALL, name), site.function
        yield (NEAR, function.module, name), site.function
        yield (GIVE, name), site
        yield (GIVE, function.module, name), site
        yield (COUNT, name), None
        for value in (site.function, *(argument.value for argument in site.arguments)):
            if isinstance(value, Name):
                yield (HAND, function.module, value.id), site
    for value in function.returned:
        yield (RETURN, function.id), value
        yield from _returned(function, value)
    for manager in function.managers:
        yield (ENTER, name_of_manager(manager)), manager
    for name in function.reads.split():
        yield (READ, name), None
    for source, target in places_in_function(function, passing):
        yield (HOLD, *source), target
    yield from _uses(function, passing)


def _of_assignment(function: FunctionFacts, scope: str, assign: LocalAssign) -> Iterator[_Answer]:
    yield from _bound(function, scope, assign)
    target = assign.target
    if isinstance(target, Attr):
        yield (WRITE, target.name), assign
    value = assign.value.base if isinstance(assign.value, Index) else assign.value
    if isinstance(value, CallExpr):
        yield (WRAP, last_name(value.function)), target


def _bound(function: FunctionFacts, scope: str, assign: LocalAssign) -> Iterator[_Answer]:
    if isinstance(assign.target, Name):
        yield (NAME, function.module, scope, assign.target.id), assign
        if assign.target.id in function.globals:
            yield (NAME, function.module, "", assign.target.id), assign


def _returned(function: FunctionFacts, value: Expr) -> Iterator[_Answer]:
    if isinstance(value, CallExpr):
        yield (WRAP, last_name(value.function)), value
    elif isinstance(value, Name):
        yield (WRAP, function.id, value.id), value
    elif isinstance(value, Display):
        for item in value.items:
            yield from _returned(function, item)


def _imported(module: str, scope: str, imports: tuple[tuple[str, str], ...]) -> Iterator[_Answer]:
    for local, qualified in imports:
        yield (NAME, module, scope, local), qualified
        yield (ALIAS, qualified.rpartition(".")[2]), local


def _uses(function: FunctionFacts, passing: frozenset[str]) -> Iterator[_Answer]:
    uses = Uses(function, passing | {PARTIAL})
    for name, found in uses.by_name():
        yield (USE, function.module, name), [_use(use, expressions) for use, expressions in found]
        as_value = [(use, expressions) for use, expressions in found if not _is_plain_call(use, expressions)]
        if as_value:
            yield (MENTION, name), [_use(use, expressions) for use, expressions in as_value]
    for name, found in uses.by_maker():
        yield (RESULT, function.module, name), [_use(use, expressions) for use, expressions in found]
    for name in mentioned(function):
        yield (MENTION, name), None


def _is_plain_call(use: Use, expressions: list[Expr]) -> bool:
    """Whether something is called by its name, which is no mention of it: who does so is another question."""
    return use.kind == "called" and use.site is not None and expressions == [use.site.function]


def _use(use: Use, expressions: list[Expr]) -> object:
    site = use.site.function if use.kind == "called" and use.site is not None else use.site
    return use.kind, use.target, site, use.position, expressions
