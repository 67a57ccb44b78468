"""The names under which objects of a class may be called: of variables, attributes, parameters, and of their makers.

By the index alone and by names as written, for a prefilter: what such a name really holds is found by resolving it.
"""

from __future__ import annotations

from collint.linking.evaluate import Evaluator
from collint.linking.handing import handing
from collint.linking.places import ATTRIBUTE, MADE, Place
from collint.project.asked import HOLD
from collint.project.facts import MODULE_BODY, is_within, short_name
from collint.record import Record

# Steps from a class to a name: made by a function, kept in an attribute, taken out of a list, ...
MAX_STEPS = 5


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
    leads, project = handing(evaluator.program).leads, evaluator.project
    own = {short_name(each.rpartition(":")[2]) for each in project.family(class_id)}
    level: set[Place] = {(MADE, name) for each in own for name in (each, *project.imported_as(each))}
    seen = set(level)
    for _ in range(MAX_STEPS):
        for place in level:
            project.asked.note(HOLD, *place)
        level = {place for known in level for place in leads.get(known, ())} - seen
        seen |= level
    names: dict[str, tuple[str, ...]] = {}
    for scope, name in sorted(seen):
        if scope == ATTRIBUTE or scope.endswith(f":{MODULE_BODY}"):
            names[name] = ()
        elif scope != MADE and names.get(name) != ():
            names[name] = (*names.get(name, ()), scope)
    return Held(dict(sorted(names.items())))
