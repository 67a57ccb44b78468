"""One bad file in a project costs one line on stderr; the rest is analysed and its findings are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import cli

GOOD = """
import torch.distributed as dist


def save():
    if dist.get_rank() == 0:
        dist.barrier()
"""

SPEAKS = "import torch.distributed as dist\ndef f(a):\n    dist.barrier()\n    return "

BAD = {
    "not utf-8": (b"x = '\xe9'\n", "bad.py: is not valid utf-8 (line 1); save it as UTF-8 or declare its coding"),
    "does not parse": (b"\n\ndef f(:\n", "bad.py: line 3: invalid syntax"),
    "unterminated": (b"x = 1\ny = '''\n", "bad.py: line 2: unterminated triple-quoted string"),
    "5 MB long": (b"x = 1\n" * 900_000, "bad.py: has 5,400,000 bytes, over the limit of 5,000,000; left out"),
    "2,000 parentheses": (b"x = " + b"(" * 2000 + b"1" + b")" * 2000, "bad.py: line 1: too many nested parentheses"),
    "10,000 terms": ((SPEAKS + " + ".join("a" * 10_000)).encode(), "bad.py: nests too deeply to be read"),
    "3,000 attributes": ((SPEAKS + "a" + ".b" * 3000).encode(), "bad.py: nests too deeply to be read"),
    "10,000 conditions": (
        (SPEAKS + "0\n    if " + " and ".join("a" * 10_000) + ": g()").encode(),
        "bad.py:2: f is not analysed in full: nests too deeply",
    ),
    "null bytes": (b"x = 1\ny = 2\0\n", "bad.py: holds a NUL character (line 2); not Python text"),
    "unknown cookie": (b"# coding: klingon\nx = 1\n", "bad.py: cannot be decoded: unknown encoding: klingon"),
}

HARMLESS = {
    "empty": b"",
    "only a byte order mark": b"\xef\xbb\xbf",
    "only a comment without newline": b"# x",
    "CRLF and form feeds": b"import os\r\n\x0c\r\ndef f():\r\n    pass\r\n\x0c",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "good.py").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *paths: str) -> tuple[int, list[str], list[str]]:
    """The exit code and the lines of stdout and stderr."""
    code = cli.main(["check", "--output-format", "concise", *paths])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_and_the_rest_is_analysed(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    data, line = BAD[name]
    (project / "bad.py").write_bytes(data)
    code, out, err = check(capsys)
    assert code == 1
    assert [finding.split(":")[0] for finding in out] == ["good.py"]
    assert len(err) == 2
    assert err[0].startswith(line)
    assert err[1].startswith("1 finding in 1 file")


@pytest.mark.parametrize("name", HARMLESS)
def test_odd_files_that_python_accepts_are_analysed(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (project / "odd.py").write_bytes(HARMLESS[name])
    code, out, err = check(capsys)
    assert (code, len(out)) == (1, 1)
    assert err == ["1 finding in 1 file: 1 high confidence (2 files analysed)."]


def test_findings_stand_on_the_right_line_after_crlf_and_form_feeds(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "good.py").write_bytes(b"\x0c" + GOOD.replace("\n", "\r\n").encode())
    code, out, _ = check(capsys)
    assert code == 1
    assert out[0].startswith("good.py:6:8: COL101")


def test_a_broken_link_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bad.py").symlink_to("gone.py")
    code, out, err = check(capsys)
    assert (code, len(out)) == (1, 1)
    assert err[0] == "bad.py: is a broken link to gone.py"


def test_a_folder_called_like_a_file_is_searched(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "x.py").mkdir()
    (project / "x.py" / "inner.py").write_text(GOOD)
    code, out, err = check(capsys)
    assert (code, len(out), len(err)) == (1, 2, 1)
    (project / "x.py" / "inner.py").unlink()
    assert check(capsys, "x.py")[0] == 2


def test_all_bad_files_are_told_in_order(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "b.py").write_bytes(b"\0")
    (project / "a.py").write_bytes(b"def")
    (project / "c.py").symlink_to("c.py")
    code, out, err = check(capsys)
    assert (code, len(out)) == (1, 1)
    assert [line.split(":")[0] for line in err[:3]] == ["a.py", "b.py", "c.py"]


def test_a_file_that_hides_in_a_clean_project_leaves_it_clean(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "good.py").write_text("x = 1\n")
    (project / "bad.py").write_bytes(b"def")
    code, out, err = check(capsys)
    assert (code, out) == (0, [])
    assert err[-1] == "No findings (1 file analysed)."


def test_a_run_that_analysed_nothing_exits_with_two(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "good.py").write_bytes(b"\xe9")
    code, out, err = check(capsys)
    assert (code, out) == (2, [])
    assert err[0].startswith("good.py: is not valid utf-8")


def test_asking_for_one_bad_file_exits_with_two(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bad.py").write_bytes(b"def")
    code, out, err = check(capsys, "bad.py")
    assert (code, out) == (2, [])
    assert err[0] == "bad.py: line 1: invalid syntax"
