"""Files are replaced whole or not at all; the summary on stderr adds up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collint.findings import NotAnalysed, Run
from collint.record import replace
from collint.report import output, summary
from collint.source import Problem
from tests.report.samples import RUN


def test_a_report_replaces_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")
    with output.replacing(tmp_path / "report") as stream:
        stream.write("new")
        assert (tmp_path / "report").read_text() == "old"
    assert (tmp_path / "report").read_text() == "new"
    assert os.listdir(tmp_path) == ["report"]


def test_a_failure_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")
    with pytest.raises(ZeroDivisionError), output.replacing(tmp_path / "report") as stream:
        stream.write("half")
        raise ZeroDivisionError
    assert (tmp_path / "report").read_text() == "old"
    assert os.listdir(tmp_path) == ["report"]


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    with output.replacing(tmp_path / "link") as stream:
        stream.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


def test_a_new_report_has_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with output.replacing(tmp_path / "report"):
        pass
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_devices_are_written_to_not_replaced() -> None:
    with output.replacing(Path(os.devnull)) as stream:
        stream.write("gone")
    assert not Path(os.devnull).is_file()


def test_what_cannot_be_written_is_refused_before_the_analysis(tmp_path: Path) -> None:
    assert output.refusal(tmp_path / "report") == ""
    assert output.refusal(tmp_path) == "is a directory"
    assert "does not exist" in output.refusal(tmp_path / "gone/report")


def test_the_summary_counts_findings_and_what_was_left_out() -> None:
    told = summary.lines(RUN, [Problem("x.py", "does not parse\x1b")])
    assert told == [
        "x.py: does not parse\\x1b",
        "a.py:1: a is not analysed in full: does not parse",
        "b.py:3: f is not analysed in full: unresolved call",
        "2 findings in 1 file: 1 high, 1 medium confidence (3 files analysed).",
    ]


def test_many_places_that_were_left_out_are_counted_by_reason() -> None:
    places = tuple(NotAnalysed("a.py", line, "f", "unresolved call") for line in range(4))
    told = summary.lines(replace(RUN, not_analysed=(*places, *RUN.not_analysed)), [])
    assert told[0] == ("Not analysed: 6 places (5 unresolved call, 1 does not parse); --output-format json lists them.")


def test_a_clean_run_says_so() -> None:
    assert summary.lines(Run((), stats={"files": 1}), []) == ["No findings (1 file analysed)."]


def test_statistics_count_by_rule() -> None:
    assert "2  COL102 divergent-exit" in summary.lines(RUN, [], statistics=True)
