"""The matcher of the ground-truth benchmark, on made-up rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ground_truth import confirmed, judge, main, parse_row, report, same_file, same_function


def row(must_report: bool = True, note: str = "[tier A] why", **changes: Any) -> dict[str, Any]:
    return {
        "id": "X-1",
        "file": "pkg/step.py",
        "function": "Runner.step",
        "lines": [10, 12],
        "collectives": [["all_reduce", "DP", "pkg/sync.py", 5], ["barrier", "DP", "pkg/sync.py", 9]],
        "must_report": must_report,
        "note": note,
        **changes,
    }


def finding(line: int = 11, confidence: str = "high", **changes: Any) -> dict[str, Any]:
    return {
        "rule": "COL102",
        "confidence": confidence,
        "path": "pkg/step.py",
        "line": line,
        "function": "Runner.step",
        "groups": ["dp"],
        "predicate": "n == 0",
        "collectives": [{"op": "all_reduce", "group": "dp", "path": "pkg/sync.py", "line": 5}],
        **changes,
    }


def is_hit(*findings: dict[str, Any], **changes: Any) -> bool:
    [verdict] = judge([parse_row(row(**changes))], findings)
    return bool(verdict.here)


@pytest.mark.parametrize(("line", "hit"), [(6, False), (7, True), (10, True), (12, True), (15, True), (16, False)])
def test_a_hit_may_be_three_lines_away(line: int, hit: bool) -> None:
    assert hit == is_hit(finding(line))


@pytest.mark.parametrize(("line", "alarm"), [(9, False), (10, True), (12, True), (13, False)])
def test_an_alarm_lies_within_the_lines(line: int, alarm: bool) -> None:
    assert alarm == is_hit(finding(line), must_report=False, note="[easy]")


def test_file_and_function_must_fit() -> None:
    assert not is_hit(finding(path="pkg/other_step.py"))
    assert not is_hit(finding(function="Runner.other"))
    assert is_hit(finding(path="unpacked/pkg/step.py", function="step"))
    assert is_hit(finding(function="step.Runner.step"))


def test_names_fit_at_their_borders_only() -> None:
    assert same_file("a/pkg/x.py", "pkg/x.py") and not same_file("a_pkg/x.py", "pkg/x.py")
    assert same_function("Outer.step", "step") and not same_function("Outer.first_step", "step")


def test_collectives_are_confirmed_by_file_and_line() -> None:
    assert confirmed(parse_row(row()), finding()) == 1
    assert confirmed(parse_row(row()), finding(collectives=[])) == 0


def test_the_most_certain_finding_comes_first() -> None:
    findings = [finding(10, "low"), finding(12, "high"), finding(11, "medium")]
    [verdict] = judge([parse_row(row())], findings)
    assert [one["confidence"] for one in verdict.here] == ["high", "medium", "low"]


def test_the_report_tells_hits_misses_alarms_and_totals() -> None:
    rows = [
        row(),
        row(id="X-2", lines=[90, 91]),
        row(id="X-3", must_report=False, note="[easy] equal on all ranks", lines=[11, 11]),
        row(id="X-4", must_report=False, note="[hard] compensated", lines=[50, 51]),
    ]
    findings = [finding(), finding(11, "low", rule="COL101")]
    lines = report(judge([parse_row(one) for one in rows], findings), findings)
    assert lines[1:5] == [
        "  HIT   X-1                [tier A]  pkg/step.py:10-12  Runner.step",
        "          COL102 high   line 11 [dp]  collectives 1 of 2  n == 0",
        "          COL101 low    line 11 [dp]  collectives 1 of 2  n == 0",
        "  miss  X-2                [tier A]  pkg/step.py:90-91  Runner.step",
    ]
    assert "          elsewhere in the function: COL102 line 11 high, COL101 line 11 low" in lines
    assert "  ALARM  X-3                [easy]  pkg/step.py:11-11  Runner.step" in lines
    assert "  tier A     1 of 2 hit, 1 of them shown by default" in lines
    assert "  easy       1 of 1 alarmed (1 high, 0 medium, 0 low)" in lines
    assert "  hard       0 of 1 alarmed (0 high, 0 medium, 0 low)" in lines
    assert lines[-1].split() == ["all", "1", "0", "1"]


def test_it_reads_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(row()) + "\n\n")
    (tmp_path / "findings.json").write_text(json.dumps({"findings": [finding()]}))
    options = ["--rows", str(tmp_path / "rows.jsonl"), "--findings", str(tmp_path / "findings.json")]
    assert main(options) == 0
    assert "HIT   X-1" in capsys.readouterr().out
    (tmp_path / "rows.jsonl").write_text("{}\n")
    assert main(options) == 2


def test_it_runs_collint_on_a_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(row()))
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/quiet.py").write_text("x = 1\n")
    assert main(["--rows", str(tmp_path / "rows.jsonl"), "--tree", str(tmp_path / "tree")]) == 0
    assert "0 of 1 hit" in capsys.readouterr().out
