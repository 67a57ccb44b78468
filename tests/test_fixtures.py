"""Every program in ``fixtures/`` gets the findings that its comments name, and no others. How: fixture_expectations."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

from collint import pipeline
from collint.findings import Finding, Run
from tests.fixture_expectations import FIXTURES, PREFIXES, Expectation, Fixture, differences, expectations, fixtures

ALL = fixtures()
every_fixture = pytest.mark.parametrize("fixture", ALL, ids=[fixture.name for fixture in ALL])


@functools.cache
def analysed(top: Path) -> Run:
    """The programs below ``top`` share one analysis; each is a module or package of its own."""
    return pipeline.analyse_tree(top)


@every_fixture
def test_finds_what_the_comments_expect(fixture: Fixture) -> None:
    findings = analysed(fixture.top).findings
    problems = [
        problem
        for file in fixture.files
        for problem in differences(file.relative_to(fixture.top).as_posix(), file.read_text("utf-8"), findings)
    ]
    assert not problems, "\n" + "\n".join(problems)


@every_fixture
def test_is_named_after_what_it_holds(fixture: Fixture) -> None:
    claims = [claim for file in fixture.files for claim in expectations(file.read_text("utf-8"))]
    kinds = {claim.kind for claim in claims} - {"expect-none"}
    expected = {"bad_": {"expect"}, "FP_": {"expect"}, "good_": set(), "FN_": {"missed"}}
    prefix = next(prefix for prefix in PREFIXES if fixture.path.name.startswith(prefix))
    assert expected[prefix] == kinds - ({"expect"} if prefix == "FN_" else set())


@every_fixture
def test_is_about_the_rule_of_its_folder(fixture: Fixture) -> None:
    rules = {rule for file in fixture.files for claim in expectations(file.read_text("utf-8")) for rule in claim.rules}
    is_rule_folder = fixture.top.name.startswith("COL")
    assert not rules or not is_rule_folder or fixture.top.name in rules


@every_fixture
def test_says_what_the_program_is(fixture: Fixture) -> None:
    for file in fixture.files:
        module = ast.parse(file.read_text("utf-8"))
        entries = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
        assert ast.get_docstring(module), file
        assert all([argument.arg for argument in entry.args.args] == ["rank", "world_size"] for entry in entries), file


def test_a_comment_names_rules_groups_and_confidence() -> None:
    text = "x = 1  # expect: COL101[dp, ep] high; COL102/COL106\n\ny = 2  # missed: COL103\nz = 3  # expect-none\n"
    assert expectations(text) == (
        Expectation("expect", 1, ("COL101",), ("dp", "ep"), "high"),
        Expectation("expect", 1, ("COL102", "COL106")),
        Expectation("missed", 3, ("COL103",)),
        Expectation("expect-none", 4),
    )


def test_a_comment_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="line 1"):
        expectations("x = 1  # expect: divergent-branch\n")


def test_an_unmet_expectation_says_what_was_found_instead() -> None:
    text = "if rank == 0:  # expect: COL101[dp] high\n    pass\n"
    assert differences("a.py", text, [_finding(confidence="medium")]) == (
        "a.py:1: expected COL101[dp] high, found COL101[dp] medium (rank == 0)",
    )
    assert differences("a.py", text, []) == ("a.py:1: expected COL101[dp] high, found nothing",)
    assert differences("a.py", text, [_finding()]) == ()


def test_a_line_without_comment_allows_low_confidence_only() -> None:
    assert differences("a.py", "if rank == 0: ...\n", [_finding(confidence="low")]) == ()
    assert differences("a.py", "if rank == 0: ...\n", [_finding()]) == (
        "a.py:1: unexpected COL101[dp] high (rank == 0)",
    )
    assert differences("a.py", "if rank == 0: ...  # expect-none\n", [_finding(confidence="low")]) == (
        "a.py:1: must be silent, but has COL101[dp] low (rank == 0)",
    )


def test_a_known_miss_complains_once_it_is_found() -> None:
    text = "if rank == 0: ...  # missed: COL101\n"
    assert differences("a.py", text, []) == ()
    assert differences("a.py", text, [_finding()]) == (
        "a.py:1: the known miss COL101 is found now: expect it and rename the file",
    )


def test_there_are_fixtures() -> None:
    assert FIXTURES.is_dir()
    assert {"COL101", "COL102", "COL103", "COL203", "COL204", "COL205", "real"} <= {one.top.name for one in ALL}


def _finding(confidence: str = "high") -> Finding:
    return Finding(
        rule="COL101",
        name="divergent-branch",
        severity="error",
        confidence=confidence,
        path="a.py",
        line=1,
        column=4,
        end_line=1,
        end_column=13,
        function="main",
        groups=("dp",),
        varies_over=("dp",),
        predicate="rank == 0",
        message="",
        because=(),
        classes=(),
        collectives=(),
        help="",
    )
