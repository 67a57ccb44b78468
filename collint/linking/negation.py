"""The opposite of a condition, as a person would write it. Conditions as the analysis compares them are elsewhere."""

from __future__ import annotations

import ast

_OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


def negated(text: str) -> str:
    """``text``, an expression, negated: ``x is None`` for ``x is not None``, ``x`` for ``not x``.

    Empty when ``text`` is no expression, because it was cut, say.
    """
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
        return _source(text, expression.operand)
    if isinstance(expression, ast.Compare) and len(expression.ops) == 1:
        left, right = _source(text, expression.left), _source(text, expression.comparators[0])
        return f"{left} {_OPPOSITES[type(expression.ops[0])]} {right}"
    if isinstance(expression, (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Compare)):
        return f"not ({text})"
    return f"not {text}"


def _source(text: str, part: ast.expr) -> str:
    """The text of ``part``, with the parentheses that belong to it left out."""
    return ast.get_source_segment(text, part) or ast.unparse(part)
