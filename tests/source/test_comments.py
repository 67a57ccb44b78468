"""Comments for collint: which there are, and which lines each speaks about."""

from __future__ import annotations

import textwrap

import pytest

from collint.source import Directive, SourceFile, directives


def found(text: str) -> tuple[Directive, ...]:
    return directives(SourceFile("a.py", textwrap.dedent(text).lstrip("\n")))


def lines(text: str) -> list[tuple[int, int, int]]:
    """Per comment its own line, and the first and last that it speaks about."""
    return [(one.line, one.first, one.last) for one in found(text)]


def test_a_comment_holds_its_kind_names_and_reason() -> None:
    [one] = found("x = 1  # collint: ignore[COL101, COL102] the launcher waits\n")
    assert (one.kind, one.names, one.reason) == ("ignore", ("COL101", "COL102"), "the launcher waits")
    assert (one.path, one.line, one.column, one.text) == (
        "a.py",
        1,
        8,
        "# collint: ignore[COL101, COL102] the launcher waits",
    )


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("#collint:ignore[COL101]reason", ("ignore", ("COL101",), "reason")),
        ("# collint: ignore [COL101]: reason", ("ignore", ("COL101",), "reason")),
        ("# collint: ignore[COL101] - reason - more", ("ignore", ("COL101",), "reason - more")),
        ("# collint: ignore[COL101] see #12", ("ignore", ("COL101",), "see #12")),
        ("# collint: ignore[COL101] reason  # noqa", ("ignore", ("COL101",), "reason")),
        ("# type: ignore  # collint: ignore[COL101] reason", ("ignore", ("COL101",), "reason")),
        ("# collint: uniform[dp,tp] reason", ("uniform", ("dp", "tp"), "reason")),
        ("# collint: uniform[*] reason", ("uniform", ("*",), "reason")),
        ("# collint: ignore", ("ignore", (), "")),
        ("# collint: ignore[] reason", ("ignore", (), "reason")),
        ("# collint: ignore[COL101", ("ignore", (), "[COL101")),
        ("# collint:", ("", (), "")),
    ],
)
def test_spellings(comment: str, expected: tuple[str, tuple[str, ...], str]) -> None:
    [one] = found(f"x = 1  {comment}\n")
    assert (one.kind, one.names, one.reason) == expected


def test_two_comments_share_a_line() -> None:
    first, second = found("x = 1  # collint: ignore[COL101] a  # collint: uniform[dp] b\n")
    assert (first.reason, second.reason) == ("a", "b")
    assert (first.column, second.column) == (8, 37)


@pytest.mark.parametrize(
    "text",
    [
        "x = '# collint: ignore[COL101] reason'\n",
        '"""\n# collint: ignore[COL101] reason\n"""\n',
        "x = f'# collint: ignore[COL101] {1}'\n",
        "# we use collint: it helps\n",
        "x = 1  # see `collint: ignore`\n",
        "x = 1\n",
    ],
)
def test_nothing_else_is_a_comment_for_collint(text: str) -> None:
    assert found(text) == ()


def test_a_trailing_comment_is_about_its_whole_statement() -> None:
    text = """
        a = 1
        if (a
            and a > 0  # collint: ignore[COL101] r
        ):
            b = 2
    """
    assert lines(text) == [(3, 2, 4)]


def test_a_comment_of_its_own_is_about_the_statement_directly_below() -> None:
    assert lines("a = 1\n# collint: ignore[COL101] r\n# more\nb = (2,\n3)\nc = 4\n") == [(2, 2, 5)]
    assert lines("# collint: ignore[COL101] r\n\nb = 2\n") == [(1, 1, 1)]
    assert lines("b = 2\n# collint: ignore[COL101] r\n") == [(2, 2, 2)]


def test_a_comment_of_a_header_is_not_about_the_block() -> None:
    assert lines("for x in y:  # collint: ignore[COL103] r\n    if x:\n        pass\n") == [(1, 1, 1)]
    assert lines("if x:\n    pass\n# collint: ignore[COL101] r\nelif y:\n    pass\n") == [(3, 3, 4)]


def test_the_top_of_a_file_ends_at_the_first_statement_that_is_no_docstring() -> None:
    text = '# collint: ignore-file[COL101] r\n"""Doc."""\n# collint: ignore-file[COL102] r\nx = 1\n'
    assert [one.at_top for one in found(text + "# collint: ignore-file[COL103] r\n")] == [True, True, False]
    assert [one.at_top for one in found("x = 1  # collint: ignore-file[COL101] r\n")] == [False]


@pytest.mark.parametrize(
    "text", ["x = (1  # collint: ignore[COL101] r\n", "if x:\n  y\n z  # collint: ignore[COL101] r\n"]
)
def test_broken_files_do_no_harm(text: str) -> None:
    assert all(one.line >= 1 for one in found(text))
