"""Where syntax nodes stand in their file. What the nodes mean is the business of the other files of this room.

A libcst tree holds no positions: they appear when it is written out again. ``PositionProvider`` does so with a visitor
and a text search for every token, which takes longer than parsing; here the tree is written once, offsets are
noted, and only the nodes that are asked for are given lines and columns. Tests hold the two against each other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from types import TracebackType
from typing import Any, cast

import libcst as cst

from collint.ir.statements import Span

NOWHERE = Span(0, 0, 0, 0)
_LINE_END = re.compile(r"\r\n?|\n")


class Positions:
    """File positions of the nodes of one parsed slice, whose lines stand ``shift`` lines further down in the file."""

    def __init__(self, tree: cst.Module, shift: int) -> None:
        pen = _Pen(tree)
        tree._codegen(cast(Any, pen))
        self._tree = tree  # keeps the nodes alive, whose identities are the keys
        self._ranges = pen.ranges
        self._lines = [0, *(match.end() for match in _LINE_END.finditer("".join(pen.tokens)))]
        self._shift = shift

    def span(self, node: cst.CSTNode) -> Span:
        """The place of ``node`` without surrounding whitespace and parentheses; all zeros when it has none.

        A node has no place when it was parsed on its own, as the text of a string annotation is.
        """
        found = self._ranges.get(id(node))
        if found is None:
            return NOWHERE
        line, column = self._place(found[0])
        end_line, end_column = self._place(found[1])
        return Span(line, column, end_line, end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line + self._shift, offset - self._lines[line - 1]


class _Pen:
    """What libcst writes a tree with (its ``CodegenState``), noting at which offsets each node begins and ends."""

    def __init__(self, tree: cst.Module) -> None:
        self.default_indent = tree.default_indent
        self.default_newline = tree.default_newline
        self.tokens: list[str] = []
        self.ranges: dict[int, tuple[int, int]] = {}
        self.offset = 0
        self._indents: list[str] = []
        self._begun: list[int] = []

    def increase_indent(self, value: str) -> None:
        self._indents.append(value)

    def decrease_indent(self) -> None:
        self._indents.pop()

    def add_indent_tokens(self) -> None:
        for indent in self._indents:
            self.add_token(indent)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        """A file without a newline at its end: nothing follows, so no offset changes."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._begun.append(self.offset)

    def after_codegen(self, node: cst.CSTNode) -> None:
        begun = self._begun.pop()
        key = id(node)
        if key not in self.ranges:
            self.ranges[key] = (begun, self.offset)

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Note:
        return _Note(self, node, start_node, end_node)


class _Note:
    """Notes the part of a node that is left when its whitespace and parentheses are not counted."""

    __slots__ = ("begun", "end_node", "node", "pen", "start_node")

    def __init__(
        self, pen: _Pen, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.pen = pen
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.begun = self.pen.offset

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        ranges = self.pen.ranges
        begun = self.begun if self.start_node is None else ranges[id(self.start_node)][0]
        end = self.pen.offset if self.end_node is None else ranges[id(self.end_node)][1]
        ranges[id(self.node)] = (begun, end)
