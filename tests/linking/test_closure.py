"""Which functions the closure knows, and which of them may end a group."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.building import link
from collint.cache import open_cache
from collint.config import Settings
from collint.linking import closure
from collint.sources import on_disk

SOURCE = """
import torch.distributed as dist

def leave():
    dist.destroy_process_group()

def finish(x):
    reduce(x)
    leave()

def reduce(x):
    dist.all_reduce(x)

def guarded(work):
    try:
        work()
    finally:
        pass

def main(x):
    guarded(leave)

def step(x):
    reduce(x)
"""


def test_the_ends_of_groups_are_told_from_other_events(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(SOURCE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert {"job:finish", "job:guarded", "job:leave", "job:main"} == context.ending
    assert {"job:reduce", "job:step"} == context.reaching - context.ending


def test_an_end_is_known_from_the_closure_of_an_earlier_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ending(text: str) -> frozenset[str]:
        (tmp_path / "job.py").write_text(text, encoding="utf-8")
        cache = open_cache(tmp_path, tmp_path / "cache")
        sources = on_disk(tmp_path, (tmp_path / "job.py",), Settings(), whole=True)
        found = link(sources, Settings(), cache=cache)[0].ending
        cache.save()
        return found

    first = ending(SOURCE)
    monkeypatch.setattr(closure, "_found", lambda _: pytest.fail("found anew"))
    assert ending(f"{SOURCE}\nOTHER = 1\n") == first != frozenset()
