"""Who runs a function without writing a call: ``with`` enters and leaves managers, reading runs properties.

By the index alone, for the closure of what can reach an event.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.linking.evaluate import Evaluator
from collint.linking.handing import handing
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
    for last, used in handing(evaluator.program).managers.items():
        for function_id, place in sorted(used):
            if not last or last in names or held.may_be(last, function_id):
                module, _, scope = function_id.partition(":")
                facts = evaluator.project.function(function_id)
                managers = facts.managers[place : place + 1] if facts is not None else ()
                refs = (ref for each in managers for ref in evaluator.of_expression(module, scope, each))
                if any(isinstance(ref, ObjectIs) and ref.class_id in family for ref in refs):
                    yield function_id


def readers(evaluator: Evaluator, name: str) -> tuple[str, ...]:
    """The functions that read the property ``.name`` of anything, in order; none where too many do."""
    evaluator.project.asked.note(READ, name)
    reading = sorted(handing(evaluator.program).reads.get(name, ()))
    return tuple(reading) if len(reading) <= MAX_READERS else ()
