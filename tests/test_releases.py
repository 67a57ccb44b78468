"""Fetching a release takes Python files out of a wheel, and nothing else from anywhere. No test goes to the network."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from benchmarks import fetch_release
from collint import releases
from collint.releases import FetchError, fetch, unpack


def wheel(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "some_thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_only_python_files_are_unpacked(tmp_path: Path) -> None:
    files = {"pkg/a.py": "x = 1\n", "pkg/b.so": "", "pkg/b.pyi": "", "x-1.0.dist-info/RECORD": "", "pkg/c/d.py": ""}
    archive = wheel(tmp_path, files)
    assert unpack(archive, tmp_path / "out") == 3
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert names == ["pkg/a.py", "pkg/b.pyi", "pkg/c/d.py"]
    assert (tmp_path / "out/pkg/a.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "pkg/../../evil.py", "..\\evil.py", "C:/evil.py"])
def test_an_archive_cannot_reach_outside(tmp_path: Path, name: str) -> None:
    archive = wheel(tmp_path / "in", {name: ""})
    with pytest.raises(FetchError, match="reaches outside"):
        unpack(archive, tmp_path / "in/out")
    assert list(tmp_path.rglob("evil.py")) == []


def test_an_archive_cannot_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "MAX_TOTAL", 5)
    with pytest.raises(FetchError, match="limit of unpacked bytes"):
        unpack(wheel(tmp_path, {"a.py": "1234", "b.py": "1234"}), tmp_path / "out")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_text("no")
    with pytest.raises(FetchError, match="is not a wheel"):
        unpack(tmp_path / "x.whl", tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "version"), [("-r", "1"), ("a b", "1"), ("a", "--index-url=x"), ("../a", "1"), ("a", "")]
)
def test_names_are_no_options_and_no_paths(tmp_path: Path, name: str, version: str) -> None:
    with pytest.raises(FetchError, match="is not a name and a version"):
        fetch(name, version, tmp_path)


def test_a_release_is_fetched_once_and_source_is_never_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def pip(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        wheel(Path(command[command.index("--dest") + 1]), {"pkg/a.py": ""})
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    for _ in range(2):
        assert fetch("Some_Thing", "1.0", tmp_path) == tmp_path / "some-thing-1.0"
    assert [command[3] for command in commands] == ["download"]
    assert "--only-binary=:all:" in commands[0] and "--no-deps" in commands[0]
    assert [path.name for path in tmp_path.iterdir()] == ["some-thing-1.0"]


def test_without_a_wheel_the_reason_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pip(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found\n")

    monkeypatch.setattr(subprocess, "run", pip)
    assert fetch_release.main(["thing", "1.0", "--cache", str(tmp_path)]) == 2
    assert "No matching distribution found" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_pip_is_run_where_no_module_can_take_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pip.py").write_text("open('sprung', 'w')\n")
    monkeypatch.chdir(project)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(releases, "_wishes", lambda: [[]])
    with pytest.raises(FetchError):
        fetch("some-other-thing", "1.0", tmp_path / "cache")
    assert not (project / "sprung").exists()


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLINT_CACHE", "/somewhere")
    assert releases.default_cache() == Path("/somewhere")
    monkeypatch.delenv("COLLINT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert releases.default_cache() == Path("/elsewhere/collint/releases")
