"""Options that choose files and findings: stdin, excludes, per-file ignores, touching, and what is shown of them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from collint import cli
from tests.cli.projects import clean, hazard, places, write

CALLER = """
    import torch.distributed as dist
    from helper import agree

    def step(rank, loss):
        if rank == 0:
            agree(loss)
"""
HELPER = """
    import torch.distributed as dist

    def agree(loss):
        dist.all_reduce(loss)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    write(tmp_path, a=hazard(), caller=CALLER, helper=HELPER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stdin(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_stdin_stands_in_for_a_file_of_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, helper="def agree(loss): pass\n")
    assert places(capsys, "caller.py") == []
    stdin(monkeypatch, (project / "a.py").read_text())
    assert places(capsys, "-", "--stdin-filename", "a.py") == ["a.py:4 COL101"]
    write(project, helper=HELPER)
    text = (project / "caller.py").read_text().replace("rank == 0", "rank > 0")
    stdin(monkeypatch, "\n" + text)
    assert places(capsys, "-", "--stdin-filename", "caller.py") == ["caller.py:6 COL101"]


def test_stdin_may_be_a_file_that_is_not_saved_yet_and_is_quoted_as_given(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(monkeypatch, "# not on disk\n" + (project / "a.py").read_text())
    assert cli.main(["check", "-", "--stdin-filename", "new.py"]) == 1
    out = capsys.readouterr().out
    assert "new.py:5:8" in out and "if rank == 0:" in out


def test_stdin_without_a_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(monkeypatch, (project / "a.py").read_text())
    assert places(capsys, "-") == ["stdin.py:4 COL101"]


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (["-", "a.py"], b"", "stands alone"),
        (["--stdin-filename", "a.py"], b"", "is not among the paths"),
        (["-", "--stdin-filename", "."], b"", "must be a file in a folder that exists"),
        (["-", "--stdin-filename", "gone/a.py"], b"", "must be a file in a folder that exists"),
        (["-", "--stdin-filename", "a.py"], b"\xff\xfe", "stdin, as a.py: is not valid utf-8"),
        (["-", "--stdin-filename", "a.py"], b"def (", "a.py: line 1"),
    ],
)
def test_stdin_that_cannot_be_used(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    text: bytes,
    words: str,
) -> None:
    stdin(monkeypatch, text)
    assert cli.main(["check", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_touching_reports_what_has_a_step_of_its_proof_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert places(capsys, "helper.py") == []
    assert places(capsys, "helper.py", "--touching") == ["caller.py:5 COL101"]


def test_per_file_ignores_speak_about_files_and_beginnings_of_codes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "collint.toml").write_text('per-file-ignores = { "a.py" = ["COL1"], "caller.py" = ["COL2"] }\n')
    assert places(capsys) == ["caller.py:5 COL101"]


def test_excluded_files_are_not_analysed_unless_they_are_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert places(capsys, "--exclude", "a.py") == ["caller.py:5 COL101"]
    assert places(capsys, "--exclude", "a.py", "a.py") == ["a.py:4 COL101"]
    assert places(capsys, "--exclude", "a.py", "--force-exclude", "a.py") == []


def test_files_are_shown_as_one_would_name_them(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, sub__b=clean())
    assert cli.main(["check", "--show-files", "--exclude", "caller.py"]) == 0
    assert capsys.readouterr().out.split() == ["a.py", "helper.py", "sub/b.py"]
    monkeypatch.chdir(project / "sub")
    assert cli.main(["check", "--show-files"]) == 0
    assert capsys.readouterr().out.split() == ["../a.py", "../caller.py", "../helper.py", "b.py"]


def test_settings_are_shown_as_a_file_would_have_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = 'select = ["COL1"]\nper-file-ignores = { "a.py" = ["COL101", "COL2"] }\nforce-exclude = true\n'
    (project / "collint.toml").write_text(given)
    assert cli.main(["check", "--show-settings", "--min-confidence", "high", "--exclude", "x\\y"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"# from {project}/collint.toml\n")
    for line in (*given.splitlines(), 'min-confidence = "high"', "jobs = 0", 'exclude = ["x\\\\y"]'):
        assert line in shown.splitlines()
    (project / "collint.toml").write_text(shown)
    assert cli.main(["check", "--show-settings"]) == 0
    assert capsys.readouterr().out == shown


def test_further_files_get_further_formats(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    also = ["--also", "sarif=out.sarif", "--also", "markdown=out.md"]
    assert cli.main(["check", "--output-format", "concise", *also]) == 1
    assert capsys.readouterr().out.startswith("a.py:4:8: COL101")
    assert '"version": "2.1.0"' in (project / "out.sarif").read_text()
    assert (project / "out.md").read_text().startswith("#")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sarif", "is not FORMAT=FILE"),
        ("xml=a", "is not FORMAT=FILE"),
        ("sarif=gone/a", "the folder gone does not exist"),
    ],
)
def test_further_files_that_cannot_be(
    project: Path, capsys: pytest.CaptureFixture[str], given: str, words: str
) -> None:
    assert cli.main(["check", "--also", given]) == 2
    assert words in capsys.readouterr().err


def test_nothing_is_said_on_the_way_where_nobody_watches(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["check"])
    assert "indexing" not in capsys.readouterr().err
