"""The JSON contract, described by ``schema/finding.schema.json``. Other formats are beside this file.

Equal runs give equal bytes: keys and rows are sorted, and everything outside ASCII is escaped.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from collint.findings import Event, Finding, RankClass, Run
from collint.report.look import Look
from collint.report.prose import in_order, left_out, silenced

SCHEMA = 1
"""The version of the contract; it grows by new keys and changes only when a key changes its meaning."""


def write_json(run: Run, stream: TextIO, look: Look) -> None:
    """One object with a closing newline."""
    json.dump(as_object(run), stream, indent=2, sort_keys=True)
    stream.write("\n")


def write_json_lines(run: Run, stream: TextIO, look: Look) -> None:
    """One finding a line, each an object as in :func:`write_json`, for tools that read streams."""
    for finding in in_order(run):
        json.dump(_finding(finding), stream, sort_keys=True)
        stream.write("\n")


def as_object(run: Run) -> dict[str, Any]:
    """``run`` as plain values, in the shape of the contract."""
    return {
        "schema": SCHEMA,
        "findings": [_finding(finding) for finding in in_order(run)],
        "not_analysed": [
            {"path": item.path, "line": item.line, "what": item.what, "reason": item.reason} for item in left_out(run)
        ],
        "suppressed": [{"finding": _finding(entry.finding), "reason": entry.reason} for entry in silenced(run)],
        "packs": [
            {"library": pack.library, "about": pack.about, "rows": pack.rows, "digest": pack.digest}
            for pack in run.packs
        ],
        "stats": dict(run.stats),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "function": finding.function,
        "groups": list(finding.groups),
        "varies_over": list(finding.varies_over),
        "predicate": finding.predicate,
        "message": finding.message,
        "because": [{"path": step.path, "line": step.line, "text": step.text} for step in finding.because],
        "classes": [_rank_class(side) for side in finding.classes],
        "collectives": [_event(event) for event in finding.collectives],
        "help": finding.help,
        "notes": list(finding.notes),
        "fingerprint": finding.fingerprint,
    }


def _rank_class(side: RankClass) -> dict[str, Any]:
    sequence = [{**_event(event), "via": list(event.via)} for event in side.sequence]
    return {"when": side.when, "sequence": sequence, "then": side.then}


def _event(event: Event) -> dict[str, Any]:
    return {"op": event.op, "group": event.group, "path": event.path, "line": event.line}
