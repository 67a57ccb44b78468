"""Check what the shape of a pack cannot express: that its rows refer to things that exist. Reading files is elsewhere.

A problem is a pair: the row's place (``collective[3].group``) and a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from collint.knowledge.arguments import parse_argument
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Group, Named, Row
from collint.knowledge.scope import with_extended

Problem = tuple[str, str]

ARGUMENT_FIELDS: dict[str, tuple[str, ...]] = {
    "accessor": ("in_place", "axis"),
    "handle": ("made_from",),
    "rank": ("group", "axis"),
    "size": ("group",),
    "collective": (
        "group",
        "payload",
        "agrees",
        "sizes",
        "root",
        "group_root",
        "reduce_op",
        "lists",
        "handle_when",
        "members",
        "taken_from",
    ),
    "p2p": ("peer", "group_peer", "group", "payload"),
    "source": ("shared_by",),
    "agreement": ("group", "agrees"),
    "transfer": (
        "extent_from_data",
        "data_from_extent",
        "extent_only",
        "shape_from_data",
        "only",
        "reads",
        "keeps",
        "joins",
        "reduces",
        "pads",
        "splits",
        "same",
        "group",
    ),
    "new_group": ("ranks", "group", "local_when", "axis"),
    "dispatcher": ("method", "agrees"),
    "registration": ("operation", "function"),
    "handed": ("arguments",),
    "entry": ("function", "arguments"),
}
"""Per table, the fields that hold argument spellings."""

GROUP_FIELDS: dict[str, str] = {
    "accessor": "group",
    "handle": "group",
    "rank": "of",
    "size": "of",
    "collective": "default_group",
    "p2p": "default_group",
    "agreement": "of",
    "new_group": "over",
    "hint": "rank_of",
}
"""Per table, the field that names a group."""

_IDENTIFIER = r"[A-Za-z_]\w*"
_QUALIFIED = re.compile(rf"\.?{_IDENTIFIER}(\.{_IDENTIFIER})*(\[\w+\])?", re.ASCII)


def validate(packs: Iterable[Pack]) -> Iterator[tuple[Pack, Problem]]:
    """Yield what is wrong in each pack. A row may refer to groups and axes of its library and of what that extends."""
    packs = tuple(packs)
    for pack in packs:
        libraries = with_extended(packs, (pack.library,))
        known = [other for other in packs if other.library in libraries]
        groups = {"world"} | {group.name for other in known for group in other.group}
        axes = {"*"} | {axis for other in known for mesh in other.mesh for axis in (*mesh.axes, *mesh.within)}
        for problem in _problems_of(pack, groups, axes):
            yield pack, problem


def _problems_of(pack: Pack, groups: set[str], axes: set[str]) -> Iterator[Problem]:
    yield from _parents(pack)
    for table, rows in tables(pack):
        yield from _duplicates(table, rows)
        for number, row in enumerate(rows):
            place = f"{table}[{number}]"
            yield from _names(place, row)
            yield from _arguments(table, place, row)
            yield from _groups(table, place, row, groups)
            if table in ("group", "source", "hint"):
                yield from _axes(place, row, axes)


def tables(pack: Pack) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """The tables of rows of a pack, with their names, in the order of the type."""
    for field in msgspec.structs.fields(pack):
        value = getattr(pack, field.name)
        if isinstance(value, tuple) and field.name not in ("extends", "modules"):
            yield field.name, value


def _parents(pack: Pack) -> Iterator[Problem]:
    for number, mesh in enumerate(pack.mesh):
        known = {*mesh.axes, *mesh.within}
        for child, parent in mesh.within.items():
            if parent not in known or parent == child:
                place = f"mesh[{number}].within.{child}"
                yield place, f"unknown axis {parent!r}; the mesh has {_listed(known - {child})}"
        for axis in mesh.splits:
            if axis not in known:
                yield f"mesh[{number}].splits", f"unknown axis {axis!r}; the mesh has {_listed(known)}"


def _duplicates(table: str, rows: Iterable[Row]) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        for name in _all_names(row):
            earlier = first.setdefault((getattr(row, "kind", ""), name), number)
            if earlier != number:
                yield f"{table}[{number}]", f"{name!r} is already the name of {table}[{earlier}]"


def _all_names(row: Row) -> tuple[str, ...]:
    if isinstance(row, Named):
        return (row.name, *row.also)
    name = getattr(row, "name", None) or getattr(row, "real", None)
    return (name,) if name else ()


def _names(place: str, row: Row) -> Iterator[Problem]:
    if not isinstance(row, Named):
        return
    for name in (row.name, *row.also):
        if not _QUALIFIED.fullmatch(name):
            yield f"{place}.name", f"{name!r} is not a qualified name, such as 'package.module.function'"


def _arguments(table: str, place: str, row: Row) -> Iterator[Problem]:
    for field in ARGUMENT_FIELDS.get(table, ()):
        for spelling in _strings(getattr(row, field)):
            try:
                parse_argument(spelling)
            except ValueError as error:
                yield f"{place}.{field}", str(error)


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if value else ()


def _groups(table: str, place: str, row: Row, groups: set[str]) -> Iterator[Problem]:
    field = GROUP_FIELDS.get(table)
    name = getattr(row, field) if field else ""
    if name and name not in groups:
        yield f"{place}.{field}", f"unknown group {name!r}; this pack knows {_listed(groups)}"


def _axes(place: str, row: Any, axes: set[str]) -> Iterator[Problem]:
    if isinstance(row, Group) and bool(row.axes) == row.unknown:
        yield f"{place}.axes", "a group names its axes, or says `unknown = true`"
    for axis in row.axes:
        if axis not in axes:
            yield f"{place}.axes", f"unknown axis {axis!r}; this pack knows {_listed(axes)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
