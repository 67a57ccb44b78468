"""Literals and f-strings. A literal becomes its canonical ``repr``, so that equal values compare equal as text."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from typing import Any

import libcst as cst

from collint.ir.expressions import Const, Expr, Op
from collint.syntax.frame import ExpressionRule, Frame


def literal(text: str) -> Const:
    """The constant that ``text`` spells; text that Python refuses to evaluate is kept as written."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the analysed code are not ours to report
            return Const(repr(ast.literal_eval(text)))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return Const(text)


def number(frame: Frame, node: cst.Integer | cst.Float | cst.Imaginary) -> Expr:
    """A number; short plain decimals, nearly all of them, need no evaluation."""
    text = node.value
    if text.isdecimal() and text.isascii() and (text[0] != "0" or text == "0"):
        return Const(text)
    return literal(text)


def simple_string(frame: Frame, node: cst.SimpleString) -> Expr:
    """A string or bytes literal; without a backslash its value is what stands between the quotes."""
    text = node.value
    if "\\" in text or "\r" in text:
        return literal(text)
    if "b" in node.prefix.lower():
        raw = node.raw_value
        return Const(repr(raw.encode())) if isinstance(raw, str) and raw.isascii() else literal(text)
    return Const(repr(node.raw_value))


def ellipsis(frame: Frame, node: cst.Ellipsis) -> Expr:
    """``...``."""
    return Const("Ellipsis")


def formatted_string(frame: Frame, node: cst.FormattedString) -> Expr:
    """An f-string (or t-string) is an operation over its constant and computed parts."""
    return Op("fstring", tuple(_parts(frame, node.parts)))


def _parts(frame: Frame, parts: Sequence[Any]) -> list[Expr]:
    found: list[Expr] = []
    for part in parts:
        value = getattr(part, "value", None)
        if value is not None:
            found.append(Const(repr(value)))
            continue
        found.append(frame.expression(part.expression))
        found.extend(_parts(frame, part.format_spec or ()))
    return found


def concatenated_string(frame: Frame, node: cst.ConcatenatedString) -> Expr:
    """Adjacent literals: one constant when all are plain, else one f-string."""
    pieces: list[cst.BaseExpression] = []
    rest: cst.BaseExpression = node
    while isinstance(rest, cst.ConcatenatedString):
        pieces.append(rest.left)
        rest = rest.right
    pieces.append(rest)
    if all(isinstance(piece, cst.SimpleString) for piece in pieces):
        return literal(" ".join(piece.value for piece in pieces if isinstance(piece, cst.SimpleString)))
    operands: list[Expr] = []
    for piece in pieces:
        value = frame.expression(piece)
        operands.extend(value.operands if isinstance(value, Op) else (value,))
    return Op("fstring", tuple(operands))


RULES: dict[type[cst.CSTNode], ExpressionRule] = {
    cst.Integer: number,
    cst.Float: number,
    cst.Imaginary: number,
    cst.SimpleString: simple_string,
    cst.Ellipsis: ellipsis,
    cst.FormattedString: formatted_string,
    cst.ConcatenatedString: concatenated_string,
}
if hasattr(cst, "TemplatedString"):  # libcst learnt Python 3.14's t-strings late
    RULES[cst.TemplatedString] = formatted_string
