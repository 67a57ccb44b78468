"""Shows the lines of a finding with its range underlined, whatever the lines hold. Words about it are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from collint.findings import Finding
from collint.report.look import Look, columns, visible_character

MAX_LINES = 4


def excerpt(finding: Finding, look: Look) -> list[str]:
    """Numbered source lines with carets below, at most :data:`MAX_LINES`; nothing when the file is out of reach."""
    lines = look.lines(finding.path)
    if not 1 <= finding.line <= len(lines):
        return []
    last = max(finding.line, min(finding.end_line, finding.line + MAX_LINES - 1, len(lines)))
    shown = list(lines[finding.line - 1 : last])
    margin = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    gutter = len(str(last))
    result: list[str] = []
    for number, line in enumerate(shown, finding.line):
        start = finding.column - 1 if number == finding.line else len(line) - len(line.lstrip())
        stop = finding.end_column - 1 if number == finding.end_line else len(line.rstrip())
        text, underline = _underlined(line[margin:], max(start - margin, 0), stop - margin, look.width - gutter - 5)
        result.append(f"  {look.paint(str(number).rjust(gutter) + ' |', 'blue')} {text}".rstrip())
        if underline.strip():
            result.append(f"  {' ' * gutter} {look.paint('|', 'blue')} {look.paint(underline, 'red', bold=True)}")
    if finding.end_line > last:
        result.append(f"  {' ' * gutter} {look.paint('|', 'blue')} ... to line {finding.end_line}")
    return result


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
    if columns("".join(pieces[: min(stop, start + width // 2)])) <= width - 8:
        return 0
    return max(0, start - 12)
