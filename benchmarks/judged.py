"""Counts how many findings on a release are right, by the verdicts of people who opened the code.

``python -m benchmarks.judged --findings JSON [--verdicts FILE.jsonl] [--template]``. The verdicts of a release are
``benchmarks/judged/NAME-VERSION.jsonl``, one line a finding: ``fingerprint``, ``verdict`` (``right`` or ``wrong``) and
``reason``, beside what lets a reader find the place. A finding without a verdict counts as neither, and is listed;
``--template`` prints such lines to fill in. Exit code 1 when some finding was not judged. Findings of low confidence
are counted by themselves: of most rules only some of them were judged, and none is asked for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

SHOWN = ("high", "medium")
VERDICTS = ("right", "wrong")
FIELDS = ("fingerprint", "rule", "path", "line", "function", "verdict", "reason")

Record = dict[str, Any]


def read_verdicts(file: Path) -> dict[str, Record]:
    """The verdicts of a file by fingerprint. Raises :class:`ValueError` that names the file and line of a bad one."""
    found: dict[str, Record] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        where = f"{file}:{number}"
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where}: not JSON: {error.msg}") from None
        missing = [field for field in FIELDS if not isinstance(record, dict) or field not in record]
        if missing:
            raise ValueError(f"{where}: {', '.join(missing)} missing")
        if record["verdict"] not in VERDICTS:
            raise ValueError(f"{where}: verdict '{record['verdict']}' is none of {', '.join(VERDICTS)}")
        if not str(record["reason"]).strip():
            raise ValueError(f"{where}: a verdict needs a reason")
        if record["fingerprint"] in found:
            raise ValueError(f"{where}: {record['fingerprint']} is judged twice")
        found[record["fingerprint"]] = record
    return found


def shown(findings: Iterable[Record]) -> list[Record]:
    """The findings that a check shows unless it is asked for more."""
    return [finding for finding in findings if finding["confidence"] in SHOWN]


def hidden(findings: Iterable[Record]) -> list[Record]:
    """The findings of low confidence, which only an audit shows."""
    return [finding for finding in findings if finding["confidence"] not in SHOWN]


def report(findings: Sequence[Record], verdicts: dict[str, Record]) -> list[str]:
    """One line a rule and one in total: how many findings, judged, right."""
    lines = []
    tally: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        verdict = verdicts.get(finding["fingerprint"])
        tally[finding["rule"], verdict["verdict"] if verdict else "not judged"] += 1
    for rule in sorted({rule for rule, _ in tally}):
        lines.append(_line(rule, {word: tally[rule, word] for word in (*VERDICTS, "not judged")}))
    total = {word: sum(n for (_, found), n in tally.items() if found == word) for word in (*VERDICTS, "not judged")}
    lines.append(_line("total", total))
    return lines


def _line(name: str, counts: dict[str, int]) -> str:
    judged = counts["right"] + counts["wrong"]
    share = f"{counts['right'] / judged:.0%} right" if judged else "none judged"
    words = ", ".join(f"{number} {word}" for word, number in counts.items())
    return f"{name:<8} {sum(counts.values()):>4} findings: {words}; {share}"


def template(finding: Record) -> str:
    """The line to fill in for a finding that nobody has judged yet."""
    kept = {field: finding[field] for field in FIELDS if field in finding}
    return json.dumps({**kept, "verdict": "", "reason": ""}, ensure_ascii=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when a shown finding has no verdict, 2 for a file that cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--findings", type=Path, required=True, help="output of check --output-format json")
    parser.add_argument("--verdicts", type=Path, help="a file of benchmarks/judged/")
    parser.add_argument("--template", action="store_true", help="print lines to fill in for what is not judged")
    options = parser.parse_args(arguments)
    try:
        verdicts = read_verdicts(options.verdicts) if options.verdicts else {}
        every = json.loads(options.findings.read_text("utf-8"))["findings"]
        findings, rest = shown(every), hidden(every)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"judged: {error}", file=sys.stderr)
        return 2
    missing = [finding for finding in findings if finding["fingerprint"] not in verdicts]
    if options.template:
        print("\n".join(template(finding) for finding in missing))
    else:
        print("\n".join(report(findings, verdicts)))
        for finding in missing:
            print(f"not judged: {finding['path']}:{finding['line']} {finding['rule']} {finding['fingerprint']}")
        if rest:
            print("\n".join(["of low confidence:", *report(rest, verdicts)]))
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
