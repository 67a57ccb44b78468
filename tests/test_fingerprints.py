"""What a finding's fingerprint survives, and what makes it another one."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from collint.pipeline import analyse_tree

PLAIN = """
    import torch.distributed as dist

    def save(rank, names, group):
        if rank == 0 and "all" in names and len(names) > 1 and sorted(names)[0] != names[-1]:
            dist.barrier(group)
"""
SPELLED = """
    import torch.distributed as dist

    # a comment, and lines that move


    def save(rank, names, group):
        if (
            rank
            == (0)  # the first
            and 'all' in names
            and len(names,) > 1
            and sorted(
                names,
            )[0] != names[-1]
        ):
            dist.barrier(group)
"""
CREATED = """
    import torch.distributed as dist

    def save(rank):
        pair = dist.new_group([0, 1])
        if rank == 0:
            dist.barrier(pair)
"""


def fingerprints(folder: Path, text: str, name: str = "a.py") -> list[str]:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(textwrap.dedent(text))
    found = [finding.fingerprint for finding in analyse_tree(folder).findings]
    assert found
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PLAIN, SPELLED),
        (PLAIN, PLAIN.replace("def save", "\n\ndef save".replace("\n", "\n    "))),
        (CREATED, CREATED.replace("pair =", "print()\n        pair =")),
        (PLAIN, PLAIN.replace("if rank", "dist.barrier(group)\n        if rank")),
    ],
    ids=["formatted", "moved", "group created on another line", "another collective before"],
)
def test_survives(tmp_path: Path, before: str, after: str) -> None:
    assert fingerprints(tmp_path / "one", before) == fingerprints(tmp_path / "two", after)


def test_survives_another_file_name(tmp_path: Path) -> None:
    assert fingerprints(tmp_path / "one", CREATED) == fingerprints(tmp_path / "two", CREATED, "elsewhere.py")


@pytest.mark.parametrize(
    ("old", "new"),
    [("rank == 0", "rank == 1"), ("def save", "def load"), ("dist.barrier(group)", "dist.monitored_barrier(group)")],
)
def test_is_another_for_another_hazard(tmp_path: Path, old: str, new: str) -> None:
    assert fingerprints(tmp_path / "one", PLAIN) != fingerprints(tmp_path / "two", PLAIN.replace(old, new))
