"""A circumstance that decides all over a program is told near to where it is found out."""

from __future__ import annotations

import textwrap
from pathlib import Path

from collint.pipeline import analyse_tree

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
