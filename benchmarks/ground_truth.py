"""Compares findings with what people know about a release.

``python benchmarks/ground_truth.py --rows FILE.jsonl --tree DIR [--findings JSON]``. Each row names a place that must
be reported, or one that must stay silent; which rule fires is not prescribed. Rows and release stay outside this
repository.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLACK = 3
"""Lines around a row's range in which a finding still counts as its hit."""

LEVELS = ("high", "medium", "low")
SHOWN = ("high", "medium")
"""What ``collint check`` shows unless it is asked for more."""

Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One place that people have judged; ``tier`` is ``tier A`` ... when it must be reported, else ``easy`` ..."""

    id: str
    file: str
    function: str
    start: int
    end: int
    collectives: tuple[tuple[str, int], ...]
    must_report: bool
    tier: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row with the findings at its place, the most certain first, and those elsewhere in its function."""

    row: Row
    here: tuple[Finding, ...]
    elsewhere: tuple[Finding, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether a finding here is shown by default."""
        return any(finding["confidence"] in SHOWN for finding in self.here)


def read_rows(file: Path) -> tuple[Row, ...]:
    """The rows of a JSON Lines file. Raises ValueError or KeyError for a line that is no row."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(parse_row(json.loads(line)) for line in lines if line.strip())


def parse_row(raw: dict[str, Any]) -> Row:
    """One row; its tier is the word in brackets that begins its note."""
    tier = re.match(r"\[([^\]]+)\]", raw.get("note", ""))
    start, end = raw["lines"]
    collectives = tuple((path, line) for _, _, path, line in raw["collectives"])
    name = tier[1] if tier else "other"
    return Row(raw["id"], raw["file"], raw["function"], start, end, collectives, raw["must_report"], name)


def judge(rows: Iterable[Row], findings: Sequence[Finding]) -> tuple[Verdict, ...]:
    """What was found at the place of each row."""
    return tuple(_judge(row, [finding for finding in findings if same_file(finding["path"], row.file)]) for row in rows)


def _judge(row: Row, findings: Sequence[Finding]) -> Verdict:
    if not row.must_report:
        return Verdict(row, _certain_first(row, [one for one in findings if row.start <= one["line"] <= row.end]))
    mine = [finding for finding in findings if same_function(finding["function"], row.function)]
    here = [finding for finding in mine if row.start - SLACK <= finding["line"] <= row.end + SLACK]
    elsewhere = [finding for finding in mine if finding not in here]
    return Verdict(row, _certain_first(row, here), _certain_first(row, elsewhere))


def same_file(path: str, wanted: str) -> bool:
    """Whether ``path`` is the file ``wanted``, in a root that may lie further up."""
    return path == wanted or path.endswith("/" + wanted)


def same_function(function: str, wanted: str) -> bool:
    """Whether one qualified name ends in the other, at a dot."""
    return f".{function}".endswith(f".{wanted}") or f".{wanted}".endswith(f".{function}")


def confirmed(row: Row, finding: Finding) -> int:
    """How many of the row's collectives are among those of the finding."""
    told = {(event["path"], event["line"]) for event in finding["collectives"]}
    return sum(any(same_file(path, file) and at == line for path, at in told) for file, line in row.collectives)


def _certain_first(row: Row, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    def order(finding: Finding) -> tuple[int, int, int, str]:
        return LEVELS.index(finding["confidence"]), -confirmed(row, finding), finding["line"], finding["rule"]

    return tuple(sorted(findings, key=order))


def report(verdicts: Sequence[Verdict], findings: Sequence[Finding]) -> list[str]:
    """Every row that must be reported, every alarm where there must be silence, and the totals."""
    wanted = [verdict for verdict in verdicts if verdict.row.must_report]
    silent = [verdict for verdict in verdicts if not verdict.row.must_report]
    lines = ["Must be reported"]
    lines += [line for verdict in wanted for line in _told(verdict, "HIT " if verdict.here else "miss")]
    lines += ["", "Must stay silent: alarms"]
    lines += [line for verdict in silent if verdict.here for line in _told(verdict, "ALARM")] or ["  none"]
    return [*lines, "", "Totals", *totals(verdicts), "", "Findings by rule", *_by_rule(findings)]


def _told(verdict: Verdict, mark: str) -> list[str]:
    row = verdict.row
    lines = [f"  {mark}  {row.id:<18} [{row.tier}]  {row.file}:{row.start}-{row.end}  {row.function}"]
    lines += [f"          {_finding(row, finding)}" for finding in verdict.here]
    if not verdict.here and verdict.elsewhere:
        others = ", ".join(f"{one['rule']} line {one['line']} {one['confidence']}" for one in verdict.elsewhere[:5])
        lines.append(f"          elsewhere in the function: {others}")
    return lines


def _finding(row: Row, finding: Finding) -> str:
    groups = ", ".join(finding["groups"])
    told = f"{finding['rule']} {finding['confidence']:<6} line {finding['line']} [{groups}]"
    if row.must_report and row.collectives:
        told += f"  collectives {confirmed(row, finding)} of {len(row.collectives)}"
    return f"{told}  {finding['predicate']}"


def totals(verdicts: Sequence[Verdict]) -> list[str]:
    """How many rows of each tier were hit, and how many of those that must stay silent were alarmed."""
    wanted = [verdict for verdict in verdicts if verdict.row.must_report]
    silent = [verdict for verdict in verdicts if not verdict.row.must_report]
    lines: list[str] = []
    for tier in sorted({verdict.row.tier for verdict in wanted}):
        rows = [verdict for verdict in wanted if verdict.row.tier == tier]
        hits, shown = sum(bool(verdict.here) for verdict in rows), sum(verdict.shown for verdict in rows)
        lines.append(f"  {tier:<10} {hits} of {len(rows)} hit, {shown} of them shown by default")
    for tier in sorted({verdict.row.tier for verdict in silent}):
        rows = [verdict for verdict in silent if verdict.row.tier == tier]
        best = Counter(verdict.here[0]["confidence"] for verdict in rows if verdict.here)
        counts = ", ".join(f"{best[level]} {level}" for level in LEVELS)
        lines.append(f"  {tier:<10} {sum(best.values())} of {len(rows)} alarmed ({counts})")
    return lines


def _by_rule(findings: Sequence[Finding]) -> list[str]:
    counts = Counter((finding["rule"], finding["confidence"]) for finding in findings)
    rules = sorted({rule for rule, _ in counts})
    rows = [(rule, [counts[rule, level] for level in LEVELS]) for rule in rules]
    rows.append(("all", [sum(numbers[column] for _, numbers in rows) for column in range(len(LEVELS))]))
    return [_cells("", LEVELS), *(_cells(rule, numbers) for rule, numbers in rows)]


def _cells(head: str, values: Iterable[object]) -> str:
    return f"  {head:<8} " + "  ".join(f"{value:>6}" for value in values)


def run_collint(tree: Path) -> list[Finding]:
    """All findings on ``tree``, whatever their confidence. Raises RuntimeError when collint could not do its work."""
    here = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(part for part in (str(here), os.environ.get("PYTHONPATH", "")) if part)
    command = [sys.executable, "-m", "collint", "check", str(tree), "--isolated", "--select", "ALL"]
    command += ["--min-confidence", "low", "--output-format", "json"]
    answer = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=False)
    if answer.returncode not in (0, 1):
        raise RuntimeError(f"collint exited with {answer.returncode}")
    return _findings_in(answer.stdout.decode("utf-8"))


def _findings_in(text: str) -> list[Finding]:
    findings: list[Finding] = json.loads(text)["findings"]
    return findings


def main(arguments: list[str] | None = None) -> int:
    """Prints the comparison; 2 when there is nothing to compare."""
    parser = argparse.ArgumentParser(description="Compare findings with a ground-truth file.")
    parser.add_argument("--rows", type=Path, required=True, help="JSON Lines with one judged place per line")
    parser.add_argument("--tree", type=Path, help="the release to check")
    parser.add_argument("--findings", type=Path, help="use this JSON output of collint instead of running it on --tree")
    given = parser.parse_args(arguments)
    if given.tree is None and given.findings is None:
        parser.error("give --tree or --findings")
    try:
        rows = read_rows(given.rows)
        findings = _findings_in(given.findings.read_text("utf-8")) if given.findings else run_collint(given.tree)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        print(f"ground_truth: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print("\n".join(report(judge(rows, findings), findings)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
