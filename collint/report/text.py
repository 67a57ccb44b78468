"""The two formats for people: ``full`` tells a finding with its proof, ``concise`` gives it one line.

The excerpt of the source is drawn in :mod:`collint.report.excerpt`, the two sequences in
:mod:`collint.report.sequences`.
"""

from __future__ import annotations

import textwrap
from typing import TextIO

from collint.findings import Finding, Run
from collint.report.excerpt import excerpt
from collint.report.look import Look, visible
from collint.report.sequences import Row, aligned, short_place, side_rows

_SEVERITY_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_LABEL = 10
"""Columns of the margin that holds the words ``because``, ``when``, ``help``; text stands to the right of it."""
_MAX_AFFECTED = 6


def write_concise(run: Run, stream: TextIO, look: Look) -> None:
    """One line per finding, in the shape that editors and ``grep`` know."""
    for finding in sorted(run.findings, key=lambda finding: finding.sort_key):
        message = visible(" ".join(finding.message.split()))
        stream.write(f"{_place(finding, look)}: {_title(finding, look)}: {message}\n")


def write_full(run: Run, stream: TextIO, look: Look) -> None:
    """Every finding as a paragraph of its own, an empty line between two."""
    for number, finding in enumerate(sorted(run.findings, key=lambda finding: finding.sort_key)):
        if number:
            stream.write("\n")
        stream.writelines(line.rstrip() + "\n" for line in _paragraph(finding, look))


def _paragraph(finding: Finding, look: Look) -> list[str]:
    """Header and message, then the sections of the proof, an empty line before each that has something to say."""
    lines = [f"{_place(finding, look)} {_title(finding, look)}"]
    lines += _folded(finding.message, look.width, "    ", "    ")
    sections = (_where, _because, _sides, _advice)
    return lines + [line for section in sections for line in _apart(section(finding, look))]


def _apart(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _place(finding: Finding, look: Look) -> str:
    return look.paint(f"{visible(finding.path)}:{finding.line}:{finding.column}", "", bold=True)


def _title(finding: Finding, look: Look) -> str:
    code = look.paint(finding.rule, _SEVERITY_COLOURS.get(finding.severity, ""), bold=True)
    groups = f"  [{visible(', '.join(finding.groups))}]" if finding.groups else ""
    return f"{code} {finding.name}{groups}  {finding.confidence}"


def _where(finding: Finding, look: Look) -> list[str]:
    """The function and the source lines, underlined."""
    axes = ("every axis" if axis == "*" else axis for axis in finding.varies_over)
    over = f", varies over {', '.join(axes)}" if finding.varies_over else ""
    function = f"in {finding.function}" if finding.function else "at module level"
    return [f"  {look.paint(visible(function + over), 'bright_black')}", *excerpt(finding, look)]


def _because(finding: Finding, look: Look) -> list[str]:
    """The steps from the source to the predicate, their places in one column."""
    steps = [Row(visible(step.text), short_place(step.path, step.line, finding.path)) for step in finding.because]
    [lines] = aligned([steps], look.width - _LABEL)
    return _with_label("because", lines, look)


def _sides(finding: Finding, look: Look) -> list[str]:
    """What the ranks of each class issue, one class under the other, the first difference marked."""
    lines: list[str] = []
    for side, body in zip(finding.classes, aligned(side_rows(finding), look.width - _LABEL), strict=True):
        head = _folded(side.when, look.width - _LABEL, "where ", "  ") or ["always"]
        marked = [look.paint(line, "red") if line.startswith(">") else line for line in body]
        lines += _with_label("ranks", [*head, *marked], look)
    return lines


def _advice(finding: Finding, look: Look) -> list[str]:
    """What else is affected, and what to do about it."""
    labelled = [("help", finding.help), *(("note", note) for note in finding.notes)]
    texts = [line for label, text in labelled if text for line in _labelled(label, text, look)]
    return _affected(finding, look) + texts


def _affected(finding: Finding, look: Look) -> list[str]:
    """The collectives that the sequences above do not show already."""
    told = {(event.path, event.line) for side in finding.classes for event in side.sequence}
    rest = [event for event in finding.collectives if (event.path, event.line) not in told]
    if not rest:
        return []
    rows = [
        Row(f"{visible(event.op)} [{visible(event.group)}]", short_place(event.path, event.line, finding.path))
        for event in rest[:_MAX_AFFECTED]
    ]
    [lines] = aligned([rows], look.width - _LABEL)
    if len(rest) > _MAX_AFFECTED:
        lines.append(f"and {len(rest) - _MAX_AFFECTED} more; --output-format json lists all")
    return _with_label("affects", lines, look)


def _labelled(label: str, text: str, look: Look) -> list[str]:
    return _with_label(label, _folded(text, look.width - _LABEL, "", ""), look)


def _with_label(label: str, lines: list[str], look: Look) -> list[str]:
    """``lines`` in the right-hand column, with ``label`` in the margin of the first."""
    margin = "  " + look.paint(label, "cyan") + " " * (_LABEL - 2 - len(label))
    return [(margin if number == 0 else " " * _LABEL) + line for number, line in enumerate(lines)]


def _folded(text: str, width: int, first: str, rest: str) -> list[str]:
    """``text`` in lines of ``width``; line ends that the text has stay, long names are not cut."""
    return [
        line
        for part in text.split("\n")
        for line in textwrap.wrap(
            visible(part),
            width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
