"""What a path turns into: text as Python decodes it, or one line that says why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collint.source import Problem, SourceFile, read, reading


def text_of(root: Path, data: bytes) -> str:
    (root / "x.py").write_bytes(data)
    file = read(root, "x.py")
    assert isinstance(file, SourceFile), file
    return file.text


def problem_of(root: Path, path: str = "x.py") -> str:
    problem = read(root, path)
    assert isinstance(problem, Problem)
    assert "\n" not in str(problem)
    assert str(problem).startswith(f"{path}: ")
    return problem.text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("é = 1\n".encode(), "é = 1\n"),
        (b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n"),
        (b"#!python\n# -*- coding: cp1252 -*-\nx = '\x80'\n", "#!python\n# -*- coding: cp1252 -*-\nx = '€'\n"),
        (b"a = 1\r\nb = 2\rc = 3\n", "a = 1\nb = 2\nc = 3\n"),
    ],
)
def test_text_is_decoded_as_python_does(tmp_path: Path, data: bytes, text: str) -> None:
    assert text_of(tmp_path, data) == text


def test_lines_end_only_where_python_ends_them(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("a = '\x0c\u2028'\nb\n", encoding="utf-8")
    file = read(tmp_path, "x.py")
    assert isinstance(file, SourceFile)
    assert file.lines == ["a = '\x0c\u2028'", "b", ""]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a = 1\nb = '\xe9'\n", "is not valid utf-8 (line 2)"),
        (b"\n\n\nb = '\xe9'\n", "is not valid utf-8 (line 4); save it as UTF-8 or declare its coding"),
        (b"# coding: no-such\n", "unknown encoding"),
        (b"# coding: hex\nzz\n", "hex"),
        (b"b = '\xe9'\n", "is not valid utf-8 (line 1); save it as UTF-8 or declare its coding"),
        ("a = 1\n".encode("utf-16"), "is not valid utf-8 (line 1)"),
        (b"a = 1\nb = '\0'\n", "holds a NUL character (line 2)"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "cannot be decoded"),
    ],
)
def test_undecodable_text_is_a_problem(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "x.py").write_bytes(data)
    assert words in problem_of(tmp_path)


def test_files_over_the_limit_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SIZE_LIMIT", 3)
    (tmp_path / "x.py").write_text("abcd")
    assert problem_of(tmp_path) == "has 4 bytes, over the limit of 3; left out"


def test_things_that_are_no_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "broken.py").symlink_to("gone.py")
    (tmp_path / "circle.py").symlink_to("circle.py")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    assert problem_of(tmp_path, "broken.py") == "is a broken link to gone.py"
    assert "symbolic links" in problem_of(tmp_path, "circle.py")
    assert problem_of(tmp_path, "folder.py") == "is a directory"
    assert problem_of(tmp_path, "pipe.py") == "is not a regular file"
    assert problem_of(tmp_path, "absent.py") == "does not exist"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("")
    (tmp_path / "x.py").chmod(0)
    assert problem_of(tmp_path) == "cannot be read: permission denied"
