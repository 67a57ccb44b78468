"""Pairs of a real and a dummy step that a project's own pack declares are compared."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from collint.config import Settings
from collint.findings import Finding
from collint.pipeline import analyse

PACK = """
    schema = 1
    library = "server"
    modules = ["server"]
    extends = ["torch"]
    about = "A server of this test."

    [[counterpart]]
    real = "server.Worker.step"
    dummy = "server.Worker.idle"
    """
PROGRAM = """
    import torch
    import torch.distributed as dist


    class Worker:
        def __init__(self, counted: bool) -> None:
            self.counted = counted

        def step(self, size: torch.Tensor) -> None:
            dist.all_reduce(size)
            {real}

        def idle(self) -> None:
            size = torch.zeros(1)
            dist.all_reduce(size)
            {dummy}
    """


def pairs(folder: Path, real: str, dummy: str, pack: str = PACK) -> list[Finding]:
    (folder / "server.py").write_text(dedent(PROGRAM).format(real=real, dummy=dummy).lstrip("\n"), "utf-8")
    (folder / "server.toml").write_text(dedent(pack).lstrip("\n"), "utf-8")
    settings = Settings(select=("COL107",), min_confidence="low", models=(folder / "server.toml",))
    run, _ = analyse(folder, (folder,), settings)
    return list(run.findings)


def test_a_step_that_waits_once_more_than_its_stand_in_is_certain(tmp_path: Path) -> None:
    (found,) = pairs(tmp_path, "dist.barrier()", "return None")
    assert (found.rule, found.function, found.confidence) == ("COL107", "Worker.idle", "high")
    assert "the step is Worker.idle issue nothing after all_reduce" in found.message
    assert "barrier" in found.message


def test_equal_steps_are_silent(tmp_path: Path) -> None:
    assert pairs(tmp_path, "dist.barrier()", "dist.barrier()") == []


def test_a_setting_that_only_one_step_asks_for_is_named(tmp_path: Path) -> None:
    (found,) = pairs(tmp_path, "dist.barrier()", "if self.counted:\n                dist.barrier()")
    assert found.confidence == "medium"
    assert "`self.counted`, which only one of them asks for" in found.message


def test_names_alone_make_no_pair(tmp_path: Path) -> None:
    undeclared = PACK.partition("[[counterpart]]")[0]
    assert pairs(tmp_path, "dist.barrier()", "return None", undeclared) == []
