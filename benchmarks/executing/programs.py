"""Reads which programs there are, what they claim and how many ranks they need. Runs none of them.

A program is executed by its ``main(rank, world_size)``. Three comments, each alone on its line, say more::

    # ranks: 4                      how many processes; 2 without it
    # plain only: REASON            why torch's own checks of each collective cannot be switched on
    # not executed: REASON          why there is nothing to run
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
HAZARD = ("bad_", "FN_")
SAFE = ("good_", "FP_")
MOST_RANKS = 4

ABOUT_COMMENTS = "its label is about comments that silence findings, not about ranks"
UNSAID = "it has no main(rank, world_size), and does not say '# not executed: REASON'"
_NOT_EXECUTED = re.compile(r"^# not executed: (.+)$", re.MULTILINE)
_RANKS = re.compile(r"^# ranks: (\S+)$", re.MULTILINE)
_PLAIN_ONLY = re.compile(r"^# plain only: \S", re.MULTILINE)
_MAKES_THE_GROUP = ("init_process_group", "init_device_mesh")


@dataclass(frozen=True, slots=True)
class Program:
    """One program. ``module`` is imported from ``top``; ``reason`` is why it is not executed, or empty."""

    name: str
    top: Path
    module: str
    ranks: int
    makes_group: bool
    plain_only: bool
    reason: str

    @property
    def rule(self) -> str:
        """The folder it is in: a rule's code, ``real`` or ``packs``."""
        return self.name.split("/")[0]

    @property
    def hazard(self) -> bool:
        """Whether its name claims that ranks part; the other names claim that they do not."""
        return self.name.rsplit("/", 1)[1].startswith(HAZARD)


def programs(fixtures: Path = FIXTURES) -> tuple[Program, ...]:
    """Every program below ``fixtures``. Raises :class:`ValueError` that names one with a bad number of ranks."""
    tops = [top for top in sorted(fixtures.iterdir()) if top.is_dir() and top.name != "packs"]
    tops += [top for top in sorted((fixtures / "packs").glob("*")) if top.is_dir()]
    return tuple(_read(path, fixtures) for top in tops for path in _within(top))


def _within(top: Path) -> Iterator[Path]:
    for path in sorted(top.iterdir()):
        if path.name.startswith(HAZARD + SAFE) and (path.is_dir() or path.suffix == ".py"):
            yield path


def _read(path: Path, fixtures: Path) -> Program:
    name = path.relative_to(fixtures).as_posix().removesuffix(".py")
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    texts = {file: file.read_text("utf-8") for file in files}
    whole = "\n".join(texts.values())
    entries = [file for file, text in texts.items() if _has_entry(text)]
    reason = _reason(name, whole) or ("" if len(entries) == 1 else UNSAID)
    return Program(
        name,
        path.parent,
        ".".join(entries[0].relative_to(path.parent).with_suffix("").parts) if entries else "",
        _ranks(name, whole),
        any(word in whole for word in _MAKES_THE_GROUP),
        _PLAIN_ONLY.search(whole) is not None,
        reason,
    )


def _has_entry(text: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in ast.parse(text).body)


def _reason(name: str, text: str) -> str:
    if name.startswith("COL9"):
        return ABOUT_COMMENTS
    said = _NOT_EXECUTED.search(text)
    if said is None and name.startswith("packs/") and not name.startswith("packs/torch/"):
        return f"needs {name.split('/')[1]}"
    return said[1].strip() if said else ""


def _ranks(name: str, text: str) -> int:
    said = _RANKS.search(text)
    if said is None:
        return 2
    if not said[1].isdigit() or not 2 <= int(said[1]) <= MOST_RANKS:
        raise ValueError(f"{name}: '# ranks: {said[1]}' is no number from 2 to {MOST_RANKS}")
    return int(said[1])
