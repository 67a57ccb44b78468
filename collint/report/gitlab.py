"""GitLab's code quality report: issues, each with a fingerprint of its own. No other site's format is here."""

from __future__ import annotations

import hashlib
import json
from typing import TextIO

from collint.findings import Run
from collint.report.look import Look
from collint.report.prose import explained, in_order, numbered, title

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def write_gitlab(run: Run, stream: TextIO, look: Look) -> None:
    """One JSON list. GitLab shows the description as one line and knows an issue again by its fingerprint."""
    findings = in_order(run)
    identities = numbered(finding.fingerprint for finding in findings)
    issues = [
        {
            "description": f"{title(finding)}: {explained(finding)[0]}",
            "check_name": finding.rule,
            "fingerprint": _unique(identity),
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": look.prefix + finding.path,
                "lines": {"begin": finding.line, "end": finding.end_line},
            },
        }
        for finding, identity in zip(findings, identities, strict=True)
    ]
    json.dump(issues, stream, indent=2, sort_keys=True)
    stream.write("\n")


def _unique(identity: tuple[str, int]) -> str:
    """A later finding of an equal fingerprint gets one of its own, since GitLab would merge the two."""
    fingerprint, count = identity
    return fingerprint if count == 1 else hashlib.sha256(f"{fingerprint}:{count}".encode()).hexdigest()[:16]
