"""Asks git which files belong to a work tree. Falls silent (None, False) where there is no git to ask.

Reads only: the file-system monitor that a repository's own configuration may name is switched off, because an analysed
project never gets to run a program.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def listed_by_git(root: Path) -> list[str] | None:
    """The files below ``root``, relative to it, that no ignore rule names, tracked or not; None outside a work tree."""
    output = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if output is None:
        return None
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def ignored_by_git(root: Path, path: Path) -> bool:
    """Whether an ignore rule of the work tree around ``root`` names ``path``."""
    return _git(root, "check-ignore", "-q", "--", str(path)) is not None


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Standard output, or None when git is missing, refuses, or answers no."""
    # Inside a git hook these variables point at the hook's repository, which may be another one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    except OSError:
        return None
    return answer.stdout if answer.returncode == 0 else None
