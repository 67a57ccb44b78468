"""reviewdog's diagnostic format. Its columns count bytes of UTF-8, so the lines are asked for; nothing else is read."""

from __future__ import annotations

import json
from typing import Any, TextIO

from collint.findings import Finding, Run
from collint.report.look import Look, visible
from collint.report.prose import act, explained, in_order, on_one_line

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def write_rdjson(run: Run, stream: TextIO, look: Look) -> None:
    """One ``DiagnosticResult``."""
    result = {"source": {"name": "collint"}, "diagnostics": [_diagnostic(finding, look) for finding in in_order(run)]}
    json.dump(result, stream, indent=2, sort_keys=True)
    stream.write("\n")


def _diagnostic(finding: Finding, look: Look) -> dict[str, Any]:
    start = _position(finding.path, finding.line, finding.column, look)
    end = _position(finding.path, finding.end_line, finding.end_column, look)
    return {
        "message": "\n".join(explained(finding)),
        "location": {"path": _path(finding.path, look), "range": {"start": start, "end": end}},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
        "relatedLocations": [_related(path, line, words, look) for path, line, words in _others(finding)],
    }


def _others(finding: Finding) -> list[tuple[str, int, str]]:
    """The other places of the proof: what makes the ranks differ, and the collectives that they meet or miss."""
    steps = [(step.path, step.line, on_one_line(step.text)) for step in finding.because]
    events = [(event.path, event.line, act(event)) for event in finding.collectives if event.path]
    return list(dict.fromkeys(steps + events))


def _related(path: str, line: int, words: str, look: Look) -> dict[str, Any]:
    return {"message": words, "location": {"path": _path(path, look), "range": {"start": {"line": line}}}}


def _path(path: str, look: Look) -> str:
    """The format is UTF-8 throughout: bytes of a name that are no UTF-8 cannot be told, and are shown as escapes."""
    whole = look.prefix + path
    return whole if whole.isprintable() else visible(whole)


def _position(path: str, line: int, column: int, look: Look) -> dict[str, int]:
    lines = look.lines(path)
    before = lines[line - 1][: column - 1] if 1 <= line <= len(lines) else ""
    return {"line": line, "column": column + len(before.encode("utf-8", "surrogatepass")) - len(before)}
