"""Each engine with one idea left out errs where that idea is needed, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ablations import ENGINES
from benchmarks.scoring import naive
from collint.config import Settings
from collint.pipeline import analyse, analyse_tree

HEAD = "import torch.distributed as dist\n\n\n"
RANK_BRANCH = "def f(t):\n    if dist.get_rank() == 0:\n        dist.all_reduce(t)\n"
PROGRAMS = {
    "no agreement": "def f(t):\n    n = t + dist.get_rank()\n    dist.all_reduce(n)\n"
    "    if n.item() > 3:\n        dist.barrier()\n",
    "no rank classes": f"{RANK_BRANCH}    else:\n        dist.all_reduce(t)\n",
}


def lines(folder: Path, text: str, engine: str) -> list[int]:
    (folder / "m.py").write_text(HEAD + text)
    settings = Settings(select=("COL101", "COL102", "COL103"), min_confidence="low")
    run, _ = analyse(folder, (folder,), settings, engine=ENGINES[engine])
    return [finding.line for finding in run.findings]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_the_plainest_mistake(engine: str, tmp_path: Path) -> None:
    assert lines(tmp_path, RANK_BRANCH, engine) == [5]


@pytest.mark.parametrize("engine", PROGRAMS)
def test_without_an_idea_its_programs_are_alarmed(engine: str, tmp_path: Path) -> None:
    assert lines(tmp_path, PROGRAMS[engine], "collint") == []
    assert lines(tmp_path, PROGRAMS[engine], engine)


def test_without_summaries_a_collective_behind_a_call_is_missed(tmp_path: Path) -> None:
    text = "def f(t):\n    if dist.get_rank() == 0:\n        g(t)\n\n\ndef g(t):\n    dist.all_reduce(t)\n"
    assert lines(tmp_path, text, "collint") == [5]
    assert lines(tmp_path, text, "no summaries") == []


def test_without_axes_a_value_of_one_axis_counts_for_every_group(tmp_path: Path) -> None:
    text = (
        "from vllm.distributed.parallel_state import get_dp_group, get_tp_group\n\n\n"
        "def f(x):\n    if get_dp_group().rank_in_group == 0:\n        get_tp_group().all_reduce(x)\n"
    )
    assert lines(tmp_path, text, "collint") == []
    assert lines(tmp_path, text, "no axes") == [8]


def test_the_whole_engine_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(HEAD + RANK_BRANCH)
    settings = Settings(select=("ALL",), min_confidence="low")
    assert analyse_tree(tmp_path) == analyse(tmp_path, (tmp_path,), settings, engine=ENGINES["collint"])[0]


def test_the_naive_check_sees_ranks_in_conditions_and_collectives_below() -> None:
    text = HEAD + RANK_BRANCH + "    if local_rank:\n        print(t)\n    if t.sum() > 0:\n        dist.barrier()\n"
    assert [(finding["rule"], finding["line"], finding["function"]) for finding in naive.findings({"m.py": text})] == [
        ("COL101", 5, "f")
    ]
    assert naive.findings({"m.py": "if rank:"}) == []
