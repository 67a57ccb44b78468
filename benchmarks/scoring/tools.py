"""The tools that are compared, by name: collint, collint without one of its ideas, and a naive check.

What a tool says is a list of findings in the form of collint's JSON. It is kept until the tool changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablations import ENGINES, FULL
from benchmarks.analysed import Finding, analysis_at
from benchmarks.kept import ROOT, Runs, kept, state_of
from benchmarks.scoring import naive
from benchmarks.scoring.scores import CLASS, FILE, LINE, NOTHING, SHOWN

TOOLS = (FULL, *(name for name in ENGINES if name != FULL), naive.NAME)


def said(
    tool: str, tree: Path, cache: Path, texts: Mapping[str, str] | None = None, runs: Runs = "missing"
) -> list[Finding]:
    """The findings of a tool on a folder; files in ``texts`` have the text given there.

    Raises :class:`benchmarks.analysed.NotHad` when collint fails.
    """
    if tool in ENGINES:
        return list(analysis_at(tree, cache, tool, texts, runs).findings)
    state = state_of((ROOT / "benchmarks/scoring/naive.py", *ROOT.glob("rules/models/*.toml")))
    again: Runs = "all" if runs == "all" else "missing"  # it takes seconds
    made: dict[str, Any] = kept(cache, state, tree.name, lambda: {"findings": naive.findings(texts_of(tree))}, again)
    given = texts or {}
    return [*(one for one in made["findings"] if one["path"] not in given), *naive.findings(given)]


def texts_of(tree: Path) -> dict[str, str]:
    """The text of each Python file below a folder by path; what is no UTF-8 is left out."""
    found: dict[str, str] = {}
    for file in sorted(tree.rglob("*.py")):
        try:
            found[file.relative_to(tree).as_posix()] = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return found


def shown(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that a check shows by default."""
    return [finding for finding in findings if finding["confidence"] in SHOWN]


def closeness(in_file: bool, at_line: Sequence[Finding], rules: frozenset[str]) -> int:
    """The level at which a place was found, given the findings at its lines and the rules that name its kind."""
    if any(finding["rule"] in rules for finding in at_line):
        return CLASS
    return LINE if at_line else FILE if in_file else NOTHING
