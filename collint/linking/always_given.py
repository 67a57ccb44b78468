"""Attributes that hold one literal in the whole program, because every call that makes such an object hands it over.

What a constructor stores itself is not looked at here, see :mod:`collint.linking.conditions`.
"""

from __future__ import annotations

from collint.linking.binding import bind
from collint.linking.evaluate import Evaluator
from collint.linking.program import Body, Program
from collint.linking.references import ClassIs


def literal_given(
    evaluator: Evaluator, program: Program, constructor: Body, class_id: str, stored: tuple[str, str]
) -> tuple[object, ...] | None:
    """The key of the literal that is handed over for an attribute wherever an object of the class is made.

    ``stored`` is the attribute and the parameter of the constructor that alone is stored in it. A class that nobody
    here makes, or that has subclasses, may be made otherwise elsewhere; so may one that relies on a default.
    """
    attribute, parameter = stored
    project, facts = evaluator.project, program.facts(constructor.id)
    writers = project.attribute_writers_by_name(attribute)
    if facts is None or project.subclasses(class_id) or any(not w.function_id.endswith(".__init__") for w in writers):
        return None
    found: tuple[object, ...] | None = None
    for caller_id in dict.fromkeys(caller for caller, _ in project.calls_named(class_id.rpartition(":")[2])):
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
