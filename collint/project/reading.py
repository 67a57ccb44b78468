"""All files of a project to facts: those that an earlier run has seen without a parser, many new ones in processes.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`. Of
a file that has not changed the entry of the concordance is enough until somebody asks for its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from collint.cache import Shelf, digest
from collint.ir.node import Node, Reader, written
from collint.processes import Work, shared
from collint.project.concordance import Entry, entry_of
from collint.project.facts import ModuleFacts
from collint.project.files import Files
from collint.project.index import index_module
from collint.project.modules import (
    imported_names,
    is_package,
    mentioned_namespaces,
    name_modules,
    namespace_candidates,
)

FILES = 40
"""Files that a process reads at a time."""
WORTH_SHARING = 300
"""Files to be read from which on there is another process. To fork and to hand over took longer than to read 80 files
of vLLM 0.32.0, as long as to read 120."""

_READER: Reader[ModuleFacts] = Reader(ModuleFacts)
_ANSWER: Reader[list[bytes]] = Reader(list[bytes])
_ENTRIES_KEY = b"entries"


class _Known(Node, frozen=True):
    """What is known of a file with a text of that digest and of that module name; ``imported`` where it was asked."""

    text: bytes
    name: str
    imported: tuple[str, ...] | None
    entry: Entry


_KNOWN: Reader[dict[str, _Known]] = Reader(dict[str, _Known])


def index_files(
    digests: Mapping[str, bytes], text_of: Callable[[str], str], shelf: Shelf | None = None, jobs: int = 1
) -> Files:
    """The files by path and a digest of the text of each; the text is asked for where it has to be read."""
    paths = list(digests)
    kept = _kept_entries(shelf)
    before = {path: known for path, known in kept.items() if digests.get(path) == known.text}

    def imported_by(path: str) -> tuple[str, ...]:
        known = before[path].imported if path in before else None
        return tuple(dict.fromkeys(imported_names(text_of(path)))) if known is None else known

    candidates = namespace_candidates(paths)
    imported = {path: imported_by(path) for path in paths} if candidates else {}
    names = name_modules(paths, mentioned_namespaces(candidates, chain.from_iterable(imported.values())))
    path_of = {name: path for path, name in names.items()}
    keys = {path: _key(path, names[path], digests[path]) for path in paths}
    entries = {p: known.entry for p, known in before.items() if known.name == names[p] and _holds(shelf, keys[p])}
    at_hand: dict[str, ModuleFacts] = {}

    def read(path: str) -> ModuleFacts:
        return index_module(text_of(path), path, names[path], is_package(path))

    def facts_of(name: str) -> ModuleFacts:
        path = path_of[name]
        found = kept_facts(path, name, digests[path], shelf)
        if found is None:
            found = read(path)
            keep(path, found)
        return found

    def keep(path: str, facts: ModuleFacts, data: bytes = b"") -> None:
        if shelf is not None and (data := data or _bytes_of(facts)):
            shelf.put(keys[path], data)

    fresh = [path for path in paths if path not in entries and not _holds(shelf, keys[path])]
    for path, facts, data in _read(fresh, read, jobs if len(fresh) >= WORTH_SHARING else 1):
        at_hand[names[path]] = facts
        keep(path, facts, data)
    for path in paths:
        if path not in entries:
            name = names[path]
            at_hand[name] = at_hand.get(name) or facts_of(name)
            entries[path] = entry_of(at_hand[name])
    now = {path: _Known(digests[path], names[path], imported.get(path), entries[path]) for path in paths}
    if shelf is not None and now != kept:
        with suppress(ValueError):  # a path or a name that no encoding holds: not kept
            shelf.put(_ENTRIES_KEY, written(now))
    return Files(path_of, {names[path]: entry for path, entry in entries.items()}, at_hand, facts_of)


def kept_facts(path: str, name: str, text: bytes, shelf: Shelf | None) -> ModuleFacts | None:
    """What an earlier run read in a file, now or once of that name, with a text of that digest."""
    data = shelf.get(_key(path, name, text)) if shelf is not None else None
    return _READER.read(data) if data is not None else None


def _kept_entries(shelf: Shelf | None) -> dict[str, _Known]:
    data = shelf.get(_ENTRIES_KEY) if shelf is not None else None
    return (_KNOWN.read(data) if data is not None else None) or {}


def _holds(shelf: Shelf | None, key: bytes) -> bool:
    return shelf is not None and shelf.holds(key)


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
