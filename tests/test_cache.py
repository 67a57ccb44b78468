"""What is kept between runs changes how much is worked out, never what is said."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collint import cache, cli, sources
from collint.cache import Shelf, open_cache
from collint.config import Settings
from collint.ir.node import Reader, replace, written
from collint.outcome import outcome
from collint.project import reading
from collint.sequences.summaries import Summaries
from collint.source import Problem, SourceFile, read
from collint.sources import ChangedMeanwhile, Seen, on_disk
from collint.syntax import lower
from tests.cli.projects import clean, hazard, write

IDENTITY = b"i" * 32


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, saving=hazard("save"), loading=hazard("load"), quiet=clean())
    (folder / "collint.toml").write_text("")
    return folder


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the costly steps are taken from here on."""
    counts: Counter[str] = Counter()

    def counted(place: Any, name: str) -> None:
        step: Callable[..., Any] = getattr(place, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counts[name] += 1
            return step(*arguments, **named)

        monkeypatch.setattr(place, name, counting)

    counted(reading, "index_module")
    counted(lower, "lower")
    counted(Summaries, "of_body")
    return counts


def run(project: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    arguments = ["check", str(project), "--output-format", "json", "--min-confidence", "low", *options]
    assert cli.main(arguments) in (0, 1), capsys.readouterr().err
    return capsys.readouterr().out


def test_equal_bytes_cold_and_warm_and_without(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cold = run(project, capsys)
    assert '"rule": "COL101"' in cold
    assert [run(project, capsys), run(project, capsys, "--no-cache")] == [cold, cold]


def test_a_second_run_over_equal_files_works_nothing_out(
    project: Path, capsys: pytest.CaptureFixture[str], work: Counter[str]
) -> None:
    run(project, capsys)
    assert (work["index_module"], work["lower"]) == (3, 3)
    assert work["of_body"] > 0
    work.clear()
    run(project, capsys)
    run(project, capsys, "--min-confidence", "high", "--output-format", "concise")
    assert work == {}


def test_after_a_change_only_that_file_is_read_anew(
    project: Path, capsys: pytest.CaptureFixture[str], work: Counter[str]
) -> None:
    run(project, capsys)
    write(project, saving=hazard("save", 1))
    work.clear()
    warm = run(project, capsys)
    assert (work["index_module"], work["lower"]) == (1, 1)
    assert warm == run(project, capsys, "--no-cache")
    assert "rank == 1" in warm


def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read from here on."""
    names: list[str] = []

    def noting(root: Path, path: str) -> SourceFile | Problem:
        names.append(path)
        return read(root, path)

    monkeypatch.setattr(sources, "read", noting)
    return names


def test_files_that_nobody_touched_are_not_opened(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", -(10**18))
    before = run(project, capsys)
    names = opened(monkeypatch)
    assert run(project, capsys) == before
    assert names == []
    write(project, saving=hazard("save", 1))
    assert "rank == 1" in run(project, capsys)
    assert "saving.py" in names


def test_what_was_written_just_before_is_read_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project, capsys)
    names = opened(monkeypatch)
    run(project, capsys)
    assert names == ["loading.py", "quiet.py", "saving.py"]


def test_a_change_that_keeps_size_and_time_is_seen(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", -(10**18))
    run(project, capsys)
    status = (project / "saving.py").stat()
    write(project, saving=hazard("save", 1))
    os.utime(project / "saving.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (project / "saving.py").stat().st_size == status.st_size
    assert "rank == 1" in run(project, capsys)


def test_a_file_that_is_not_what_its_stamp_says_is_read_before_all_else(
    project: Path, own_cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", -(10**18))
    run(project, capsys)
    kept = open_cache(project, None)
    shelf = kept.shelf("stamps")
    assert shelf is not None
    known = Reader(dict[str, Seen]).read(shelf.get(b"stamps") or b"")
    assert known is not None
    shelf.put(b"stamps", written({**known, "saving.py": replace(known["saving.py"], digest=b"another")}))
    kept.save()
    write(project, loading=hazard("load", 1))
    told = run(project, capsys)
    assert told == run(project, capsys, "--no-cache")
    with pytest.raises(ChangedMeanwhile):
        list(sources.on_disk(project, (project,), Settings(), cache=open_cache(project, None)).files.values())


def test_a_text_that_was_let_go_of_is_read_again_and_must_be_the_same(project: Path) -> None:
    files = sources.on_disk(project, (project,), Settings(), {"loading.py": "rank = 0"})
    before = {path: file.text for path, file in files.files.items()}
    files.let_go()
    assert before == {path: file.text for path, file in files.files.items()}
    assert before["loading.py"] == "rank = 0"
    whole = sources.on_disk(project, (project,), Settings(), whole=True)
    whole.let_go()
    write(project, saving="rank = 1")
    with pytest.raises(ChangedMeanwhile):
        files.files["saving.py"]
    assert whole.files["saving.py"].text == before["saving.py"]


def test_a_file_that_changes_while_it_is_analysed_is_read_anew(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = sources.Sources.let_go

    def changing(self: sources.Sources) -> None:
        let_go(self)
        write(project, saving=hazard("saved_meanwhile", 0))

    monkeypatch.setattr(sources.Sources, "let_go", changing)
    assert "saved_meanwhile" in run(project, capsys, "--no-cache")


def test_no_cache_keeps_nothing(project: Path, capsys: pytest.CaptureFixture[str], own_cache: Path) -> None:
    run(project, capsys, "--no-cache")
    assert list(own_cache.iterdir()) == []


def test_a_cache_folder_moves_with_its_project(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], work: Counter[str]
) -> None:
    before = run(project, capsys, "--cache-dir", str(project / ".cache"))
    assert (project / ".cache/.gitignore").read_text().endswith("*\n")
    moved = tmp_path / "elsewhere/project"
    shutil.copytree(project, moved)
    work.clear()
    assert run(moved, capsys, "--cache-dir", str(moved / ".cache")) == before
    assert work == {}


def sound(project: Path, files: list[Path]) -> dict[str, set[bytes]]:
    """The keys of what is kept, by shelf, whose bytes are as they were written; of stamps the key says nothing."""
    shelves = [(file.name, open_cache(project, None).shelf(file.name)) for file in files]
    return {name: {key for key in shelf.kept() if shelf.get(key)} for name, shelf in shelves if shelf is not None}


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data[:-3] + b"xyz", lambda data: b"\0" * 99],
    ids=["empty", "cut", "altered", "foreign"],
)
def test_a_damaged_cache_is_made_anew(
    project: Path, capsys: pytest.CaptureFixture[str], own_cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    before = run(project, capsys)
    files = [file for file in own_cache.rglob("*") if file.is_file() and file.name != ".gitignore"]
    assert {file.name for file in files} == {"facts", "said", "bodies", "closures", "outcomes", "packs", "stamps"}
    whole = sound(project, files)
    assert all(whole.values())
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    assert run(project, capsys) == before
    assert sound(project, files) == whole


def test_values_of_another_shape_count_as_absent(project: Path, own_cache: Path) -> None:
    settings, folder = Settings(), own_cache / "here"
    texts = on_disk(project, (project,), settings)
    kept = open_cache(project, folder)
    first = outcome(texts, settings, cache=kept)
    for name in ("facts", "said", "bodies", "outcomes", "packs"):
        shelf = open_cache(project, folder).shelf(name)
        assert shelf is not None
        for key in shelf.kept():
            shelf.put(key, b"\x93\x01\x02\x03")
        shelf.save()
    assert outcome(texts, settings, cache=open_cache(project, folder)) == first


def test_another_collint_finds_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", IDENTITY)
    shelf.put(b"key", b"value")
    shelf.save()
    assert Shelf(tmp_path / "shelf", IDENTITY).get(b"key") == b"value"
    assert Shelf(tmp_path / "shelf", b"j" * 32).get(b"key") is None


def test_what_nobody_uses_goes_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LATELY", 10**6)
    for number in range(cache.KEPT_UNUSED + 3):
        shelf = Shelf(tmp_path / "shelf", IDENTITY)
        shelf.get(b"used")
        shelf.put(b"used" if number == 0 else str(number).encode(), b"value")
        if number == 0:
            shelf.put(b"unused", b"value")
        shelf.save()
    found = Shelf(tmp_path / "shelf", IDENTITY)
    assert found.get(b"used") is not None
    assert found.get(b"unused") is None


def test_who_adds_little_writes_little(tmp_path: Path) -> None:
    file = tmp_path / "shelf"

    def add(**values: bytes) -> None:
        shelf = Shelf(file, IDENTITY)
        for key, value in values.items():
            shelf.put(key.encode(), value)
        shelf.save()

    add(first=b"f" * 1000, large=b"l" * 9000)
    before = file.stat()
    add(second=b"s" * 500)
    add(third=b"t" * 500, first=b"F" * 500)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert {key: len(Shelf(file, IDENTITY).get(key) or b"") for key in (b"first", b"second", b"third", b"large")} == {
        b"first": 500,
        b"second": 500,
        b"third": 500,
        b"large": 9000,
    }
    add(fourth=b"x" * 1000)
    assert [entry.name for entry in tmp_path.iterdir()] == ["shelf"]
    found = Shelf(file, IDENTITY)
    assert found.kept() == {b"first", b"second", b"third", b"fourth", b"large"}
    assert found.get(b"first") == b"F" * 500


def test_a_folder_that_cannot_be_written_is_no_error(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COLLINT_CACHE", str(tmp_path / "file"))
    assert '"rule": "COL101"' in run(project, capsys)


def test_only_so_many_projects_are_kept(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_PROJECTS", 3)
    for number in range(6):
        open_cache(tmp_path / str(number), None)
    assert len([entry for entry in (own_cache / "runs").iterdir() if entry.is_dir()]) == 3


def test_equal_parts_make_equal_keys_only() -> None:
    assert cache.digest(b"a", b"bc") == cache.digest(b"a", b"bc")
    assert cache.digest(b"a", b"bc") != cache.digest(b"ab", b"c")


def test_namespaces_are_told_without_opening_files(
    tmp_path: Path, own_cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", -(10**18))
    core = tmp_path / "mega/core"
    core.mkdir(parents=True)
    (tmp_path / "collint.toml").write_text("")
    (core / "__init__.py").write_text("")
    write(core, saving=hazard("save", 0), quiet="from mega.core.saving import save\n")
    write(tmp_path, user="from mega.core.quiet import save\n\ndef main(rank):\n    save(rank)\n", apart="import os\n")
    before = run(tmp_path, capsys)
    assert '"function": "save"' in before
    write(tmp_path, user="from mega.core.quiet import save\n\ndef main(rank):\n    # all of them\n    save(rank)\n")
    with monkeypatch.context() as watched:
        names = opened(watched)
        after = run(tmp_path, capsys)
    assert "user.py" in names
    assert "apart.py" not in names
    assert after == run(tmp_path, capsys, "--no-cache")
