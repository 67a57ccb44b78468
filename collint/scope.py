"""Which of a project's findings are reported: those below PATHS, known to no baseline, touched by changes.

The whole project is read and linked all the same. What a finding is and whether settings want it, others decide.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from collint.baseline import Baseline
from collint.checks.merging import joined, led_by, parts
from collint.findings import Finding, Place
from collint.record import Record, field, replace
from collint.source import Changes
from collint.sources import Sources

Fingerprints = Callable[[Changes], Counter[str]]
"""The findings of a revision by their fingerprints: costs an analysis of its own, so it is asked for when needed."""


class Scope(Record, frozen=True):
    """What limits a report besides settings.

    ``touching`` widens PATHS to findings that have a step of their proof there; ``revision``, a commit, narrows the
    report to what changed since; ``texts`` stand in for files on disk, by path relative to the root.
    """

    touching: bool = False
    known: Baseline | None = None
    revision: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether what is reported of a file can be told without looking for findings in the others."""
        return not self.touching and not self.revision


class Asked:
    """The paths that a report is limited to, and what lies below them. One run's: it remembers where folders lead."""

    def __init__(self, root: Path, paths: Iterable[Path]) -> None:
        self._root = str(root)
        self._files = frozenset(str(path.resolve()) for path in paths)
        self._folders = tuple(os.path.join(path, "") for path in self._files)
        self._starts = {"": os.path.join(os.path.realpath(root), "")}

    def hold(self, file: str) -> bool:
        """Whether a file of the project lies below one of the paths."""
        place = os.path.join(self._root, file)
        return self._has(os.path.realpath(place) if os.path.islink(place) else self._unless_link(file))

    def among(self, sources: Sources) -> frozenset[str]:
        """Those of a program's files that lie below one of the paths."""
        linked = frozenset(filter(sources.may_lead_elsewhere, sources.files))
        below = (file for file in sources.files if file not in linked and self._has(self._unless_link(file)))
        return frozenset((*below, *filter(self.hold, linked)))

    def _has(self, place: str) -> bool:
        return place in self._files or place.startswith(self._folders)

    def _unless_link(self, file: str) -> str:
        """Where a file stands that is no link itself."""
        folder, _, name = file.rpartition("/")
        return self._start(folder) + name

    def _start(self, folder: str) -> str:
        """Where a folder leads. Thousands of files stand in hundreds of folders, and these in each other."""
        found = self._starts.get(folder)
        if found is None:
            around, _, name = folder.rpartition("/")
            place = self._start(around) + name
            leads = os.path.realpath(place) if name == os.pardir or os.path.islink(place) else place
            found = self._starts[folder] = os.path.join(leads, "")
        return found


def below(finding: Finding, asked: Asked, touching: bool) -> bool:
    """Whether a finding, or with ``touching`` a place of its proof, lies below one of the paths asked about."""
    files = {finding.path, *(place.path for place in proof(finding))} if touching else {finding.path}
    return any(map(asked.hold, files))


def proof(finding: Finding) -> Iterator[Place]:
    """Every place that a finding shows but its own: the condition's source first, then the events of its classes."""
    yield from (Place(step.path, step.line) for step in reversed(finding.because))
    yield from (Place(event.path, event.line) for side in finding.classes for event in reversed(side.sequence))


def changed(
    findings: Iterable[Finding], changes: Changes, before: Fingerprints, line: Callable[[Place], str]
) -> list[Finding]:
    """The findings that ``changes`` touch or bring about, each placed inside the change where it can be.

    Touched is a finding with its condition or call, a step of its proof or one of its collectives on a changed line.
    Brought about is one that the revision did not have, whatever changed for it: a removed line touches nothing that is
    left. ``line`` gives the text at a place.
    """
    kept: list[Finding] = []
    other: list[Finding] = []
    for finding in findings:
        led = _led_inside(finding, changes)
        placed = led if led is not None else _moved_inside(finding, changes, line)
        if placed is not None:
            kept.append(placed)
        else:
            other.append(finding)
    if other and changes.lines:
        known = before(changes)
        for finding in other:
            new = []
            for part in parts(finding):
                if known[part.fingerprint] > 0:
                    known[part.fingerprint] -= 1
                else:
                    new.append(part)
            if new:
                kept.append(finding if len(new) == len(parts(finding)) else joined(new))
    return kept


def _led_inside(finding: Finding, changes: Changes) -> Finding | None:
    """The finding under the one of its conditions that stands on a changed line."""
    inside = [part for part in parts(finding) if changes.touch(part.path, part.line, part.end_line)]
    if not inside:
        return None
    if any(part.line == finding.line and part.column == finding.column for part in inside):
        return finding
    return led_by(inside[0], parts(finding))


def _moved_inside(finding: Finding, changes: Changes, line: Callable[[Place], str]) -> Finding | None:
    """The finding at another of its places; the condition is told in a note."""
    places = [
        place
        for part in parts(finding)
        for place in (*proof(part), *(Place(event.path, event.line) for event in part.collectives))
    ]
    touched = next((place for place in places if changes.touch(place.path, place.line, place.line)), None)
    if touched is None:
        return None
    text = line(touched)
    note = f"The condition stands at {finding.path}:{finding.line}; this change is part of what it decides about."
    return replace(
        finding,
        path=touched.path,
        line=touched.line,
        column=len(text) - len(text.lstrip()) + 1,
        end_line=touched.line,
        end_column=max(len(text.rstrip()), 1) + 1,
        message=f"{finding.message} {note}",
        notes=(*finding.notes, note),
        joined=(),
    )
