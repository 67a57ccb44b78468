"""Which component of a tuple, held in lists or not, is asked about: ``for name, size in rows:`` asks two questions.

A place is spelled as a path from the outside in: ``*`` is any element of a container, ``#2`` the third component. It
travels with a state as its ``entry``, as the quoted key of a dict's entry does; what those are is in
:mod:`collint.uniformity.subscripts`.
"""

from __future__ import annotations

import re

from collint.ir.values import Value

STEP = re.compile(r"\*|#-?\d+")
# Steps of a path that are told apart; what nests deeper is asked about as a whole.
MAX_STEPS = 4
APPENDING = frozenset({"append", "appendleft", "add", "put", "put_nowait"})


def is_place(entry: str) -> bool:
    """Whether an entry is a path of places rather than a dict's key."""
    return entry[:1] in ("*", "#")


def component(position: int, rest: str) -> str:
    """The path of ``rest`` inside one component."""
    return _bounded(f"#{position}{rest}")


def element(rest: str) -> str:
    """The path of ``rest`` inside any element."""
    return _bounded(f"*{rest}") if rest else ""


def inside(entry: str) -> str:
    """What is left of a path in an element of the container that it is asked of; nothing where it asks otherwise."""
    return entry[1:] if entry.startswith("*") else ""


def asked(display: Value, entry: str, starred: bool) -> tuple[tuple[int, ...], str] | None:
    """The parts of a display that a path leads to, and what is left of it; None where that cannot be told."""
    step = STEP.match(entry)
    if step is None or display.label not in ("tuple", "list", "set") or starred:
        return None
    if step.group() == "*":
        return display.arguments, entry[1:]
    position = int(step.group()[1:])
    if not -len(display.arguments) <= position < len(display.arguments):
        return None
    return (display.arguments[position],), entry[step.end() :]


def _bounded(entry: str) -> str:
    return entry if len(STEP.findall(entry)) <= MAX_STEPS else ""
