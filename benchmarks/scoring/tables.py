"""The scoreboard as Markdown: one line per tool and section, and one per subject of what collint did.

Tables are made of a recorded run (:mod:`benchmarks.scoring.recorded`), so that a run of one part can be shown with what
was measured of the others before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.ablations import FULL
from benchmarks.scoring.scores import Score
from collint.rules import pages

RULES = {page.code: page for page in pages()}
HEAD = ("file", "line", "class", "line, any confidence", "alarms", "precision", "F1", "noise")

Recorded = dict[str, Any]


def summary(run: Recorded) -> list[str]:
    """One line per section and tool, and one of all that collint did."""
    lines = _header("measured on", "tool", "wanted", *HEAD)
    for title, section in run["sections"].items():
        if "skipped" in section:
            lines.append(f"| {title} | skipped: {section['skipped'].splitlines()[0]} |" + " |" * (len(HEAD) + 1))
        for tool, made in section.get("tools", {}).items():
            lines.append(_line(title, tool, Score(**made["score"])))
    everything = [Score(**made["score"]) for _, made in _own(run)]
    if len(everything) > 1:
        lines.append(_line("**all**", FULL, sum(everything, Score()), is_total=True))
    return lines


def details(run: Recorded) -> list[str]:
    """One line per section and tier or kind of mistake: what collint did there; rules have a table of their own."""
    lines = _header("measured on", "subject", "wanted", *HEAD)
    for title, made in _own(run):
        for subject, counts in made["subjects"].items():
            if not _is_rule(subject):
                lines.append(_line(title, subject, Score(**counts)))
    return lines


def rules(run: Recorded) -> list[str]:
    """One line per rule, over all sections that know which rule a place is about."""
    found: dict[str, Score] = {}
    for _, made in _own(run):
        for subject, counts in made["subjects"].items():
            if _is_rule(subject):
                found[subject] = found.get(subject, Score()) + Score(**counts)
    lines = [_line(name, RULES[name].name, score) for name, score in sorted(found.items())]
    return [*_header("rule", "name", "wanted", *HEAD), *lines]


def skipped(run: Recorded) -> Iterator[str]:
    """What could not be measured, in one sentence each."""
    for title, section in run["sections"].items():
        if "skipped" in section:
            yield f"{title}: {section['skipped'].splitlines()[0]}"
        reasons = (reason for made in section.get("tools", {}).values() for reason in made.get("skipped", ()))
        yield from (f"{title}: {reason.splitlines()[0]}" for reason in dict.fromkeys(reasons))


def _own(run: Recorded) -> Iterator[tuple[str, Recorded]]:
    """What collint itself did, by section."""
    for title, section in run["sections"].items():
        if FULL in section.get("tools", {}):
            yield title, section["tools"][FULL]


def _is_rule(subject: str) -> bool:
    return subject in RULES


def _header(*cells: str) -> list[str]:
    return ["| " + " | ".join(cells) + " |", "|---|---|" + "---:|" * (len(cells) - 2)]


def _line(first: str, second: str, score: Score, is_total: bool = False) -> str:
    found = [_of(count, score.wanted) for count in (score.file, score.line, score.kind, score.quiet)]
    alarms = f"{score.alarms} of {score.silent}" if score.silent else "–"
    precision = _percent(score.precision) if score.silent else "–"
    noise = "–" if is_total else _noise(score)
    cells = (first, second, str(score.wanted), *found, alarms, precision, _percent(score.f1), noise)
    return "| " + " | ".join(cells) + " |"


def _of(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _noise(score: Score) -> str:
    """Per thousand lines; of planted mistakes, where lines say little, per mistake."""
    if score.noise_rate is not None:
        return f"{score.noise_rate:.3f}"
    return f"{score.noise / score.wanted:.2f} each" if score.noise and score.wanted else "–"
