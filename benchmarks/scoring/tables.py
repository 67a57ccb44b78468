"""The scoreboard as Markdown: one line per tool and section, and one per subject of what collint did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.ablations import FULL
from benchmarks.scoring.scores import Score, by_subject, joined, total
from benchmarks.scoring.sections import Section
from collint.rules import pages

RULES = {page.code: page for page in pages()}
HEAD = ("file", "line", "class", "line, any confidence", "alarms", "precision", "F1", "noise")


def summary(sections: Sequence[Section]) -> list[str]:
    """One line per section and tool, and one of all that collint did."""
    lines = _header("measured on", "tool", "wanted", *HEAD)
    for section in sections:
        if section.skipped:
            lines.append(f"| {section.title} | skipped: {section.skipped.splitlines()[0]} |" + " |" * (len(HEAD) + 1))
        for tool, result in section.results.items():
            lines.append(_line(section.title, tool, total(result)))
    everything = [section.results[FULL] for section in sections if FULL in section.results]
    if len(everything) > 1:
        lines.append(_line("**all**", FULL, total(joined(everything)), is_total=True))
    return lines


def details(sections: Sequence[Section]) -> list[str]:
    """One line per section and tier or kind of mistake: what collint did there; rules have a table of their own."""
    lines = _header("measured on", "subject", "wanted", *HEAD)
    for section in sections:
        if FULL in section.results:
            for subject, score in by_subject(section.results[FULL]).items():
                if not _is_rule(subject):
                    lines.append(_line(section.title, subject, score))
    return lines


def rules(sections: Sequence[Section]) -> list[str]:
    """One line per rule, over all sections that know which rule a place is about."""
    every = joined([section.results[FULL] for section in sections if FULL in section.results])
    found = {name: score for name, score in by_subject(every).items() if _is_rule(name)}
    lines = [_line(name, RULES[name].name, score) for name, score in found.items()]
    return [*_header("rule", "name", "wanted", *HEAD), *lines]


def _is_rule(subject: str) -> bool:
    return subject in RULES


def skipped(sections: Sequence[Section]) -> Iterator[str]:
    """What could not be measured, in one sentence each."""
    for section in sections:
        if section.skipped:
            yield f"{section.title}: {section.skipped.splitlines()[0]}"
        reasons = (reason for result in section.results.values() for reason in result.skipped)
        yield from (f"{section.title}: {reason.splitlines()[0]}" for reason in dict.fromkeys(reasons))


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
