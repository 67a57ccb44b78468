"""Parse the spellings by which a pack row points at one argument of a call. Matching them to a call is elsewhere.

The grammar: ``group@2``, ``group``, ``@0``, ``receiver`` or ``result``, then any number of ``[1]`` or ``.name`` steps
into the value.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from collint.record import Record

Role = Literal["argument", "receiver", "result"]

ACCEPTED = "write 'name@position', 'name', '@position', 'receiver' or 'result'"

_SPELLING = re.compile(
    r"(?P<name>[A-Za-z_]\w*)?(?:@(?P<position>\d+))?(?P<path>(?:\.[A-Za-z_]\w*|\[-?\d+\])*)", re.ASCII
)
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>-?\d+)\]", re.ASCII)


class ArgumentRef(Record, frozen=True):
    """One argument of a call, the object before the dot, or the result; ``path`` leads further into that value.

    For an argument at least one of ``name`` (keyword) and ``position`` (from 0, ``self`` not counted) is set.
    """

    name: str | None
    position: int | None
    role: Role = "argument"
    path: tuple[str | int, ...] = ()


@cache
def parse_argument(spelling: str) -> ArgumentRef:
    """Read one spelling. Raises ValueError, with the accepted forms, when it is malformed."""
    match = _SPELLING.fullmatch(spelling)
    if match is None or (match["name"] is None and match["position"] is None):
        raise ValueError(f"{spelling!r} is not an argument: {ACCEPTED}")
    path = tuple(_step(step) for step in _STEP.finditer(match["path"]))
    name = match["name"]
    if match["position"] is not None:
        return ArgumentRef(name, int(match["position"]), "argument", path)
    if name == "receiver":
        return ArgumentRef(None, None, "receiver", path)
    if name == "result":
        return ArgumentRef(None, None, "result", path)
    return ArgumentRef(name, None, "argument", path)


def _step(step: re.Match[str]) -> str | int:
    return int(step["index"]) if step["index"] is not None else step["name"]
