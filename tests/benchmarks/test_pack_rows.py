"""The table of packs against releases: what a line says, and where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import pack_rows
from benchmarks.analysed import NotHad, Release
from benchmarks.pack_releases import PINNED, Pin
from benchmarks.pack_rows import END, README, START, Line, lines, with_table
from benchmarks.pins import pin_of
from collint.against import Comparison, Doubt
from collint.knowledge.load import default_pack_paths, load_packs

PIN = Pin("torch", Release("torch-cpu", "1.2"), "abc")


def test_a_line_tells_why_names_are_not_confirmed_and_which_nobody_knows() -> None:
    doubts = (
        Doubt("rank[0]", "lib.core.rank", "is not defined"),
        Doubt("rank[0]", "lib.core.rank", "it takes x"),
        Doubt("accessor[0]", "torch.distributed.group.WORLD", "is not defined"),
    )
    line = Line(PIN, 9, Comparison(7, 0, doubts), "abc")
    why = "`WORLD` is a property of the metaclass; `rank`: not known"
    assert str(line) == f"| `torch` | 9 | torch-cpu==1.2 | `abc` | 7 | 2 | {why} |"
    assert line.unexplained == ("lib.core.rank",)


def test_a_release_that_cannot_be_had_is_skipped_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(release: Release, cache: Path) -> Path:
        raise NotHad(f"no wheel of {release}")

    monkeypatch.setattr(pack_rows, "tree_of", refuse)
    before = README.read_text("utf-8")
    assert pack_rows.main(["--library", "mpi4py"]) == 1
    said = capsys.readouterr()
    assert "| – | – | – | not compared: no wheel of mpi4py==4.1.2 |" in said.out
    assert "SKIPPED mpi4py==4.1.2: no wheel of mpi4py==4.1.2\n1 of 1 releases SKIPPED" in said.err
    assert pack_rows.main(["--write"]) == 1
    assert README.read_text("utf-8") == before


def test_files_that_are_not_the_pinned_ones_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jax.py").write_text("x = 1\n", "utf-8")
    monkeypatch.setattr(pack_rows, "tree_of", lambda release, cache: tmp_path)
    (found,) = lines(tmp_path, "jax")
    assert found.compared is None and pin_of(tmp_path).sha256[:12] in found.skipped


def test_a_commit_is_compared_as_the_release_that_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def compared(pack: object, project: object, release: str) -> Comparison:
        asked.append(release)
        return Comparison(1, 0, ())

    (tmp_path / "lib.py").write_text("x = 1\n", "utf-8")
    digest = pin_of(tmp_path).sha256[:12]
    pins = (
        Pin("jax", Release("owner/lib", "0123456789abcdef", commit=True), digest, version="1.5"),
        Pin("jax", Release("owner/lib", "fedcba9876543210", commit=True), digest),
        Pin("jax", Release("lib", "1.4"), digest),
    )
    monkeypatch.setattr(pack_rows, "PINNED", pins)
    monkeypatch.setattr(pack_rows, "tree_of", lambda release, cache: tmp_path)
    monkeypatch.setattr(pack_rows, "compare", compared)
    assert [line.skipped for line in lines(tmp_path)] == ["", "", ""]
    assert asked == ["1.5", "", "1.4"]


def test_the_table_replaces_what_stands_between_the_marks() -> None:
    assert with_table(f"a\n{START}\nold\n{END}\nb", "new") == f"a\n{START}\nnew\n{END}\nb"
    with pytest.raises(ValueError, match="no place"):
        with_table("a", "new")
    assert with_table(README.read_text("utf-8"), "x")


def test_every_library_has_a_pinned_release_or_a_reason_for_none() -> None:
    libraries = {pack.library for pack in load_packs(default_pack_paths())[0].packs}
    assert {pin.library for pin in PINNED} == libraries - {"python"}
    assert all(bool(pin.digest) != bool(pin.unpublished) for pin in PINNED)
