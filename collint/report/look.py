"""What a format may know about where it is shown: width, colour, and how to see a line of a file. No output here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from collint.record import Record

MIN_WIDTH, MAX_WIDTH = 80, 100


def no_lines(path: str) -> Sequence[str]:
    """A file whose lines cannot be shown."""
    return ()


class Look(Record, frozen=True):
    """How a report is seen; ``lines`` gives the lines of a reported file, none when it is out of reach.

    ``prefix`` leads from the top of the repository to the analysed root (``tools/trainer/``): sites that show findings
    beside the code know paths from the top only.
    """

    lines: Callable[[str], Sequence[str]] = no_lines
    width: int = MAX_WIDTH
    colour: bool = False
    prefix: str = ""

    def paint(self, text: str, style: str) -> str:
        """``text`` in a style such as ``bold red``, if this look has colours."""
        if not self.colour:
            return text
        from collint.report.paint import styled

        return styled(text, style)

    def code(self, line: str) -> str:
        """``line``, which is Python, with its words coloured, if this look has colours."""
        if not self.colour:
            return line
        from collint.report.paint import highlighted

        return highlighted(line)


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """NO_COLOR forbids and FORCE_COLOR demands colours (each when not empty); otherwise a terminal has them."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def clamp_width(columns: int) -> int:
    """A width that is comfortable to read."""
    return max(MIN_WIDTH, min(MAX_WIDTH, columns))


def visible(text: str) -> str:
    """``text`` with characters that act on a terminal or reorder a line written as escapes; tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(visible_character(character) for character in text)


def visible_character(character: str) -> str:
    """One character as :func:`visible` writes it."""
    if character == "\t":
        return "    "
    # Controls, formats (among them the marks that reverse a line), lone surrogates, line and paragraph separators.
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def columns(text: str) -> int:
    """How many terminal columns visible ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
