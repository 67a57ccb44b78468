"""Read knowledge packs from TOML files and merge them into a vocabulary. What rows mean is elsewhere.

A bad row is left out and named as a problem; the rest of its pack still counts.
"""

from __future__ import annotations

import hashlib
import re
import sys
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from collint import rules
from collint.findings import PackUsed
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Row
from collint.knowledge.validate import validate
from collint.knowledge.vocabulary import Vocabulary

ROW_TYPES: dict[str, type[Row]] = {
    field.name: typing.get_args(field.type)[0]
    for field in msgspec.structs.fields(Pack)
    if typing.get_origin(field.type) is tuple and typing.get_args(field.type)[0] is not str
}
"""Per table of a pack, the type of its rows."""

_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(?P<key>.*?)`(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)


def default_pack_paths() -> tuple[Path, ...]:
    """The packs that ship with collint: inside an installed wheel, else those of the source checkout."""
    return tuple(sorted((rules.folder() / "models").glob("*.toml")))


def load_packs(paths: Iterable[Path], own: Iterable[Path] = ()) -> tuple[Vocabulary, tuple[str, ...]]:
    """Read ``paths``, then the user's ``own``; later ones override earlier ones, a pack comes after those it extends.

    The user's own packs count for every program, whatever it imports. Problems come back as lines that begin with the
    file and the row's place; nothing is raised for bad input.
    """
    problems: list[str] = []
    loaded: list[tuple[str, Pack]] = []
    for path, always in [*((path, False) for path in paths), *((path, True) for path in own)]:
        pack = _read(path, problems)
        if pack is not None:
            pack = msgspec.structs.replace(pack, always=pack.always or always)
            loaded.append((path.as_posix(), pack))
    files = {id(pack): file for file, pack in loaded}
    packs = _in_order(loaded, problems)
    problems.extend(f"{files[id(pack)]}: {place}: {text}" for pack, (place, text) in validate(packs))
    return Vocabulary(packs), tuple(problems)


def packs_used(vocabulary: Vocabulary) -> tuple[PackUsed, ...]:
    """What a report tells of the packs behind it; equal contents have equal digests, however they are laid out."""
    return tuple(
        PackUsed(pack.library, pack.about, row_count(pack), hashlib.sha256(msgspec.json.encode(pack)).hexdigest()[:12])
        for pack in vocabulary.packs
    )


def row_count(pack: Pack) -> int:
    """How many rows all tables of ``pack`` hold together."""
    return sum(len(getattr(pack, table)) for table in ROW_TYPES)


def _read(path: Path, problems: list[str]) -> Pack | None:
    if sys.version_info >= (3, 11):  # imported here: most runs take packs that an earlier one has read
        import tomllib
    else:
        import tomli as tomllib

    file = path.as_posix()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{file}: cannot be read: {_reason(error)}")
        return None
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file}: is not TOML: {error}")
        return None
    raw_rows = {table: document.pop(table) for table in ROW_TYPES if table in document}
    try:
        head = msgspec.convert(document, Pack)
    except msgspec.ValidationError as error:
        problems.append(f"{file}: {_worded(error, Pack, '')}")
        return None
    good = {table: tuple(_good_rows(file, table, value, problems)) for table, value in raw_rows.items()}
    return msgspec.structs.replace(head, **good)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "no such file" if isinstance(error, OSError) else "it is not UTF-8"


def _good_rows(file: str, table: str, value: Any, problems: list[str]) -> Iterator[Row]:
    if not isinstance(value, list):
        problems.append(f"{file}: {table}: expected [[{table}]] rows, got one {type(value).__name__}")
        return
    for number, raw in enumerate(value):
        try:
            yield msgspec.convert(raw, ROW_TYPES[table])
        except msgspec.ValidationError as error:
            problems.append(f"{file}: {_worded(error, ROW_TYPES[table], f'{table}[{number}]')}")


def _worded(error: msgspec.ValidationError, shape: type[msgspec.Struct], place: str) -> str:
    """``PLACE: what is wrong`` from the validator's message, which ends in a ``$``-rooted path."""
    text = str(error)
    unknown = _UNKNOWN_KEY.fullmatch(text)
    if unknown is not None:
        allowed = ", ".join(sorted(field.encode_name for field in msgspec.structs.fields(shape)))
        return f"{_place(place, unknown['path'])}: unknown key {unknown['key']!r}; allowed: {allowed}"
    found = _AT.fullmatch(text)
    what, path = (found["what"], found["path"]) if found else (text, None)
    what = what.replace("`", "")
    return f"{_place(place, path)}: {what[:1].lower()}{what[1:]}"


def _place(place: str, path: str | None) -> str:
    return f"{place}{path or ''}".lstrip(".") or "top level"


def _in_order(loaded: list[tuple[str, Pack]], problems: list[str]) -> list[Pack]:
    """Packs in the given order, except that what a pack extends comes before it."""
    by_library: dict[str, list[Pack]] = {}
    for _, pack in loaded:
        by_library.setdefault(pack.library, []).append(pack)
    ordered: list[Pack] = []
    started: set[int] = set()

    def place(pack: Pack) -> None:
        if id(pack) in started:
            return
        started.add(id(pack))
        for library in pack.extends:
            for base in by_library.get(library, ()):
                place(base)
        ordered.append(pack)

    for file, pack in loaded:
        place(pack)
        missing = [library for library in pack.extends if library not in by_library]
        problems.extend(f"{file}: extends: no pack for library {library!r} is loaded" for library in missing)
    return ordered
