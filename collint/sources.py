"""The texts that a run is about. They come from disk, or from wherever else they stand: a revision, an editor's buffer.

A file that looks as it did when it was last read is not opened before its text is wanted. What is made of the texts is
:mod:`collint.building`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from collint.cache import NOTHING_KEPT, Cache, Shelf, digest
from collint.config import Settings
from collint.ir.node import Node, Reader, written
from collint.record import Record, field
from collint.source import MARKER, Problem, SourceFile, discover, is_link, read, stamp

Progress = Callable[[str], None]
SETTLED = 2_000_000_000
"""Nanoseconds. A file written so shortly before its stamp was kept may have been written again within one tick of the
file system's clock; it is read again."""
_SHELF, _KEY = "stamps", b"stamps"


def silently(step: str) -> None:
    """Progress that nobody watches."""


class ChangedMeanwhile(Exception):
    """A file whose text was wanted is not what its stamp said any more."""


class Seen(Node, frozen=True):
    """What is known of a file without its text: ``digest`` of the text, whether it ``speaks`` to collint.

    ``stamp`` is what the system said of the file when it was read.
    """

    stamp: tuple[int, ...]
    digest: bytes
    speaks: bool


class Sources(Record, frozen=True):
    """The files of a program by path, what is known of each, and those that could not be read.

    Reading a text may raise :class:`ChangedMeanwhile`.
    """

    files: Mapping[str, SourceFile]
    problems: Sequence[Problem] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def about(self, path: str) -> Seen:
        """What is known of a file, read if need be."""
        return self.seen.get(path) or seen(self.files[path])

    def may_lead_elsewhere(self, path: str) -> bool:
        """Whether a file is, for all that is known of it, a link."""
        about = self.seen.get(path)
        return about is None or not about.stamp or is_link(about.stamp)

    def let_go(self) -> None:
        """Forget the texts that can be read again."""
        if isinstance(self.files, _Unopened):
            self.files.let_go()


def sources_of(files: Iterable[SourceFile | Problem]) -> Sources:
    """``files`` parted into those with a text and those without."""
    every = list(files)
    return Sources(
        {file.path: file for file in every if isinstance(file, SourceFile)},
        [file for file in every if isinstance(file, Problem)],
    )


def on_disk(
    root: Path,
    paths: Sequence[Path],
    settings: Settings,
    texts: Mapping[str, str] | None = None,
    cache: Cache = NOTHING_KEPT,
    whole: bool = False,
) -> Sources:
    """The files of the project at ``root``; those in ``texts`` have the text given there, on disk or not.

    Where ``whole`` is wanted, each text is read now and kept.
    """
    given = texts or {}
    shelf = cache.shelf(_SHELF)
    before = _remembered(shelf)
    known: dict[str, Seen] = {}
    at_hand: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    start = os.path.join(root, "")
    for name in discover(root, paths, settings.exclude, settings.force_exclude):
        if name in given:
            at_hand[name] = SourceFile(name, given[name])
            known[name] = seen(at_hand[name])
            continue
        now = stamp(start + name)
        earlier = before.get(name)
        if earlier is not None and earlier.stamp == now and not whole:
            known[name] = earlier
            continue
        file = read(root, name)
        if isinstance(file, Problem):
            problems.append(file)
        else:
            at_hand[name] = file
            known[name] = seen(file, now)
    if shelf is not None and known != before:
        shelf.put(_KEY, written({name: one for name, one in known.items() if one.stamp}))
    return Sources(at_hand if whole else _Unopened(root, known, at_hand, frozenset(given)), problems, known)


def seen(file: SourceFile, stamp: tuple[int, ...] = ()) -> Seen:
    """What is to be known of a file that was read; without a stamp nothing tells later whether it is the same."""
    return Seen(stamp, digest(file.text.encode(errors="surrogatepass")), MARKER in file.text)


def _remembered(shelf: Shelf | None) -> dict[str, Seen]:
    """The files that were seen by an earlier run, and had not just been written then."""
    data = shelf.get(_KEY) if shelf is not None else None
    found = Reader(dict[str, Seen]).read(data) if data is not None else None
    if shelf is None or found is None:
        return {}
    limit = shelf.written() - SETTLED
    return {name: one for name, one in found.items() if one.stamp and max(one.stamp[1:3]) < limit}


class _Unopened(Mapping[str, SourceFile]):
    """Files by path, each read when it is first asked for. Those that were ``given`` are on no disk."""

    def __init__(
        self, root: Path, known: Mapping[str, Seen], at_hand: dict[str, SourceFile], given: frozenset[str]
    ) -> None:
        self._root = root
        self._known = known
        self._at_hand = at_hand
        self._given = given
        self._keeping = True

    def let_go(self) -> None:
        """Forget what can be read again, and keep no text from now on."""
        self._at_hand = {path: file for path, file in self._at_hand.items() if path in self._given}
        self._keeping = False

    def __getitem__(self, path: str) -> SourceFile:
        found = self._at_hand.get(path)
        if found is None:
            expected = self._known[path]
            file = read(self._root, path)
            if isinstance(file, Problem) or seen(file).digest != expected.digest:
                raise ChangedMeanwhile(path)
            found = file
            if self._keeping:
                self._at_hand[path] = file
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, path: object) -> bool:
        return path in self._known
