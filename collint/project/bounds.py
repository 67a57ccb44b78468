"""Tell text whose tree would overflow the stack of Python 3.10, which ends the process without a word.

Later Pythons count for themselves. One pass of a regular expression that knows strings, comments and brackets; whether
the text is Python is not asked.
"""

from __future__ import annotations

import re

LONGEST_CHAIN = 5000
"""Links of ``a + b + ...`` or ``a.b(c)[d] ...``, each a recursion: with a stack of 8 MB, Python 3.10.13 parses 50,000
links of either kind, and 100,000 of the second end it."""

_TOKEN = re.compile(
    r"""
      (?P<passed> \#[^\n]* | \\\n
        | \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3} | \"(?:\\.|[^\"\\\n])*\" | '(?:\\.|[^'\\\n])*' )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<link> [-.+*/%@&|^<>] )
    | (?P<end> [,;\n] )
    """,
    re.VERBOSE | re.DOTALL,
)
_LINKS = "([{.-+*/%@&|^<>"


def overflows(text: str) -> bool:
    """Whether a chain in ``text`` has too many links; a bound, not a grammar."""
    if sum(map(text.count, _LINKS)) <= LONGEST_CHAIN:
        return False
    links = [0]  # one count for each open bracket; a comma begins a new chain in it
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            links[-1] += 1
            links.append(0)
        elif kind == "close" and len(links) > 1:
            links.pop()
        elif kind == "link":
            links[-1] += 1
        elif kind == "end" and (len(links) == 1 or match.group() != "\n"):
            links[-1] = 0
        if links[-1] > LONGEST_CHAIN:
            return True
    return False
