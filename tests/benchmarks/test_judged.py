"""The count of judged findings, and the form of the verdicts that the repository keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.judged import main, read_verdicts

KEPT = sorted((Path(__file__).parents[2] / "benchmarks" / "judged").glob("*.jsonl"))


def finding(fingerprint: str, confidence: str = "medium", rule: str = "COL101") -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "confidence": confidence,
        "rule": rule,
        "path": "a.py",
        "line": 3,
        "function": "step",
    }


def verdict(fingerprint: str, word: str = "right") -> dict[str, Any]:
    return {**finding(fingerprint), "verdict": word, "reason": "the others wait"}


def write(path: Path, findings: list[dict[str, Any]], verdicts: list[dict[str, Any]]) -> list[str]:
    (path / "findings.json").write_text(json.dumps({"findings": findings}), "utf-8")
    (path / "verdicts.jsonl").write_text("".join(json.dumps(record) + "\n" for record in verdicts), "utf-8")
    return ["--findings", str(path / "findings.json"), "--verdicts", str(path / "verdicts.jsonl")]


def test_counts_what_is_shown_by_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = [finding("a"), finding("b", rule="COL103"), finding("c", confidence="low")]
    assert main(write(tmp_path, findings, [verdict("a"), verdict("b", "wrong")])) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("COL101") and out[0].endswith("100% right")
    assert out[1].startswith("COL103") and out[1].endswith("0% right")
    assert out[2] == "total       2 findings: 1 right, 1 wrong, 0 not judged; 50% right"


def test_low_confidence_is_counted_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = [finding("a"), finding("b", confidence="low"), finding("c", confidence="low")]
    assert main(write(tmp_path, findings, [verdict("a"), verdict("b", "wrong")])) == 0
    shown, _, low = capsys.readouterr().out.partition("of low confidence:\n")
    assert "total       1 findings: 1 right, 0 wrong, 0 not judged; 100% right" in shown
    assert "total       2 findings: 0 right, 1 wrong, 1 not judged; 0% right" in low


def test_lists_what_nobody_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(write(tmp_path, [finding("a"), finding("b")], [verdict("a")])) == 1
    assert "not judged: a.py:3 COL101 b" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"verdict": "maybe"}, "maybe"), ({"reason": " "}, "needs a reason")],
)
def test_a_bad_verdict_is_named_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str], complaint: str
) -> None:
    assert main(write(tmp_path, [], [{**verdict("a"), **change}])) == 2
    error = capsys.readouterr().err
    assert "verdicts.jsonl:1" in error and complaint in error


@pytest.mark.parametrize("file", KEPT, ids=[file.name for file in KEPT])
def test_kept_verdicts_can_be_read(file: Path) -> None:
    assert read_verdicts(file)
