"""The table of packs against releases: what a line says, and where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import pack_rows
from benchmarks.fetch_release import FetchError
from benchmarks.pack_rows import END, PINNED, README, START, Line, lines, with_table
from collint.against import Comparison, Doubt
from collint.knowledge.load import default_pack_paths, load_packs


def test_a_line_names_what_the_release_does_not_confirm() -> None:
    doubts = (Doubt("rank[0]", "lib.core.rank", "is not defined"), Doubt("rank[0]", "lib.core.rank", "it takes x"))
    line = Line("lib", "lib-cpu", "1.2", Comparison(7, 0, doubts))
    assert str(line) == "| `lib` | lib-cpu 1.2 | 7 | 1 | `rank` |"


def test_a_release_that_cannot_be_had_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, version: str, cache: Path) -> Path:
        raise FetchError(f"no wheel of {name} {version}")

    monkeypatch.setattr(pack_rows, "fetch", refuse)
    (found,) = lines(tmp_path, "mpi4py")
    assert str(found) == "| `mpi4py` | mpi4py 4.1.2 | – | – | no wheel of mpi4py 4.1.2 |"


def test_the_table_replaces_what_stands_between_the_marks() -> None:
    assert with_table(f"a\n{START}\nold\n{END}\nb", "new") == f"a\n{START}\nnew\n{END}\nb"
    with pytest.raises(ValueError, match="no place"):
        with_table("a", "new")
    assert with_table(README.read_text("utf-8"), "x")


def test_every_pinned_release_belongs_to_a_pack() -> None:
    assert {library for library, _, _ in PINNED} <= {pack.library for pack in load_packs(default_pack_paths())[0].packs}
