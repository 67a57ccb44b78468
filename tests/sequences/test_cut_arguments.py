"""Where cutting the arguments of events takes too many states, a function is told of and nothing breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint.config import Settings
from collint.judging import judged
from collint.pipeline import build
from collint.sequences import alike
from tests.cli.projects import write

ONE_ROOT_IS_OPEN = """
    import torch.distributed as dist

    def share(tensor, root):
        if dist.get_rank() == 0:
            dist.broadcast(tensor, src=0)
            dist.broadcast(tensor, src=root)
        else:
            dist.broadcast(tensor, src=0)
"""


def _found(folder: Path) -> tuple[list[str], list[str]]:
    context, _, _ = build(folder, (folder,), Settings())
    findings, _ = judged(context, Settings())
    return [finding.rule for finding in findings], [place.what for place in context.left_out()]


def test_is_compared_within_the_bound(tmp_path: Path) -> None:
    write(tmp_path, trainer=ONE_ROOT_IS_OPEN)
    assert _found(tmp_path) == (["COL101"], [])


def test_is_told_past_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, trainer=ONE_ROOT_IS_OPEN)
    monkeypatch.setattr(alike, "MAX_STATES", 1)
    assert _found(tmp_path) == ([], ["share"])
