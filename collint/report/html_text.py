"""Source lines and words as HTML in which nothing of a program is markup. No finding is known here.

Pygments colours the lines, one at a time: excerpts begin anywhere, in the middle of a string too.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import STANDARD_TYPES

from collint.record import Record
from collint.report.look import visible, visible_character

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_COLOURED = frozenset("kbnosmc")
"""First letters of the classes that the style sheet knows: keywords, names, operators, strings, numbers, comments."""


class Line(Record, frozen=True):
    """A numbered line of source, and whether it is the one that is meant."""

    number: int
    code: Markup
    meant: bool


def worded(text: str) -> Markup:
    """``text`` on one line, with what it has in backticks as code."""
    pieces = " ".join(text.split()).split("`")
    if len(pieces) % 2 == 0:
        return escape(visible("`".join(pieces)))
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(visible(piece)) if number % 2 else escape(visible(piece)) for number, piece in enumerate(pieces)
    )


def excerpt(
    lines: Sequence[str], first: int, last: int, around: int, marked: tuple[int, int] | None = None
) -> tuple[Line, ...]:
    """Lines ``first`` to ``last`` with ``around`` lines of context; of a single line the columns ``marked`` stand out.

    Columns count from 0, the end exclusive. Lines beyond the file are left out.
    """
    start, stop = max(first - around, 1), min(last + around, len(lines))
    shown = [lines[number - 1] for number in range(start, stop + 1)]
    margin = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    return tuple(
        Line(number, _coloured(text[margin:], _range(marked, margin) if number == first == last else None), meant)
        for number, text in enumerate(shown, start)
        for meant in (first <= number <= last,)
    )


def _range(marked: tuple[int, int] | None, margin: int) -> tuple[int, int] | None:
    return None if marked is None else (max(marked[0] - margin, 0), max(marked[1] - margin, 0))


def _coloured(line: str, marked: tuple[int, int] | None) -> Markup:
    """``line`` with a span per coloured word; what is ``marked`` stands in one ``mark``, words at its ends are cut."""
    start, stop = marked or (0, 0)
    before = inside = after = Markup("")
    position = 0
    for kind, word in _LEXER.get_tokens(line):
        before += _word(kind, word[: max(start - position, 0)])
        inside += _word(kind, word[max(start - position, 0) : max(stop - position, 0)])
        after += _word(kind, word[max(stop - position, 0) :])
        position += len(word)
    return before + (Markup("<mark>{}</mark>").format(inside) if inside else "") + after


def _word(kind: object, word: str) -> Markup:
    text = "".join(map(visible_character, word))
    name = STANDARD_TYPES.get(kind, "")
    coloured = bool(text) and name[:1] in _COLOURED and name not in ("n", "o")
    return Markup('<i class="{}">{}</i>').format(name, text) if coloured else escape(text)
