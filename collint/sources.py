"""The texts that a run is about. They come from disk, or from wherever else they stand: a revision, an editor's buffer.

What is made of them is :mod:`collint.building`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collint.config import Settings
from collint.source import Problem, SourceFile, discover, read

Progress = Callable[[str], None]


def silently(step: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a program by path, and those that could not be read."""

    files: Mapping[str, SourceFile]
    problems: Sequence[Problem] = field(default=())


def sources_of(files: Iterable[SourceFile | Problem]) -> Sources:
    """``files`` parted into those with a text and those without."""
    every = list(files)
    return Sources(
        {file.path: file for file in every if isinstance(file, SourceFile)},
        [file for file in every if isinstance(file, Problem)],
    )


def on_disk(root: Path, paths: Sequence[Path], settings: Settings, texts: Mapping[str, str] | None = None) -> Sources:
    """The files of the project at ``root``; those in ``texts`` have the text given there, on disk or not."""
    given = texts or {}
    names = discover(root, paths, settings.exclude, settings.force_exclude)
    return sources_of(SourceFile(name, given[name]) if name in given else read(root, name) for name in names)
