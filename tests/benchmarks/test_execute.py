"""How programs are read and judged, without running any; ``test_executed.py`` runs them where torch is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.execute import Result
from benchmarks.executing.outcomes import (
    BROKEN,
    COMPLETES,
    ERROR,
    HANGS,
    LEFTOVER,
    WRONG_VALUE,
    Execution,
    RankEnd,
    disagreement,
)
from benchmarks.executing.programs import UNSAID, Program, programs
from benchmarks.executing.table import as_json, table

ENTRY = "def main(rank: int, world_size: int) -> None: ...\n"
BAD = Program("COL101/bad_one", Path(), "bad_one", 2, True, False, "")
GOOD = Program("COL101/good_one", Path(), "good_one", 2, True, False, "")
ENDED = RankEnd("ended")


def write(folder: Path, **texts: str) -> Path:
    (folder / "COL101").mkdir()
    for name, text in texts.items():
        (folder / "COL101" / f"{name}.py").write_text(text, "utf-8")
    return folder


def test_every_program_runs_or_says_why_not() -> None:
    assert [program.name for program in programs() if program.reason == UNSAID] == []
    executed = [program for program in programs() if not program.reason]
    safe = [program for program in executed if not program.hazard]
    assert len(executed) >= 150
    assert 2 * len(safe) >= 0.9 * len(executed)


def test_reads_what_the_comments_say(tmp_path: Path) -> None:
    write(
        tmp_path,
        bad_four=f"# ranks: 4\n# plain only: a crash\nimport torch\ntorch.distributed.init_process_group()\n{ENTRY}",
        good_two=ENTRY,
        good_no_word="import torch\n",
        good_not="# not executed: needs CUDA\n",
    )
    assert programs(tmp_path) == (
        Program("COL101/bad_four", tmp_path / "COL101", "bad_four", 4, True, True, ""),
        Program("COL101/good_no_word", tmp_path / "COL101", "", 2, False, False, UNSAID),
        Program("COL101/good_not", tmp_path / "COL101", "", 2, False, False, "needs CUDA"),
        Program("COL101/good_two", tmp_path / "COL101", "good_two", 2, False, False, ""),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [(f"# ranks: many\n{ENTRY}", "no number"), (f"# ranks: 9\n{ENTRY}", "no number from 2 to 4")],
)
def test_names_a_program_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"COL101/bad_one.*{said}"):
        programs(write(tmp_path, bad_one=text))


@pytest.mark.parametrize(
    ("outcome", "ranks"),
    [
        (COMPLETES, (ENDED, ENDED)),
        (HANGS, (RankEnd("waits"), RankEnd("raised", "ValueError", "no such file"))),
        (ERROR, (RankEnd("returned"), RankEnd("raised", "ValueError", "no such file"))),
        (ERROR, (RankEnd("gone"), RankEnd("returned"))),
        (WRONG_VALUE, (RankEnd("ended", value=1), RankEnd("ended", value=2))),
        (WRONG_VALUE, (RankEnd("ended", problems=("value 1, expected 2",)), ENDED)),
        (LEFTOVER, (RankEnd("ended", problems=("group 0: an operation was left over",)), ENDED)),
        (BROKEN, (RankEnd("busy"), RankEnd("waits"))),
        (BROKEN, (RankEnd("raised", "NameError", "name 'x' is not defined"), RankEnd("waits"))),
        (BROKEN, (RankEnd("raised", "AssertionError", "Torch not compiled with CUDA enabled"), RankEnd("waits"))),
    ],
)
def test_the_outcome_is_what_an_operator_would_see(outcome: str, ranks: tuple[RankEnd, ...]) -> None:
    assert Execution(ranks).outcome == outcome


def test_a_hazard_has_to_show_in_one_setting_and_a_safe_program_to_complete_in_all() -> None:
    clean, hang = Execution((ENDED, ENDED)), Execution((ENDED, RankEnd("waits")))
    broken = Execution((RankEnd("raised", "NameError"), ENDED))
    assert disagreement(BAD, [clean, hang]) == ""
    assert disagreement(GOOD, [clean, clean]) == ""
    assert disagreement(BAD, [clean, clean]) == "claims a hazard, and completes"
    assert disagreement(GOOD, [clean, hang]) == "claims to be safe, and shows: hangs"
    assert disagreement(BAD, [broken, hang]) == "the program itself is broken, or too slow"


def test_the_table_counts_by_rule() -> None:
    skipped = Program("COL102/bad_two", Path(), "", 2, False, False, "needs CUDA")
    hang = Execution((ENDED, RankEnd("waits")))
    results = [Result(BAD, {"plain": hang}), Result(GOOD, {"plain": hang})]
    assert table([BAD, GOOD, skipped], results).splitlines()[2:] == [
        "| COL101 | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 |",
        "| COL102 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |",
        "| all | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 1 |",
    ]
    written = as_json([BAD, skipped], results)
    assert written["programs"]["COL101/bad_one"]["outcomes"] == {"plain": HANGS}
    assert written["not_executed"] == {"needs CUDA": 1}
