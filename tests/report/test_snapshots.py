"""Every format, byte for byte, over text that tries to be more than text.

``COLLINT_UPDATE_SNAPSHOTS=1`` writes the files anew; read the difference before you commit it.
"""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest

from collint import formats, rules
from collint.findings import Run
from collint.report import BESIDE, WRITERS, write, write_beside
from tests.report.samples import HOSTILE_RUN, LOOK

DATA = Path(__file__).parent / "data"
PAGE = rules.Page(
    "COL102", "divergent-exit", "error", True, "high or medium", "# COL102: x\n\n## What\n\nLooks for `{0}`.\n\nMore.\n"
)
FORMATS = sorted(WRITERS)


@pytest.fixture(autouse=True)
def one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages and the version of the day are no part of the picture."""
    monkeypatch.setattr(rules, "pages", lambda: (PAGE,))
    for module in ("sarif", "html"):
        monkeypatch.setattr(f"collint.report.{module}.__version__", "0.0.0", raising=False)


def written(output_format: str, run: Run = HOSTILE_RUN) -> str:
    stream = io.StringIO()
    write(run, output_format, stream, LOOK)
    return stream.getvalue()


def shuffled(run: Run) -> Run:
    findings, left_out, silenced = list(run.findings), list(run.not_analysed), list(run.suppressed)
    for part in (findings, left_out, silenced):
        random.Random(1).shuffle(part)
    return Run(tuple(findings), tuple(left_out), dict(reversed(run.stats.items())), tuple(silenced), run.packs)


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_bytes_are_the_expected_ones(output_format: str) -> None:
    compare(DATA / f"hostile.{output_format}", written(output_format))


def test_the_step_summary_is_the_expected_one() -> None:
    stream = io.StringIO()
    write_beside(HOSTILE_RUN, "github", stream, LOOK)
    compare(DATA / "hostile.github-summary", stream.getvalue())


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_order_of_a_run_does_not_matter(output_format: str) -> None:
    assert written(output_format) == written(output_format, shuffled(HOSTILE_RUN))


@pytest.mark.parametrize("output_format", FORMATS)
def test_nothing_reaches_a_terminal_that_acts_on_it(output_format: str) -> None:
    text = written(output_format)
    assert [character for character in text if not character.isprintable() and character != "\n"] == []


@pytest.mark.parametrize("output_format", FORMATS)
def test_an_empty_run_can_be_written(output_format: str) -> None:
    assert "Traceback" not in written(output_format, Run(()))


def test_settings_and_writers_know_the_same_formats() -> None:
    assert set(formats.FORMATS) == set(WRITERS)
    assert set(WRITERS) >= set(BESIDE)


def compare(file: Path, text: str) -> None:
    if os.environ.get("COLLINT_UPDATE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == text
