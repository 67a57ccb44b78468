"""The report in Markdown, for pull requests, job summaries and audits. Escaping is in :mod:`.markdown_text`."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TextIO

from collint.findings import CONFIDENCES, Event, Finding, NotAnalysed, RankClass, Run
from collint.report.excerpt import excerpt
from collint.report.look import Look
from collint.report.markdown_text import code, escaped, fence, row, words
from collint.report.prose import in_order, left_out, silenced
from collint.report.sequences import first_difference
from collint.report.summary import count


def write_markdown(run: Run, stream: TextIO, look: Look) -> None:
    """The whole report."""
    stream.write(document(run, look))


def document(run: Run, look: Look, limit: int | None = None) -> str:
    """The report; with a ``limit`` in bytes, findings beyond it are counted instead of told."""
    findings = in_order(run)
    tail = "\n".join([*_suppressed(run), *_left_out(run), *_packs(run)])
    text = "\n".join(_head(findings, run)) + "\n"
    room = None if limit is None else limit - len((text + tail).encode("utf-8", "surrogatepass"))
    for number, finding in enumerate(findings):
        section = "\n".join(_section(finding, look)) + "\n"
        if room is not None:
            room -= len(section.encode("utf-8", "surrogatepass"))
            if room < 0:
                text += f"\n{count(len(findings) - number, 'further finding')} left out: no room for more here.\n"
                break
        text += section
    return text + (tail + "\n" if tail else "")


def _head(findings: list[Finding], run: Run) -> list[str]:
    scope = f" in {count(run.stats['files'], 'analysed file')}" if "files" in run.stats else ""
    if not findings:
        return [f"# collint: no findings{scope}"]
    confidences = Counter(finding.confidence for finding in findings)
    told = ", ".join(f"{confidences[level]} {level}" for level in reversed(CONFIDENCES) if confidences[level])
    rules = Counter((finding.rule, finding.name) for finding in findings)
    return [
        f"# collint: {count(len(findings), 'finding')}{scope}",
        "",
        f"Confidence: {told}.",
        "",
        row(["rule", "name", "findings"]),
        row(["---", "---", "---:"]),
        *(row([rule, escaped(name), str(number)]) for (rule, name), number in sorted(rules.items())),
    ]


def _section(finding: Finding, look: Look) -> list[str]:
    groups = f" · group {', '.join(map(code, finding.groups))}" if finding.groups else ""
    function = f" · in {code(finding.function)}" if finding.function else ""
    place = code(f"{look.prefix}{finding.path}:{finding.line}")
    lines = ["", f"## {finding.rule} {escaped(finding.name)}: {place}", ""]
    lines += [f"**{finding.severity}** · {finding.confidence} confidence{groups}{function}", "", words(finding.message)]
    if quoted := excerpt(finding, Look(look.lines)):
        lines += ["", *fence([line[2:] for line in quoted])]
    if finding.because:
        lines += ["", "Because:", ""]
        lines += [f"1. {words(step.text)} ({code(f'{step.path}:{step.line}')})" for step in finding.because]
    if finding.classes:
        lines += ["", *_table(finding.classes)]
    if rest := _elsewhere(finding):
        lines += ["", f"Also affected: {', '.join(map(_event, rest))}"]
    lines += ["", f"**Help:** {words(finding.help)}"] if finding.help else []
    for note in finding.notes:
        lines += ["", f"**Note:** {words(note)}"]
    return lines


def _table(classes: tuple[RankClass, ...]) -> list[str]:
    """The sequences side by side, the first difference in bold."""
    part = first_difference([side.sequence for side in classes])
    columns = [_cells(side, part) for side in classes]
    return [
        row(["", *(words(side.who) for side in classes)]),
        row(["---:", *("---" for _ in classes)]),
        *(row([str(number), *cells]) for number, cells in enumerate(zip_longest(*columns, fillvalue=""), 1)),
    ]


def _cells(side: RankClass, part: int) -> list[str]:
    cells = [f"**{_event(event)}**" if number == part else _event(event) for number, event in enumerate(side.sequence)]
    if len(cells) <= part:
        return [*cells, f"**nothing**{': ' + words(side.then) if side.then else ''}"]
    if side.then:
        cells[-1] += f", then {words(side.then)}"
    return cells


def _event(event: Event) -> str:
    through = f", through {code(' -> '.join(event.via))}" if event.via else ""
    place = f" ({_place(event)}{through})" if event.path else ""
    return f"{escaped(event.op)} \\[{escaped(event.group)}\\]{place}"


def _elsewhere(finding: Finding) -> list[Event]:
    told = {(event.path, event.line) for side in finding.classes for event in side.sequence}
    return [event for event in finding.collectives if (event.path, event.line) not in told]


def _place(of: Event | Finding | NotAnalysed) -> str:
    return code(f"{of.path}:{of.line}")


def _suppressed(run: Run) -> list[str]:
    entries = silenced(run)
    if not entries:
        return []
    lines = ["", f"## Suppressed: {count(len(entries), 'finding')}", "", row(["place", "rule", "reason"])]
    rows = [row([_place(entry.finding), entry.finding.rule, words(entry.reason)]) for entry in entries]
    return [*lines, row(["---"] * 3), *rows]


def _left_out(run: Run) -> list[str]:
    items = left_out(run)
    if not items:
        return []
    lines = ["", f"## Not analysed in full: {count(len(items), 'place')}", "", row(["place", "what", "reason"])]
    rows = [row([_place(item), code(item.what), words(item.reason)]) for item in items]
    return [*lines, row(["---"] * 3), *rows]


def _packs(run: Run) -> list[str]:
    if not run.packs:
        return []
    lines = ["", "## Knowledge packs", "", row(["pack", "about", "rows", "digest"]), row(["---", "---", "---:", "---"])]
    return [*lines, *(row([code(p.library), words(p.about), str(p.rows), code(p.digest)]) for p in run.packs)]
