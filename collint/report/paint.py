"""Colours for a person at a terminal, by rich and pygments, which are imported only when somebody looks.

What is coloured is decided by the formats. The terminal's own sixteen colours are used, so that its light or dark theme
keeps them readable.
"""

from __future__ import annotations

from functools import lru_cache

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from rich.color import ColorSystem
from rich.style import Style
from rich.syntax import ANSISyntaxTheme

_THEME = ANSISyntaxTheme(
    {
        Comment: Style.parse("bright_black"),
        Keyword: Style.parse("magenta"),
        Operator.Word: Style.parse("magenta"),
        Name.Builtin: Style.parse("cyan"),
        Number: Style.parse("cyan"),
        String: Style.parse("green"),
    }
)
_LEXER = PythonLexer(stripnl=False, ensurenl=False)


def styled(text: str, style: str) -> str:
    """``text`` in a style of rich, such as ``bold red``. It holds no control characters, and only colours are added."""
    return _rendered(text, _parsed(style))


def highlighted(line: str) -> str:
    """A line of Python, its words coloured; of the same kind as in :func:`styled`."""
    return "".join(_rendered(word, _THEME.get_style_for_token(kind)) for kind, word in _LEXER.get_tokens(line))


def _rendered(text: str, style: Style) -> str:
    return style.render(text, color_system=ColorSystem.STANDARD) if text.strip() else text


@lru_cache(maxsize=64)
def _parsed(style: str) -> Style:
    return Style.parse(style)
