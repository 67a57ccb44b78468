"""Asks git which files belong to a work tree. Falls silent (None, False) where there is no git to ask.

Reads only: the file-system monitor that a repository's own configuration may name is switched off, because an analysed
project never gets to run a program.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

COMMAND = ("git", "-c", "core.fsmonitor=false")
"""How every question to git begins."""


def listed_by_git(root: Path) -> list[str] | None:
    """The files below ``root``, relative to it, that no ignore rule names, tracked or not; None outside a work tree."""
    output = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if output is None:
        return None
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def ignored_by_git(root: Path, path: Path) -> bool:
    """Whether an ignore rule of the work tree around ``root`` names ``path``."""
    return _git(root, "check-ignore", "-q", "--", str(path)) is not None


def environment() -> dict[str, str]:
    """The environment in which git is run.

    Inside a git hook, variables point at the hook's repository, which may be another one; without a network nothing is
    fetched into a partial clone.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Standard output, or None when git is missing, refuses, or answers no."""
    try:
        answer = subprocess.run([*COMMAND, *arguments], cwd=folder, env=environment(), capture_output=True, check=False)
    except OSError:
        return None
    return answer.stdout if answer.returncode == 0 else None
