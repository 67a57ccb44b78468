"""All files of a project to facts: those that an earlier run has seen without a parser, many new ones in processes.

What is remembered of one file is :mod:`collint.project.index`; its name as a module :mod:`collint.project.modules`. Of
a file that has not changed the entry of the concordance is enough until somebody asks for its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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
_KNOWN_KEY = b"entries"


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
    before = _known_before(shelf)
    same = {path: known for path, known in before.items() if digests.get(path) == known.text}
    candidates = namespace_candidates(list(digests))
    imported = {path: _imported_by(path, same, text_of) for path in digests} if candidates else {}
    names = name_modules(list(digests), mentioned_namespaces(candidates, chain.from_iterable(imported.values())))
    index = _Index(digests, names, text_of, shelf)
    entries = {path: known.entry for path, known in same.items() if known.name == names[path] and index.keeps(path)}
    index.read([path for path in digests if path not in entries and not index.keeps(path)], jobs)
    entries.update({path: entry_of(index.facts(path)) for path in digests if path not in entries})
    now = {path: _Known(digests[path], names[path], imported.get(path), entries[path]) for path in digests}
    if shelf is not None and now != before:
        with suppress(ValueError):  # a path or a name that no encoding holds: not kept
            shelf.put(_KNOWN_KEY, written(now))
    paths = {name: path for path, name in names.items()}
    by_name = {name: entries[path] for name, path in paths.items()}
    return Files(paths, by_name, lambda name: index.facts(paths[name]))


@dataclass(frozen=True, slots=True)
class _Index:
    """The facts of files with these texts under these names: read now, kept by an earlier run, or read when asked."""

    digests: Mapping[str, bytes]
    names: Mapping[str, str]
    text_of: Callable[[str], str]
    shelf: Shelf | None
    at_hand: dict[str, ModuleFacts] = field(default_factory=dict)

    def keeps(self, path: str) -> bool:
        """Whether an earlier run kept the facts."""
        return self.shelf is not None and self.shelf.holds(self._key(path))

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

    def read(self, paths: Sequence[str], jobs: int) -> None:
        """Reads files, many of them in several processes, and keeps their facts."""
        for path, facts, data in _read(paths, self._parsed, jobs if len(paths) >= WORTH_SHARING else 1):
            self.at_hand[path] = facts
            if self.shelf is not None and (data := data or _bytes_of(facts)):
                self.shelf.put(self._key(path), data)

    def _parsed(self, path: str) -> ModuleFacts:
        return index_module(self.text_of(path), path, self.names[path], is_package(path))

    def _key(self, path: str) -> bytes:
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
