"""A run of the scoreboard as JSON, and what was lost between two of them.

A loss is a place that was found more closely before, an alarm that was not there, or noise that grew by more than a
tenth. Places that only one of the runs has are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.ablations import FULL
from benchmarks.scoring.scores import Result, Score, by_subject, total
from benchmarks.scoring.sections import Section

LEVELS = ("not at all", "in its file", "at its lines", "by its class")
FEW = 2
"""So many more findings are no loss by themselves."""

Recorded = dict[str, Any]


def recorded(sections: Sequence[Section], about: Mapping[str, Any]) -> Recorded:
    """A run as it is written; ``about`` says when and with what."""
    return {**about, "sections": {section.title: _section(section) for section in sections}}


def _section(section: Section) -> Recorded:
    if section.skipped:
        return {"skipped": section.skipped}
    tools = {tool: _tool(result) for tool, result in section.results.items()}
    if FULL in tools:
        items = section.results[FULL].items
        tools[FULL]["items"] = {item.id: [int(item.wanted), item.level, item.quiet] for item in items}
    return {"tools": tools}


def _tool(result: Result) -> Recorded:
    made: Recorded = {"score": _counts(total(result))}
    made["subjects"] = {name: _counts(score) for name, score in by_subject(result).items()}
    if result.skipped:
        made["skipped"] = list(result.skipped)
    if result.notes:
        made["notes"] = dict(result.notes)
    return made


def _counts(score: Score) -> dict[str, int]:
    return {name: getattr(score, name) for name in Score.__slots__ if getattr(score, name)}


def losses(before: Recorded, after: Recorded) -> Iterator[str]:
    """One sentence for each thing that collint did in the run before and does no more."""
    for title, section in after["sections"].items():
        known = before.get("sections", {}).get(title, {})
        if "tools" not in section or "tools" not in known:
            continue
        old, new = known["tools"].get(FULL), section["tools"].get(FULL)
        if old is not None and new is not None:
            yield from (f"{title}: {words}" for words in _lost(old, new))


def _lost(old: Recorded, new: Recorded) -> Iterator[str]:
    for name, (wanted, level, quiet) in new["items"].items():
        if name not in old["items"]:
            continue
        _, was, was_quiet = old["items"][name]
        if wanted and level < was:
            yield f"{name} was found {LEVELS[was]}, now {LEVELS[level]}"
        elif wanted and quiet < was_quiet:
            yield f"{name} was found {LEVELS[was_quiet]} at low confidence, now {LEVELS[quiet]}"
        elif not wanted and level and not was:
            yield f"{name} must be silent and was, now there is an alarm"
    more = Score(**new["score"]).noise - Score(**old["score"]).noise
    if more > FEW and _noisiness(new) > 1.1 * _noisiness(old):
        yield f"noise grew by {more} findings"


def _noisiness(made: Recorded) -> float:
    score = Score(**made["score"])
    return score.noise / (score.lines or score.wanted or 1)
