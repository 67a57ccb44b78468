"""Small projects in git repositories, and the command run in them, for the tests of this folder."""

from __future__ import annotations

import json
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from collint import cli

HAZARD = """
    import torch.distributed as dist

    def {name}(rank):
        if rank == {rank}:
            dist.barrier()
"""
CLEAN = """
    import torch.distributed as dist

    def {name}(rank):
        dist.barrier()
        if rank == {rank}:
            print("saved")
"""


def hazard(name: str = "save", rank: int = 0) -> str:
    """A module with one finding: COL101 in ``name``."""
    return HAZARD.format(name=name, rank=rank)


def clean(name: str = "save", rank: int = 0) -> str:
    """A module without findings."""
    return CLEAN.format(name=name, rank=rank)


def write(folder: Path, **files: str) -> None:
    """Files by name without suffix; ``__`` stands for a slash."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))


def git(folder: Path, *arguments: str) -> str:
    """Runs git in ``folder`` and returns what it prints."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, message: str = "change") -> None:
    """Everything in the folder as a commit, the repository made if need be."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def places(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """``path:line RULE`` of each finding that ``collint check`` prints with these arguments."""
    return [f"{one['path']}:{one['line']} {one['rule']}" for one in findings(capsys, *arguments)]


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """The findings that ``collint check`` prints with these arguments."""
    capsys.readouterr()
    code = cli.main(["check", *arguments, "--output-format", "json"])
    out, err = capsys.readouterr()
    assert code in (0, 1), err
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    assert code == (1 if found else 0)
    return found
