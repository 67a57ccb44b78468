"""Who runs a function without writing a call: ``with`` enters and leaves managers, reading runs properties.

By the index alone, for the closure of what can reach an event.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.ir.expressions import CallExpr, Expr, Name, last_name
from collint.linking.evaluate import Evaluator
from collint.linking.holders import held_as
from collint.linking.references import ObjectIs
from collint.project.asked import ENTER, READ
from collint.project.decorators import is_property
from collint.project.facts import FunctionFacts, short_name

MANAGER_METHODS = frozenset({"__enter__", "__exit__", "__aenter__", "__aexit__"})
# Functions that read an attribute of one name; more of them say that the name is everybody's.
MAX_READERS = 200


def implicit_callers(evaluator: Evaluator, facts: FunctionFacts) -> Iterator[str]:
    """The functions that may run this method without a call of its name."""
    if facts.owner is None:
        return
    if facts.name in MANAGER_METHODS:
        yield from _entering(evaluator, f"{facts.module}:{facts.owner}")
    elif is_property(facts):
        yield from readers(evaluator, facts.name)


def _entering(evaluator: Evaluator, class_id: str) -> Iterator[str]:
    family = {class_id, *evaluator.project.subclasses(class_id)}
    held = held_as(evaluator, class_id)
    names = {short_name(c.rpartition(":")[2]) for c in family}
    for name in ("", *names, *held.names):
        evaluator.project.asked.note(ENTER, name)
    for last, used in _managers(evaluator).items():
        for function_id, manager in used:
            if last in names or held.may_be(last, function_id) or isinstance(manager, Name):
                module, _, scope = function_id.partition(":")
                refs = evaluator.of_expression(module, scope, manager)
                if any(isinstance(ref, ObjectIs) and ref.class_id in family for ref in refs):
                    yield function_id


def name_of_manager(manager: Expr) -> str:
    """The last name of what makes or holds what ``with`` enters."""
    return last_name(manager.function if isinstance(manager, CallExpr) else manager)


def _managers(evaluator: Evaluator) -> dict[str, list[tuple[str, Expr]]]:
    """The managers of all ``with`` statements, by the last name of what makes or holds each."""
    found: dict[str, list[tuple[str, Expr]]] | None = evaluator.program.memo.get("managers")  # type: ignore[assignment]
    if found is None:
        found = {}
        evaluator.program.memo["managers"] = found
        for function_id in evaluator.project.functions():
            facts = evaluator.project.function(function_id)
            for manager in facts.managers if facts is not None else ():
                found.setdefault(name_of_manager(manager), []).append((function_id, manager))
    return found


def readers(evaluator: Evaluator, name: str) -> tuple[str, ...]:
    """The functions that read the property ``.name`` of anything, in order; none where too many do."""
    evaluator.project.asked.note(READ, name)
    memo = evaluator.program.memo
    found: dict[str, list[str]] | None = memo.get("readers")  # type: ignore[assignment]
    if found is None:
        found = _readers_of_properties(evaluator)
        memo["readers"] = found
    reading = found.get(name, [])
    return tuple(reading) if len(reading) <= MAX_READERS else ()


def _readers_of_properties(evaluator: Evaluator) -> dict[str, list[str]]:
    every = evaluator.project.every_function()
    found: dict[str, list[str]] = {facts.name: [] for facts in every if is_property(facts)}
    for facts in every:
        for read in facts.reads.split():
            if read in found:
                found[read].append(facts.id)
    return found
