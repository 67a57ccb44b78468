"""Patterns in ``.gitignore`` syntax, as settings write them, against relative paths. Touches no file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pathspec import GitIgnoreSpec


def matches(patterns: Sequence[str], path: str) -> bool:
    """Whether one of ``patterns`` names ``path`` (relative, forward slashes) or a folder that it lies in."""
    return _compiled(tuple(patterns)).match_file(path)


def refusal(pattern: str) -> str:
    """Why ``pattern`` is none, in a few words; empty when it can be used."""
    try:
        _compiled((pattern,))
    except ValueError as error:
        return str(error)
    return ""


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(patterns)
