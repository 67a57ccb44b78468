"""Finds the comments that speak to collint (``# collint: ignore[COL101] reason``) and the lines they speak about.

Only real comments count, never text in strings. Which findings a comment silences is decided in
:mod:`collint.suppressions`, what a claim makes of a value in :mod:`collint.uniformity`.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from collint.record import Mutable, Record, field, replace
from collint.source.files import SourceFile

MARKER = "collint:"
IGNORE, IGNORE_FILE, UNIFORM = "ignore", "ignore-file", "uniform"

_PARTS = re.compile(r"\s+(?=#\s|#\s*collint:)")
"""Several comments can share a line: ``# noqa: E501  # collint: ...``. ``#12`` within a reason starts no new one."""

_DIRECTIVE = re.compile(
    r"#\s*collint:\s*(?P<kind>[A-Za-z][\w-]*)?\s*(?P<list>\[(?P<names>[^\]]*)\])?(?P<reason>.*)", re.S
)
_NEITHER_START_NOR_END = (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING)


class Directive(Record, frozen=True):
    """One comment for collint. ``names`` are rule codes or axes; it speaks about the lines ``first`` to ``last``.

    ``line`` and ``column`` (both from 1) tell where it stands, ``at_top`` whether no statement but a docstring comes
    before it. What it says may make no sense; that is for others to judge.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    path: str
    line: int
    column: int
    text: str
    first: int
    last: int
    at_top: bool = False

    def covers(self, line: int) -> bool:
        """Whether the statement that the comment belongs to has a part on ``line``."""
        return self.kind == IGNORE_FILE or self.first <= line <= self.last


def directives(file: SourceFile) -> tuple[Directive, ...]:
    """Every comment of ``file`` that begins with ``# collint:``, in order.

    A comment belongs to the whole statement (of a block, its header) that it stands in; on a line of its own, also to
    the statement directly below. Costs a search for the marker where there is none; a file that cannot be tokenised
    gives what stands before the mistake.
    """
    if MARKER not in file.text:
        return ()
    found: list[Directive] = []
    state = _Reader(file.path)
    try:
        for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
            found += state.read(token)
    except (tokenize.TokenError, SyntaxError):
        pass
    return tuple(sorted((*found, *state.rest()), key=lambda one: (one.line, one.column)))


class _Reader(Mutable):
    """Walks over tokens and gives comments away as soon as the lines they belong to are known."""

    path: str
    start: int | None = None
    waiting: list[Directive] = field(default_factory=list)
    last_comment: int = 0
    at_top: bool = True
    is_text: bool = False

    def read(self, token: tokenize.TokenInfo) -> Iterator[Directive]:
        row = token.start[0]
        if token.type == tokenize.COMMENT:
            self.last_comment = row
            self.waiting += _parsed(token, self.path, self.at_top and self.start is None)
        elif token.type == tokenize.NL:
            if self.start is None and row != self.last_comment:  # an empty line: comments above it belong to nothing
                yield from self.rest()
        elif token.type == tokenize.NEWLINE:
            first = row if self.start is None else self.start
            yield from (replace(one, first=min(one.line, first), last=row) for one in self.waiting)
            self.waiting, self.start = [], None
            self.at_top = self.at_top and self.is_text
        elif self.start is None and token.type not in _NEITHER_START_NOR_END:
            self.start, self.is_text = row, token.type == tokenize.STRING

    def rest(self) -> list[Directive]:
        """Comments that belong to no statement."""
        left, self.waiting = self.waiting, []
        return left


def _parsed(token: tokenize.TokenInfo, path: str, at_top: bool) -> Iterator[Directive]:
    row, column = token.start
    for part in _PARTS.split(token.string):
        match = _DIRECTIVE.fullmatch(part)
        if match is None:
            continue
        names = tuple(name for item in (match["names"] or "").split(",") if (name := item.strip()))
        place = column + token.string.index(part) + 1
        reason = match["reason"].strip().lstrip(":-–—").strip()
        yield Directive(match["kind"] or "", names, reason, path, row, place, part.strip(), row, row, at_top)
