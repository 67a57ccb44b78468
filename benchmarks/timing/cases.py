"""What is timed: collint cold, warm and after changes, the tools it is held against, and trees that grow.

Each case prepares a copy of the tree of its own, so that no tool sees another one's files.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
COLLINT = (PYTHON, "-m", "collint")
CHECK = (*COLLINT, "check", "--isolated", "--output-format", "json")
PARSES = (
    "import ast, pathlib, warnings; warnings.simplefilter('ignore')\n"
    "for file in pathlib.Path('.').rglob('*.py'):\n"
    "    try: ast.parse(file.read_bytes())\n"
    "    except SyntaxError: pass\n"
)
BRANCHES, CALLEES = 10_000, 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cases run: ``tree`` may be changed, ``cache`` is collint's, ``tools`` a virtual environment's ``bin``.

    ``leaf`` and ``hub`` are files of the tree: one that nobody imports and one that many do.
    """

    tree: Path
    cache: Path
    tools: Path
    leaf: str
    hub: str


@dataclass(frozen=True, slots=True)
class Case:
    """A command. ``prepare`` comes before each run and is not timed; ``warms`` says that a run has to come first."""

    name: str
    command: Callable[[Place], Sequence[str]]
    prepare: Callable[[Place], None] = lambda place: None
    folder: Callable[[Place], Path] = lambda place: place.tree
    warms: bool = False


def cases() -> tuple[Case, ...]:
    """Every case, in the order in which one round takes them."""
    return (
        Case("python start", lambda place: (PYTHON, "-c", "pass")),
        Case("collint --help", lambda place: (*COLLINT, "--help")),
        Case("ast.parse", lambda place: (PYTHON, "-c", PARSES)),
        Case("ruff", lambda place: (str(place.tools / "ruff"), "check", "--no-cache", "--isolated", "-q", ".")),
        Case("ty", lambda place: (str(place.tools / "ty"), "check", "-q", ".")),
        Case("cold", lambda place: (*CHECK, "."), prepare=_emptied),
        Case("warm, nothing changed", lambda place: (*CHECK, "."), warms=True),
        Case("warm, a leaf changed", lambda place: (*CHECK, place.leaf), prepare=_leaf_changed, warms=True),
        Case("warm, a hub changed", lambda place: (*CHECK, "."), prepare=_hub_changed, warms=True),
        Case("three changed, cache restored", lambda place: (*CHECK, "."), prepare=_three_changed, warms=True),
        Case("twice the tree", lambda place: (*CHECK, "--no-cache", "."), folder=lambda place: _copies(place, 2)),
        Case("four times the tree", lambda place: (*CHECK, "--no-cache", "."), folder=lambda place: _copies(place, 4)),
        Case("one huge function", lambda place: (*CHECK, "--no-cache", "."), folder=_huge),
    )


def _emptied(place: Place) -> None:
    shutil.rmtree(place.cache, ignore_errors=True)


def _leaf_changed(place: Place) -> None:
    _touch(place.tree / place.leaf)


def _hub_changed(place: Place) -> None:
    _touch(place.tree / place.hub)


def _three_changed(place: Place) -> None:
    """As in a fresh checkout: no file is as old as the cache says."""
    others = sorted(path for path in place.tree.rglob("*.py") if path.name != "__init__.py")
    for file in (place.tree / place.leaf, place.tree / place.hub, others[len(others) // 2]):
        _touch(file)
    for file in others:
        os.utime(file)


def _touch(file: Path) -> None:
    """A new line at the end that means nothing: the text is another one each time."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"\n_CHANGED = {file.stat().st_size}\n")


def _copies(place: Place, count: int) -> Path:
    """A folder with ``count`` copies of the tree that know nothing of each other."""
    folder = place.tree.parent / f"times{count}"
    for number in range(count) if not folder.exists() else ():
        shutil.copytree(place.tree, folder / f"copy{number}")
    return folder


def _huge(place: Place) -> Path:
    """A folder with one file whose last function has many branches and callees."""
    folder = place.tree.parent / "huge"
    if not folder.exists():
        folder.mkdir()
        callees = [f"def callee_{n}(x):\n    dist.all_reduce(x)\n    return x\n" for n in range(CALLEES)]
        branches = [f"    if flags[{n}]:\n        x = callee_{n % CALLEES}(x)" for n in range(BRANCHES)]
        lines = ["import torch.distributed as dist", *callees, "def huge(x, flags):", *branches, "    return x", ""]
        (folder / "huge.py").write_text("\n".join(lines), encoding="utf-8")
    return folder
