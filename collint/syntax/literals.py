"""Literals and f-strings. A literal becomes its canonical ``repr``, so that equal values compare equal as text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from collint.ir.expressions import Const, Expr, Op, const_of_text
from collint.syntax.frame import ExpressionRule, Frame


def constant(frame: Frame, node: ast.Constant) -> Expr:
    """A number, a string, bytes, ``None``, ``True``, ``False`` or ``...``; adjacent strings are one already."""
    try:
        return const_of_text(repr(node.value))
    except ValueError:  # an integer with more digits than Python writes in decimal
        return Const(hex(node.value))  # type: ignore[arg-type]


def formatted_string(frame: Frame, node: Any) -> Expr:
    """An f-string (or t-string) is an operation over its constant and computed parts, which all stand where it does."""
    positions = frame.unit.positions
    around = positions.within
    positions.within = positions.span(node)
    operands = tuple(_parts(frame, node.values))
    positions.within = around
    return Op("fstring", operands)


def _parts(frame: Frame, parts: Sequence[Any]) -> list[Expr]:
    found: list[Expr] = []
    for part in parts:
        if type(part) is not ast.Constant:
            found.append(frame.expression(part.value))
            if part.format_spec is not None:
                found += _parts(frame, part.format_spec.values)
        elif part.value:
            found.append(const_of_text(repr(part.value)))
    return found


RULES: dict[type[ast.AST], ExpressionRule] = {ast.Constant: constant, ast.JoinedStr: formatted_string}
if hasattr(ast, "TemplateStr"):  # t-strings, Python 3.14
    RULES[ast.TemplateStr] = formatted_string
