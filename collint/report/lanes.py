"""The picture of a finding: a lane per rank class, time downwards, equal events on one level. Only geometry and words.

Drawing is left to the page: every box here has a place, lines of text, and a role that the style sheet colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from collint.findings import Event, Finding, RankClass
from collint.record import Record
from collint.report.look import columns, visible
from collint.report.prose import act, on_one_line, place
from collint.report.sequences import KEPT_BEFORE, first_difference

WIDTH, GAP = 372, 48
"""Of a lane and between two lanes, in user units."""

LINE, PADDING, SPACE = 18, 9, 22
CHARACTERS = 46
"""How many characters of the fixed-width font a lane holds."""

MAX_ROWS = 12


class Box(Record, frozen=True):
    """A box with its text; ``role`` is head, same, apart, nothing or rest."""

    x: int
    y: int
    height: int
    lines: tuple[str, ...]
    role: str
    full: str

    @property
    def middle(self) -> int:
        """Where a line from the side meets the box."""
        return self.y + self.height // 2


class Bridge(Record, frozen=True):
    """A line between the boxes of two lanes: they meet, or they do not."""

    x: int
    y: int
    meets: bool


class Picture(Record, frozen=True):
    """All boxes, top to bottom, the bridges between lanes, and what the picture says, in words."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    bridges: tuple[Bridge, ...]
    stems: tuple[tuple[int, int, int], ...]
    words: str


def picture(finding: Finding) -> Picture | None:
    """The lanes of ``finding``; None where it has no rank classes."""
    classes = finding.classes
    if not classes:
        return None
    part = first_difference([side.sequence for side in classes])
    first = max(part - KEPT_BEFORE, 0)
    heads = [_wrapped(on_one_line(side.who)) for side in classes]
    levels = [[(lines, "head", " ".join(lines)) for lines in heads]]
    if first:
        levels.append([((f"{first} equal before",), "same", "")] * len(classes))
    rows = max(max(len(side.sequence) for side in classes), part + 1)
    levels += [[_cell(side, row, part) for side in classes] for row in range(first, min(rows, first + MAX_ROWS))]
    return _placed(levels, "; ".join(_in_words(side) for side in classes))


Cell = tuple[tuple[str, ...], str, str]
"""Lines, role, and the whole text, of which lines may show a part."""


def _cell(side: RankClass, row: int, part: int) -> Cell:
    if row < len(side.sequence):
        event = side.sequence[row]
        role = "apart" if row == part else "same" if row < part else "rest"
        then = (f"then {on_one_line(side.then)}",) if side.then and row == len(side.sequence) - 1 >= part else ()
        return tuple(map(_short, _event_lines(event) + then)), role, " ".join(_event_lines(event) + then)
    if row == part:
        text = f"nothing{': ' + on_one_line(side.then) if side.then else ''}"
        return _wrapped(text), "nothing", text
    return (), "empty", ""


def _event_lines(event: Event) -> tuple[str, ...]:
    lines = [act(event)]
    if event.path:
        lines.append(place(event))
    if event.via:
        lines += _wrapped(f"through {visible(' → '.join(name.rpartition('.')[2] for name in event.via))}")
    return tuple(lines)


def _placed(levels: Sequence[Sequence[Cell]], words: str) -> Picture:
    boxes: list[Box] = []
    bridges: list[Bridge] = []
    y = 1
    count = len(levels[0])
    ends = [0] * count
    for level in levels:
        height = max(2 * PADDING + LINE * len(lines) for lines, _, _ in level)
        for lane, (lines, role, full) in enumerate(level):
            if lines:
                boxes.append(Box(lane * (WIDTH + GAP) + 1, y, height, lines, role, full))
                ends[lane] = y
        roles = {role for _, role, _ in level}
        if roles & {"same", "apart", "nothing"}:
            meets = roles == {"same"}
            bridges += [Bridge(lane * (WIDTH + GAP) + WIDTH + 1, y + height // 2, meets) for lane in range(count - 1)]
        y += height + SPACE
    stems = tuple((lane * (WIDTH + GAP) + WIDTH // 2, levels_top(boxes), end) for lane, end in enumerate(ends))
    return Picture(count * (WIDTH + GAP) - GAP + 2, y - SPACE + 1, tuple(boxes), tuple(bridges), stems, words)


def levels_top(boxes: Sequence[Box]) -> int:
    """Where the lanes leave their heads."""
    return boxes[0].y + boxes[0].height


def _in_words(side: RankClass) -> str:
    deeds = ", ".join(act(event) for event in side.sequence) or "nothing"
    then = f", then {on_one_line(side.then)}" if side.then else ""
    return f"{on_one_line(side.who)}: {deeds}{then}"


def _wrapped(text: str) -> tuple[str, ...]:
    return tuple(map(_short, textwrap.wrap(text.replace("`", ""), CHARACTERS, break_on_hyphens=False)[:4])) or ("",)


def _short(text: str) -> str:
    """``text`` in the room of a lane; the box tells the whole of it on demand."""
    if columns(text) <= CHARACTERS:
        return text
    while columns(text) > CHARACTERS - 1:
        text = text[:-1]
    return f"{text}…"
