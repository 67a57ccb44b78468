"""Names are found in the same files, whether an earlier run has made the tables or this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint.cache import Cache, digest
from collint.project.concordance import TABLES, Concordance
from collint.project.reading import index_files
from collint.project.tables import ONE_IN, Tables

NAMES = ("method", "wrap", "call", "call_2", "owned", "given", "Base", "call_99", "nobody")


def text(number: int) -> str:
    return f"""
class C{number}(Base{number % 3}):
    @wrap
    def method(self, other):
        self.owned = call_{number}(call())
        other.given = 1
"""


TEXTS = {f"m{number}.py": text(number) for number in range(3 * ONE_IN)}
CHANGES = [{}, {"m2.py": text(99)}, {"m0.py": "x = 1\n", "new.py": text(2)}, {"m7.py": None}, {"m1.py": "def"}]


def concordance(folder: Path, texts: dict[str, str]) -> Concordance:
    """What a run over these texts finds, with what earlier ones have kept in the folder; it keeps its own."""
    cache = Cache(folder)
    digests = {path: digest(text.encode()) for path, text in texts.items()}
    found = index_files(digests, texts.__getitem__, cache.shelf("facts")).concordance
    cache.save()
    return found


def answers(found: Concordance) -> list[object]:
    asking = (found.calling, found.owning, found.giving, found.defining, found.decorating, found.building_on)
    return [*(list(ask(name)) for ask in asking for name in NAMES), *map(found.count_calls, NAMES)]


@pytest.mark.parametrize("changes", CHANGES)
def test_tables_of_an_earlier_run_tell_what_new_ones_tell(tmp_path: Path, changes: dict[str, str | None]) -> None:
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    kept.mkdir()
    fresh.mkdir()
    concordance(kept, TEXTS)
    texts = {path: text for path, text in {**TEXTS, **changes}.items() if text is not None}
    expected = answers(concordance(fresh, texts))
    assert expected == answers(concordance(kept, texts)) == answers(concordance(kept, texts))


def test_few_changes_leave_the_tables_as_they_are(tmp_path: Path) -> None:
    first = concordance(tmp_path, TEXTS).entries
    concordance(tmp_path, {**TEXTS, "m1.py": text(99)})
    shelf = Cache(tmp_path).shelf("facts")
    modules = {
        name: digest(f"{name}.py".encode(), name.encode(), digest(TEXTS[f"{name}.py"].encode())) for name in first
    }
    assert Tables(shelf, modules).others == frozenset()
    assert all(Tables(shelf, modules).has(table) for table in TABLES)
    assert Tables(shelf, {"m2": modules["m2"], "m5": b"another"}).find("methods", "method") == ["m2"]


def test_a_table_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    expected = answers(concordance(tmp_path, TEXTS))
    shelf = Cache(tmp_path).shelf("facts")
    assert shelf is not None
    head = shelf.get(b"tables")
    assert head is not None
    shelf.put(digest(head, b"called"), b"nothing")
    shelf.save()
    assert answers(concordance(tmp_path, TEXTS)) == expected
