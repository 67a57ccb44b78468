"""Workflow commands that GitHub shows beside the changed lines, and the summary of a job. Nothing is written to files.

A step shows ten annotations of a kind and drops the rest without a word; so the ten worst are told, errors first, and
the others are counted. All of them are in the summary, which the command line appends to the file that GitHub names.
"""

from __future__ import annotations

from typing import TextIO

from collint.findings import CONFIDENCES, SEVERITIES, Finding, Run
from collint.report import markdown
from collint.report.look import Look, visible
from collint.report.prose import explained, in_order, title
from collint.report.summary import count

MAX_ANNOTATIONS = 10
SUMMARY_BYTES = 900_000
"""GitHub refuses a step's summary beyond one mebibyte."""

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def write_github(run: Run, stream: TextIO, look: Look) -> None:
    """A line per annotation; the eleventh and later findings become one line that counts them."""
    worst = sorted(in_order(run), key=_rank)
    for finding in worst[:MAX_ANNOTATIONS]:
        stream.write(_annotation(finding, look.prefix) + "\n")
    if rest := worst[MAX_ANNOTATIONS:]:
        words = f"{count(len(rest), 'more finding')} without an annotation; the summary of this job lists all."
        stream.write(f"::notice title=collint::{_data(words)}\n")


def write_step_summary(run: Run, stream: TextIO, look: Look) -> None:
    """The report in Markdown, cut where GitHub would refuse it."""
    stream.write(markdown.document(run, look, SUMMARY_BYTES))


def _rank(finding: Finding) -> tuple[int, int]:
    return -SEVERITIES.index(finding.severity), -CONFIDENCES.index(finding.confidence)


def _annotation(finding: Finding, prefix: str) -> str:
    place = {"file": prefix + finding.path, "line": finding.line, "endLine": finding.end_line}
    if finding.line == finding.end_line:  # columns of an annotation over several lines are refused
        place |= {"col": finding.column, "endColumn": finding.end_column}
    place["title"] = f"{title(finding)} ({finding.confidence} confidence)"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(chr(10).join(explained(finding)))}"


def _data(text: str) -> str:
    """``text`` as the message of a command: a line end or a percent sign would be taken for the runner's own."""
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """``text`` as a value among the properties, which end at commas and colons."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
