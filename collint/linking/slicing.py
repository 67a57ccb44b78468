"""What a value is computed from within its own function, and what from it: backward slices, items of displays, users.

What comes from outside of the function, through parameters, attributes or calls, is not followed.
"""

from __future__ import annotations

from collint.linking.evaluate import leaves
from collint.linking.program import Body

_ANONYMOUS = frozenset({"const", "name", "import", "function", "unknown"})
"""Kinds of values that say nothing about what is computed from them."""


def slice_of(body: Body, node: int) -> frozenset[int]:
    """Everything of its own function that a value is computed from, itself included; literals and names left out."""
    seen, work = {node}, [node]
    while work:
        value = body.values[work.pop()]
        for other in value.arguments:
            if other not in seen and body.values[other].kind not in _ANONYMOUS:
                seen.add(other)
                work.append(other)
    return frozenset(seen)


def users_of(body: Body) -> dict[int, list[int]]:
    """For each value of a body, the values computed from it."""
    known: dict[int, list[int]] | None = body.memo.get("users")  # type: ignore[assignment]
    if known is None:
        known = {}
        for number, value in enumerate(body.values.nodes):
            for used in dict.fromkeys(value.arguments):
                known.setdefault(used, []).append(number)
        body.memo["users"] = known
    return known


def literal_place(body: Body, index: int) -> int | None:
    """The number of a component that is taken out by a literal, as unpacking does."""
    value = body.values[index]
    return int(str(value.label)) if value.kind == "const" and str(value.label).isdigit() else None


def items_at(body: Body, node: int, place: int) -> tuple[int, ...]:
    """What stands at a place of the tuples and lists, written out, that a value may be; nothing if one is none."""
    found: list[int] = []
    for leaf in leaves(body, node):
        value = body.values[leaf]
        is_plain = value.kind == "display" and value.label in ("tuple", "list") and len(value.arguments) > place
        if not is_plain or any(body.values[item].kind == "star" for item in value.arguments):
            return ()
        found.append(value.arguments[place])
    return tuple(found)
