"""Who calls a function whose name is too common for every call of that name to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.config import Settings
from collint.linking import callers

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
    monkeypatch.setattr(callers, "MAX_SITES", 0)
    (tmp_path / "job.py").write_text(SOURCE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert context.reaching == {"job:Base.__init__", "job:Sub.__init__", "job:Sub.step", "job:Base.run"}
