"""Annotations as pure expressions. What a type means is decided where attributes and parameters are typed."""

from __future__ import annotations

import libcst as cst

from collint.ir.expressions import Display, Expr, Index, Op
from collint.syntax.frame import Frame

_LONGEST_STRING = 1000


def annotation(frame: Frame, node: cst.BaseExpression) -> Expr | None:
    """The type that ``node`` spells, text inside quotes included; parts that would need a call are left out."""
    if isinstance(node, cst.SimpleString):
        quoted = _quoted(node)
        return frame.pure(node) if quoted is None else annotation(frame, quoted)
    if isinstance(node, cst.Subscript):
        return _subscript(frame, node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        sides = annotation(frame, node.left), annotation(frame, node.right)
        known = tuple(side for side in sides if side is not None)
        return Op("|", known) if len(known) == 2 else next(iter(known), None)
    if isinstance(node, cst.List):
        return Display("list", _known(frame, [item.value for item in node.elements]))
    return frame.pure(node)


def _quoted(node: cst.SimpleString) -> cst.BaseExpression | None:
    text = node.raw_value
    if not isinstance(text, str) or node.prefix or "\n" in text or not 0 < len(text) <= _LONGEST_STRING:
        return None
    try:
        return cst.parse_expression(text.strip())
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
        return None


def _subscript(frame: Frame, node: cst.Subscript) -> Expr | None:
    base = frame.pure(node.value)
    if base is None or _spelled(node.value) == "Literal":
        return base and frame.pure(node)
    spelled = [item.slice.value for item in node.slice if isinstance(item.slice, cst.Index)]
    if spelled and _spelled(node.value) == "Annotated":
        return annotation(frame, spelled[0])  # the rest says nothing about the type
    items = _known(frame, spelled)
    if not items:
        return base
    return Index(base, items[0] if len(node.slice) == 1 else Display("tuple", items))


def _known(frame: Frame, nodes: list[cst.BaseExpression]) -> tuple[Expr, ...]:
    found = (annotation(frame, node) for node in nodes)
    return tuple(item for item in found if item is not None)


def _spelled(node: cst.BaseExpression) -> str:
    name = node.attr if isinstance(node, cst.Attribute) else node
    return name.value if isinstance(name, cst.Name) else ""
