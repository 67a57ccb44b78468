"""Attributes that hold one literal in the whole program, because every call that makes such an object hands it over.

What a constructor stores itself is not looked at here, see :mod:`collint.linking.conditions`.
"""

from __future__ import annotations

from collint.ir.expressions import Attr, CallExpr, Display, FunctionRef, Name
from collint.linking.binding import bind
from collint.linking.evaluate import Evaluator
from collint.linking.program import Body, Program
from collint.linking.references import ClassIs
from collint.project.facts import CallSite, FunctionFacts
from collint.project.project import Project


def literal_given(
    evaluator: Evaluator, program: Program, constructor: Body, class_id: str, stored: tuple[str, str]
) -> tuple[object, ...] | None:
    """The key of the literal that is handed over for an attribute wherever an object of the class is made.

    ``stored`` is the attribute and the parameter of the constructor that alone is stored in it. A class that nobody
    here makes, or that has subclasses, may be made otherwise elsewhere; so may one that relies on a default.
    """
    attribute, parameter = stored
    project, facts = evaluator.project, program.facts(constructor.id)
    calls = project.calls_named(class_id.rpartition(":")[2])
    if facts is None or not any(_may_give_literal(project, facts, call, parameter) for call in calls):
        return None
    writers = project.attribute_writers_by_name(attribute)
    if project.subclasses(class_id) or any(not w.function_id.endswith(".__init__") for w in writers):
        return None
    found: tuple[object, ...] | None = None
    for caller_id in dict.fromkeys(caller for caller, _ in calls):
        caller = program.body(caller_id)
        for site in caller.values.calls if caller is not None else ():
            assert caller is not None
            value = caller.values[site.node]
            if ClassIs(class_id) in evaluator.of_value(caller, value.arguments[0]):
                place = bind(facts.parameters, site.call.arguments, 1).get(parameter)
                handed = caller.values[value.arguments[1 + place]] if place is not None else None
                if handed is None or handed.kind != "const" or found not in (None, ("const", handed.label)):
                    return None
                found = ("const", handed.label)
    return found


def _may_give_literal(project: Project, facts: FunctionFacts, call: tuple[str, CallSite], parameter: str) -> bool:
    """Whether a call can hand over a literal for a parameter, if it is this constructor that it runs; by the index."""
    caller_id, site = call
    caller, place = project.function(caller_id), bind(facts.parameters, site.arguments, 1).get(parameter)
    if caller is None or place is None:
        return False
    value = site.arguments[place].value
    if isinstance(value, Name):
        return bool(project.assigned(caller, value.id))
    if isinstance(value, Attr):
        return value.name in caller.writes.split()
    return not isinstance(value, (CallExpr, Display, FunctionRef))
