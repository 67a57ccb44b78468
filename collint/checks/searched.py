"""Lists that are searched with a rank (``ranks.index(r)``, ``r in ranks``): their entries count as that rank does.

What a number counts is in :mod:`collint.checks.counting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator

from collint.checks import provenance
from collint.checks.context import Context
from collint.ir.expressions import Attr
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import FunctionIs

MAX_DEPTH = 6
# Where the text of a function has no such thing, once its loops are taken out, it searches no list with a rank.
SEARCH = re.compile(r"\.index\(|\bin\b")
LOOP = re.compile(r"\bfor\b[\w ,.*()\[\]]*?\bin\b")
Place = Hashable


def keys_of(context: Context, body: Body, node: int, depth: int = 0) -> frozenset[Place]:
    """What identifies a list of ranks: the variable, attribute or returned component that it comes from.

    Entries of a table of lists, and parts of a list, hold what the others hold.
    """
    if depth > MAX_DEPTH:
        return frozenset()
    found: set[Place] = set()
    for leaf in leaves(body, node):
        value = body.values[leaf]
        if value.kind == "index":
            found |= _entry(context, body, value, depth)
        elif value.kind == "attr":
            origins = provenance.of_attribute(context, body, value)
            found |= {("node", origin.id, place) for origin, place in origins.nodes}
        elif value.kind == "call":
            found |= {("returned", function, None) for function in _functions(context, body, leaf)}
        elif value.kind in ("parameter", "display"):
            found.add(("node", body.id, leaf))
    return frozenset(found)


def _entry(context: Context, body: Body, value: Value, depth: int) -> frozenset[Place]:
    base, index = value.arguments
    text = str(body.values[index].label)
    if body.values[index].kind == "const" and text.isdigit():
        components = {
            ("returned", function, int(text))
            for leaf in leaves(body, base)
            if body.values[leaf].kind == "call"
            for function in _functions(context, body, leaf)
        }
        if components:
            return frozenset(components)
    return keys_of(context, body, base, depth + 1)


def _functions(context: Context, body: Body, call: int) -> list[str]:
    meaning = context.meanings.of_call(body, call)
    return [function for function, ref in meaning.functions if isinstance(ref, FunctionIs)]


Searches = dict[Place, tuple[tuple[Body, int], ...]]


def searches(context: Context) -> Searches:
    """For each list of ranks, the values named like a rank that it is searched with."""
    if "searches" not in context.memo:
        found: dict[Place, tuple[tuple[Body, int], ...]] = {}
        for body in context.bodies_of(lambda function_id: _may_search(context, function_id)):
            for listed, sought in _searched(body):
                for place in keys_of(context, body, listed):
                    found[place] = (*found.get(place, ()), (body, sought))
        context.memo["searches"] = found
    return context.memo["searches"]  # type: ignore[return-value]


def _may_search(context: Context, function_id: str) -> bool:
    facts = context.program.facts(function_id)
    if facts is None:
        return True
    lines = context.program.lines(context.program.path(facts.module))[facts.start_line - 1 : facts.end_line]
    text = "\n".join(lines)
    return "rank" in text and SEARCH.search(LOOP.sub("", text)) is not None


def _searched(body: Body) -> Iterator[tuple[int, int]]:
    """The lists that a function searches with something called a rank, each with that value."""
    for value in body.values.nodes:
        if value.kind == "op" and value.label in ("in", "not in") and _is_named_rank(body, value.arguments[0]):
            yield value.arguments[1], value.arguments[0]
        call = value.label
        if value.kind != "call" or not isinstance(call, Call) or len(value.arguments) != 2:
            continue
        if (
            isinstance(call.function, Attr)
            and call.function.name == "index"
            and _is_named_rank(body, value.arguments[1])
        ):
            yield body.values[value.arguments[0]].arguments[0], value.arguments[1]


def _is_named_rank(body: Body, node: int) -> bool:
    """Only a hint where to look: what the number counts is worked out from where it comes from."""
    value = body.values[node]
    if value.kind == "call":
        return "rank" in str(body.values[value.arguments[0]].label)
    return value.kind in ("parameter", "attr", "name", "phi") and "rank" in str(value.label)


def entries_like(
    context: Context, body: Body, node: int, numbers: Callable[[Body, int], tuple[object, ...]]
) -> tuple[object, ...]:
    """What the entries of a list count, by what it is searched with anywhere."""
    places = sorted(keys_of(context, body, node), key=repr)
    table = searches(context) if places else {}
    found = [sought for place in places for sought in table.get(place, ())]
    return tuple(dict.fromkeys(number for origin, sought in found for number in numbers(origin, sought)))
