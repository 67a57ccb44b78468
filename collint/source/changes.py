"""Which lines of the working tree differ from a revision, committed or not, and the files as they were there.

git is asked for commits, trees and blobs only and never looks at the working tree itself: its filters, text
conversions, external diff programs and hooks, which a repository's settings may name, have no occasion to run. Lines
are compared here. What a change means for a finding is in :mod:`collint.scope`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collint.record import Record
from collint.source.files import Problem, SourceFile
from collint.source.git import COMMAND, environment
from collint.source.reading import decoded

if TYPE_CHECKING:
    from difflib import SequenceMatcher

ALIKE = 0.5
"""A new file counts as a renamed one when this share of its lines is that of a file that is gone."""

MAX_COMPARED = 60
"""Where more files are gone, only those of the same name are compared with a new one."""

Ranges = tuple[tuple[int, int], ...]


class RevisionError(Exception):
    """There is no such revision, or no repository; the text says which."""


class Changes(Record, frozen=True):
    """The changed lines by file, as ranges with both ends included, and the revision's files by path.

    Where lines were only removed, the line before and the line after count as changed: what is left there is what the
    removal speaks about.
    """

    lines: Mapping[str, Ranges]
    base: Mapping[str, bytes]

    def touch(self, path: str, first: int, last: int) -> bool:
        """Whether a line from ``first`` to ``last`` of the file was changed."""
        return any(start <= last and first <= end for start, end in self.lines.get(path, ()))

    def before(self, path: str) -> SourceFile | Problem:
        """A file of the revision, decoded. Raises KeyError for a path that it does not have."""
        return decoded(path, self.base[path])


def changes_since(root: Path, commit: str, files: Iterable[SourceFile]) -> Changes:
    """How ``files``, as they are now, differ from a commit. Raises :class:`RevisionError` where there is no git."""
    tree = _python_files(root, commit)
    contents = _blobs(root, tree.values())
    base = {path: contents[name] for path, name in tree.items() if name in contents}
    now = {file.path: file for file in files}
    gone = {path: data for path, data in base.items() if path not in now and not (root / path).exists()}
    changed: dict[str, Ranges] = {}
    for path, file in now.items():
        before = _text(path, base[path]) if path in base else _renamed(file, gone)
        ranges = _changed(before, file.lines) if before is not None else ((1, max(len(file.lines), 1)),)
        if ranges:
            changed[path] = ranges
    return Changes(changed, base)


def base_commit(root: Path, revision: str) -> str:
    """The commit that ``revision`` stands for in a comparison with the current branch.

    Where the two have parted, that is the commit at which they did, as in a pull request: what happened on the other
    branch since is no change of this one.

    Raises :class:`RevisionError`.
    """
    if not revision or revision.startswith("-"):
        raise RevisionError(f"'{revision}' is no revision")
    if _ask(root, "rev-parse", "--git-dir") is None:
        raise RevisionError(f"{root} is not in a git repository: {_complaint(root)}")
    found = _ask(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found is None:
        raise RevisionError(f"git knows no revision '{revision}'; in a shallow clone, fetch it first")
    commit = found.decode().strip()
    common = _ask(root, "merge-base", commit, "HEAD")
    return common.decode().split()[0] if common else commit


def _python_files(root: Path, commit: str) -> dict[str, str]:
    """The names of the blobs of all Python files below ``root``, by path relative to it."""
    listed = _ask(root, "ls-tree", "-r", "-z", commit) or b""
    found: dict[str, str] = {}
    for entry in listed.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if path.endswith(b".py") and facts.startswith(b"100"):  # no links, no other repositories
            found[os.fsdecode(path)] = facts.split()[2].decode()
    return found


def _blobs(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs by name; those that a partial clone does not hold are left out."""
    wanted = "".join(f"{name}\n" for name in dict.fromkeys(names))
    output = _ask(root, "cat-file", "--batch", given=wanted.encode()) if wanted else b""
    found: dict[str, bytes] = {}
    position, data = 0, output or b""
    while position < len(data):
        end = data.index(b"\n", position)
        name, kind, *size = data[position:end].decode().split()
        position = end + 1
        if kind == "blob":
            length = int(size[0])
            found[name] = data[position : position + length]
            position += length + 1
    return found


def _renamed(file: SourceFile, gone: Mapping[str, bytes]) -> list[str] | None:
    """The lines of the file that ``file`` was before it was renamed; None when it is new."""
    data = file.text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(data).digest()
    best: tuple[float, list[str] | None] = (ALIKE, None)
    moved = sorted(path for path in gone if path.rpartition("/")[2] == file.path.rpartition("/")[2])
    others = sorted(set(gone).difference(moved)) if len(gone) <= MAX_COMPARED else []
    for path in (*moved, *others):
        if hashlib.sha256(gone[path]).digest() == digest:
            return file.lines
        before = _text(path, gone[path])
        if before is None or not _could_be_alike(before, file.lines):
            continue
        ratio = _matcher(before, file.lines).ratio()
        if ratio > best[0]:
            best = (ratio, before)
    return best[1]


def _could_be_alike(before: Sequence[str], now: Sequence[str]) -> bool:
    """A bound that costs little, for there may be many new files and many that are gone."""
    shared = len(set(before) & set(now))
    return shared > ALIKE * min(len(set(before)), len(set(now)))


def _changed(before: Sequence[str], now: Sequence[str]) -> Ranges:
    return tuple(_hunks(before, now)) if before != now else ()


def _hunks(before: Sequence[str], now: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of changed lines. What both begin and end with is cut off first: that is nearly everything."""
    start = 0
    while start < min(len(before), len(now)) and before[start] == now[start]:
        start += 1
    stop = 0
    while stop < min(len(before), len(now)) - start and before[-1 - stop] == now[-1 - stop]:
        stop += 1
    old, new = before[start : len(before) - stop], now[start : len(now) - stop]
    for kind, _, _, first, last in _matcher(old, new).get_opcodes():
        if kind == "delete":
            yield max(start + first, 1), min(start + first + 1, len(now))
        elif kind != "equal":
            yield start + first + 1, start + last


def _text(path: str, data: bytes) -> list[str] | None:
    file = decoded(path, data)
    return file.lines if isinstance(file, SourceFile) else None


def _ask(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """Standard output, or None when git refuses. Raises :class:`RevisionError` where there is no git."""
    answer = _run(root, arguments, given)
    return answer.stdout if answer.returncode == 0 else None


def _complaint(root: Path) -> str:
    answer = _run(root, ("rev-parse", "--git-dir"), b"")
    return " ".join(answer.stderr.decode(errors="replace").split()).removeprefix("fatal: ")


def _run(root: Path, arguments: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [*COMMAND, *arguments], cwd=root, env=environment(), input=given, capture_output=True, check=False
        )
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error.strerror or error}") from None


def _matcher(before: Sequence[str], now: Sequence[str]) -> SequenceMatcher[str]:
    from difflib import SequenceMatcher  # most runs compare nothing

    return SequenceMatcher(None, before, now)
