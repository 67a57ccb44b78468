"""Functions that somebody else runs: threads, pools, servers, exit hooks, finalizers, signal handlers.

Which calls hand a function on is said by rows of packs. What follows from it is decided by the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from collint.ir.expressions import LAMBDA, Argument, CallExpr, Expr, Name
from collint.ir.statements import Call, Span
from collint.knowledge.arguments import parse_argument
from collint.knowledge.calling import Entry
from collint.linking.binding import argument_at, bind
from collint.linking.callers import functions_of, skipped
from collint.linking.evaluate import leaves
from collint.linking.meaning import Meanings
from collint.linking.program import Body
from collint.linking.references import FunctionIs, PartialOf, Ref
from collint.project.facts import CallSite, short_name
from collint.project.project import Project
from collint.record import Record


class Handed(Record, frozen=True):
    """A function that somebody else will run, and where it is handed over.

    ``body`` and ``node`` are the call that does it; ``node`` is -1 for a method that runs because of its class and
    for a decorated function, which are their own place. ``ref`` is how the call reaches the function.
    """

    row: Entry
    function_id: str
    body: Body
    node: int
    block: int
    span: Span
    ref: Ref


def handed_functions(
    meanings: Meanings, reaching: frozenset[str], modules: Collection[str] | None = None
) -> tuple[Handed, ...]:
    """Every place where a function that can reach an event is handed to somebody else, in order.

    Of calls that hand one over, those that stand in these modules, None for all.
    """
    by_calls = _by_calls(meanings, reaching, modules)
    found = [*by_calls, *_by_class(meanings, reaching), *_by_decorator(meanings, reaching)]
    return tuple(sorted(found, key=lambda handed: (handed.body.id, handed.span, handed.function_id)))


def _by_calls(meanings: Meanings, reaching: frozenset[str], modules: Collection[str] | None) -> Iterator[Handed]:
    for body_id in sorted(_candidates(meanings, reaching, modules)):
        body = meanings.evaluator.program.body(body_id)
        for site in body.values.calls if body is not None else ():
            assert body is not None
            row = meanings.of_call(body, site.node).entry
            place = meanings.argument(body, site.node, row.function) if row is not None else None
            if row is None or place is None:
                continue
            for ref in sorted(meanings.evaluator.of_value(body, place), key=repr):
                for function_id in functions_of(meanings.evaluator, ref):
                    if _matters(function_id, reaching):
                        yield Handed(row, function_id, body, site.node, site.block, site.call.span, ref)


def _candidates(meanings: Meanings, reaching: frozenset[str], modules: Collection[str] | None) -> set[str]:
    """Functions that hand on a function which can reach an event, or a lambda, by the index alone."""
    evaluator = meanings.evaluator
    rows: dict[str, list[Entry]] = {}
    for name, row in meanings.vocabulary.entries():
        if row.function:
            rows.setdefault(name.rpartition(".")[2], []).append(row)
    found = set()
    for name, named in rows.items():
        for caller_id, site in _calls_of(evaluator.project, name, modules):
            module, _, scope = caller_id.partition(":")
            for row in named:
                place = argument_at(parse_argument(row.function), site.arguments)
                refs = evaluator.of_expression(module, scope, site.arguments[place].value) if place is not None else ()
                if any(_matters(f, reaching) for ref in refs for f in functions_of(evaluator, ref)):
                    found.add(caller_id)
    return found


def _calls_of(project: Project, name: str, modules: Collection[str] | None) -> Sequence[tuple[str, CallSite]]:
    if modules is None:
        return project.calls_named(name)
    return [call for module in project.calling(name) if module in modules for call in project.calls_in(module, name)]


def _matters(function_id: str, reaching: frozenset[str]) -> bool:
    return function_id in reaching or LAMBDA in function_id


def _by_class(meanings: Meanings, reaching: frozenset[str]) -> Iterator[Handed]:
    """Methods that run because a class descends from a thread, or from a server's handler."""
    project = meanings.evaluator.project
    names = {method for _, row in meanings.vocabulary.entries() for method in row.methods}
    for function_id in sorted(reaching):
        facts = project.function(function_id) if short_name(function_id.rpartition(":")[2]) in names else None
        if facts is None or facts.owner is None:
            continue
        owner = f"{facts.module}:{facts.owner}"
        row = next((row for base in project.external_bases(owner) if (row := meanings.vocabulary.entry(base))), None)
        if row is not None and facts.name in row.methods:
            yield from _own_place(meanings, row, function_id, bound=True)


def _by_decorator(meanings: Meanings, reaching: frozenset[str]) -> Iterator[Handed]:
    project = meanings.evaluator.project
    names = {name.rpartition(".")[2] for name, row in meanings.vocabulary.entries() if row.decorator}
    modules = frozenset().union(*(project.decorated_as(name) for name in names))
    for function_id in sorted(reaching):
        facts = project.function(function_id) if function_id.partition(":")[0] in modules else None
        scope = facts.qualname.rpartition(".")[0] or "<module>" if facts is not None else ""
        for decorator in facts.decorators if facts is not None else ():
            assert facts is not None
            function = decorator.function if isinstance(decorator, CallExpr) else decorator
            row = _row_of(meanings, facts.module, scope, function)
            if row is not None and row.decorator:
                yield from _own_place(meanings, row, function_id, bound=False)


def _row_of(meanings: Meanings, module: str, scope: str, function: Expr) -> Entry | None:
    for ref in sorted(meanings.evaluator.of_expression(module, scope, function), key=repr):
        for name in meanings.names_of(ref):
            row = meanings.vocabulary.entry(name)
            if row is not None:
                return row
    return None


def _own_place(meanings: Meanings, row: Entry, function_id: str, bound: bool) -> Iterator[Handed]:
    body = meanings.evaluator.program.body(function_id)
    if body is not None:
        yield Handed(row, function_id, body, -1, 0, body.function.span, FunctionIs(function_id, bound))


def arguments_of(meanings: Meanings, handed: Handed) -> dict[str, int]:
    """Parameter name to the node of ``handed.body`` that the function gets for it, as far as the place tells."""
    facts = meanings.evaluator.program.facts(handed.function_id)
    if facts is None or handed.node < 0 or not handed.row.passes_on or not handed.row.function:
        return {}
    given = _given(meanings, handed)
    skip = skipped(meanings.evaluator, facts, handed.ref)
    if isinstance(handed.ref, PartialOf):
        return {}
    shape = [Argument(Name(""), name) for name, _ in given]
    return {name: given[place][1] for name, place in bind(facts.parameters, shape, skip).items()}


def _given(meanings: Meanings, handed: Handed) -> list[tuple[str | None, int]]:
    """The arguments for the function: the elements of a tuple, else what stands behind the function in the call."""
    value = handed.body.values[handed.node]
    call = value.label
    assert isinstance(call, Call)
    if handed.row.arguments:
        place = meanings.argument(handed.body, handed.node, handed.row.arguments)
        for leaf in leaves(handed.body, place) if place is not None else ():
            listed = handed.body.values[leaf]
            if listed.kind == "display" and listed.label in ("tuple", "list"):
                return [(None, node) for node in listed.arguments]
        return []
    first = argument_at(parse_argument(handed.row.function), call.arguments)
    if first is None or any(argument.star for argument in call.arguments):
        return []
    return [(argument.name, value.arguments[1 + n]) for n, argument in enumerate(call.arguments) if n > first]
