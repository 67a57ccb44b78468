"""Answers that took long, kept in the cache of releases under the state of the code that gave them.

What is asked, and of which release, is for the callers to put into a name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent
Runs = Literal["missing", "all", "none"]
"""Which answers are made anew: those that are not kept, all of them, or none, so that what is not kept is not had."""

STATES = 8
"""So many states of the code have their answers kept; those of older ones are thrown away."""


class NothingKept(Exception):
    """No answer is kept, and none was to be made; the text says which."""


def kept(
    folder: Path, state: str, name: str, make: Callable[[], dict[str, Any]], runs: Runs = "missing"
) -> dict[str, Any]:
    """The answer called ``name`` of the code in ``state``: the last one, or a new one, which is kept.

    Raises :class:`NothingKept` where ``runs`` is "none".
    """
    place = folder / "kept" / state[:16]
    file = place / f"{name.replace('/', '+')}.json"
    if file.is_file() and runs != "all":
        os.utime(place)
        content: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return content
    if runs == "none":
        raise NothingKept(f"no answer is kept for {name}, and none was to be made")
    content = make()
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=place, delete=False) as sink:
        json.dump(content, sink)
    os.replace(sink.name, file)
    os.utime(place)
    for old in sorted(place.parent.iterdir(), key=lambda one: -one.stat().st_mtime)[STATES:]:
        shutil.rmtree(old, ignore_errors=True)
    return content


@cache
def engine() -> str:
    """A name for the present state of collint: its code, its packs and its rules."""
    return state_of((*ROOT.glob("collint/**/*.py"), *ROOT.glob("rules/*.md"), *ROOT.glob("rules/models/*.toml")))


def state_of(files: Iterable[Path]) -> str:
    """A name for what is in some files of this repository."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
