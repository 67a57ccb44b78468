"""Who calls a function whose name is too common for every call of that name to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.config import Settings
from collint.ir.expressions import Name
from collint.linking import callers
from collint.project import concordance

SOURCE = """
import torch.distributed as dist

class Base:
    def __init__(self):
        dist.barrier()

    def run(self):
        self.step()

    def step(self):
        pass

class Sub(Base):
    def __init__(self):
        super().__init__()

    def step(self):
        dist.all_reduce(self.value)

class Other:
    def __init__(self):
        self.inner = object()

    def run(self):
        self.step()

    def step(self):
        return 1
"""


def test_calls_on_the_own_object_are_followed_however_common_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concordance, "MOST_CALLS", 0)
    (tmp_path / "job.py").write_text(SOURCE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert context.reaching == {"job:Base.__init__", "job:Sub.__init__", "job:Sub.step", "job:Base.run"}


COMMON = """
class Store:
    def get(self, make):
        return make()

    def first(self):
        return self.get(int)

def get(make):
    return make()

def second():
    return get(float)
"""
ELSEWHERE = """
from store import get

def third():
    return get(str)
"""


@pytest.mark.parametrize(("most", "own", "plain"), [(600, ["int"], ["float", "str"]), (0, ["int"], ["float"])])
def test_of_calls_with_a_common_name_those_near_the_function_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, own: list[str], plain: list[str]
) -> None:
    monkeypatch.setattr(concordance, "MOST_CALLS", most)
    (tmp_path / "store.py").write_text(COMMON, encoding="utf-8")
    (tmp_path / "user.py").write_text(ELSEWHERE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())

    def handed(function_id: str) -> list[str]:
        given = callers.handed_by_name(context.program.project, function_id, "make")
        return [expression.id for _, _, expression in given if isinstance(expression, Name)]

    assert handed("store:Store.get") == own
    assert handed("store:get") == plain
