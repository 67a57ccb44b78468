"""Keeps what one run worked out for the next: byte strings by key, in shelves. What they mean, others know.

What a shelf gained lately stands in a small volume beside the large one, so that a run that adds little writes little.
Runs beside each other only lose each other's additions. How a volume is read and written is :mod:`collint.volume`.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from collint import rules
from collint.volume import Entry, Volume, write

KEPT_UNUSED = 8
"""Times that a shelf is written whole while an entry goes unused before the entry is left out."""
MAX_PROJECTS = 32
"""Projects in the user's own cache; beyond this the one that was written longest ago goes."""
MAX_BYTES = 400_000_000
"""Of one shelf; what does not fit is worked out anew each time."""
LATELY = 4
"""A shelf is written whole when what it gained since is more than one part in so many of it."""

_IGNORE = "# Made by collint; safe to delete.\n*\n"


class Shelf:
    """The entries of two files, opened when first asked for: ``file``, and beside it what was added since.

    Times that an entry went unused are counted where it is in the large one.
    """

    def __init__(self, file: Path, identity: bytes) -> None:
        self._file = file
        self._recent = file.with_name(f"{file.name}.recent")
        self._identity = identity
        self._opened: tuple[Volume, Volume] | None = None
        self._used: set[bytes] = set()
        self._added: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """What was kept under ``key``."""
        for volume in self._volumes():
            found = volume.get(key)
            if found is not None:
                self._used.add(key)
                return found
        return None

    def holds(self, key: bytes) -> bool:
        """Whether something was kept under ``key``, which counts as used; :meth:`get` tells whether it is sound."""
        found = any(volume.holds(key) for volume in self._volumes())
        if found:
            self._used.add(key)
        return found

    def held(self, keys: Iterable[bytes]) -> frozenset[bytes]:
        """Those of the keys under which something was kept; as :meth:`holds`."""
        recent, whole = self._volumes()
        found = frozenset(key for key in keys if whole.holds(key) or recent.holds(key))
        self._used |= found
        return found

    def kept(self) -> frozenset[bytes]:
        """The keys under which something was kept."""
        return frozenset(key for volume in self._volumes() for key in volume.kept())

    def put(self, key: bytes, value: bytes) -> None:
        """Keep ``value``; it reaches the disk with :meth:`save`."""
        self._added[key] = value

    def written(self) -> int:
        """When it was last written, in nanoseconds, as the file system tells the time; 0 where it never was."""
        return max(volume.time for volume in self._volumes())

    def save(self) -> None:
        """Write down what was added. What cannot be written is not kept; that is no error."""
        if not self._added:
            return
        recent, whole = self._volumes()
        gained = recent.size + sum(map(len, self._added.values()))
        with suppress(OSError):
            if gained * LATELY <= whole.size:
                entries = list(self._entries(_kept(recent)))
                recent.close()
                write(self._recent, self._identity, entries)
            else:
                entries = list(self._entries((*_kept(recent), *map(self._aged, _kept(whole)))))
                for volume in (recent, whole):  # a file that is open cannot be replaced everywhere
                    volume.close()
                self._recent.unlink(missing_ok=True)
                write(self._file, self._identity, entries)
        self._added, self._opened = {}, None

    def _entries(self, kept: Iterable[Entry]) -> Iterator[Entry]:
        """What was added, then what was kept; what went unused too often or does not fit is left out."""
        size = 0
        seen: set[bytes] = set()
        for entry in (*(Entry(key, value, 0) for key, value in self._added.items()), *kept):
            size += len(entry.value)
            if entry.key not in seen and entry.age <= KEPT_UNUSED and size <= MAX_BYTES:
                seen.add(entry.key)
                yield entry

    def _aged(self, entry: Entry) -> Entry:
        return Entry(entry.key, entry.value, 0 if entry.key in self._used else entry.age + 1)

    def _volumes(self) -> tuple[Volume, Volume]:
        if self._opened is None:
            self._opened = (Volume(self._recent, self._identity), Volume(self._file, self._identity))
        return self._opened


def _kept(volume: Volume) -> Iterator[Entry]:
    for key in tuple(volume.kept()):
        value = volume.get(key)
        if value is not None:
            yield Entry(key, value, volume.age(key))


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


def _prune(top: Path, own: Path) -> None:
    """Removes the project that was written longest ago where there are too many."""
    folders = [entry for entry in top.iterdir() if entry.is_dir() and entry != own]
    if len(folders) >= MAX_PROJECTS:
        import shutil  # seldom needed

        shutil.rmtree(min(folders, key=lambda folder: folder.stat().st_mtime), ignore_errors=True)
