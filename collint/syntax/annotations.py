"""Annotations as pure expressions. What a type means is decided where attributes and parameters are typed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from collint.ir.expressions import Display, Expr, Index, Op
from collint.syntax.frame import Frame

_LONGEST_STRING = 1000


def annotation(frame: Frame, node: ast.expr) -> Expr | None:
    """The type that ``node`` spells, text inside quotes included; parts that would need a call are left out."""
    if isinstance(node, ast.Constant):
        return _constant(frame, node)
    if isinstance(node, ast.Subscript):
        return _subscript(frame, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = annotation(frame, node.left), annotation(frame, node.right)
        known = tuple(side for side in sides if side is not None)
        return Op("|", known) if len(known) == 2 else next(iter(known), None)
    if isinstance(node, ast.List):
        return Display("list", _known(frame, node.elts))
    return frame.pure(node)


def _constant(frame: Frame, node: ast.Constant) -> Expr | None:
    quoted = _quoted(node.value)
    if quoted is None:
        return frame.pure(node)
    positions = frame.unit.positions
    around = positions.within
    positions.within = positions.span(node)
    spelled = annotation(frame, quoted)
    positions.within = around
    return spelled


def _quoted(text: object) -> ast.expr | None:
    if not isinstance(text, str) or "\n" in text or not 0 < len(text) <= _LONGEST_STRING:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _subscript(frame: Frame, node: ast.Subscript) -> Expr | None:
    base = frame.pure(node.value)
    if base is None or _spelled(node.value) == "Literal":
        return base and frame.pure(node)
    within = node.slice
    spelled: Sequence[ast.expr] = within.elts if isinstance(within, ast.Tuple) and within.elts else [within]
    if _spelled(node.value) == "Annotated":
        return annotation(frame, spelled[0])  # the rest says nothing about the type
    items = _known(frame, spelled)
    if not items:
        return base
    return Index(base, items[0] if len(spelled) == 1 else Display("tuple", items))


def _known(frame: Frame, nodes: Iterable[ast.expr]) -> tuple[Expr, ...]:
    plain = (node.value if isinstance(node, ast.Starred) else node for node in nodes)
    found = (annotation(frame, node) for node in plain if not isinstance(node, ast.Slice))
    return tuple(item for item in found if item is not None)


def _spelled(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
