"""Lays out the sequences of two rank classes beside each other, aligned by event, and finds where they part.

Where each line stands in the report is decided in ``text``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from collint.findings import Event, Finding, RankClass
from collint.report.look import Look, columns, visible

KEPT_BEFORE = 2
"""Equal events shown before the first difference; earlier ones are only counted."""

MAX_SHOWN = 12
MARK = "> "
RULE = " | "


def side_by_side(finding: Finding, look: Look, width: int) -> list[str]:
    """The classes as columns: a head, then a row per event; ``>`` marks the row at which they differ.

    Lines take at most ``width`` columns. Names that are longer than a column are cut in two, not left out.
    """
    classes = finding.classes
    room = (width - len(MARK) - len(RULE) * (len(classes) - 1)) // max(len(classes), 1)
    part = first_difference([side.sequence for side in classes])
    groups = {event.group for side in classes for event in side.sequence}
    heads = [_folded(visible(side.who), room, "", 2) for side in classes]
    lines = [look.paint(line.rstrip(), "bold") for line in _beside(heads, room, " " * len(MARK))]
    first = max(part - KEPT_BEFORE, 0)
    if first:
        lines.append(f"{'':{len(MARK)}}   {first} equal before")
    columns_of = [_cells(side, part, first, len(groups) > 1, finding.path, room) for side in classes]
    for row, cells in enumerate(zip_longest(*columns_of, fillvalue=()), first):
        block = [line.rstrip() for line in _beside(cells, room, MARK if row == part else " " * len(MARK))]
        lines += [look.paint(line, "bold red") for line in block] if row == part else block
    return lines


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


def _cells(side: RankClass, part: int, first: int, with_group: bool, here: str, room: int) -> list[list[str]]:
    """A cell per event from ``first`` on, then what becomes of the ranks; each cell a list of lines."""
    cells = []
    for index, event in list(enumerate(side.sequence))[first : first + MAX_SHOWN]:
        cells.append(_event_cell(index + 1, event, with_group, here, room))
    left = len(side.sequence) - first - MAX_SHOWN
    if left > 0:
        cells.append([f"   and {left} more"])
    then = visible(side.then)
    if len(side.sequence) <= part:
        words = f"{len(side.sequence) + 1:>2} nothing{': ' + then if then else ''}"
        return [*cells, _folded(words, room)]
    if then and cells:
        cells[-1] += _folded(f"then {then}", room, "   ")
    return cells


def _event_cell(number: int, event: Event, with_group: bool, here: str, room: int) -> list[str]:
    """`` 1 all_reduce [dp]  line 7`` and the calls on the way below it; the place goes below where it has no room."""
    words = f"{number:>2} {visible(event.op)}{f' [{visible(event.group)}]' if with_group and event.group else ''}"
    place = short_place(event.path, event.line, here).rpartition("/")[2] if event.path else ""
    if place and columns(words) + 2 + columns(place) <= room:
        lines = [f"{words}  {place}"]
    else:
        lines = _folded(words, room) + (_folded(place, room, "   ") if place else [])
    if event.via:
        chain = visible(" -> ".join(event.via))
        if columns(chain) + 11 > room:  # the classes can be looked up; which functions are called should be in sight
            chain = visible(" -> ".join(name.rpartition(".")[2] for name in event.via))
        lines += _folded(f"through {chain}", room, "   ", 5)
    return lines


def _beside(cells: Sequence[Sequence[str]], room: int, mark: str) -> list[str]:
    """Cells as columns of ``room``; ``mark`` stands before the first line."""
    rows = zip_longest(*cells, fillvalue="")
    return [
        (mark if number == 0 else " " * len(mark)) + RULE.join(text + " " * (room - columns(text)) for text in row)
        for number, row in enumerate(rows)
    ]


def _folded(text: str, room: int, first: str = "", hanging: int = 3) -> list[str]:
    """``text`` in lines of ``room`` columns: the first one behind ``first``, the others behind ``hanging`` spaces."""
    rest = " " * hanging
    lines = textwrap.wrap(
        text, room, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return [piece for line in lines or [""] for piece in _in_pieces(line, room, rest)]


def _in_pieces(line: str, room: int, rest: str) -> list[str]:
    """A line that no space can fold, cut behind a dot or an underscore if there is one; wide characters count two."""
    pieces = []
    while columns(line) > room:
        end = min(room, len(line) - 1)
        while columns(line[:end]) > room:
            end -= 1
        joint = max(line.rfind(mark, room // 2, end) for mark in "._/") + 1
        end = joint or end
        pieces.append(line[:end])
        line = rest + line[end:]
    return [*pieces, line]
