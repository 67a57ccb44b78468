"""All files of a project to facts, those that an earlier run has seen without a parser.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from collint.cache import Shelf, digest
from collint.ir.node import Reader, written
from collint.project.facts import ModuleFacts
from collint.project.index import index_module
from collint.project.modules import is_package, mentioned_namespaces, name_modules, namespace_candidates

_READER: Reader[ModuleFacts] = Reader(ModuleFacts)


def index_files(texts: Mapping[str, str], shelf: Shelf | None = None) -> list[ModuleFacts]:
    """The facts of each file, by path and text."""
    paths = list(texts)
    mentioned = mentioned_namespaces(namespace_candidates(paths), texts.values())
    names = name_modules(paths, mentioned)
    return [_facts(text, path, names[path], shelf) for path, text in texts.items()]


def _facts(text: str, path: str, name: str, shelf: Shelf | None) -> ModuleFacts:
    if shelf is None:
        return index_module(text, path, name, is_package(path))
    try:
        key = digest(path.encode(), name.encode(), text.encode())
    except UnicodeError:
        return index_module(text, path, name, is_package(path))
    data = shelf.get(key)
    kept = _READER.read(data) if data is not None else None
    if kept is not None:
        return kept
    found = index_module(text, path, name, is_package(path))
    with suppress(RecursionError, ValueError):  # too deep, or a text that no encoding holds: read anew each time
        shelf.put(key, written(found))
    return found
