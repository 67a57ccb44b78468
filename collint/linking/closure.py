"""Which functions can reach an event: the backward closure of the call graph from the packs' event names.

Runs on the index alone, so that only what matters is lowered. A call is resolved only when its last name is one that
may lead to an event, which keeps the work near the size of the answer rather than of the program.
"""

from __future__ import annotations

from collections import deque

from collint.linking.callers import caller_sites
from collint.linking.evaluate import Evaluator
from collint.linking.meaning import Meanings
from collint.linking.references import FunctionIs


def reaching_functions(meanings: Meanings) -> frozenset[str]:
    """Ids of all functions from which a collective, a group creation or a dispatched call can be reached."""
    evaluator = meanings.evaluator
    found: dict[str, None] = {}
    work: deque[str] = deque()
    for function_id in _direct(meanings):
        if function_id not in found:
            found[function_id] = None
            work.append(function_id)
    while work:
        for caller in _callers(evaluator, work.popleft()):
            if caller not in found:
                found[caller] = None
                work.append(caller)
    return frozenset(found)


def _direct(meanings: Meanings) -> list[str]:
    """Functions that make an event themselves."""
    found = []
    evaluator = meanings.evaluator
    for name in sorted(meanings.vocabulary.event_names()):
        for function_id, site in evaluator.project.calls_named(name):
            module, _, scope = function_id.partition(":")
            meaning = meanings.of_refs(evaluator.of_expression(module, scope, site.function))
            told = meaning.resolved and not meanings.is_general(meaning)
            unknown = not told and bool(meanings.vocabulary.event_methods(name))
            if meaning.collective or meaning.p2p or meaning.new_group or meaning.dispatcher or unknown:
                found.append(function_id)
    return found + _calling_objects(meanings)


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
    callers.extend(_decorated(evaluator).get(function_id, ()))
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
