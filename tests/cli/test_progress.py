"""Progress: for people who wait, and gone when the run is over."""

from __future__ import annotations

import io
import sys

import pytest

from collint.commands import progress
from collint.commands.progress import watched


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_long_run_shows_its_step_and_wipes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    with watched() as tell:
        tell("indexing 3 files")
        for _ in range(1000):
            if "indexing" in terminal.getvalue():
                break
            progress.threading.Event().wait(0.01)
        tell("checking")
    assert "collint: indexing 3 files ..." in terminal.getvalue()
    assert terminal.getvalue().endswith("collint: checking ...\r\x1b[K")


def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with watched() as tell:
        tell("indexing")
    assert terminal.getvalue() == ""


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    with watched() as tell:
        tell("indexing")
    assert pipe.getvalue() == ""
