"""A baseline: what a project lives with for now is not reported, what is new or gone is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collint import cli
from tests.cli.projects import clean, hazard, places, write


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project with one known finding in ``a.py``."""
    (tmp_path / "pyproject.toml").write_text("")
    write(tmp_path, a=hazard())
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "--write-baseline", "known.json"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "1 finding written to known.json.\n")
    return tmp_path


def test_holds_what_identifies_a_finding_and_no_line(project: Path) -> None:
    document = json.loads((project / "known.json").read_text())
    [row] = document["findings"]
    assert document["baseline"] == 1
    assert row.pop("fingerprint")
    assert row == {"count": 1, "path": "a.py", "rule": "COL101", "function": "save", "predicate": "rank == 0"}


def test_known_findings_are_not_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert places(capsys) == ["a.py:4 COL101"]
    assert places(capsys, "--baseline", "known.json") == []
    (project / "collint.toml").write_text('baseline = "known.json"\n')
    assert cli.main(["check"]) == 0
    assert "known.json: 1 known finding not reported." in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"a": "# a comment\n\n\n" + "import os\n" + hazard().replace("\n    ", "\n")},
        {"a": hazard().replace("rank == 0", "(rank\n            == 0)")},
        {"a": "", "moved__b": hazard()},
    ],
    ids=["lines move", "formatted anew", "renamed"],
)
def test_survives(project: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str]) -> None:
    write(project, **change)
    assert places(capsys, "--baseline", "known.json") == []


def test_a_second_finding_of_the_same_fingerprint_is_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, b=hazard())
    assert places(capsys, "--baseline", "known.json") == ["b.py:4 COL101"]


def test_a_second_test_of_the_same_condition_is_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, a=hazard() + "        print(rank)\n        if rank == 0:\n            dist.barrier()\n")
    assert places(capsys, "--baseline", "known.json") == ["a.py:7 COL101"]


def test_other_hazards_are_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, a=hazard(rank=1))
    assert places(capsys, "--baseline", "known.json") == ["a.py:4 COL101"]
    assert "a.py: COL101 in save (`rank == 0`)" in _stderr(capsys)


def test_what_is_gone_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, a=clean())
    err = _stderr(capsys)
    assert "known.json: 1 entry is expired" in err and "a.py: COL101 in save (`rank == 0`)" in err


@pytest.mark.parametrize("limit", [["--select", "COL102"], ["--min-confidence", "high"], ["b.py"]])
def test_what_is_not_looked_for_is_not_gone(
    project: Path, capsys: pytest.CaptureFixture[str], limit: list[str]
) -> None:
    write(project, b=clean("other"))
    assert "expired" not in _stderr(capsys, *limit)


def test_equal_findings_give_equal_bytes(project: Path) -> None:
    first = (project / "known.json").read_bytes()
    write(project, a="\n\n" + hazard())
    assert cli.main(["check", "--write-baseline", "known.json", "--baseline", "known.json"]) == 0
    assert (project / "known.json").read_bytes() == first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "known.json:1:2: is not valid JSON: expecting property name"),
        ("[]", "known.json: is no baseline"),
        ('{"findings": []}', "known.json: baseline: must be 1, not None"),
        ('{"baseline": 1, "findings": [3]}', "known.json: findings[0]: must be an object, not 3"),
        ('{"baseline": 1, "findings": [{"fingerprint": 1}]}', "known.json: findings[0].fingerprint: must be a string"),
    ],
)
def test_a_broken_one_stops_the_run_with_its_place(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (project / "known.json").write_text(text)
    assert cli.main(["check", "--baseline", "known.json"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err


def test_a_count_must_be_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((project / "known.json").read_text())
    document["findings"][0]["count"] = 0
    (project / "known.json").write_text(json.dumps(document))
    assert cli.main(["check", "--baseline", "known.json"]) == 2
    assert "findings[0].count: must be a whole number above 0, not 0" in capsys.readouterr().err


def test_a_missing_one_or_one_that_cannot_be_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--baseline", "gone.json"]) == 2
    assert "gone.json: cannot be read: no such file" in capsys.readouterr().err
    assert cli.main(["check", "--write-baseline", "gone/known.json"]) == 2
    assert "the folder gone does not exist" in capsys.readouterr().err


def _stderr(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    cli.main(["check", *arguments, "--baseline", "known.json"])
    return capsys.readouterr().err
