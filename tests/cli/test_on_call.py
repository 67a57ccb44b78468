"""The page for whoever is on call leads from a stack to the guilty line, with the commands that it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = ROOT / "fixtures/COL102/bad_idle_replica_returns.py"
COLLECTIVE = 27
"""The line of the all_reduce in that program."""


def blocks(page: str) -> list[str]:
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with one hazard, and the command on the path."""
    (tmp_path / "pyproject.toml").write_text("")
    shutil.copy(PROGRAM, tmp_path / "dp_utils.py")
    command = tmp_path / "bin" / "collint"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m collint "$@"\n')
    command.chmod(0o755)
    return tmp_path


def run(project: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{project / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(["sh", "-e"], input=script, cwd=project, env=environment, capture_output=True, text=True)


def test_the_way_from_a_stack_to_the_guilty_line(project: Path) -> None:
    audit, _, question = blocks("docs/on-call.md")
    answer = run(project, audit)
    assert answer.returncode == 0, answer.stderr
    assert (project / "audit.html").read_text().startswith("<!DOCTYPE html>")
    answer = run(project, question.replace("dp_utils.py 53", f"dp_utils.py {COLLECTIVE}"))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "high    COL102 dp_utils.py:21  count\n"
    assert run(project, question).stdout == ""
