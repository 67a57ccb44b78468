"""The two formats for people: ``full`` tells a finding with its proof, ``concise`` gives it one line.

Source lines are drawn in :mod:`collint.report.excerpt`, the sequences of both sides in
:mod:`collint.report.sequences`.
"""

from __future__ import annotations

import textwrap
from typing import TextIO

from collint.findings import Because, Finding, Run
from collint.report.excerpt import cut, excerpt, framed, gutter_width, source_line
from collint.report.look import Look, columns, visible
from collint.report.prose import in_order, on_one_line
from collint.report.sequences import short_place, side_by_side
from collint.report.summary import count

_SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_LABEL = 8
"""Columns of the margin that holds the words ``help``, ``note`` and ``also``; text stands to the right of it."""
_MAX_AFFECTED = 6
_ON_THE_WAY = 5


def write_concise(run: Run, stream: TextIO, look: Look) -> None:
    """One line per finding, in the shape that editors and ``grep`` know."""
    for finding in in_order(run):
        stream.write(f"{_place(finding, look)}: {_title(finding, look)}: {on_one_line(finding.message)}\n")


def write_full(run: Run, stream: TextIO, look: Look) -> None:
    """Every finding as a paragraph of its own, an empty line between two."""
    for number, finding in enumerate(in_order(run)):
        if number:
            stream.write("\n")
        stream.writelines(line.rstrip() + "\n" for line in _paragraph(finding, look))


def _paragraph(finding: Finding, look: Look) -> list[str]:
    """What happens, why the ranks differ and where they part, what each of them does, what to do about it."""
    title = _title(finding, look, look.width - len(" confidence"))
    lines = [f"{title} confidence", f"  {look.paint('-->', 'blue')} {_place(finding, look)}"]
    for section in (
        _folded(finding.message, look.width, "  ", "  "),
        _frame(finding, look),
        _sides(finding, look),
        _advice(finding, look),
    ):
        lines += ["", *section] if section else []
    return lines


def _place(finding: Finding, look: Look) -> str:
    return look.paint(f"{visible(finding.path)}:{finding.line}:{finding.column}", "bold")


def _title(finding: Finding, look: Look, width: int = 10_000) -> str:
    """Rule, groups and confidence; the names of many groups are cut so that ``width`` holds them."""
    code = look.paint(finding.rule, _SEVERITY_STYLES.get(finding.severity, "bold"))
    room = width - len(f"{finding.rule} {finding.name}  []  {finding.confidence}")
    groups = f"  [{cut(visible(', '.join(finding.groups)), room)}]" if finding.groups else ""
    return f"{code} {finding.name}{groups}  {finding.confidence}"


def _frame(finding: Finding, look: Look) -> list[str]:
    """From the line where the ranks begin to differ to the line that decides, both as they stand in the source."""
    gutter = gutter_width(finding)
    function = f"in {visible(finding.function)}" if finding.function else "at module level"
    head = f"decides {function}" if finding.classes else function
    lines = [*_way(finding, look, gutter), _caption(head, look, gutter), *excerpt(finding, look, gutter)]
    for step in finding.because:
        if _is_here(step, finding) and "".join(step.text.split()) != "".join(finding.predicate.split()):
            lines += _remark(step.text, look, gutter)
    if finding.varies_over:
        axes = ", ".join("every axis" if axis == "*" else axis for axis in finding.varies_over)
        lines += _remark(f"varies over {axes}", look, gutter)
    return lines


def _way(finding: Finding, look: Look, gutter: int) -> list[str]:
    """The steps to the deciding line: the first with its source line, the others one below the other."""
    steps = [step for step in finding.because if not _is_here(step, finding)]
    if not steps:
        return []
    first, *others = steps
    lines = [_caption("differs between ranks" if finding.varies_over else "because", look, gutter)]
    if first.path != finding.path:
        lines.append(f"  {' ' * gutter} {look.paint(':::', 'blue')} {visible(first.path)}:{first.line}")
    source = source_line(first.path, first.line, Look(look.lines, 10_000), gutter)
    lines += source_line(first.path, first.line, look, gutter)
    if not any("".join(first.text.split()) in "".join(line.split()) for line in source):
        lines += _remark(first.text, look, gutter)
    room = look.width - gutter - 5
    shown = others[-_ON_THE_WAY:]
    if len(shown) < len(others):
        lines.append(framed(look, gutter, f"{count(len(others) - len(shown), 'step')} left out", bar=":"))
    lines += [framed(look, gutter, _step(step, finding, room), bar=":") for step in shown]
    return [*lines, framed(look, gutter)]


def _remark(text: str, look: Look, gutter: int) -> list[str]:
    """What is to be said of the source lines above."""
    return [framed(look, gutter, line) for line in _folded(text, look.width - gutter - 5, "= ", "  ")]


def _is_here(step: Because, finding: Finding) -> bool:
    """Whether a step is on the deciding line, which is shown anyway."""
    return step.path == finding.path and finding.line <= step.line <= finding.end_line


def _step(step: Because, finding: Finding, room: int) -> str:
    """A step on one line, its place at the end."""
    place = short_place(step.path, step.line, finding.path)
    words = "..." if step.text == "…" else visible(on_one_line(step.text))
    return f"{cut(words, max(room - columns(place) - 2, room // 2))}  {place}"


def _caption(text: str, look: Look, gutter: int) -> str:
    return f"  {' ' * gutter} {look.paint(cut(text, look.width - gutter - 3), 'cyan')}"


def _sides(finding: Finding, look: Look) -> list[str]:
    """What the ranks of each class issue, beside each other, the first difference marked."""
    if not finding.classes:
        return []
    groups = {event.group for side in finding.classes for event in side.sequence if event.group}
    where = f" on {visible(next(iter(groups)))}" if len(groups) == 1 else ""
    head = look.paint(cut(f"  so the ranks part ways{where}", look.width), "cyan")
    return [head, *(f"  {line}" for line in side_by_side(finding, look, look.width - 2))]


def _advice(finding: Finding, look: Look) -> list[str]:
    """What else is affected, and what to do about it; a note that the message has already is not repeated."""
    notes = [note for note in finding.notes if note not in finding.message]
    labelled = [("help", finding.help), *(("note", note) for note in notes)]
    texts = [line for label, text in labelled if text for line in _labelled(label, text, look)]
    return _affected(finding, look) + texts


def _affected(finding: Finding, look: Look) -> list[str]:
    """The collectives that neither the sequences above nor the deciding line show already."""
    told = {(event.path, event.line) for side in finding.classes for event in side.sequence}
    told |= {(finding.path, line) for line in range(finding.line, finding.end_line + 1)}
    rest = [event for event in finding.collectives if event.path and (event.path, event.line) not in told]
    texts = list(
        dict.fromkeys(
            f"{visible(event.op)} [{visible(event.group)}]  {short_place(event.path, event.line, finding.path)}"
            for event in rest
        )
    )
    lines = [line for text in texts[:_MAX_AFFECTED] for line in _folded(text, look.width - _LABEL, "", "  ")]
    if len(texts) > _MAX_AFFECTED:
        lines.append(f"and {len(texts) - _MAX_AFFECTED} more; --output-format json lists all")
    return _with_label("also", lines, look)


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
