"""Which files a name stands in, as an earlier run wrote it down for many of them. What a name means there others know.

A table is opened when it is first asked, and of it no more than what is said of a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from struct import pack, unpack

from collint.cache import Shelf, digest
from collint.ir.node import Reader, written

ONE_IN = 16
"""The tables are written anew when more than one file in so many is not as it was when they were."""

_KEY = b"tables"
_MODULES: Reader[list[tuple[str, bytes]]] = Reader(list[tuple[str, bytes]])
_TABLE: Reader[dict[str, bytes]] = Reader(dict[str, bytes])


class Tables:
    """The tables of an earlier run, as far as they speak of modules that are the same now. ``others`` are the rest."""

    def __init__(self, shelf: Shelf | None, modules: Mapping[str, bytes]) -> None:
        """``modules`` by name, each with what is equal for the same."""
        self._shelf = shelf
        self._head = (shelf.get(_KEY) if shelf is not None else None) or b""
        known = (_MODULES.read(self._head) if self._head else None) or []
        self._modules = [name if modules.get(name) == of_it else None for name, of_it in known]
        self.others = frozenset(modules).difference(name for name in self._modules if name is not None)
        self._opened: dict[str, dict[str, bytes] | None] = {}

    def has(self, table: str) -> bool:
        """Whether there is a table of that name."""
        return self._table(table) is not None

    def find(self, table: str, name: str) -> Sequence[str]:
        """The modules that have this name in a table, sorted."""
        numbers = (self._table(table) or {}).get(name, b"")
        found = (self._modules[number] for number in unpack(f"<{len(numbers) // 4}I", numbers))
        return [module for module in found if module is not None]

    def _table(self, table: str) -> dict[str, bytes] | None:
        if table not in self._opened:
            data = self._shelf.get(_key(self._head, table)) if self._shelf is not None and self._head else None
            self._opened[table] = _TABLE.read(data) if data is not None else None
        return self._opened[table]


def kept_tables(
    shelf: Shelf | None, modules: Mapping[str, bytes], tables: Sequence[str], words: Callable[[str], object]
) -> Tables:
    """Those that were kept; where too many modules are others now, they are made anew and kept for the next run.

    The ``words`` of a module have an attribute of names for each table.
    """
    kept = Tables(shelf, modules)
    if shelf is None or len(kept.others) * ONE_IN <= len(modules):
        return kept
    every = sorted(modules)
    found: dict[str, dict[str, list[int]]] = {table: {} for table in tables}
    for number, module in enumerate(every):
        of_it = words(module)
        for table, numbers in found.items():
            for name in getattr(of_it, table):
                numbers.setdefault(name, []).append(number)
    with suppress(ValueError):  # a name that no encoding holds: not kept
        head = written([(module, modules[module]) for module in every])
        for table, of_names in found.items():
            packed = {name: pack(f"<{len(numbers)}I", *numbers) for name, numbers in of_names.items()}
            shelf.put(_key(head, table), written(packed))
        shelf.put(_KEY, head)
    return kept


def _key(head: bytes, table: str) -> bytes:
    return digest(head, table.encode())
