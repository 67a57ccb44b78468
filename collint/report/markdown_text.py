"""Text as Markdown that shows it and nothing else: what looks like markup stays text. No finding is known here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from collint.report.look import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#&~!@$])")
_TICKS = re.compile(r"`+")
_BAR, _ESCAPED_BAR = re.compile(r"(?<!\\)\|"), r"\\|"


def words(text: str) -> str:
    """``text`` on one line; what it has in backticks stays code, everything else is escaped."""
    pieces = " ".join(text.split()).split("`")
    if len(pieces) % 2 == 0:  # an odd backtick opens nothing
        return escaped("`".join(pieces))
    return "".join(code(piece) if number % 2 else escaped(piece) for number, piece in enumerate(pieces))


def escaped(text: str) -> str:
    """``text`` outside code: a backslash before whatever could be markup. ``&`` too, so that no entity is read."""
    return _SPECIAL.sub(r"\\\1", visible(text)).replace("\\@", "@<!-- -->")


def code(text: str) -> str:
    """``text`` as a code span, whatever backticks it holds."""
    inner = visible(" ".join(text.split()))
    if not inner:
        return ""
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(inner)), default=0))
    space = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{ticks}{space}{inner}{space}{ticks}"


def fence(lines: Sequence[str], language: str = "") -> list[str]:
    """``lines`` as a block of code that no line of it can end."""
    shown = [visible(line) for line in lines]
    longest = max((len(run) for line in shown for run in _TICKS.findall(line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return [ticks + language, *shown, ticks]


def row(cells: Sequence[str]) -> str:
    """A row of a table; a bar in a cell, in code too, would begin another cell."""
    return f"| {' | '.join(_BAR.sub(_ESCAPED_BAR, cell) for cell in cells)} |"
