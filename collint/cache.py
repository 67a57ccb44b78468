"""Keeps what one run worked out for the next: byte strings by key, in one file per kind. What they mean, others know.

Nothing that is read here is trusted: a file of another version, a damaged or a hostile one counts as absent. Files are
replaced whole and atomically, so that runs beside each other only lose each other's additions.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from collint import rules

MAGIC = b"collint cache 2\n"
KEPT_UNUSED = 8
"""Times that a file is written while an entry goes unused before the entry is left out."""
MAX_PROJECTS = 32
"""Projects in the user's own cache; beyond this the one that was written longest ago goes."""
MAX_BYTES = 400_000_000
"""Of one file; what does not fit is worked out anew each time."""

_IGNORE = "# Made by collint; safe to delete.\n*\n"
_Places = dict[bytes, tuple[int, int, int, int]]
"""Where the value of each key begins, its length, its checksum, and how often it went unused."""
_TABLE = msgspec.msgpack.Decoder(_Places)
_PLACE = len(MAGIC) + 32 + 4 + 8


class Shelf:
    """The entries of one file, read when first asked for."""

    def __init__(self, file: Path, identity: bytes) -> None:
        self._file = file
        self._identity = identity
        self._places: _Places | None = None
        self._data: memoryview = memoryview(b"")
        self._used: set[bytes] = set()
        self._added: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> memoryview | None:
        """What was kept under ``key``."""
        found = self._known().get(key)
        if found is None:
            return None
        start, length, checksum, _ = found
        data = self._data[start : start + length]
        if zlib.crc32(data) != checksum:
            del self._known()[key]
            return None
        self._used.add(key)
        return data

    def holds(self, key: bytes) -> bool:
        """Whether something was kept under ``key``, which counts as used; :meth:`get` tells whether it is sound."""
        start, length, _, _ = self._known().get(key, (0, -1, 0, 0))
        if length < 0 or start + length > len(self._data):
            return False
        self._used.add(key)
        return True

    def put(self, key: bytes, value: bytes) -> None:
        """Keep ``value``; it reaches the disk with :meth:`save`."""
        self._added[key] = value

    def written(self) -> int:
        """When the file was written, in nanoseconds, as the file system tells the time; 0 where there is none."""
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0

    def save(self) -> None:
        """Write the file anew if something was added. What cannot be written is not kept; that is no error."""
        if not self._added:
            return
        places: _Places = {}
        values: list[bytes | memoryview] = []
        offset = 0
        for key, value, checksum, age in self._entries():
            if offset + len(value) <= MAX_BYTES:
                places[key] = (offset, len(value), checksum, age)
                values.append(value)
                offset += len(value)
        with suppress(OSError):
            _replace(self._file, (_head(places, self._identity), *values))
        self._added = {}

    def _entries(self) -> Iterator[tuple[bytes, bytes | memoryview, int, int]]:
        """Key, value, checksum and age: what was added, then what is kept."""
        for key, value in self._added.items():
            yield key, value, zlib.crc32(value), 0
        for key, (start, length, checksum, age) in self._known().items():
            age = 0 if key in self._used else age + 1
            if key not in self._added and age <= KEPT_UNUSED:
                yield key, self._data[start : start + length], checksum, age

    def _known(self) -> _Places:
        if self._places is None:
            self._places, self._data = _unpacked(_read(self._file), self._identity)
        return self._places


class Cache:
    """The shelves of one project. ``folder`` is None where nothing is to be kept."""

    def __init__(self, folder: Path | None, identity: bytes = b"") -> None:
        self._folder = folder
        self._identity = identity
        self._shelves: dict[str, Shelf] = {}

    def shelf(self, name: str) -> Shelf | None:
        """The shelf of that name."""
        if self._folder is None:
            return None
        if name not in self._shelves:
            self._shelves[name] = Shelf(self._folder / name, self._identity)
        return self._shelves[name]

    def save(self) -> None:
        """Write what was added to any shelf."""
        for shelf in self._shelves.values():
            shelf.save()


NOTHING_KEPT = Cache(None)


def digest(*parts: bytes) -> bytes:
    """A key for these parts: equal for equal ones, in equal order, and practically for no others."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()


def contents(files: Iterable[Path]) -> bytes:
    """The paths of ``files`` and what they contain, as a part of a key; those that cannot be read are left out."""
    found = []
    for file in files:
        with suppress(OSError):
            found.append(str(file).encode(errors="surrogatepass") + b"\0" + file.read_bytes())
    return digest(*found)


def open_cache(root: Path, folder: Path | None) -> Cache:
    """The cache of the project at ``root``: in ``folder``, or in the user's own cache folder.

    In a folder that was given, projects are told apart by their way from it, so that both may move together.
    """
    if folder is not None:
        name, top = os.path.relpath(root, folder), folder
    else:
        name, top = str(root), default_folder()
    place = top / hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not (top / ".gitignore").exists():
            (top / ".gitignore").write_text(_IGNORE, encoding="utf-8")
        if folder is None:
            _prune(top, place)
    except OSError:
        return NOTHING_KEPT
    return Cache(place, identity())


def default_folder() -> Path:
    """``runs`` in ``COLLINT_CACHE``, or in ``collint`` in the user's cache folder: outside every repository."""
    if given := os.environ.get("COLLINT_CACHE"):
        return Path(given, "runs")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "collint", "runs")


def identity() -> bytes:
    """What a kept result depends on besides its input: collint's own files, its packs, and Python with its parser."""
    found = hashlib.sha256(repr(sys.version_info).encode())
    for file in _own_files():
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.digest()


def _own_files() -> Iterable[Path]:
    package = Path(__file__).parent
    return (*sorted(package.rglob("*.py")), *sorted(path for path in rules.folder().rglob("*") if path.is_file()))


# ------------------------------------------------------------------------------------------------------------- files


def _head(places: _Places, own: bytes) -> bytes:
    """What stands before the values: magic, identity, checksum and length of the table of places, that table."""
    table = msgspec.msgpack.encode(places)
    return MAGIC + own + zlib.crc32(table).to_bytes(4, "little") + len(table).to_bytes(8, "little") + table


def _unpacked(data: bytes, own: bytes) -> tuple[_Places, memoryview]:
    """The places and the values of a file; nothing where it is not one of ours, as it was written."""
    nothing: tuple[_Places, memoryview] = ({}, memoryview(b""))
    begin = len(MAGIC) + len(own)
    if len(data) < _PLACE or data[:begin] != MAGIC + own:
        return nothing
    view = memoryview(data)
    length = int.from_bytes(view[begin + 4 : _PLACE], "little")
    table = view[_PLACE : _PLACE + length]
    if zlib.crc32(table) != int.from_bytes(view[begin : begin + 4], "little"):
        return nothing
    try:
        places = _TABLE.decode(table)
    except msgspec.MsgspecError:
        return nothing
    return places, view[_PLACE + length :]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _replace(file: Path, data: Iterable[bytes | memoryview]) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(data)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _prune(top: Path, own: Path) -> None:
    """Removes the project that was written longest ago where there are too many."""
    folders = [entry for entry in top.iterdir() if entry.is_dir() and entry != own]
    if len(folders) >= MAX_PROJECTS:
        shutil.rmtree(min(folders, key=lambda folder: folder.stat().st_mtime), ignore_errors=True)
