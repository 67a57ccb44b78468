"""Mistakes are planted where all ranks are meant to meet, the same ones from the same seed, and they still parse."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.mutations.operators import OPERATORS
from benchmarks.mutations.planting import Mutant, copies, mutants, plan
from benchmarks.mutations.spots import spots
from benchmarks.scoring import of_mutations
from collint.config import Settings
from collint.pipeline import analyse
from collint.scope import Scope

STEP = """
import torch
import torch.distributed as dist


def reduced(loss, group):
    dist.all_reduce(loss, group=group)
    return loss


class Trainer:
    def __init__(self, group):
        self.group = group

    def step(self, batch, losses):
        loss = self.model(batch)
        dist.all_reduce(
            loss, group=self.group
        )
        for part in losses:
            dist.all_reduce(part)
        return loss

    def gathered(self, values):
        dist.all_gather_object(values, self.rank)
        dist.barrier()

    def mean(self, loss):
        total = reduced(loss, self.group)
        return total / 2

    def save(self, state):
        if dist.get_rank() == 0:
            dist.barrier()
        return state and dist.barrier()
"""
TEXTS = {"train.py": STEP, "tests/test_train.py": STEP, "broken.py": "import torch.distributed as dist\nif:\n"}


def test_spots_are_calls_that_all_ranks_make() -> None:
    found = [(spot.function, spot.op, spot.group, spot.hops) for spot in spots(TEXTS)]
    assert found == [
        ("reduced", "all_reduce", "group", 0),
        ("Trainer.step", "all_reduce", "self.group", 0),
        ("Trainer.step", "all_reduce", "", 0),
        ("Trainer.gathered", "all_gather_object", "", 0),
        ("Trainer.gathered", "barrier", "", 0),
        ("Trainer.mean", "reduced", "", 1),
    ]


def test_the_same_seed_plants_the_same_mistakes() -> None:
    first, again, other = (mutants(TEXTS, seed, 3) for seed in (1, 1, 2))
    assert [(one.id, one.change) for one in first] == [(one.id, one.change) for one in again]
    assert {one.id for one in first} != {one.id for one in other}


def test_every_operator_finds_a_place_in_a_small_program() -> None:
    assert {mutant.operator for mutant in mutants(TEXTS, 1, 9)} == set(OPERATORS)


def test_a_copy_has_one_mistake_per_function_and_still_parses() -> None:
    every = mutants(TEXTS, 1, 9)
    made = list(copies(TEXTS, every))
    assert sorted(one.mutant.id for copy in made for one in copy.planted) == sorted(one.id for one in every)
    for copy in made:
        homes = [one.mutant.spot.function for one in copy.planted]
        assert len(homes) == len(set(homes))
        ast.parse(copy.texts["train.py"])


def test_lines_of_a_mistake_are_where_it_stands_in_the_copy() -> None:
    for copy in copies(TEXTS, mutants(TEXTS, 1, 9)):
        for one in copy.planted:
            lines = copy.texts[one.mutant.spot.path].splitlines()
            assert tuple(lines[one.first - 1 : one.last]) == one.mutant.change.lines


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("swallow an error", "        try:\n            with open("),
        ("local loop bound", "[dist.get_rank():]"),
        ("iterate over a set", "in set(losses):"),
    ],
)
def test_what_operators_write(operator: str, text: str) -> None:
    written = ["\n".join(one.change.lines) for one in of(operator)]
    assert any(text in one for one in written), written


def of(operator: str) -> list[Mutant]:
    planned = [plan(spot, operator, STEP, 1) for spot in spots(TEXTS)]
    return [mutant for mutant in planned if mutant is not None]


def test_planted_mistakes_are_new_findings_at_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.py").write_text(STEP)
    monkeypatch.setattr(of_mutations, "pinned_tree", lambda *_: tmp_path)
    result = of_mutations.measured("collint", ("lib", "1.0"), tmp_path / "cache", each=2)
    found = {item.subject: max(i.level for i in result.items if i.subject == item.subject) for item in result.items}
    assert (found["guard by rank"], found["leave before"], found["swallow an error"]) == (3, 3, 3)


def test_texts_stand_in_for_files_on_disk(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(STEP)
    copy = next(copies(TEXTS, of("guard by rank")))
    settings = Settings(select=("ALL",), min_confidence="low")
    before, _ = analyse(tmp_path, (tmp_path,), settings)
    after, _ = analyse(tmp_path, (tmp_path,), settings, Scope(texts=copy.texts))
    assert len(after.findings) > len(before.findings)
    assert (tmp_path / "train.py").read_text() == STEP
