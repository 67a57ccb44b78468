"""The two things that a path can turn into: a file with its text, or a problem in one line. Values only."""

from __future__ import annotations

from collint.record import Record


class SourceFile(Record, frozen=True):
    """A decoded file. ``path`` is relative to the root with forward slashes; newlines in ``text`` are all ``\\n``."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines as Python counts them (form feeds and Unicode separators end no line), without newlines."""
        return self.text.split("\n")


class Problem(Record, frozen=True, order=True):
    """Why the file at ``path`` could not be read or parsed, in one line that does not repeat the path."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"
