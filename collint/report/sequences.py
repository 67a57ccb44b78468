"""Lays out the sequences of two rank classes and finds where they part. Colours and margins are added in ``text``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from collint.findings import Event, Finding, RankClass
from collint.report.look import columns, visible

KEPT_BEFORE = 2
"""Equal events shown before the first difference; earlier ones are only counted."""

HANGING = 6
"""Columns of a mark and a number; folded lines of an event start right of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a text, the place it speaks of, and how one gets there."""

    text: str
    place: str = ""
    tail: str = ""


def side_rows(finding: Finding) -> list[list[Row]]:
    """Per rank class its events, numbered; ``>`` marks the first position at which the classes differ."""
    part = first_difference([side.sequence for side in finding.classes])
    return [_rows(side, part, finding.path) for side in finding.classes]


def first_difference(sequences: Sequence[Sequence[Event]]) -> int:
    """The first index at which the sequences do not hold the same operation on the same group.

    Sequences that agree so far differ in an argument of their last event, so that one is returned.
    """
    shortest = min((len(sequence) for sequence in sequences), default=0)
    for index in range(shortest):
        if len({(sequence[index].op, sequence[index].group) for sequence in sequences}) > 1:
            return index
    if all(len(sequence) == shortest for sequence in sequences):
        return max(shortest - 1, 0)
    return shortest


def short_place(path: str, line: int, here: str) -> str:
    """``folder/name.py:12``; in the reported file itself, whose path stands in the header, ``line 12``."""
    return f"line {line}" if path == here else f"{visible('/'.join(path.split('/')[-2:]))}:{line}"


def aligned(lists: Sequence[Sequence[Row]], width: int) -> list[list[str]]:
    """Each list as lines of at most ``width`` columns, the places of all lists below each other."""
    rows = [row for part in lists for row in part]
    place_width = max((columns(row.place) for row in rows), default=0)
    room = max(width - place_width - 2, width // 2)
    text_width = min(room, max((columns(row.text) for row in rows if row.place), default=0))
    return [[line for row in part for line in _lines(row, text_width, place_width, room, width)] for part in lists]


def _lines(row: Row, text_width: int, place_width: int, room: int, width: int) -> list[str]:
    """``text  place  tail``; a long text is folded before its place, a long tail goes below."""
    if not row.place:
        return _wrap(row.text, width)
    *above, text = _wrap(row.text, room)
    line = f"{_padded(text, text_width)}  {row.place}"
    if not row.tail:
        return [*above, line]
    together = f"{_padded(text, text_width)}  {_padded(row.place, place_width)}  {row.tail}"
    if columns(together) <= width:
        return [*above, together]
    return [*above, line, *(" " * HANGING + part for part in _wrap(row.tail, width - HANGING))]


def _wrap(text: str, width: int) -> list[str]:
    indent = " " * (HANGING if text[:1] in (" ", ">") else 2)
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _rows(side: RankClass, part: int, here: str) -> list[Row]:
    skipped = max(part - KEPT_BEFORE, 0)
    rows = [Row(f"      {skipped} equal before")] if skipped else []
    for index, event in list(enumerate(side.sequence))[skipped:]:
        mark = ">" if index == part else " "
        through = f"through {visible(' -> '.join(event.via))}" if event.via else ""
        text = f"{mark} {index + 1:>2}  {visible(event.op)} [{visible(event.group)}]"
        rows.append(Row(text, short_place(event.path, event.line, here), through))
    then = visible(side.then)
    if len(side.sequence) <= part:
        return [*rows, Row(f"> {len(side.sequence) + 1:>2}  nothing{': ' + then if then else ''}")]
    return [*rows, Row(f"      then {then}")] if then else rows
