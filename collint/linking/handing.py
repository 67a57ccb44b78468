"""What the functions of all files do with values, by names alone: for whoever looks for one name in the whole program.

What one file says is told by its text, and kept between runs, so that a search opens no functions but those that have
the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from collint.cache import Shelf
from collint.ir.expressions import CallExpr, Expr, Name, last_name
from collint.ir.node import Node, Reader, written
from collint.linking.places import Place, places_in_class, places_in_function
from collint.linking.program import Program
from collint.linking.uses import mentioned
from collint.project.facts import ModuleFacts, short_name
from collint.record import Mutable, field


class Said(Node, frozen=True):
    """What one file says, its functions by qualname.

    ``leads`` are those of :mod:`collint.linking.places`, flat, with the module left out of the ids of functions.
    ``mentions`` are the last names of what each function uses as values, ``reads`` the attributes that it reads, with
    blanks between them. ``managers`` have the place of each among those of its function, and its name
    (:func:`name_of_manager`).
    """

    leads: tuple[tuple[str, str, str, str], ...] = ()
    mentions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    managers: tuple[tuple[str, int, str], ...] = ()
    reads: tuple[tuple[str, str], ...] = ()


class Handing(Mutable):
    """What all files say, by name; functions by id, in no order.

    From each place to those that may hold what it makes or holds (``leads``; equal places are one object); which
    functions use something of a name as a value, of the names of functions and events (``mentions``); those that enter
    a manager of a name, with its place among theirs (``managers``); those that read a property of a name (``reads``).
    """

    leads: dict[Place, tuple[Place, ...]] = field(default_factory=dict)
    mentions: dict[str, list[str]] = field(default_factory=dict)
    managers: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    reads: dict[str, list[str]] = field(default_factory=dict)


_READER: Reader[Said] = Reader(Said)
_KEPT = "what files say"
Kept = tuple[Shelf, Callable[[str], bytes]]
"""Where it is kept, and the key of each module, which stands for its text and for the passing names."""


def keep_said(program: Program, kept: Kept) -> None:
    """Keep what files say there for the next run, and take it from there; before anything is asked."""
    program.memo[_KEPT] = kept


def handing(program: Program) -> Handing:
    """What all files of a program say, found out when it is first asked for."""
    found: Handing | None = program.memo.get("handing")  # type: ignore[assignment]
    if found is None:
        found = program.memo["handing"] = _joined(program)
    return found


def name_of_manager(manager: Expr) -> str:
    """The last name of what makes or holds what ``with`` enters; empty for a plain name, which may hold anything."""
    if isinstance(manager, Name):
        return ""
    return last_name(manager.function if isinstance(manager, CallExpr) else manager)


def said_by(facts: ModuleFacts, passing: frozenset[str]) -> Said:
    """What a file says; calls of ``passing`` names may return what they are given."""
    leads = [lead for function in facts.functions for lead in places_in_function(function, passing)]
    leads += [lead for klass in facts.classes for lead in places_in_class(klass, passing)]
    mentions = ((function.qualname, tuple(sorted(mentioned(function) - {""}))) for function in facts.functions)
    return Said(
        tuple(dict.fromkeys((*_bare(source, facts.name), *_bare(target, facts.name)) for source, target in leads)),
        tuple(mention for mention in mentions if mention[1]),
        tuple(
            (function.qualname, place, name_of_manager(manager))
            for function in facts.functions
            for place, manager in enumerate(function.managers)
            if isinstance(manager, Name) or name_of_manager(manager)
        ),
        tuple((function.qualname, function.reads) for function in facts.functions if function.reads),
    )


def _bare(place: Place, module: str) -> Place:
    return place[0].removeprefix(module) if ":" in place[0] else place[0], place[1]


def _joined(program: Program) -> Handing:
    project = program.project
    found = Handing(reads={short_name(each.partition(":")[2]): [] for each in project.properties()})
    known = program.vocabulary.event_names().union(short_name(each.partition(":")[2]) for each in project.functions())
    leads: dict[Place, set[Place]] = {}
    places: dict[Place, Place] = {}
    for module in project.module_names():
        said = _said(program, module)
        for scope, name, other_scope, other in said.leads:
            source = (module + scope if scope[0] == ":" else scope, name)
            target = (module + other_scope if other_scope[0] == ":" else other_scope, other)
            leads.setdefault(places.setdefault(source, source), set()).add(places.setdefault(target, target))
        for qualname, names in said.mentions:
            _note(found.mentions, known.intersection(names), f"{module}:{qualname}")
        for qualname, number, name in said.managers:
            found.managers.setdefault(name, []).append((f"{module}:{qualname}", number))
        for qualname, text in said.reads:
            _note(found.reads, found.reads.keys() & text.split(), f"{module}:{qualname}")
    found.leads = {source: tuple(targets) for source, targets in leads.items()}
    return found


def _note(table: dict[str, list[str]], names: Iterable[str], function_id: str) -> None:
    for name in names:
        table.setdefault(name, []).append(function_id)


def _said(program: Program, module: str) -> Said:
    kept: Kept | None = program.memo.get(_KEPT)  # type: ignore[assignment]
    data = kept[0].get(kept[1](module)) if kept is not None else None
    said = _READER.read(data) if data is not None else None
    if said is None:
        facts = program.project.module(module)
        said = said_by(facts, program.vocabulary.passing_names) if facts is not None else Said()
        if kept is not None:
            with suppress(ValueError):  # a name that no encoding holds: not kept
                kept[0].put(kept[1](module), written(said))
    return said
