"""All files of a project to facts: those that an earlier run has seen without a parser, many new ones in processes.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`. Of
a file that has not changed the entry of the concordance is enough until somebody asks for its facts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from collint.cache import Shelf, digest
from collint.ir.node import Node, Reader, written
from collint.processes import Work, shared
from collint.project.concordance import TABLES, Entry, entry_of
from collint.project.facts import ModuleFacts, with_shared_parts
from collint.project.files import Files
from collint.project.index import index_module
from collint.project.modules import (
    imported_names,
    is_package,
    mentioned_namespaces,
    name_modules,
    namespace_candidates,
)
from collint.project.tables import kept_tables
from collint.record import Record, field

FILES = 40
"""Files that a process reads at a time."""
WORTH_SHARING = 300
"""Files to be read from which on there is another process. To fork and to hand over took longer than to read 80 files
of vLLM 0.32.0, as long as to read 120."""

_READER: Reader[ModuleFacts] = Reader(ModuleFacts)
_ENTRY: Reader[Entry] = Reader(Entry)
_ANSWER: Reader[list[tuple[bytes, bytes]]] = Reader(list[tuple[bytes, bytes]])
_KNOWN_KEY = b"entries"


class _Known(Node, frozen=True):
    """What is known of a file with a text of that digest and of that module name; ``imported`` where it was asked.

    Its facts are kept under the ``key``.
    """

    text: bytes
    name: str
    key: bytes
    imported: tuple[str, ...] | None
    entry: Entry


_KNOWN: Reader[dict[str, _Known]] = Reader(dict[str, _Known])


def index_files(
    digests: Mapping[str, bytes], text_of: Callable[[str], str], shelf: Shelf | None = None, jobs: int = 1
) -> Files:
    """The files by path and a digest of the text of each; the text is asked for where it has to be read."""
    before = _known_before(shelf)
    same = {path: known for path, known in before.items() if digests.get(path) == known.text}
    candidates = namespace_candidates(list(digests))
    imported = {path: _imported_by(path, same, text_of) for path in digests} if candidates else {}
    names = name_modules(list(digests), mentioned_namespaces(candidates, chain.from_iterable(imported.values())))
    index = _Index(digests, names, text_of, shelf)
    held = shelf.held(known.key for known in same.values()) if shelf is not None else frozenset()
    kept = {path: known for path, known in same.items() if known.name == names[path] and known.key in held}
    entries = {path: known.entry for path, known in kept.items()}
    entries |= index.read([path for path in digests if path not in entries and not index.keeps(path)], jobs)
    entries |= {path: entry_of(index.facts(path)) for path in digests if path not in entries}
    now = {
        path: kept[path]
        if path in kept and kept[path].imported == imported.get(path)
        else _Known(digests[path], names[path], index.key(path), imported.get(path), entries[path])
        for path in digests
    }
    paths = {name: path for path, name in names.items()}
    by_name = {name: entries[path] for name, path in paths.items()}
    keys = {name: now[path].key for name, path in paths.items()}
    tables = kept_tables(shelf, keys, TABLES, lambda name: by_name[name].words.value())
    if shelf is not None and now != before:
        with suppress(ValueError):  # a path or a name that no encoding holds: not kept
            shelf.put(_KNOWN_KEY, written(now))
            if len(index.at_hand) >= WORTH_SHARING:
                shelf.save()  # as much as the program's text, which nobody needs to hold until the end
    return Files(paths, by_name, lambda name: index.facts(paths[name]), tables)


class _Index(Record, frozen=True):
    """The facts of files with these texts under these names: read now, kept by an earlier run, or read when asked."""

    digests: Mapping[str, bytes]
    names: Mapping[str, str]
    text_of: Callable[[str], str]
    shelf: Shelf | None
    at_hand: dict[str, ModuleFacts] = field(default_factory=dict)

    def keeps(self, path: str) -> bool:
        """Whether an earlier run kept the facts."""
        return self.shelf is not None and self.shelf.holds(self.key(path))

    def facts(self, path: str) -> ModuleFacts:
        """The facts; what was kept and is damaged is read anew."""
        found = self.at_hand.get(path)
        if found is None:
            found = kept_facts(path, self.names[path], self.digests[path], self.shelf)
            if found is None:
                self.read([path], 1)
                return self.at_hand[path]
            self.at_hand[path] = found
        return found

    def read(self, paths: Sequence[str], jobs: int) -> dict[str, Entry]:
        """Reads files, many of them in several processes, and keeps their facts; what each says by name."""
        entries: dict[str, Entry] = {}
        for one in _read(paths, self._parsed, jobs if len(paths) >= WORTH_SHARING else 1):
            self.at_hand[one.path] = one.facts
            entries[one.path] = one.entry
            if self.shelf is not None and (data := one.data or _bytes_of(one.facts)):
                self.shelf.put(self.key(one.path), data)
        return entries

    def _parsed(self, path: str) -> ModuleFacts:
        return index_module(self.text_of(path), path, self.names[path], is_package(path))

    def key(self, path: str) -> bytes:
        """Under which the facts are kept."""
        return _key(path, self.names[path], self.digests[path])


def kept_facts(path: str, name: str, text: bytes, shelf: Shelf | None) -> ModuleFacts | None:
    """What an earlier run read in a file, now or once of that name, with a text of that digest."""
    data = shelf.get(_key(path, name, text)) if shelf is not None else None
    return _READER.read(data) if data is not None else None


def _known_before(shelf: Shelf | None) -> dict[str, _Known]:
    data = shelf.get(_KNOWN_KEY) if shelf is not None else None
    return (_KNOWN.read(data) if data is not None else None) or {}


def _imported_by(path: str, same: Mapping[str, _Known], text_of: Callable[[str], str]) -> tuple[str, ...]:
    """The modules that a file names in its imports, as an earlier run saw them or by its text."""
    known = same[path].imported if path in same else None
    return tuple(dict.fromkeys(imported_names(text_of(path)))) if known is None else known


class _File(NamedTuple):
    """What was read in a file; ``data`` are the bytes of its facts where another process has made them."""

    path: str
    facts: ModuleFacts
    entry: Entry
    data: bytes = b""


def _read(paths: Sequence[str], read: Callable[[str], ModuleFacts], jobs: int) -> Iterator[_File]:
    """The files, each with its facts."""
    here = os.getpid()
    own: dict[str, _File] = {}  # what this process reads need not be made of bytes

    def at_hand(path: str) -> _File:
        facts = read(path)
        return _File(path, facts, entry_of(facts))

    def piece(number: int) -> bytes:
        found = [at_hand(path) for path in parts[number]]
        if os.getpid() == here:
            own.update((one.path, one) for one in found)
            return b""
        return written([(_bytes_of(one.facts), _bytes_of(one.entry)) for one in found])

    parts = [paths[start : start + FILES] for start in range(0, len(paths), FILES)]
    answers = shared(Work(len(parts), piece, bytes), jobs)[0] if jobs > 1 else []
    for part, answer in zip(parts, answers or [b""] * len(parts), strict=True):
        brought = (_ANSWER.read(answer) if answer else None) or [(b"", b"")] * len(part)
        for path, (data, entry) in zip(part, brought, strict=True):
            yield own.get(path) or _brought(path, data, entry) or at_hand(path)


def _brought(path: str, data: bytes, said: bytes) -> _File | None:
    """What another process has read; None where it could not be handed over."""
    facts = _READER.read(data) if data else None
    entry = _ENTRY.read(said) if said else None
    return _File(path, with_shared_parts(facts), entry, data) if facts is not None and entry is not None else None


def _bytes_of(node: Node) -> bytes:
    """Nothing for facts that nest too deeply, or hold a text that no encoding holds: they are read anew each time."""
    try:
        return written(node)
    except (RecursionError, ValueError):
        return b""


def _key(path: str, name: str, text: bytes) -> bytes:
    return digest(path.encode(errors="surrogatepass"), name.encode(errors="surrogatepass"), text)
