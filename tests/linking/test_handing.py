"""What files say of values is found by name, and taken from an earlier run where the text is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.building import link
from collint.cache import open_cache
from collint.checks.context import Context
from collint.config import Settings
from collint.linking import handing
from collint.sources import on_disk
from tests.project.support import indexed

TEXT = """
from contextlib import closing

class Pool:
    def __init__(self, lock):
        self.lock = make_lock()

    @property
    def size(self):
        return len(self.items)

def run(pool: Pool, guard):
    with pool.lock, guard:
        pool.map(step, [closing])
    return pool.size

def step(x):
    return x
"""


def linked(folder: Path, text: str) -> Context:
    """A program of one file, linked with a cache."""
    (folder / "job.py").write_text(text, encoding="utf-8")
    cache = open_cache(folder, folder / "cache")
    sources = on_disk(folder, (folder / "job.py",), Settings(), whole=True)
    context = link(sources, Settings(), cache=cache)[0]
    handing.handing(context.program)
    cache.save()
    return context


def test_what_a_file_says() -> None:
    said = handing.said_by(indexed(TEXT), frozenset())
    assert ("()", "make_lock", ".", "lock") in said.leads
    assert ("()", "Pool", ":run", "pool") not in said.leads  # nobody calls it, nor does it go anywhere
    assert dict(said.mentions)["run"] == ("closing", "size", "step")
    assert said.managers == (("run", 0, "lock"), ("run", 1, ""))
    assert dict(said.reads)["run"].split() == ["lock", "size"]


def test_it_is_found_by_name(tmp_path: Path) -> None:
    found = handing.handing(linked(tmp_path, TEXT).program)
    assert found.leads["()", "make_lock"] == ((".", "lock"),)
    assert found.mentions == {"size": ["job:run"], "step": ["job:run"]}  # of functions of the program and of events
    assert found.managers == {"lock": [("job:run", 0)], "": [("job:run", 1)]}
    assert found.reads == {"size": ["job:run"]}  # of properties


def test_what_an_earlier_run_kept_is_taken_where_the_text_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = handing.handing(linked(tmp_path, TEXT).program)
    asked: list[str] = []
    said_by = handing.said_by
    monkeypatch.setattr(handing, "said_by", lambda facts, passing: asked.append(facts.name) or said_by(facts, passing))
    assert handing.handing(linked(tmp_path, TEXT).program) == first
    assert asked == []
    changed = handing.handing(linked(tmp_path, TEXT.replace("make_lock", "make_key")).program)
    assert asked == ["job"] and ("()", "make_key") in changed.leads


def test_what_is_damaged_is_found_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = handing.handing(linked(tmp_path, TEXT).program)
    monkeypatch.setattr(handing, "written", lambda _: b"\xff")
    linked(tmp_path, f"{TEXT}\nlast = 1\n")
    assert handing.handing(linked(tmp_path, f"{TEXT}\nlast = 1\n").program).mentions == first.mentions


def test_nothing_is_kept_without_a_cache(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(TEXT, encoding="utf-8")
    program = pipeline.build(tmp_path, (tmp_path,), Settings())[0].program
    assert handing.handing(program).reads == {"size": ["job:run"]}
