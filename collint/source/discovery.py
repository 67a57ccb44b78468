"""Lists the Python files of a project: git's own list inside a work tree, else a walk that honours ``.gitignore``.

Reads no file but ``.gitignore``; decoding is in :mod:`collint.source.reading`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from collint.record import Record
from collint.source.git import listed_by_git
from collint.source.names import skipped_folder
from collint.source.patterns import compiled, matches
from collint.source.roots import is_project, outermost_package

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class _Ignore(Record, frozen=True):
    """The rules of one ``.gitignore``; ``base`` is its folder, relative to the root with a closing slash, or empty."""

    base: str
    rules: GitIgnoreSpec


def discover(
    root: Path, paths: Sequence[Path] = (), exclude: Iterable[str] = (), force_exclude: bool = False
) -> tuple[str, ...]:
    """The files to analyse, relative to ``root`` with forward slashes, sorted.

    Everything in a project; elsewhere the packages that ``paths`` lie in, or the paths themselves, because their
    neighbours (other installed packages, say) belong to nobody. ``exclude`` holds patterns in ``.gitignore`` syntax.
    A file named in ``paths`` is always taken, whatever it is called and whoever ignores it, unless ``force_exclude``
    lets ``exclude`` speak about it too. Links to folders are not followed.
    """
    tops = {root} if is_project(root) or not paths else _packages(paths)
    excluded = partial(matches, tuple(exclude))
    found = {name for top in tops for name in _below(root, top) if not excluded(name)}
    named = (_relative(root, path) for path in paths if not path.is_dir())
    found.update(name for name in named if not (force_exclude and excluded(name)))
    return tuple(sorted(found))


def belongs(name: str, exclude: Iterable[str] = ()) -> bool:
    """Whether a Python file of this relative path would be taken, ignore rules aside."""
    folders = name.split("/")[:-1]
    return not any(skipped_folder(part) for part in folders) and not matches(tuple(exclude), name)


def holds_python(folder: Path) -> bool:
    """Whether ``folder`` has a file that :func:`discover` could take, ignore rules aside."""
    return next(_walk(folder, ignores=False), None) is not None


def _packages(paths: Sequence[Path]) -> set[Path]:
    """The outermost package around each path; for one that is in no package the folder itself."""
    tops: set[Path] = set()
    for path in paths:
        folder = Path(os.path.abspath(path if path.is_dir() else path.parent))
        package = outermost_package(folder)
        if package is not None or path.is_dir():
            tops.add(package or folder)
    return tops


def _below(root: Path, top: Path) -> Iterator[str]:
    inside = _relative(root, top)
    prefix = "" if inside == "." else inside + "/"
    # An empty answer means that git ignores the whole folder, which the user pointed at all the same.
    listed = listed_by_git(top)
    names = list(_choose(top, listed)) if listed else _walk(top, ignores=True)
    return (prefix + name for name in names)


def _choose(top: Path, listed: Iterable[str]) -> Iterator[str]:
    """The Python files of git's list that are still on disk, outside virtual environments of any name."""
    environments = tuple(name.removesuffix("pyvenv.cfg") for name in listed if name.endswith("/pyvenv.cfg"))
    start = os.path.join(top, "")
    passed_over: dict[str, bool] = {}
    for name in listed:
        if not name.endswith(".py") or name.startswith(environments):
            continue
        folder = name.rpartition("/")[0]
        if folder not in passed_over:
            passed_over[folder] = any(map(skipped_folder, folder.split("/")))
        if not passed_over[folder] and os.path.lexists(start + name):
            yield name


def _walk(top: Path, ignores: bool) -> Iterator[str]:
    """Python files below ``top``; with ``ignores`` the ``.gitignore`` files on the way are obeyed."""
    start = os.path.join(top, "")
    waiting: list[tuple[str, tuple[_Ignore, ...]]] = [("", ())]
    while waiting:
        base, rules = waiting.pop()
        folders, files = _entries(start + base)
        if "pyvenv.cfg" in files:
            continue
        if ignores and ".gitignore" in files:
            rules = (*rules, _Ignore(base, _rules_in(Path(start + base, ".gitignore"))))
        below = (f"{base}{name}/" for name in folders if not skipped_folder(name))
        waiting += ((folder, rules) for folder in below if not _ignored(rules, folder))
        yield from (base + name for name in files if name.endswith(".py") and not _ignored(rules, base + name))


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """The names of the folders in a folder, and of all else but links to folders; none where it cannot be listed."""
    folders: list[str] = []
    files: list[str] = []
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if _leads_to_folder(entry):
                if not entry.is_symlink():
                    folders.append(entry.name)
            else:
                files.append(entry.name)
    return folders, files


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _rules_in(file: Path) -> GitIgnoreSpec:
    try:
        return compiled(tuple(file.read_text(encoding="utf-8", errors="replace").splitlines()))
    except (OSError, ValueError):  # an unreadable file or a pattern that is none: git passes over it as well
        return compiled(())


def _ignored(ignores: Sequence[_Ignore], name: str) -> bool:
    """The deepest file that has an opinion about ``name`` decides, as in git."""
    for ignore in reversed(ignores):
        verdict = ignore.rules.check_file(name[len(ignore.base) :]).include
        if verdict is not None:
            return verdict
    return False


def _relative(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
