"""The smallest expressions, equal ones being one object. What is made of them is :mod:`collint.project.terms`."""

from __future__ import annotations

from functools import lru_cache

from collint.ir.expressions import Const, Expr, Name, Op

UNKNOWN = Op("unknown", ())
_LONGEST_TEXT = 200

name_of = lru_cache(maxsize=1 << 16)(Name)
_const_of_text = lru_cache(maxsize=1 << 16)(Const)


def const_of(value: object) -> Expr:
    """The constant, unless it is a text too long to name anything."""
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST_TEXT:
        return UNKNOWN
    return _const_of_text(repr(value))
