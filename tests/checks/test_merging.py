"""A circumstance that decides all over a program is told near to where it is found out."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from collint.checks.merging import marked, told_nearby
from collint.pipeline import analyse_tree
from collint.record import replace

USERS = 5


def write(folder: Path, source: str) -> None:
    users = "".join(
        f"""
        def use_{number}(tensor):
            if has_cache():
                dist.all_reduce(tensor)
        """
        for number in range(USERS)
    )
    header = """
        import os

        import torch.distributed as dist
        """
    (folder / "program.py").write_text(textwrap.dedent(header + source) + textwrap.dedent(users), "utf-8")


def test_a_probe_is_told_of_by_the_functions_nearest_to_it(tmp_path: Path) -> None:
    write(tmp_path, "\n        def has_cache():\n            return os.path.exists('/tmp/cache')\n")
    found = [finding for finding in analyse_tree(tmp_path).findings if finding.rule == "COL101"]
    assert [finding.function for finding in found] == [f"use_{number}" for number in range(USERS)]
    assert [finding.confidence for finding in found].count("low") == USERS - 3
    far = [finding for finding in found if finding.confidence == "low"]
    assert all("nearer to it, at program.py:" in finding.message for finding in far)


def test_a_rank_is_told_of_everywhere(tmp_path: Path) -> None:
    write(tmp_path, "\n        def has_cache():\n            return dist.get_rank() == 0\n")
    found = [finding for finding in analyse_tree(tmp_path).findings if finding.rule == "COL101"]
    assert [finding.confidence for finding in found] == ["high"] * USERS


PROBE = """
import os

def has_cache():
    return os.path.exists("/tmp/cache")
"""
USER = """
import torch.distributed as dist

from probe import has_cache

def use(tensor):
    if has_cache():
        dist.all_reduce(tensor)
"""


@pytest.mark.parametrize(("steps", "confidence"), [(3, "medium"), (4, "low")])
def test_another_file_tells_of_a_probe_only_near_to_it(tmp_path: Path, steps: int, confidence: str) -> None:
    (tmp_path / "probe.py").write_text(PROBE, "utf-8")
    (tmp_path / "user.py").write_text(USER, "utf-8")
    (finding,) = (finding for finding in analyse_tree(tmp_path).findings if finding.rule == "COL101")
    source, call = finding.because
    far = replace(finding, because=(source, *[call] * (steps - 1)))
    (told,) = told_nearby([marked(far, {source})])
    assert told.confidence == confidence
    assert (f"{steps} steps away, at probe.py:5." in told.message) == (confidence == "low")
