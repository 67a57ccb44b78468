"""Times are measured, never asserted: here the machinery of the table, on a tree of two files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.timing.measure import Failed, Sample, Spread, family, held, run, spread
from benchmarks.timing.place import Place
from benchmarks.timing.table import Report, Target, markdown, reach
from tests.cli.projects import clean, hazard, write


def taken(wall: float, cpu: float = 1.0, memory: float = 1.0) -> list[Sample]:
    """The same in each of two rounds, the second twice as slow."""
    return [Sample(wall, cpu, memory), Sample(2 * wall, 2 * cpu, memory)]


def test_a_target_is_a_ratio_a_difference_or_an_amount() -> None:
    samples = {"ours": taken(6, cpu=9), "theirs": taken(4, cpu=3), "start": taken(1)}
    assert reach(Target("ours", "wall", 1, "theirs"), samples) == Spread(1.5, 1.5, 1.5)
    assert reach(Target("ours", "cpu", 3, "theirs"), samples) == Spread(3, 3, 3)
    assert reach(Target("ours", "wall", 0.08, less="start"), samples) == Spread(7.5, 5, 10)
    assert reach(Target("ours", "memory", 600), samples) == Spread(1, 1, 1)
    assert reach(Target("ours", "wall", 1, "nobody's"), samples) is None


def test_the_table_says_what_was_met() -> None:
    samples = {"ast.parse": taken(7, cpu=7), "collint cold": taken(30, cpu=20, memory=700)}
    text = markdown(Report(samples, {"ty": "absent: ty"}, {"python": "3.11.7"}, 0.5, 2))
    assert text.startswith("2 interleaved rounds, 2 cores, load 0.5 before. python 3.11.7.\n")
    assert "| collint cold | 45.00 (30.00 to 60.00) | 30.00 (20.00 to 40.00) | 700 |" in text
    assert "| collint cold: cpu at most 3 times ast.parse | 2.86 (2.86 to 2.86) times | met |" in text
    assert "| collint cold: memory at most 600 MB | 700.00 (700.00 to 700.00) | missed |" in text
    assert "ruff" not in text
    assert text.endswith("Not measured: ty (absent: ty).")


def test_the_middle_and_both_ends() -> None:
    assert spread([3, 1, 2, 9]) == Spread(2.5, 1, 9)


def test_a_command_that_fails_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="exited with 3: no luck"):
        run((sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"), tmp_path, {})


CHILDREN = """
import subprocess, sys
hold = "data = bytes(range(256)) * 200_000; import time; print(flush=True); time.sleep(30)"
some = [subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) for _ in range(2)]
for one in some: one.stdout.readline()
print(flush=True)
sys.stdin.readline()
for one in some: one.kill()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="nothing to look at on this system")
def test_memory_is_that_of_all_processes_together() -> None:
    command = [sys.executable, "-c", CHILDREN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        every = family(process.pid)
        together = sum(map(held, every))
        process.communicate(b"\n")
    assert len(every) == 3
    assert together > 2 * 50
    assert held(every[1]) == 0


def test_changes_are_new_each_time_and_put_right(tmp_path: Path) -> None:
    write(tmp_path / "tree", leaf=clean(), hub=clean(), other=hazard())
    place = Place(tmp_path / "tree", tmp_path / "scratch", tmp_path, "leaf.py", "hub.py")
    place.make()
    seen = set()
    for _ in range(3):
        place.put_right()
        place.change([place.leaf], place.tree)
        seen.add((place.tree / place.leaf).read_text())
    assert len(seen) == 3
    place.put_right()
    assert (place.tree / place.leaf).read_text() == (tmp_path / "tree" / "leaf.py").read_text()


def test_cases_run_on_a_copy_of_the_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tmp_path / "tree"
    write(tree, leaf=hazard(), hub=clean())
    (tree / "collint.toml").write_text("")
    before = {file: file.read_text() for file in tree.iterdir()}
    after = ["cold", "warm, nothing changed", "warm, a hub changed", "three changed in a fresh checkout"]
    names = ["ast.parse", *(f"collint {name}" for name in after)]
    only = [part for name in names for part in ("--only", name)]
    into = tmp_path / "speed.json"
    arguments = ["--tree", str(tree), "--leaf", "leaf.py", "--hub", "hub.py", "--rounds", "1", "--json", str(into)]
    assert speed.main([*arguments, *only]) == 0
    assert {file: file.read_text() for file in tree.iterdir()} == before
    told = json.loads(into.read_text())
    assert list(told["samples"]) == names
    assert list(told["targets"]) == [
        "collint cold: cpu at most 3 times ast.parse",
        "collint cold: memory at most 600 MB",
    ]
    assert "| collint cold | " in capsys.readouterr().out


def test_a_tool_that_is_not_there_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "tree", leaf=clean())
    arguments = ["--tree", str(tmp_path / "tree"), "--leaf", "leaf.py", "--hub", "leaf.py", "--rounds", "1"]
    assert speed.main([*arguments, "--tools", str(tmp_path), "--only", "ruff"]) == 2
    assert f"Not measured: ruff (absent: {tmp_path / 'ruff'})" in capsys.readouterr().out


def test_an_unknown_case_names_those_that_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, leaf=clean())
    assert speed.main(["--tree", str(tmp_path), "--leaf", "leaf.py", "--hub", "leaf.py", "--only", "lukewarm"]) == 2
    assert "warm, nothing changed" in capsys.readouterr().err
    assert speed.main(["--tree", str(tmp_path), "--leaf", "leaf.py", "--hub", "no.py"]) == 2
    assert capsys.readouterr().err == f"no such file in {tmp_path}: no.py\n"
