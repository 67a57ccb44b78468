"""The pages in ``rules/`` have one shape and true examples. Comments are compared by fixture_expectations."""

from __future__ import annotations

import functools
import re
import tempfile
from pathlib import Path

import pytest

from collint import pipeline, rules
from collint.findings import CONFIDENCES, SEVERITIES, Run
from tests.fixture_expectations import differences, expectations

SECTIONS = [
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "When it stays silent",
    "How to suppress or claim",
    "References",
]
PAGES = sorted(rules.folder().glob("COL*.md"))
every_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def blocks(page: Path, section: str) -> list[str]:
    """The Python blocks of one section."""
    parts = re.split(r"^## (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))[section]
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@functools.cache
def analysed() -> Run:
    """All blocks of all pages, each a module of its own, in one analysis."""
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            for section in ("Example", "Use instead"):
                for number, block in enumerate(blocks(page, section)):
                    Path(folder, module(page, section, number)).write_text(block, "utf-8")
        return pipeline.analyse_tree(Path(folder))


def module(page: Path, section: str, number: int) -> str:
    """The file name under which a block is analysed."""
    return f"{page.stem}_{section.split()[0].lower()}_{number}.py"


def problems(page: Path, section: str) -> list[str]:
    """How the blocks of a section differ from what their comments say."""
    findings = analysed().findings
    return [
        problem
        for number, block in enumerate(blocks(page, section))
        for problem in differences(module(page, section, number), block, findings)
    ]


@every_page
def test_has_its_title_and_front_line(page: Path) -> None:
    front = rules.parse_page(page.read_text("utf-8"), page.stem)
    assert front.severity in SEVERITIES
    assert any(level in front.confidence for level in CONFIDENCES)


@every_page
def test_has_exactly_the_sections_of_a_rule_page(page: Path) -> None:
    assert re.findall(r"^## (.+)$", page.read_text("utf-8"), flags=re.MULTILINE) == SECTIONS


@every_page
def test_expects_its_own_rule_in_the_example(page: Path) -> None:
    claims = [claim for block in blocks(page, "Example") for claim in expectations(block)]
    assert claims
    assert all(page.stem in claim.rules for claim in claims)
    assert blocks(page, "Use instead")
    assert not [claim for block in blocks(page, "Use instead") for claim in expectations(block)]


@every_page
def test_finds_what_the_example_shows(page: Path) -> None:
    found = problems(page, "Example")
    assert not found, "\n" + "\n".join(found)


@every_page
def test_is_silent_on_what_it_advises(page: Path) -> None:
    found = problems(page, "Use instead")
    assert not found, "\n" + "\n".join(found)
