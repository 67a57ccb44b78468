"""Conditions that compare two values for equality: which two, and whether equality is what makes them true."""

from __future__ import annotations

from collint.linking.program import Body


def equality(body: Body, condition: int) -> tuple[tuple[int, int], bool] | None:
    """The two sides of ``a == b``, ``a != b`` or a negation of either, and whether they are equal where it holds."""
    value, positive = body.values[condition], True
    while value.kind == "op" and value.label == "not":
        value, positive = body.values[value.arguments[0]], not positive
    if value.kind != "op" or value.label not in ("==", "!=") or len(value.arguments) != 2:
        return None
    one, other = value.arguments
    return (one, other), positive == (value.label == "==")
