"""Shows lines of a file in a frame, a range underlined, whatever the lines hold. Words about them are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from collint.findings import Finding
from collint.report.look import Look, columns, visible, visible_character

MAX_LINES = 4


def gutter_width(finding: Finding) -> int:
    """Columns that hold every line number which the frame of ``finding`` shows."""
    return max(len(str(line)) for line in (finding.line, finding.end_line, *(step.line for step in finding.because)))


def framed(look: Look, gutter: int, text: str = "", number: int | None = None, bar: str = "|") -> str:
    """A line of the frame: a line number or none, the bar, and ``text`` as it is."""
    label = "" if number is None else str(number)
    return f"  {look.paint(f'{label.rjust(gutter)} {bar}', 'blue')} {text}".rstrip()


def excerpt(finding: Finding, look: Look, gutter: int = 0) -> list[str]:
    """Numbered source lines with carets below, at most :data:`MAX_LINES`; nothing when the file is out of reach."""
    lines = look.lines(finding.path)
    if not 1 <= finding.line <= len(lines):
        return []
    last = max(finding.line, min(finding.end_line, finding.line + MAX_LINES - 1, len(lines)))
    shown = list(lines[finding.line - 1 : last])
    margin = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    gutter = max(gutter, len(str(last)))
    result: list[str] = []
    for number, line in enumerate(shown, finding.line):
        start = finding.column - 1 if number == finding.line else len(line) - len(line.lstrip())
        stop = finding.end_column - 1 if number == finding.end_line else len(line.rstrip())
        text, underline = _underlined(line[margin:], max(start - margin, 0), stop - margin, look.width - gutter - 5)
        result.append(framed(look, gutter, look.code(text), number))
        if underline.strip():
            result.append(framed(look, gutter, look.paint(underline, "bold red")))
    if finding.end_line > last:
        result.append(framed(look, gutter, f"... to line {finding.end_line}"))
    return result


def source_line(path: str, line: int, look: Look, gutter: int) -> list[str]:
    """One line of a file in the frame, cut to the width; nothing when it is out of reach or empty."""
    lines = look.lines(path)
    text = visible(lines[line - 1].strip()) if 1 <= line <= len(lines) else ""
    return [framed(look, gutter, look.code(cut(text, look.width - gutter - 5)), line)] if text else []


def cut(text: str, width: int) -> str:
    """Visible ``text`` on at most ``width`` columns, the end left out where it must be."""
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 4:
        text = text[:-1]
    return f"{text.rstrip()} ..."


def _underlined(line: str, start: int, stop: int, width: int) -> tuple[str, str]:
    """The visible part of ``line`` that fits in ``width`` and holds position ``start``, and the carets below it."""
    pieces = [visible_character(character) for character in line]
    stop = max(stop, start + 1)
    first = _first_shown(pieces, start, stop, width)
    text = underline = "... " if first else ""
    for position in range(first, len(pieces)):
        piece = pieces[position]
        if columns(text) + columns(piece) > width - 4 and columns("".join(pieces[position:])) > 4:
            return text + " ...", underline.rstrip()
        text += piece
        underline += ("^" if start <= position < stop else " ") * columns(piece)
    if start >= len(pieces):  # a position behind the end of the line still gets its caret
        underline += "^"
    return text, underline.replace("... ", "    ", 1).rstrip()


def _first_shown(pieces: Sequence[str], start: int, stop: int, width: int) -> int:
    """0 when the underlined part is in sight from the beginning of the line, else a little before it."""
    if columns("".join(pieces)) <= width or columns("".join(pieces[: min(stop, start + width // 2)])) <= width - 8:
        return 0
    return max(0, start - 12)
