"""Where syntax nodes stand in their file. What the nodes mean is the business of the other files of this room.

``ast`` counts columns in bytes of UTF-8, the IR in code points: they differ only in lines that are not ASCII.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from collint.ir.node import shared_line
from collint.ir.statements import Span

_LINE_END = re.compile(r"\r\n?|\n")
_BLANK = re.compile(r"(?:\s|\\\n|#[^\n]*)*")
_CLOSING = re.compile(r"#[^\n]*|(\))")


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them: ``str.splitlines`` would also split at form feeds."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


class Positions:
    """File positions of the nodes of one parsed ``text``, whose lines stand ``shift`` lines further down in the file.

    While ``within`` is set, it is the place of every node. So it is for what stands inside a literal: Python before
    3.12 does not know the places in f-strings, and the text of a quoted annotation is parsed on its own.
    """

    def __init__(self, text: str, shift: int) -> None:
        self.within: Span | None = None
        self._text = text
        self._shift = shift
        self._ascii = text.isascii()
        self._lines: list[str] | None = None

    def span(self, node: Any) -> Span:
        """The place of ``node``, without parentheses around it."""
        if self.within is not None:
            return self.within
        first, last, shift = node.lineno, node.end_lineno, self._shift
        if self._ascii:
            return Span(shared_line(first + shift), node.col_offset, shared_line(last + shift), node.end_col_offset)
        column, end_column = self._column(first, node.col_offset), self._column(last, node.end_col_offset)
        return Span(shared_line(first + shift), column, shared_line(last + shift), end_column)

    def inside(self, node: ast.GeneratorExp) -> Span:
        """The place of a generator without its brackets: they are a call's as often as its own."""
        whole = self.span(node)
        if self.within is not None:
            return whole
        first, clause = self.span(node.elt), node.generators[-1]
        last = self.span(clause.ifs[-1] if clause.ifs else clause.iter)
        opening = self._between(whole.line, whole.column + 1, first.line, first.column)
        closing = self._between(last.end_line, last.end_column, whole.end_line, whole.end_column - 1)
        brackets = [found.end() for found in _CLOSING.finditer(closing) if found.group(1)]
        blank = _BLANK.match(opening)
        return Span(
            *_behind(whole.line, whole.column + 1, blank.group() if blank else ""),
            *_behind(last.end_line, last.end_column, closing[: brackets[-1]] if brackets else ""),
        )

    def _between(self, line: int, column: int, end_line: int, end_column: int) -> str:
        lines = [self._line(number - self._shift) for number in range(line, end_line + 1)]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][column:]
        return "\n".join(lines)

    def _line(self, number: int) -> str:
        if self._lines is None:
            self._lines = lines_of(self._text)
        return self._lines[number - 1]

    def _column(self, number: int, offset: int) -> int:
        line = self._line(number)
        return offset if line.isascii() else len(line.encode()[:offset].decode(errors="replace"))


def _behind(line: int, column: int, text: str) -> tuple[int, int]:
    """Where ``text`` ends that begins there."""
    breaks = text.count("\n")
    return (line + breaks, len(text) - text.rindex("\n") - 1) if breaks else (line, column + len(text))
