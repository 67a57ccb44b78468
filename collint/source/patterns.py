"""Patterns in ``.gitignore`` syntax, as settings write them, against relative paths. Touches no file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def matches(patterns: Sequence[str], path: str) -> bool:
    """Whether one of ``patterns`` names ``path`` (relative, forward slashes) or a folder that it lies in."""
    return bool(patterns) and compiled(tuple(patterns)).match_file(path)


def refusal(pattern: str) -> str:
    """Why ``pattern`` is none, in a few words; empty when it can be used."""
    try:
        compiled((pattern,))
    except ValueError as error:
        return str(error)
    return ""


@lru_cache(maxsize=64)
def compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """The patterns as one thing to ask. Raises ValueError for one that is none."""
    from pathspec import GitIgnoreSpec  # imported where there is a pattern: it takes some 50 ms

    return GitIgnoreSpec.from_lines(patterns)
