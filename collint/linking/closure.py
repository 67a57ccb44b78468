"""Which functions can reach an event: the backward closure of the call graph from the packs' event names.

Runs on the index alone, so that only what matters is lowered. A call is resolved only when its last name is one that
may lead to an event, which keeps the work near the size of the answer rather than of the program.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from collint.linking.callers import believe, caller_sites, functions_run
from collint.linking.carried import Carried
from collint.linking.earlier import Earlier, lambdas_of
from collint.linking.evaluate import Evaluator
from collint.linking.implicit import implicit_callers
from collint.linking.meaning import Meanings
from collint.linking.references import FunctionIs, Refs
from collint.project.facts import short_name
from collint.record import Record


class Reaching(Record, frozen=True):
    """Ids of the ``functions`` from which a collective, a group creation or a dispatched call can be reached.

    From those ``ending`` among them, the end of a group can be, or a call of which only its name is known.
    """

    functions: frozenset[str]
    ending: frozenset[str]


def reaching_functions(meanings: Meanings, earlier: Earlier | None = None) -> Reaching:
    """The functions from which an event can be reached; what an ``earlier`` run found is taken over where it holds."""
    evaluator = meanings.evaluator
    asked = evaluator.project.asked
    if earlier is not None:
        asked.begin()
    closure = earlier.closure(evaluator.project) if earlier is not None else None
    if closure is not None:
        asked.end()
        believe(evaluator, closure.known)
        return Reaching(closure.functions | closure.lambdas, closure.ending | closure.lambdas)
    callers, ending = _found(meanings)
    sites = {function_id: caller_sites(evaluator, function_id) for function_id in callers}
    lambdas = frozenset(each for function_id in sites for each in lambdas_of(evaluator.project, function_id))
    if earlier is not None:
        earlier.keep(sites, ending, lambdas, asked.end(), evaluator.project)
    return Reaching(lambdas.union(sites), lambdas | ending)


def _found(meanings: Meanings) -> tuple[dict[str, Sequence[str]], frozenset[str]]:
    """The functions, each with those that may run it; and which of them may end a group."""
    evaluator = meanings.evaluator
    carried = Carried(evaluator)
    first = dict.fromkeys(_direct(meanings))
    first.update(dict.fromkeys(_through_values(meanings, carried)))
    found: dict[str, Sequence[str]] = dict.fromkeys((function_id for function_id, _ in first), ())
    work = deque(found)
    while work:
        function_id = work.popleft()
        found[function_id] = (*_callers(evaluator, function_id), *_through_value(evaluator, carried, function_id))
        for caller in found[function_id]:
            if caller not in found:
                found[caller] = ()
                work.append(caller)
    return found, _above((function_id for function_id, may_end in first if may_end), found)


def _above(functions: Iterable[str], callers: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """These functions and all that may run them, directly or not."""
    found: set[str] = set()
    work = list(functions)
    while work:
        function_id = work.pop()
        if function_id not in found:
            found.add(function_id)
            work += callers[function_id]
    return frozenset(found)


# A function that makes an event, and whether that may be the end of a group.
_Maker = tuple[str, bool]


def _direct(meanings: Meanings) -> Iterator[_Maker]:
    """Functions that make an event themselves. What a dispatched call runs may be anything."""
    evaluator, vocabulary = meanings.evaluator, meanings.vocabulary
    for name in sorted(vocabulary.event_names()):
        may_end = name in vocabulary.ending_names
        for function_id, site in evaluator.project.calls_named(name):
            module, _, scope = function_id.partition(":")
            meaning = meanings.of_refs(evaluator.of_expression(module, scope, site.function))
            told = meaning.resolved and not meanings.is_general(meaning)
            unknown = not told and bool(vocabulary.event_methods(name))
            if meaning.collective or meaning.p2p or meaning.new_group or meaning.dispatcher or unknown:
                yield function_id, may_end or meaning.dispatcher is not None
    yield from ((function_id, True) for function_id in _calling_objects(meanings))


def _through_values(meanings: Meanings, carried: Carried) -> Iterator[_Maker]:
    """Functions that may call an event by another name: ``reduce = dist.all_reduce``."""

    def is_event(refs: Refs) -> bool:
        meaning = meanings.of_refs(refs)
        return bool(meaning.collective or meaning.p2p or meaning.new_group)

    for name in sorted(meanings.vocabulary.event_names()):
        for caller in carried.callers(name, is_event):
            yield caller, name in meanings.vocabulary.ending_names


def _through_value(evaluator: Evaluator, carried: Carried, function_id: str) -> tuple[str, ...]:
    """Functions that may call this one by another name."""
    name = short_name(function_id.rpartition(":")[2])
    return carried.callers(name, lambda refs: function_id in functions_run(evaluator, refs))


def _calling_objects(meanings: Meanings) -> list[str]:
    """Functions that call an object whose calls are events, or may: parameters tell their callers only."""
    found = []
    evaluator = meanings.evaluator
    for name in sorted(evaluator.expressions.wrapped.held_names()):
        for function_id, site in evaluator.project.calls_named(name):
            module, _, scope = function_id.partition(":")
            meaning = meanings.of_refs(evaluator.of_expression(module, scope, site.function))
            if meaning.collective or not meaning.resolved:
                found.append(function_id)
    return found


def _callers(evaluator: Evaluator, function_id: str) -> list[str]:
    """Functions that call this one, by name or by its decorator's wrapper, and those around a nested function."""
    callers = [caller for caller, _ in caller_sites(evaluator, function_id)]
    facts = evaluator.project.function(function_id)
    if facts is not None and facts.parent is not None:
        # A nested function runs because the function around it called it, returned it or handed it on.
        callers.append(f"{facts.module}:{facts.parent}")
    evaluator.project.ask_who_is_decorated(short_name(function_id.rpartition(":")[2]))
    callers.extend(_decorated(evaluator).get(function_id, ()))
    if facts is not None:
        callers.extend(implicit_callers(evaluator, facts))
    return callers


def _decorated(evaluator: Evaluator) -> dict[str, list[str]]:
    """Decorator function id to the functions that it decorates."""
    memo = evaluator.program.memo
    known: dict[str, list[str]] | None = memo.get("decorated")  # type: ignore[assignment]
    if known is not None:
        return known
    found: dict[str, list[str]] = {}
    memo["decorated"] = found
    for facts in evaluator.project.every_function():
        for decorator in facts.decorators:
            function = getattr(decorator, "function", decorator)
            scope = facts.qualname.rpartition(".")[0] or "<module>"
            for ref in evaluator.of_expression(facts.module, scope, function):
                if isinstance(ref, FunctionIs):
                    found.setdefault(ref.id, []).append(facts.id)
    return found
