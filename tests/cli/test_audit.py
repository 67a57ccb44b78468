"""``collint audit``: everything about a project or a package, whatever settings leave out of a check."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from collint import cli, releases
from tests.cli.projects import hazard, write

SILENCED = hazard().replace("rank == 0:", "rank == 0:  # collint: ignore[COL101] the launcher balances it")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that would hide everything, a finding, and a silenced one."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.collint]\nselect = ["COL102"]\nmin-confidence = "high"\nper-file-ignores = { "*.py" = ["ALL"] }\n'
    )
    write(tmp_path, a=hazard(), b=SILENCED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_shows_all_rules_and_what_is_suppressed_with_its_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("#") and "COL101" in out and "the launcher balances it" in out


@pytest.mark.parametrize(
    ("name", "begins"),
    [("out.md", "#"), ("out.html", "<!DOCTYPE html>"), ("out.json", "{"), ("out.txt", "COL101 divergent-branch")],
)
def test_the_files_name_tells_its_format(project: Path, name: str, begins: str) -> None:
    assert cli.main(["audit", "--output-file", name]) == 1
    assert (project / name).read_text().startswith(begins)


def test_a_format_that_is_asked_for_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "--output-format", "json", "--exit-zero"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["reason"] for entry in document["suppressed"]] == ["the launcher balances it"]


def _wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "some_thing-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("some_thing/save.py", "import os\nimport torch.distributed as dist\n" + _body())
        archive.writestr("some_thing/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr("some_thing/data.bin", "x")
        archive.writestr("some_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: some-thing\nVersion: 1.0\n")
        archive.writestr("some_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("some_thing-1.0.dist-info/RECORD", "")


def _body() -> str:
    return "\n\ndef save(rank):\n    if rank == 0:\n        dist.barrier()\n"


def test_a_package_is_fetched_by_pip_and_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    _wheel(links)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("COLLINT_CACHE", str(tmp_path / "cache"))
    assert cli.main(["audit", "--package", "some-thing==1.0", "--output-format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("some_thing/save.py:6:8: COL101")
    assert "fetching some-thing 1.0 ..." in err
    assert not list((tmp_path / "cache").rglob("*.bin"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--package", "thing"], "write NAME==VERSION"),
        (["--package", "thing==1.0", "a.py"], "--package and PATHS exclude each other"),
        (["--package", "-r x==1.0"], "is not a name and a version"),
        (["--package", "thing==1.0"], "no wheel of thing 1.0 (there is none)"),
        (["gone"], "'gone' does not exist"),
    ],
)
def test_mistakes_exit_with_two_and_a_clear_reason(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    def download(name: str, version: str, folder: Path) -> Path:
        raise releases.FetchError(f"no wheel of {name} {version} (there is none)")

    monkeypatch.setattr(releases, "_download", download)
    monkeypatch.setenv("COLLINT_CACHE", str(project / "cache"))
    assert cli.main(["audit", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err
