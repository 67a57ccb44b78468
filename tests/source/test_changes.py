"""Which lines a change touches."""

from __future__ import annotations

import pytest

from collint.source.changes import Changes, _changed, _renamed
from collint.source.files import SourceFile

BEFORE = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (["a", "b", "c", "d"], ()),
        (["a", "b", "x", "c", "d"], ((3, 3),)),
        (["a", "x", "y", "d"], ((2, 3),)),
        (["a", "b", "d"], ((2, 3),)),
        (["b", "c", "d"], ((1, 1),)),
        (["a", "b", "c"], ((3, 3),)),
        (["a", "x", "c", "d", "y"], ((2, 2), (5, 5))),
        (["x"], ((1, 1),)),
        ([""], ((1, 1),)),
    ],
    ids=["nothing", "added", "replaced", "removed", "first removed", "last removed", "two places", "all", "emptied"],
)
def test_changed_lines(now: list[str], expected: tuple[tuple[int, int], ...]) -> None:
    assert _changed(BEFORE, now) == expected


def test_a_range_touches_what_overlaps_it() -> None:
    changes = Changes({"a.py": ((3, 5),)}, {})
    assert [changes.touch("a.py", first, last) for first, last in ((1, 2), (2, 3), (4, 4), (5, 9), (6, 6))] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert not changes.touch("b.py", 3, 5)


def test_a_renamed_file_is_recognised_by_its_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(10))
    gone = {"x/a.py": text.encode(), "x/other.py": b"nothing\nalike\n"}
    assert _renamed(SourceFile("y/a.py", text), gone) == text.split("\n")
    assert _renamed(SourceFile("y/b.py", text + "\nmore"), gone) == text.split("\n")
    assert _renamed(SourceFile("y/b.py", "quite\nanother\n"), gone) is None
