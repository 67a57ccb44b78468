"""One file of byte strings by key: written whole and atomically, read in parts. What is kept there others know.

Nothing that is read is trusted: what is damaged, cut off or of another origin counts as absent.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from collint.record import Record

MAGIC = b"collint cache 3\n"

_Places = dict[bytes, tuple[int, int, int, int]]
"""Where the value of each key begins, its length, its checksum, and how often it went unused."""
_TABLE = msgspec.msgpack.Decoder(_Places)


class Entry(Record, frozen=True):
    """One value; ``age`` is how often its volume was written while nobody asked for it."""

    key: bytes
    value: bytes
    age: int


class Volume:
    """A file as it was when it was opened; without entries where there is none of this ``identity``."""

    def __init__(self, file: Path, identity: bytes) -> None:
        self._handle = -1
        self._places: _Places = {}
        self._begin = self.size = self.time = 0
        with suppress(OSError):
            self._handle = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            self._open(identity)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file; nothing is found in it any more."""
        self._places = {}
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _open(self, identity: bytes) -> None:
        status = os.fstat(self._handle)
        begin = len(MAGIC) + len(identity)
        head = self._read(0, begin + 12)
        if len(head) < begin + 12 or head[:begin] != MAGIC + identity:
            return
        length = int.from_bytes(head[begin + 4 :], "little")
        if length > status.st_size:
            return
        table = self._read(begin + 12, length)
        if zlib.crc32(table) != int.from_bytes(head[begin : begin + 4], "little"):
            return
        with suppress(msgspec.MsgspecError):
            self._places = _TABLE.decode(table)
            self._begin = begin + 12 + length
            self.size, self.time = status.st_size, status.st_mtime_ns

    def kept(self) -> Iterable[bytes]:
        """The keys of its values."""
        return self._places.keys()

    def holds(self, key: bytes) -> bool:
        """Whether there is a value of that key; whether it is sound :meth:`get` tells."""
        start, length, _, _ = self._places.get(key, (0, -1, 0, 0))
        return length >= 0 and self._begin + start + length <= self.size

    def get(self, key: bytes) -> bytes | None:
        """The value of that key; one that is not as it was written is given up."""
        found = self._places.get(key)
        if found is None:
            return None
        start, length, checksum, _ = found
        data = self._read(self._begin + start, length)
        if len(data) != length or zlib.crc32(data) != checksum:
            del self._places[key]
            return None
        return data

    def age(self, key: bytes) -> int:
        """How often it was written while nobody asked for this value."""
        return self._places[key][3]

    def _read(self, start: int, length: int) -> bytes:
        """So many bytes from a place on, fewer at the file's end. Forks share the file, and so no position in it."""
        with suppress(OSError, OverflowError, ValueError):
            if hasattr(os, "pread"):
                return os.pread(self._handle, length, start)
            os.lseek(self._handle, start, os.SEEK_SET)
            return os.read(self._handle, length)
        return b""


def write(file: Path, identity: bytes, entries: Sequence[Entry]) -> None:
    """Put a volume of these entries in the place of ``file``. Raises OSError where that cannot be done."""
    places: _Places = {}
    offset = 0
    for entry in entries:
        places[entry.key] = (offset, len(entry.value), zlib.crc32(entry.value), entry.age)
        offset += len(entry.value)
    table = msgspec.msgpack.encode(places)
    head = MAGIC + identity + zlib.crc32(table).to_bytes(4, "little") + len(table).to_bytes(8, "little")
    name = file.with_name(f".{file.name}-{os.urandom(8).hex()}")
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines((head, table, *(entry.value for entry in entries)))
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
