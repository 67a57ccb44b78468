"""Text of functions to their statements, by ``syntax`` or from an earlier run. What is lowered when, others decide."""

from __future__ import annotations

from contextlib import suppress

from collint.cache import Shelf, digest
from collint.ir.node import Reader, written
from collint.syntax.slices import Lowered, SourceSlice

_READER: Reader[Lowered] = Reader(Lowered)


class Lowering:
    """Lowers slices, and keeps what came of them on a shelf where there is one."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf

    def of(self, source: SourceSlice) -> Lowered:
        """The functions of a slice."""
        if self._shelf is None:
            return _lowered(source)
        key = digest(*(str(part).encode(errors="surrogatepass") for part in _parts(source)))
        data = self._shelf.get(key)
        kept = _READER.read(data) if data is not None else None
        if kept is not None:
            return kept
        found = _lowered(source)
        with suppress(RecursionError, ValueError):  # too deep, or a text that no encoding holds: lowered anew each time
            self._shelf.put(key, written(found))
        return found


def _parts(source: SourceSlice) -> tuple[object, ...]:
    return (source.text, source.qualname, source.first_line, source.module, source.is_package)


def _lowered(source: SourceSlice) -> Lowered:
    from collint.syntax.lower import lower  # often not needed: what was kept is had without

    return lower(source)
