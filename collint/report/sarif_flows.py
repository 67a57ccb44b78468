"""Places of a finding as SARIF has them, and one thread flow per rank class. The log around them is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from collint.findings import Finding, RankClass
from collint.report.look import visible
from collint.report.prose import act, on_one_line
from collint.report.sequences import first_difference

BASE = "SRCROOT"
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def message(text: str) -> dict[str, str]:
    """A message that shows ``text`` as it is.

    Readers replace ``{0}`` and follow ``[name](1)``; only what looks like that is escaped, since few readers undo the
    doubling of other braces that the standard asks for.
    """
    return {"text": _LINK.sub(r"\\[", _PLACEHOLDER.sub(r"{{\1}}", "\n".join(map(visible, text.split("\n")))))}


def physical(path: str, line: int, finding: Finding | None = None) -> dict[str, Any]:
    """A line of a file, or the range of ``finding``; a line that is not known (0) leaves the whole file."""
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": BASE}}
    if finding is not None:
        place["region"] = {
            "startLine": finding.line,
            "startColumn": finding.column,
            "endLine": finding.end_line,
            "endColumn": finding.end_column,
        }
    elif line > 0:
        place["region"] = {"startLine": line}
    return place


def related(finding: Finding, prefix: str) -> list[dict[str, Any]]:
    """Every affected collective, once per place."""
    events = list(dict.fromkeys((event.path, event.line, act(event)) for event in finding.collectives if event.path))
    return [
        {"id": number, "physicalLocation": physical(prefix + path, line), "message": message(words)}
        for number, (path, line, words) in enumerate(events, 1)
    ]


def code_flows(finding: Finding, prefix: str) -> list[dict[str, Any]]:
    """One flow: how the ranks come to differ, then what each class does, a thread per class."""
    if not finding.classes:
        return [{"threadFlows": [{"locations": steps}]}] if (steps := list(_steps(finding, prefix))) else []
    part = first_difference([side.sequence for side in finding.classes])
    threads = [
        {
            "id": f"class {number}",
            "message": message(on_one_line(side.who)),
            "locations": [*_steps(finding, prefix), *_deeds(finding, side, part, prefix)],
        }
        for number, side in enumerate(finding.classes, 1)
    ]
    return [{"message": message(on_one_line(finding.message)), "threadFlows": threads}]


def _steps(finding: Finding, prefix: str) -> Iterator[dict[str, Any]]:
    """From the source of the difference to the condition."""
    for step in finding.because:
        place = {"physicalLocation": physical(prefix + step.path, step.line), "message": message(step.text)}
        yield {"location": place, "importance": "important", "kinds": ["taint"]}


def _deeds(finding: Finding, side: RankClass, part: int, prefix: str) -> Iterator[dict[str, Any]]:
    """The condition as this class answers it, its collectives, and what becomes of it where nothing follows."""
    here = physical(prefix + finding.path, finding.line, finding)
    answer = message(f"here: {on_one_line(side.when)}")
    yield {"location": {"physicalLocation": here, "message": answer}, "importance": "essential", "kinds": ["branch"]}
    for number, event in enumerate(side.sequence):
        through = f", through {' -> '.join(event.via)}" if event.via else ""
        place: dict[str, Any] = {"message": message(f"{act(event)}{through}")}
        if event.path:
            place["physicalLocation"] = physical(prefix + event.path, event.line)
        importance = "essential" if number == part else "important"
        nesting = {"nestingLevel": len(event.via)} if event.via else {}
        yield {"location": place, "importance": importance, "kinds": ["call"], **nesting}
    if len(side.sequence) <= part:
        words = f"nothing{': ' + on_one_line(side.then) if side.then else ''}"
        yield {"location": {"physicalLocation": here, "message": message(words)}, "importance": "essential"}


def _uri(path: str) -> str:
    """``path`` as a relative reference; names that are no UTF-8 keep their bytes."""
    return quote(path, safe="/", errors="surrogateescape")
