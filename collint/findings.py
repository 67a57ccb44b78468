"""What collint says: a finding, its proof, and what was left out. Values only; no check, no format lives here."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from collint.record import Record, field

CONFIDENCES = ("low", "medium", "high")
_NAMES_RANKS = re.compile(r"(?:a|one|this|every|another) rank\b|another$|its peer|rank \d|ranks |all ranks|the other")
SEVERITIES = ("note", "warning", "error")
_LINE = re.compile(r"[:@]\d+\b")


class Place(Record, frozen=True, order=True):
    """A line of a file; ``path`` is relative, with forward slashes."""

    path: str
    line: int


class Because(Record, frozen=True):
    """One step from the source of variation to the predicate, source first."""

    path: str
    line: int
    text: str


class Event(Record, frozen=True):
    """One element of a sequence as a person reads it; ``via`` is the call chain, outermost function first."""

    op: str
    group: str
    path: str
    line: int
    via: tuple[str, ...] = ()


class RankClass(Record, frozen=True):
    """What the ranks of one side do: ``when``, the ``sequence`` up to the mismatch, and what happens ``then``."""

    when: str
    sequence: tuple[Event, ...]
    then: str

    @property
    def who(self) -> str:
        """The ranks in words: those ``where`` a condition holds, unless ``when`` names ranks itself."""
        if not self.when:
            return "all ranks"
        return self.when if _NAMES_RANKS.match(self.when) else f"ranks where {self.when}"


class Finding(Record, frozen=True):
    """One hazard with its proof. Positions count lines from 1 and columns from 1, the end exclusive.

    ``canonical`` is the whole predicate in one spelling, where ``predicate`` may be an excerpt of the source.
    ``joined`` are the findings of one cause that were made into this one, each as it was alone; what concerns one of
    their places (a comment, a change) can then be told from what concerns all. ``is_shared`` says that its source is a
    circumstance which may decide in many other functions too. None of these is shown.
    """

    rule: str
    name: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str
    groups: tuple[str, ...]
    varies_over: tuple[str, ...]
    predicate: str
    message: str
    because: tuple[Because, ...]
    classes: tuple[RankClass, ...]
    collectives: tuple[Event, ...]
    help: str
    mismatch: str = ""
    notes: tuple[str, ...] = ()
    canonical: str = ""
    joined: tuple[Finding, ...] = ()
    is_shared: bool = False

    @property
    def fingerprint(self) -> str:
        """Identity across line moves: rule, qualified function, canonical predicate and mismatch, as 16 hex digits.

        White space and line numbers (of a lambda, of a group's creation) are no part of it.
        """
        named = (self.rule, self.function, self.canonical or self.predicate, self.mismatch)
        parts = "\x1f".join("".join(_LINE.sub("", part).split()) for part in named)
        return hashlib.sha256(parts.encode(errors="surrogatepass")).hexdigest()[:16]

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Order of report: file, place, rule, then the rest so that equal input gives equal bytes."""
        return (self.path, self.line, self.column, self.rule, self.groups, self.predicate, self.message)


class NotAnalysed(Record, frozen=True):
    """A file or function that was left out, and why, in one line."""

    path: str
    line: int
    what: str
    reason: str


class Suppressed(NamedTuple):
    """A finding that a comment in the source silences, and the reason that the comment gives."""

    finding: Finding
    reason: str


class PackUsed(Record, frozen=True):
    """A knowledge pack that the run used: its library, what it says of itself, its rows, and a digest of them."""

    library: str
    about: str
    rows: int
    digest: str


class Run(Record, frozen=True):
    """The outcome of one analysis: sorted findings, what was left out, and counts by name.

    ``suppressed`` findings are not among ``findings``; ``packs`` stand in the order in which they were loaded.
    """

    findings: tuple[Finding, ...]
    not_analysed: tuple[NotAnalysed, ...] = ()
    stats: dict[str, int] = field(default_factory=dict)
    suppressed: tuple[Suppressed, ...] = ()
    packs: tuple[PackUsed, ...] = ()
