"""Finds the folder that is analysed as a whole when the user points at some paths in it. Lists no files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from collint.source.git import ignored_by_git
from collint.source.names import skipped_folder

MARKERS = ("pyproject.toml", "collint.toml", ".git")


def find_root(paths: Sequence[Path]) -> Path:
    """The project around ``paths``, absolute.

    That is the nearest parent with a marker, if all paths share it. A path that the project ignores (an installed
    package in ``.venv``, say) or that has no project around it stands for itself: the root is then the folder from
    which its modules are imported, so that ``site-packages/vllm`` is still called ``vllm``.
    """
    roots = {_root_of(Path(os.path.abspath(path))) for path in paths}
    if len(roots) == 1:
        return roots.pop()
    return Path(os.path.commonpath(roots))


def repository_prefix(root: Path) -> str:
    """The way from the top of the repository around ``root`` to it, such as ``tools/trainer/``; empty at the top."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    inside = root.relative_to(top).as_posix()
    return "" if inside == "." else f"{inside}/"


def is_project(folder: Path) -> bool:
    """Whether ``folder`` is the top of a project, so that everything in it belongs together."""
    return any((folder / marker).exists() for marker in MARKERS)


def outermost_package(folder: Path) -> Path | None:
    """The top of the package that ``folder`` belongs to; a folder without ``__init__.py`` inside one belongs to it."""
    package: Path | None = None
    for parent in (folder, *folder.parents):
        if (parent / "__init__.py").is_file():
            package = parent
        elif not (parent.parent / "__init__.py").is_file():
            break
    return package


def _root_of(path: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    project = next((parent for parent in (folder, *folder.parents) if is_project(parent)), None)
    if project is None or _left_out(project, path):
        return _import_folder(folder)
    return project


def _left_out(project: Path, path: Path) -> bool:
    """Whether the project's own discovery would pass over the folder of ``path``."""
    folder = path if path.is_dir() else path.parent
    inside = folder.relative_to(project).parts
    return any(skipped_folder(part) for part in inside) or (bool(inside) and ignored_by_git(project, folder))


def _import_folder(folder: Path) -> Path:
    """The folder from which the modules in ``folder`` are imported: the one above their outermost package."""
    package = outermost_package(folder)
    return folder if package is None else package.parent
