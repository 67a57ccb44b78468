"""Annotations of ``ast`` to expressions of the IR; text in quotes is parsed as Python would have it.

An annotation runs nothing, so no call is noted here. What the resulting names mean is decided elsewhere.
"""

from __future__ import annotations

import ast

from collint.ir.expressions import Display, Expr, Index, Op, dotted
from collint.project.atoms import UNKNOWN, const_of, name_of
from collint.project.terms import Terms

_QUOTES_ARE_TEXT = ("Literal",)
_LONGEST_QUOTED = 1000


class Annotations:
    """Reads the annotations of one file; equal quoted texts are parsed once."""

    __slots__ = ("_quoted", "_terms")

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._quoted: dict[str, Expr] = {}

    def read(self, node: ast.expr | None) -> Expr | None:
        """The annotation as IR; None where there is none."""
        return None if node is None else self._read(node)

    def _read(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Name):
            return name_of(node.id)
        if isinstance(node, ast.Attribute):
            return self._terms.attribute(self._read(node.value), node.attr)
        if isinstance(node, ast.Constant):
            return self._text(node.value) if isinstance(node.value, str) else const_of(node.value)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return Op("|", (self._read(node.left), self._read(node.right)))
        if isinstance(node, (ast.Tuple, ast.List)):
            kind = "tuple" if isinstance(node, ast.Tuple) else "list"
            return Display(kind, tuple(self._read(item) for item in node.elts))
        return UNKNOWN

    def _subscript(self, node: ast.Subscript) -> Expr:
        base = self._read(node.value)
        name = (dotted(base) or "").rpartition(".")[2]
        if name in _QUOTES_ARE_TEXT:
            return Index(base, _literal(node.slice))
        if name == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            return self._read(node.slice.elts[0])
        return Index(base, self._read(node.slice))

    def _text(self, text: str) -> Expr:
        found = self._quoted.get(text)
        if found is None:
            found = self._quoted[text] = self._parse(text)
        return found

    def _parse(self, text: str) -> Expr:
        if len(text) > _LONGEST_QUOTED:
            return UNKNOWN
        try:
            return self._read(ast.parse(text.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return UNKNOWN


def _literal(node: ast.expr) -> Expr:
    if isinstance(node, ast.Constant):
        return const_of(node.value)
    if isinstance(node, ast.Tuple):
        return Display("tuple", tuple(_literal(item) for item in node.elts))
    return UNKNOWN
