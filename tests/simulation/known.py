"""Shapes of programs on which collint and the simulation are known to disagree, each with its reason.

A shape excuses one kind of disagreement. It is wider than the cause, so the test also bounds how many are excused. Who
mends a cause removes its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulation.language import Block, Expr, Program, Statement, walk


@dataclass(frozen=True)
class Known:
    """A ``kind`` of disagreement (``miss`` or ``false alarm``), its reason, and which programs may show it."""

    kind: str
    reason: str
    shape: Callable[[Program], bool]


def excuse(program: Program, kind: str) -> str | None:
    """The reason why a disagreement was to be expected; None when there is none."""
    return next((known.reason for known in KNOWN if known.kind == kind and known.shape(program)), None)


def _leaves_a_loop(program: Program) -> bool:
    """A way out of a loop other than its head, or a loop in a loop."""
    return any(_leaves(loop.blocks[0]) for loop in walk(program) if loop.shape in ("for", "while"))


def _leaves(block: Block) -> bool:
    return any(s.shape in ("for", "while", "return") or s.shown[0] in ("break", "continue") for s in walk(block))


def _calls_conditionally(program: Program) -> bool:
    """A call with arguments inside a branch or loop, or a function that binds its parameter anew."""
    inside = any(
        s.shape == "call" and s.parts for outer in walk(program) for block in outer.blocks for s in walk(block)
    )
    return inside and any(s.shape in ("if", "for", "while") for s in walk(program))


def _calls_twice(program: Program) -> bool:
    """A function with a way out of its own that is called more than once."""
    text = "\n".join(line for part in program for line in part.lines(True))
    helpers = [
        s for s in program if s.shape == "def" and s.name != "main" and any(i.shape == "return" for i in walk((s,)))
    ]
    return any(text.count(f"{helper.name}(") > 2 for helper in helpers)


def _asks_twice(program: Program) -> bool:
    """The same value, asked about again."""
    asked = [value for s in walk(program) for part in s.parts for value in _questions(part)]
    return len(set(asked)) < len(asked)


def _questions(expr: Expr) -> Iterator[str]:
    """The values that the tests in an expression look at; the rank by one name."""
    if expr.shown == "state.leader":
        yield _RANK
    elif expr.kind == "bool":
        for part in expr.parts:
            yield from _questions(part) if part.kind == "bool" else [_RANK if part.shown == "rank" else part.shown]


_RANK = "dist.get_rank()"


def _head(statement: Statement) -> str:
    return statement.parts[0].text(True)


KNOWN = (
    Known("miss", "two calls of one function may be taken to balance each other", _calls_twice),
    Known("miss", "a word repeated in a loop hides how often the loop turned", _leaves_a_loop),
    Known("false alarm", "a value that a call received may count as changed by it", _calls_conditionally),
    Known("false alarm", "questions other than the one at issue are answered anew each time", _asks_twice),
)
