"""Reads and writes the findings that a project has decided to live with for now, and tells known findings from new.

A finding is known by its fingerprint (rule, function, predicate in one spelling, mismatch), so that it stays known when
lines move, when its file is renamed and when it is formatted anew. Settings and comments are elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TextIO

from collint.checks.merging import joined, parts
from collint.findings import Finding
from collint.record import Mutable, Record, field

VERSION = 1
_TEXTS = ("fingerprint", "rule", "path", "function", "predicate")


class BaselineError(Exception):
    """A baseline that cannot be used; the text names the file, the place in it and what is wrong."""


class Entry(Record, frozen=True, order=True):
    """What a baseline holds of a finding: ``fingerprint`` decides, the rest is for people."""

    path: str
    rule: str
    function: str
    predicate: str
    fingerprint: str

    def __str__(self) -> str:
        where = f" in {self.function}" if self.function else ""
        return f"{self.path}: {self.rule}{where} (`{self.predicate}`)"


class Baseline(Mutable):
    """Known findings and how often each was there; what is met is counted off."""

    file: Path
    open: Counter[Entry] = field(default_factory=Counter)
    met: int = 0
    paths: Callable[[str], bool] = lambda _: True

    def may_have_moved(self, findings: Iterable[Finding]) -> bool:
        """Whether one of ``findings``, all there are in some files, may be known by an entry of another path.

        It is if nothing in the other path meets that entry, which takes all findings to tell.
        """
        left, unknown = Counter(self.open), []
        for part in (part for finding in findings for part in parts(finding)):
            if left[entry_of(part)] > 0:
                left[entry_of(part)] -= 1
            else:
                unknown.append(part.fingerprint)
        still = {entry.fingerprint for entry, count in left.items() if count > 0}
        return not still.isdisjoint(unknown)

    def new(self, findings: Iterable[Finding], paths: Callable[[str], bool] = lambda _: True) -> list[Finding]:
        """``findings`` without the known ones; what is met and what expires is counted for ``paths`` alone.

        Of findings that were joined for their common cause each counts for itself. An entry with the same path is met
        first, then one of another path: the file was renamed.
        """
        self.paths = paths
        every = list(findings)
        unknown: list[Finding] = []
        for part in (part for finding in every for part in parts(finding)):
            if not self._meet(entry_of(part), part):
                unknown.append(part)
        new = {id(part) for part in unknown if not self._meet_elsewhere(part)}
        kept = []
        for finding in every:
            left = [part for part in parts(finding) if id(part) in new]
            if left:
                kept.append(finding if len(left) == len(parts(finding)) else joined(left))
        return kept

    def expired(self, ran: Collection[str], failed: Collection[str] = ()) -> list[Entry]:
        """The entries that no finding met any more, once each: of the rules ``ran``, not of files that ``failed``."""
        left = [entry for entry, count in self.open.items() if count > 0 and self.paths(entry.path)]
        return sorted(entry for entry in left if entry.rule in ran and entry.path not in failed)

    def _meet(self, entry: Entry, part: Finding) -> bool:
        if self.open[entry] <= 0:
            return False
        self.open[entry] -= 1
        self.met += self.paths(part.path)
        return True

    def _meet_elsewhere(self, part: Finding) -> bool:
        same = part.fingerprint
        others = sorted(entry for entry, count in self.open.items() if count > 0 and entry.fingerprint == same)
        return bool(others) and self._meet(others[0], part)


def entry_of(finding: Finding) -> Entry:
    """The entry under which a finding is kept."""
    return Entry(finding.path, finding.rule, finding.function, finding.predicate, finding.fingerprint)


def read_baseline(file: Path) -> Baseline:
    """The baseline in ``file``. Raises :class:`BaselineError`."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except json.JSONDecodeError as error:
        raise BaselineError(f"{file}:{error.lineno}:{error.colno}: is not valid JSON: {error.msg.lower()}") from None
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: is not valid JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{file}: is no baseline: an object with a list of `findings` is expected")
    if document.get("baseline") != VERSION:
        raise BaselineError(f"{file}: baseline: must be {VERSION}, not {document.get('baseline')!r}")
    found: Counter[Entry] = Counter()
    for number, row in enumerate(document["findings"]):
        entry, count = _row(row, f"{file}: findings[{number}]")
        found[entry] += count
    return Baseline(file, found)


def write_baseline(findings: Iterable[Finding], stream: TextIO) -> int:
    """Writes ``findings`` as a baseline, sorted, the same bytes for the same findings; returns how many there are."""
    counts = Counter(entry_of(part) for finding in findings for part in parts(finding))
    rows = [{**{name: getattr(entry, name) for name in _TEXTS}, "count": counts[entry]} for entry in sorted(counts)]
    json.dump({"baseline": VERSION, "findings": rows}, stream, indent=1)
    stream.write("\n")
    return sum(counts.values())


def _row(row: Any, place: str) -> tuple[Entry, int]:
    if not isinstance(row, dict):
        raise BaselineError(f"{place}: must be an object, not {row!r}")
    for name in _TEXTS:
        if not isinstance(row.get(name), str):
            raise BaselineError(f"{place}.{name}: must be a string, not {row.get(name)!r}")
    count = row.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BaselineError(f"{place}.count: must be a whole number above 0, not {count!r}")
    return Entry(row["path"], row["rule"], row["function"], row["predicate"], row["fingerprint"]), count
