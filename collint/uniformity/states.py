"""The search states of the question "over which axes does this value vary?", and what one step can lead to.

A state walks backwards from a value to where its variation is born; how, is :mod:`collint.uniformity.flow`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, Union

from collint.findings import Because
from collint.ir.node import Node
from collint.linking.references import Symbol
from collint.record import Record

Side = Literal["data", "extent", "order", "presence", "kind"]
"""*Presence* is whether a value is None: a token count may differ between ranks that all have one. *Kind* is of which
class an object is, or which function a name leads to."""
Axis = Union[str, Symbol]
LOW, MEDIUM, HIGH = 0, 1, 2
CONFIDENCE_NAMES = ("low", "medium", "high")
Births = Literal["all", "local", "own"]
"""Which births count: ``local`` leaves out ranks, which peers can work out; ``own`` are the value's alone, by its name
or its type, so that nobody asks where it comes from."""


@lru_cache(maxsize=4096)
def together(agreed: frozenset[Axis], more: frozenset[Axis]) -> frozenset[Axis]:
    """Both sets of axes as one, the same object each time: most states by far hold one of a few."""
    return agreed if more <= agreed else more if agreed <= more else agreed | more


class State(Node, frozen=True, cache_hash=True):
    """One side of one value of one body.

    ``stack`` holds the call sites (body id, call node) through which the walk went into callees, innermost last: a
    parameter is then that call's argument and no other's. ``agreed`` are the axes over which an agreement on the way
    has made the value equal. ``read`` is set once Python has looked at the contents of a tensor (``.item()``), ``part``
    where an attribute, method or named entry of an object is asked about rather than the object, and ``coarse`` past a
    quotient or remainder, which may single out some axes of a rank and drop the others. ``entry`` is the literal key of
    the one entry of a dict (perhaps inside tuples and lists) that is asked about, or the path of a component of tuples
    (:mod:`collint.uniformity.places`); empty where all of it counts.
    ``keys`` is set where only the keys of a mapping are asked about (``name in table``), not what stands under them,
    ``truth`` where a test asks whether the value is true: of a list, whether it has any elements.
    ``guessed`` is set behind a call that nobody knows: what it makes of its arguments is a guess.
    ``kinds`` are the classes, or functions, between which the side *kind* tells: those of one sort, those of another.
    """

    body: str
    node: int
    side: Side = "data"
    stack: tuple[tuple[str, int], ...] = ()
    agreed: frozenset[Axis] = frozenset()
    read: bool = False
    part: bool = False
    coarse: bool = False
    entry: str = ""
    keys: bool = False
    truth: bool = False
    guessed: bool = False
    kinds: tuple[tuple[str, ...], ...] = ()


class Next(Node, frozen=True):
    """The value depends on ``state``; no more certain than ``confidence``."""

    state: State
    confidence: int = HIGH


class Born(Node, frozen=True):
    """Variation is born here, over ``axes``; ``what`` says why in the words of a finding.

    ``is_rank`` marks a rank's place in a group: it differs, but every peer can work out what it is.
    ``is_given`` marks the data that a rank is given to work on, ``is_passing`` an answer that changes while it waits,
    ``is_mostly_alike`` one that ranks seldom differ in when they start.
    """

    axes: frozenset[Axis]
    what: str
    path: str
    line: int
    confidence: int = HIGH
    is_rank: bool = False
    is_given: bool = False
    is_passing: bool = False
    is_mostly_alike: bool = False


Outcome = Union[Next, Born]


class Variation(Record, frozen=True):
    """An answer: the axes that remain, how certain it is, and the steps (source first) that lead to the value.

    ``path`` holds every state of the walk, source first; the steps are those of them that are worth showing.
    ``is_circumstance`` says that it comes from the machine rather than from a rank or an axis.
    """

    axes: frozenset[Axis]
    confidence: int
    what: str
    because: tuple[Because, ...]
    path: tuple[State, ...] = ()
    is_circumstance: bool = False
