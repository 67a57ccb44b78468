"""The smallest expressions, equal ones being one object. What is made of them is :mod:`collint.project.terms`."""

from __future__ import annotations

from collint.ir.expressions import Expr, Op, const_of_text, name_of

__all__ = ["UNKNOWN", "const_of", "name_of"]

UNKNOWN = Op("unknown", ())
_LONGEST_TEXT = 200


def const_of(value: object) -> Expr:
    """The constant, unless it is a text too long to name anything."""
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST_TEXT:
        return UNKNOWN
    return const_of_text(repr(value))
