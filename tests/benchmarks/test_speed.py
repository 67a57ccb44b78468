"""Times are measured, never asserted: here the machinery of the table, on a tree of two files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.speed import Row, Target, markdown, reach
from benchmarks.timing.measure import Failed, Spread, run, spread
from tests.cli.projects import clean, hazard, write


def row(case: str, wall: float, cpu: float = 1.0, memory: float = 1.0) -> Row:
    return Row(case, *(Spread(value, value, value) for value in (wall, cpu, memory)))


def test_a_target_is_a_ratio_a_difference_or_an_amount() -> None:
    rows = {each.case: each for each in (row("ours", 6, cpu=9), row("theirs", 4, cpu=3), row("start", 1))}
    assert reach(Target("ours", "wall", 1, "theirs"), rows) == 1.5
    assert reach(Target("ours", "cpu", 3, "theirs"), rows) == 3
    assert reach(Target("ours", "wall", 0.08, less="start"), rows) == 5
    assert reach(Target("ours", "memory", 600), rows) == 1
    assert reach(Target("ours", "wall", 1, "nobody's"), rows) is None


def test_the_table_says_what_was_met() -> None:
    text = markdown([row("ast.parse", 7, cpu=7), row("cold", 30, cpu=20, memory=700)])
    assert "| cold | 30.00 (30.00 to 30.00) | 20.00 (20.00 to 20.00) | 700 |" in text
    assert "| cold: cpu at most 3 times ast.parse | 2.86 times | met |" in text
    assert "| cold: memory at most 600 MB | 700.00 | missed |" in text
    assert "ruff" not in text


def test_the_middle_and_both_ends() -> None:
    assert spread([3, 1, 2, 9]) == Spread(2.5, 1, 9)


def test_a_command_that_fails_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="exited with 3: no luck"):
        run((sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"), tmp_path, {})


def test_cases_run_on_a_copy_of_the_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tmp_path / "tree"
    write(tree, leaf=hazard(), hub=clean())
    (tree / "collint.toml").write_text("")
    before = {file: file.read_text() for file in tree.iterdir()}
    names = ["ast.parse", "cold", "warm, nothing changed", "warm, a leaf changed", "three changed, cache restored"]
    only = [part for name in names for part in ("--only", name)]
    into = tmp_path / "speed.json"
    arguments = ["--tree", str(tree), "--leaf", "leaf.py", "--hub", "hub.py", "--rounds", "1", "--json", str(into)]
    assert speed.main([*arguments, *only]) == 0
    assert {file: file.read_text() for file in tree.iterdir()} == before
    assert [each["case"] for each in json.loads(into.read_text())] == names
    assert "| cold | " in capsys.readouterr().out


def test_a_tool_that_is_not_there_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "tree", leaf=clean())
    arguments = ["--tree", str(tmp_path / "tree"), "--leaf", "leaf.py", "--hub", "leaf.py", "--rounds", "1"]
    assert speed.main([*arguments, "--tools", str(tmp_path), "--only", "ruff"]) == 2
    assert capsys.readouterr().err.startswith("ruff: ")


def test_an_unknown_case_names_those_that_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speed.main(["--tree", str(tmp_path), "--leaf", "a", "--hub", "a", "--only", "lukewarm"]) == 2
    assert "warm, nothing changed" in capsys.readouterr().err
