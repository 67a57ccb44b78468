"""The releases that the scoreboard measures, each pinned by version and by a hash of its Python files.

A wheel differs by platform, what is read of it hardly does: the hash is that of the unpacked ``*.py`` files.
``python -m benchmarks.pins NAME==VERSION...`` prints pins to put into ``benchmarks/data/releases.json``. Fetching is in
:mod:`collint.releases`, analysing in :mod:`benchmarks.analysed`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.fetch_release import FetchError, default_cache, fetch

PINS = Path(__file__).resolve().parent / "data/releases.json"


class Unpinned(Exception):
    """A release that cannot be had, or whose files are not those of its pin; the text says which."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What the Python files of a release are. ``slow`` marks one whose analysis takes ten minutes or more."""

    sha256: str
    files: int
    lines: int
    slow: bool = False


@cache
def pins() -> dict[str, Pin]:
    """Every pin by ``NAME==VERSION``."""
    return {name: Pin(**raw) for name, raw in json.loads(PINS.read_text("utf-8")).items()}


def pinned_tree(name: str, version: str, folder: Path) -> Path:
    """The folder with the files of a release, fetched if need be. Raises :class:`Unpinned`."""
    wanted = pins().get(f"{name}=={version}")
    if wanted is None:
        raise Unpinned(f"{name}=={version} has no pin in {PINS.name}")
    try:
        tree = fetch(name, version, folder)
    except FetchError as error:
        raise Unpinned(str(error)) from None
    found = pin_of(tree)
    if found.sha256 != wanted.sha256:
        raise Unpinned(
            f"the files of {name}=={version} in {tree} are not those that were pinned "
            f"(hash {found.sha256[:12]} of {found.files} files, pinned {wanted.sha256[:12]} of {wanted.files})"
        )
    return tree


@cache
def pin_of(tree: Path) -> Pin:
    """The pin of the files in a folder: a hash over their names and contents, in order."""
    digest, lines, files = hashlib.sha256(), 0, sorted(tree.rglob("*.py"))
    for file in files:
        content = file.read_bytes()
        lines += content.count(b"\n")
        digest.update(f"{file.relative_to(tree).as_posix()}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return Pin(digest.hexdigest(), len(files), lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line of JSON per release; 2 when one cannot be had."""
    parser = argparse.ArgumentParser(description="Print the pins of published releases.")
    parser.add_argument("releases", nargs="+", metavar="NAME==VERSION")
    parser.add_argument("--cache", type=Path, default=default_cache())
    given = parser.parse_args(arguments)
    for release in given.releases:
        name, _, version = release.partition("==")
        try:
            pin = pin_of(fetch(name, version, given.cache))
        except FetchError as error:
            print(f"pins: {error}", file=sys.stderr)
            return 2
        print(f'"{release}": {{"sha256": "{pin.sha256}", "files": {pin.files}, "lines": {pin.lines}}},')
    return 0


if __name__ == "__main__":
    sys.exit(main())
