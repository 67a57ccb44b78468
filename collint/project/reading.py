"""All files of a project to facts, those that an earlier run has seen without a parser.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from collint.cache import Shelf, digest
from collint.ir.node import Reader, written
from collint.project.facts import ModuleFacts
from collint.project.index import index_module
from collint.project.modules import is_package, mentioned_namespaces, name_modules, namespace_candidates

_READER: Reader[ModuleFacts] = Reader(ModuleFacts)


def index_files(
    digests: Mapping[str, bytes], text_of: Callable[[str], str], shelf: Shelf | None = None
) -> list[ModuleFacts]:
    """The facts of each file, by path and a digest of its text; the text is asked for where it has to be read."""
    paths = list(digests)
    mentioned = mentioned_namespaces(namespace_candidates(paths), map(text_of, paths))
    names = name_modules(paths, mentioned)
    return [_facts(path, names[path], digests[path], text_of, shelf) for path in paths]


def kept_facts(path: str, name: str, text: bytes, shelf: Shelf) -> ModuleFacts | None:
    """What an earlier run read in a file, now or once of that name, with a text of that digest."""
    data = shelf.get(_key(path, name, text))
    return _READER.read(data) if data is not None else None


def _facts(path: str, name: str, text: bytes, text_of: Callable[[str], str], shelf: Shelf | None) -> ModuleFacts:
    kept = kept_facts(path, name, text, shelf) if shelf is not None else None
    if kept is not None:
        return kept
    found = index_module(text_of(path), path, name, is_package(path))
    if shelf is not None:
        with suppress(RecursionError, ValueError):  # too deep, or a text that no encoding holds: read anew each time
            shelf.put(_key(path, name, text), written(found))
    return found


def _key(path: str, name: str, text: bytes) -> bytes:
    return digest(path.encode(errors="surrogatepass"), name.encode(errors="surrogatepass"), text)
