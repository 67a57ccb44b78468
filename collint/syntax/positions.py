"""Where syntax nodes stand in their file. What the nodes mean is the business of the other files of this room."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from collint.ir.statements import Span

NOWHERE = Span(0, 0, 0, 0)


class Positions:
    """File positions of the nodes of one parsed slice, whose lines stand ``shift`` lines further down in the file."""

    def __init__(self, tree: cst.Module, shift: int) -> None:
        wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
        self._ranges = wrapper.resolve(PositionProvider)
        self._shift = shift

    def span(self, node: cst.CSTNode) -> Span:
        """The place of ``node`` without surrounding whitespace and parentheses; all zeros when it has none.

        A node has no place when it was parsed on its own, as the text of a string annotation is.
        """
        found = self._ranges.get(node)
        if found is None:
            return NOWHERE
        start, end = found.start, found.end
        return Span(start.line + self._shift, start.column, end.line + self._shift, end.column)
