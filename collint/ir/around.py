"""What stands around a statement and must be passed on the way out of it: loops, handlers, ``finally``, ``with``.

These are the records only; :mod:`collint.ir.ways_out` draws the ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from collint.ir.expressions import Expr
from collint.ir.statements import Span, Try
from collint.record import Mutable


class InLoop(Mutable, eq=False):
    """``break`` goes to ``after``, ``continue`` to ``head``."""

    outer: Around | None
    head: int
    after: int


class InTry(Mutable, eq=False):
    """A ``try`` body whose exceptions go to the block ``dispatch``."""

    outer: Around | None
    dispatch: int


class InFinally(Mutable, eq=False):
    """Something whose ``finally`` body runs on every way out; ``landing`` is the copy for exceptions, once drawn."""

    outer: Around | None
    statement: Try
    landing: int | None = None
    drawn: bool = False


class InWith(Mutable, eq=False):
    """A ``with`` body whose ``manager`` is left on every way out; ``landing`` as for ``finally``."""

    outer: Around | None
    manager: Expr
    span: Span
    is_async: bool
    landing: int | None = None


Around = Union[InLoop, InTry, InFinally, InWith]


def outwards(around: Around | None) -> Iterator[Around]:
    """``around`` and everything around it, innermost first."""
    while around is not None:
        yield around
        around = around.outer


def loops(around: Around | None) -> tuple[int, ...]:
    """The heads of the loops, outermost first."""
    return tuple(item.head for item in outwards(around) if isinstance(item, InLoop))[::-1]


def is_guarded(around: Around | None) -> bool:
    """Whether some handler could see an exception that is raised here."""
    return any(isinstance(item, InTry) for item in outwards(around))
