"""A finding in plain words, for formats that offer one box of text, and the order of it all. Markup is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from collint.findings import Because, Event, Finding, NotAnalysed, RankClass, Run, Suppressed
from collint.report.look import visible


def in_order(run: Run) -> list[Finding]:
    """The findings of ``run``, sorted, so that equal runs give equal bytes."""
    return sorted(run.findings, key=lambda finding: finding.sort_key)


def silenced(run: Run) -> list[Suppressed]:
    """The suppressed findings of ``run``, sorted."""
    return sorted(run.suppressed, key=lambda entry: (entry.finding.sort_key, entry.reason))


def left_out(run: Run) -> list[NotAnalysed]:
    """What was not analysed in full, sorted."""
    return sorted(run.not_analysed, key=lambda item: (item.path, item.line, item.what, item.reason))


def on_one_line(text: str) -> str:
    """``text`` without line ends, and without characters that act on a terminal or reorder the line."""
    return visible(" ".join(text.split()))


def title(finding: Finding) -> str:
    """``COL102 divergent-exit [dp]``."""
    groups = f" [{', '.join(finding.groups)}]" if finding.groups else ""
    return visible(f"{finding.rule} {finding.name}{groups}")


def explained(finding: Finding) -> list[str]:
    """What is wrong, why, what each side does, and what to do: a line each."""
    lines = [on_one_line(finding.message)]
    lines += [f"Because {on_one_line(step.text)} ({place(step)})." for step in finding.because[:1]]
    lines += [f"{_begun(on_one_line(side.who))}: {deeds(side)}." for side in finding.classes]
    lines += [f"Help: {on_one_line(finding.help)}."] if finding.help else []
    return lines + [f"Note: {on_one_line(note)}." for note in finding.notes]


def _begun(text: str) -> str:
    """``text`` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def deeds(side: RankClass) -> str:
    """What the ranks of one side do, in one line: ``barrier [dp], then all_reduce [dp] (sync.py:7)``."""
    words = [f"{act(event)} ({place(event)})" if event.path else act(event) for event in side.sequence] or ["nothing"]
    return ", then ".join([*words, on_one_line(side.then)] if side.then else words)


def act(event: Event) -> str:
    """``all_reduce [dp]``."""
    return visible(f"{event.op} [{event.group}]" if event.group else event.op)


def place(of: Because | Event) -> str:
    """``name.py:12``; the folder is told where the place itself is linked or listed."""
    return visible(f"{PurePosixPath(of.path).name}:{of.line}")


def numbered(fingerprints: Iterable[str]) -> list[tuple[str, int]]:
    """Each fingerprint with a count from 1 of how often it came so far, since equal ones are no identity."""
    seen: dict[str, int] = {}
    result = []
    for fingerprint in fingerprints:
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        result.append((fingerprint, seen[fingerprint]))
    return result
