"""Lines of text that show a pack to people: a heading per table, a line per row. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from collint.knowledge.pack import Pack
from collint.knowledge.rows import Row
from collint.knowledge.validate import tables

HIDDEN = frozenset({"name", "also", "about", "kind"})


def lines(pack: Pack) -> Iterator[str]:
    """The pack's head, then its tables in the order of the type; fields that hold their default are left out."""
    yield f"{pack.library}: {pack.about}".rstrip(": ")
    for table, rows in tables(pack):
        if rows:
            yield f"[{table}]"
        for row in rows:
            yield f"  {title(row)}{_fields(row)}"


def title(row: Row) -> str:
    """The name of a row; for one without a name what it applies to."""
    for field in ("name", "real"):
        if getattr(row, field, ""):
            return str(getattr(row, field))
    globs = (*getattr(row, "parameter", ()), *getattr(row, "attribute", ()))
    return " ".join(dict.fromkeys(globs))


def _fields(row: Row) -> str:
    shown = []
    for field in msgspec.structs.fields(row):
        value = getattr(row, field.name)
        if field.name in HIDDEN or value == field.default or not value:
            continue
        if field.name not in ("parameter", "attribute", "real"):
            shown.append(field.name if value is True else f"{field.name}={_text(value)}")
    return "  " + " ".join(shown) if shown else ""


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if isinstance(value, dict):
        return ",".join(f"{key}:{item}" for key, item in value.items())
    return str(value)
