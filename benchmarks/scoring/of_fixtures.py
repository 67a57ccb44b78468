"""The programs in ``fixtures/``: what their comments expect, against what a tool says.

A program named ``bad_*`` or ``FN_*`` has mistakes at the lines of its comments, one named ``good_*`` must be silent,
and what ``FP_*`` expects are known false alarms. Reading the comments is in ``tests/fixture_expectations.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.ablations import ENGINES, FULL
from benchmarks.analysed import Finding
from benchmarks.kept import ROOT, Runs, engine, kept, state_of
from benchmarks.scoring import naive
from benchmarks.scoring.scores import FILE, LINE, NOTHING, Item, Result
from benchmarks.scoring.tools import closeness, shown, texts_of
from collint.config import Settings
from collint.pipeline import analyse
from collint.report.json import as_object
from tests.fixture_expectations import FIXTURES, Expectation, Fixture, expectations, fixtures


def measured(tool: str, cache: Path, runs: Runs = "missing") -> Result:
    """What a tool does on all fixtures."""
    every = fixtures()
    tops = sorted({fixture.top for fixture in every})
    own = {naive.NAME: "scoring/naive.py", FULL: "__init__.py"}.get(tool, "ablations.py")
    state = state_of((*FIXTURES.rglob("*.py"), ROOT / "benchmarks" / own))
    name = f"fixtures-{state[:16]}.{tool.replace(' ', '-')}"
    found = kept(cache, engine(), name, lambda: {top.name: _findings(tool, top) for top in tops}, runs)
    items: list[Item] = []
    noise = lines = 0
    for fixture in every:
        mine, unlabelled = _judged(fixture, found[fixture.top.name])
        items += mine
        noise += unlabelled
        lines += sum(len(file.read_text("utf-8").splitlines()) for file in fixture.files)
    return Result(tuple(items), noise, lines)


def _findings(tool: str, top: Path) -> list[Finding]:
    if tool == naive.NAME:
        return naive.findings(texts_of(top))
    run, _ = analyse(top, (top,), Settings(select=("ALL",), min_confidence="low"), engine=ENGINES[tool])
    return list(as_object(run)["findings"])


def _judged(fixture: Fixture, findings: Sequence[Finding]) -> tuple[list[Item], int]:
    """The labelled places of one program, and how many shown findings are at none of them."""
    items: list[Item] = []
    noise = 0
    everything: list[Finding] = []
    for file in fixture.files:
        path = file.relative_to(fixture.top).as_posix()
        here = [finding for finding in findings if finding["path"] == path]
        claims = [claim for claim in expectations(file.read_text("utf-8")) if claim.kind != "expect-none"]
        items += _claimed(fixture, path, claims, here)
        noise += sum(finding["line"] not in {claim.line for claim in claims} for finding in shown(here))
        everything += here
    if fixture.path.name.startswith("good_"):
        level = FILE if shown(everything) else NOTHING
        return [Item(fixture.name, _subject(fixture), False, level, FILE if everything else NOTHING)], 0
    return items, noise


def _claimed(fixture: Fixture, path: str, claims: Sequence[Expectation], findings: Sequence[Finding]) -> Iterator[Item]:
    wanted = not fixture.path.name.startswith("FP_")
    for number, claim in enumerate(claims):
        at_line = [finding for finding in findings if finding["line"] == claim.line]
        if claim.groups:
            named = [one for one in at_line if set(claim.groups) <= set(one["groups"])]
            at_line = named or [{**one, "rule": ""} for one in at_line]  # another group: not this mistake's class
        level = closeness(bool(shown(findings)), shown(at_line), frozenset(claim.rules))
        quiet = closeness(bool(findings), at_line, frozenset(claim.rules))
        if not wanted:
            level, quiet = (one if one >= LINE else NOTHING for one in (level, quiet))
        yield Item(f"{fixture.top.name}/{path}#{number}", claim.rules[0], wanted, level, quiet)


def _subject(fixture: Fixture) -> str:
    name = fixture.top.name
    return name if name.startswith("COL") else "good programs of libraries"
