"""Every row of a shipped pack is used by some fixture, or listed in ``pack_rows_not_covered.txt`` as not yet covered.

A row is used when the analysis of a fixture looks it up by one of its names and gets it. After adding rows or fixtures:
``python -m tests.test_pack_coverage`` writes the list anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collint import pipeline
from collint.knowledge.listing import title
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.rows import Group, Mesh, Row
from collint.knowledge.validate import tables
from collint.knowledge.vocabulary import Vocabulary
from tests.fixture_expectations import fixtures

LIST = Path(__file__).with_name("pack_rows_not_covered.txt")
LOOKUPS = (
    "collective p2p new_group dispatcher registration delegate handed application accessor handle rank size agreement "
    "source source_method uniform transfer transfer_method parameter_hint attribute_hint computed_method"
).split()
"""Methods of the vocabulary that answer with a row. What is asked in other ways counts as not covered."""


def keys() -> dict[str, str]:
    """Of each row of the shipped packs its key in the list: library, table, name, and kind where it has one."""
    found: dict[str, str] = {}
    for pack in load_packs(default_pack_paths())[0].packs:
        for table, rows in tables(pack):
            for row in rows:
                if not isinstance(row, (Mesh, Group)):
                    found[_identity(row)] = f"{pack.library} {table} {title(row)} {getattr(row, 'kind', '')}".rstrip()
    return found


def _identity(row: Row) -> str:
    """Rows of sources and hints are rewritten with expanded axes, so that their names stand for them."""
    return f"{type(row).__name__} {title(row)} {getattr(row, 'kind', '')}"


def used() -> frozenset[str]:
    """Keys of the rows that the analysis of some fixture was given."""
    seen: set[str] = set()
    patch = pytest.MonkeyPatch()
    for name in LOOKUPS:
        patch.setattr(Vocabulary, name, _recording(getattr(Vocabulary, name), seen))
    try:
        for top in sorted({fixture.top for fixture in fixtures()}):
            pipeline.analyse_tree(top)
    finally:
        patch.undo()
    known = keys()
    return frozenset(known[identity] for identity in seen if identity in known)


def _recording(lookup: Callable[..., Any], seen: set[str]) -> Callable[..., Any]:
    def recorded(*arguments: Any) -> Any:
        row = lookup(*arguments)
        if row is not None:
            seen.add(_identity(row))
        return row

    return recorded


def _not_covered() -> Iterator[str]:
    covered = used()
    return (key for key in sorted(set(keys().values())) if key not in covered)


def test_the_list_of_rows_without_a_fixture_is_honest() -> None:
    listed = set(LIST.read_text("utf-8").splitlines())
    open_rows = set(_not_covered())
    assert not open_rows - listed, "rows without a fixture that the list does not admit"
    assert not listed - open_rows, "rows that are covered by now, or gone: write the list anew"


if __name__ == "__main__":
    LIST.write_text("".join(f"{key}\n" for key in _not_covered()), "utf-8")
