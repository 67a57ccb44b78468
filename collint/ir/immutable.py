"""Which variables of a function hold numbers, truth values or text, so that no call can change what they hold.

Read off the text of one function; what a callee returns is not looked up.
"""

from __future__ import annotations

from collections.abc import Iterable

from collint.ir.expressions import Choose, Const, Expr, Index, Name, Op, Temp
from collint.ir.graph import Catch, Graph, NextOf
from collint.ir.statements import Assign, Call, Collect, Import

SCALARS = frozenset({"int", "float", "bool", "str", "bytes", "None"})
# Calls whose result is a number or text, whatever they are given.
MAKE_SCALARS = frozenset({"int", "float", "bool", "str", "repr", "len", "round", "hash", "id", "ord", "chr"})
TESTS = frozenset({"is", "is not", "in", "not in", "not"})


def immutable_names(graph: Graph) -> frozenset[str]:
    """Names of ``graph`` that only ever hold immutable scalars.

    A parameter counts by its annotation, or because it is handed to ``range``; any other variable by everything that is
    assigned to it. Variables that lean on each other count together (a greatest fixpoint: with a name, whoever leans on
    it is dropped).
    """
    calls = {step.result.number: step for block in graph.blocks for step in block.steps if isinstance(step, Call)}
    counted = {argument.id for call in calls.values() for argument in _range_arguments(call)}
    declared = {p.name for p in graph.parameters if p.annotation is not None and is_scalar(p.annotation)}
    parameters = {p.name for p in graph.parameters}
    assigned: dict[str, list[Expr]] = {}
    barred = parameters - declared - counted
    turns = _turns_of_ranges(graph, calls)
    for block in graph.blocks:
        for step in block.steps:
            if isinstance(step, Assign):
                assigned.setdefault(step.target, []).append(step.value)
            elif isinstance(step, (Collect, Import)):
                barred.add(step.target)
            elif isinstance(step, Catch) and step.name:
                barred.add(step.name)
    names = (set(assigned) | declared | counted) - barred
    needs = {name: _needed(assigned.get(name, ()), calls, turns) for name in names - declared - counted}
    users: dict[str, list[str]] = {}
    for name, needed in needs.items():
        for other in needed or ():
            users.setdefault(other, []).append(name)
    lost = [name for name, needed in needs.items() if needed is None or not needed <= names]
    while lost:
        name = lost.pop()
        if name in names:
            names.discard(name)
            lost += users.get(name, ())
    return frozenset(names)


def is_scalar(annotation: Expr) -> bool:
    """Whether an annotation says that a value is a number, a truth value or text, or None."""
    if isinstance(annotation, Name):
        return annotation.id in SCALARS
    if isinstance(annotation, Const):
        return annotation.text == "None"
    if isinstance(annotation, Op) and annotation.operator == "|":
        return all(is_scalar(part) for part in annotation.operands)
    if isinstance(annotation, Index) and isinstance(annotation.base, Name) and annotation.base.id == "Optional":
        return is_scalar(annotation.index)
    return False


def _is_range(call: Call | None) -> bool:
    return call is not None and isinstance(call.function, Name) and call.function.id == "range"


def _range_arguments(call: Call) -> list[Name]:
    if not _is_range(call):
        return []
    return [argument.value for argument in call.arguments if isinstance(argument.value, Name) and not argument.star]


def _turns_of_ranges(graph: Graph, calls: dict[int, Call]) -> frozenset[int]:
    """Temporaries that hold the current number of a loop over ``range(...)``."""
    found = set()
    for block in graph.blocks:
        end = block.terminator
        iterable = end.iterable if isinstance(end, NextOf) else None
        if isinstance(end, NextOf) and isinstance(iterable, Temp) and _is_range(calls.get(iterable.number)):
            found.add(end.element.number)
    return frozenset(found)


def _needed(values: Iterable[Expr], calls: dict[int, Call], turns: frozenset[int]) -> set[str] | None:
    """The variables that must hold scalars for all ``values`` to be scalars; None where one never is."""
    found: set[str] = set()
    work = list(values)
    while work:
        value = work.pop()
        if isinstance(value, Name):
            found.add(value.id)
        elif isinstance(value, Op):
            work += () if value.operator in TESTS else value.operands
        elif isinstance(value, Choose):
            work += (value.then, value.other)
        elif isinstance(value, Temp):
            call = calls.get(value.number)
            made = call is not None and isinstance(call.function, Name) and call.function.id in MAKE_SCALARS
            if not made and value.number not in turns:
                return None
        elif not isinstance(value, Const):
            return None
    return found
