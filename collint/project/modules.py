"""Module names from file paths, before any file is read. What the modules contain is not looked at.

A file in a package is named from its outermost package folder on; any other file by its path from the root of the
analysis (a leading ``src`` dropped). Packages may lie in namespace folders, which have no ``__init__.py``:
``megatron/core/__init__.py`` is imported as ``megatron.core``, while ``python/sglang/__init__.py`` is imported as
``sglang``. Paths alone cannot tell the two apart, so that :func:`name_modules` is told which of the
:func:`namespace_candidates` are :func:`mentioned_namespaces`, and :func:`aliases` keeps the longer names usable anyway.

Paths are relative to the root, with forward slashes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache

_INIT = "__init__.py"
_IMPORTS = ("from", "import")
_IMPORTED = re.compile(r"\s*(?:from|import)\s+(\w[\w.]*)")


def is_package(path: str) -> bool:
    """Whether the file is the body of a package."""
    return path.rpartition("/")[2] == _INIT


def package_folders(paths: Iterable[str]) -> frozenset[str]:
    """The folders that are packages."""
    return frozenset(path.rpartition("/")[0] for path in paths if is_package(path))


def module_name(path: str, packages: Collection[str], namespaces: Collection[str] = ()) -> str:
    """The name under which ``path`` is imported; ``namespaces`` are dotted names of packages known to lie in one."""
    folder, own = _split(path)
    return _joined(_start(folder, packages, namespaces), own)


def _start(folder: str, packages: Collection[str], namespaces: Collection[str]) -> str:
    """What the names of all modules in a folder begin with."""
    folders = folder.split("/") if folder else []
    chain = _package_depth(folders, packages)
    if chain == 0:
        return ".".join(folders[1:] if folders[:1] == ["src"] and "src" not in packages else folders)
    first = len(folders) - chain
    for start in range(first):
        if ".".join(folders[start : first + 1]) in namespaces:
            first = start
            break
    return ".".join(folders[first:])


def namespace_candidates(paths: Collection[str]) -> tuple[str, ...]:
    """Dotted names that packages would have if the folders around them were namespaces, sorted."""
    packages = package_folders(paths)
    found: set[str] = set()
    for folder in packages:
        parts = folder.split("/") if folder else []
        top = len(parts) - _package_depth(parts, packages)
        if top == len(parts) - 1:
            found.update(".".join(parts[start : top + 1]) for start in range(top) if parts[start] != "src")
    return tuple(sorted(found))


def mentioned_namespaces(candidates: Collection[str], imported: Iterable[str]) -> frozenset[str]:
    """Those of ``candidates`` that some file imports from; ``imported`` is not looked at where there are none."""
    mentioned = frozenset(imported) if candidates else ()
    return frozenset(candidates).intersection(prefix for name in mentioned for prefix in _prefixes(name))


def imported_names(text: str) -> Iterator[str]:
    """The first dotted name of each line of a file that begins an import."""
    for line in text.split("\n"):
        if line.lstrip().startswith(_IMPORTS) and (found := _IMPORTED.match(line)):
            yield found[1]


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def name_modules(paths: Collection[str], mentioned: Collection[str] = ()) -> dict[str, str]:
    """A distinct module name for each path; ``mentioned`` are the namespace candidates that some file imports.

    Where two packages of one name are part of the project, the one nearer to the root has it, and the files of the
    other are named by their paths.
    """
    packages = package_folders(paths)
    starts: dict[str, str] = {}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        folder, own = _split(path)
        if folder not in starts:
            starts[folder] = _start(folder, packages, mentioned)
        name = _joined(starts[folder], own)
        if name in taken:
            name = next(other for other in (path_name(path), path) if other not in taken)
        names[path] = name
        taken.add(name)
    return names


def path_name(path: str) -> str:
    """The path itself with dots, as if every folder were a package."""
    folder, own = _split(path.removeprefix("src/"))
    return _joined(folder.replace("/", "."), own) or "__init__"


def aliases(path: str, name: str) -> tuple[str, ...]:
    """Longer names by which an import may refer to the module ``name``: its folder chain, from each folder on."""
    whole = path_name(path)
    if not whole.endswith("." + name):
        return ()
    outer = whole[: -len(name) - 1].split(".")
    return tuple(".".join([*outer[start:], name]) for start in range(len(outer)))


def _split(path: str) -> tuple[str, str]:
    """The folder, and what the file adds to the name of it, dot and all: nothing for the body of a package."""
    folder, _, file = path.rpartition("/")
    return folder, "" if file == _INIT else f".{file.removesuffix('.py')}"


def _joined(start: str, own: str) -> str:
    return start + own if start else own[1:]


def _package_depth(folders: list[str], packages: Collection[str]) -> int:
    """How many of the innermost ``folders`` are packages without a gap."""
    depth = 0
    while depth < len(folders) and "/".join(folders[: len(folders) - depth]) in packages:
        depth += 1
    return depth


@cache
def is_test(function_id: str) -> bool:
    """Whether a function stands in a test: what tests set on objects of the program is no state of the program."""
    parts = function_id.partition(":")[0].split(".")
    return parts[-1].startswith("test_") or any(part in ("test", "tests") for part in parts[:-1])
