"""What an analysis leaves out is nothing: lowered whole, a program is said to be the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import unfiltered
from collint.linking import closure
from collint.sources import on_disk
from tests.cli.projects import write

FIXTURES = Path(__file__).parents[1] / "fixtures"


def test_of_all_fixtures() -> None:
    found = unfiltered.compared(on_disk(FIXTURES, (FIXTURES,), unfiltered.EVERYTHING))
    assert (found.lost, found.gained, found.unheard) == ((), (), ())
    assert found.lowered[0] < found.lowered[1]


CALLED_BY_ANOTHER_NAME = """
    import torch.distributed as dist

    def share(tensor):
        dist.all_reduce(tensor)

    def save(tensor, rank):
        if rank == 0:
            share(tensor)
"""


def test_a_caller_that_is_left_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, trainer=CALLED_BY_ANOTHER_NAME)
    assert unfiltered.main([str(tmp_path)]) == 0
    monkeypatch.setattr(closure, "spelled_sites", lambda *_: ())
    monkeypatch.setattr(closure, "_others", lambda *_: ())
    assert unfiltered.main([str(tmp_path)]) == 1
    assert "left out though it says something: trainer:save\n" in capsys.readouterr().out
