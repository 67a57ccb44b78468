"""Tell text that would overflow the stack of libcst's native parser, which ends the process without a word.

One pass of a regular expression that knows strings, comments and brackets. Whether the text is Python is not asked.
"""

from __future__ import annotations

import re

DEEPEST_BRACKETS = 200
"""CPython's own limit; the parser overflows some way above it."""

LONGEST_CHAIN = 1000
"""Links of ``a and b and ...`` or ``a.b.c ...``, each a recursion: 10,000 overflow a stack of 8 MB."""

_TOKEN = re.compile(
    r"""
      (?P<passed> \#[^\n]* | \\\n
        | \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3} | \"(?:\\.|[^\"\\\n])*\" | '(?:\\.|[^'\\\n])*' )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<link> \b(?:and|or|not|else|lambda|await)\b | [-.+*/%@&|^~] )
    | (?P<end> [,;\n] )
    """,
    re.VERBOSE | re.DOTALL,
)
_LINK_STARTS = (".", " and ", " or ", " not ", " else ", "lambda", "await", *"-+*/%@&|^~")


def overflows(text: str) -> bool:
    """Whether brackets or chains in ``text`` nest too deeply to be parsed; a bound, not a grammar."""
    brackets = sum(map(text.count, "([{"))
    if brackets <= DEEPEST_BRACKETS and sum(map(text.count, _LINK_STARTS)) <= LONGEST_CHAIN:
        return False
    links = [0]  # one count for each open bracket; a comma begins a new chain in it
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            links.append(0)
        elif kind == "close" and len(links) > 1:
            links.pop()
        elif kind == "link":
            links[-1] += 1
        elif kind == "end" and (len(links) == 1 or match.group() != "\n"):
            links[-1] = 0
        if len(links) > DEEPEST_BRACKETS or links[-1] > LONGEST_CHAIN:
            return True
    return False
