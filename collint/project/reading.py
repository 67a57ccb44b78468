"""All files of a project to facts: those that an earlier run has seen without a parser, many new ones in processes.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from collint.cache import Shelf, digest
from collint.ir.node import Reader, written
from collint.processes import Work, shared
from collint.project.facts import ModuleFacts
from collint.project.index import index_module
from collint.project.modules import is_package, mentioned_namespaces, name_modules, namespace_candidates

FILES = 40
"""Files that a process reads at a time."""
WORTH_SHARING = 300
"""Files to be read from which on another process pays for what it has to hand over."""

_READER: Reader[ModuleFacts] = Reader(ModuleFacts)
_ANSWER: Reader[list[bytes]] = Reader(list[bytes])


def index_files(
    digests: Mapping[str, bytes], text_of: Callable[[str], str], shelf: Shelf | None = None, jobs: int = 1
) -> list[ModuleFacts]:
    """The facts of each file, by path and a digest of its text; the text is asked for where it has to be read."""
    paths = list(digests)
    mentioned = mentioned_namespaces(namespace_candidates(paths), map(text_of, paths))
    names = name_modules(paths, mentioned)
    kept = {path: kept_facts(path, names[path], digests[path], shelf) for path in paths} if shelf is not None else {}
    found = {path: facts for path, facts in kept.items() if facts is not None}

    def read(path: str) -> ModuleFacts:
        return index_module(text_of(path), path, names[path], is_package(path))

    fresh = [path for path in paths if path not in found]
    for path, facts, data in _read(fresh, read, jobs if len(fresh) >= WORTH_SHARING else 1):
        found[path] = facts
        if shelf is not None and (data := data or _bytes_of(facts)):
            shelf.put(_key(path, names[path], digests[path]), data)
    return [found[path] for path in paths]


def kept_facts(path: str, name: str, text: bytes, shelf: Shelf) -> ModuleFacts | None:
    """What an earlier run read in a file, now or once of that name, with a text of that digest."""
    data = shelf.get(_key(path, name, text))
    return _READER.read(data) if data is not None else None


def _read(paths: Sequence[str], read: Callable[[str], ModuleFacts], jobs: int) -> list[tuple[str, ModuleFacts, bytes]]:
    """The facts of files, each with its bytes where a process has made them."""
    if jobs == 1:
        return [(path, read(path), b"") for path in paths]
    parts = [paths[start : start + FILES] for start in range(0, len(paths), FILES)]
    own: dict[str, ModuleFacts] = {}  # what this process reads need not be made of bytes again

    def piece(number: int) -> bytes:
        own.update((path, read(path)) for path in parts[number])
        return written([_bytes_of(own[path]) for path in parts[number]])

    answers, _ = shared(Work(len(parts), piece, bytes), jobs)
    made = (data for answer in answers for data in _ANSWER.read(answer) or ())
    return [
        (path, own.get(path) or (_READER.read(data) if data else None) or read(path), data)
        for path, data in zip(paths, made, strict=True)
    ]


def _bytes_of(facts: ModuleFacts) -> bytes:
    """Nothing for facts that nest too deeply, or hold a text that no encoding holds: they are read anew each time."""
    try:
        return written(facts)
    except (RecursionError, ValueError):
        return b""


def _key(path: str, name: str, text: bytes) -> bytes:
    return digest(path.encode(errors="surrogatepass"), name.encode(errors="surrogatepass"), text)
