"""The control-flow graph of one function: its value types. :mod:`collint.ir.cfg` builds it.

A picture of ``try: a() except E: b() finally: c()``::

    [a()] ──▶ [c()] ──▶ exit
      ┆ handler
      ▼
    dispatch ──▶ [catch E; b()] ──▶ [c()] ──▶ exit
        └─────▶ [c()] ──▶ failure

Exceptional edges (dotted) exist only where a handler exists: ``handler`` of a block names the block that takes over
when the block's last statement, a call, raises before it had an effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from collint.ir.expressions import Expr, Temp
from collint.ir.statements import (
    Assign,
    Await,
    Call,
    Collect,
    Declare,
    Delete,
    Import,
    Parameter,
    Span,
    StoreAttr,
    StoreIndex,
    Yield,
)


@dataclass(frozen=True, slots=True)
class Enter:
    """``result = manager.__enter__()``; ``manager`` is the hidden variable that holds it."""

    result: Temp
    manager: Expr
    span: Span
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """``manager.__exit__()``, on every way out of the ``with``."""

    manager: Expr
    span: Span
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Catch:
    """An exception arrives in a handler and is bound to ``name``, if any."""

    types: Expr | None
    name: str | None
    span: Span


Step = Union[
    Assign,
    StoreAttr,
    StoreIndex,
    Call,
    Yield,
    Await,
    Collect,
    Import,
    Delete,
    Declare,
    Enter,
    Exit,
    Catch,
]


@dataclass(frozen=True, slots=True)
class Goto:
    """Control goes on at ``target``."""

    target: int


@dataclass(frozen=True, slots=True)
class BranchOn:
    """Control goes to ``then`` when ``condition`` is true, else to ``other``.

    ``leaves`` tells how an arm leaves early in the source, for the words of a finding: for the true arm and the
    false arm each '', 'return', 'raise', 'break' or 'continue' when that arm, as written, ends in such a jump.
    """

    condition: Expr
    then: int
    other: int
    span: Span
    is_loop: bool = False
    leaves: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class NextOf:
    """The head of a ``for``: the next of ``iterable`` is put in ``element`` and ``body`` runs, else ``exit``."""

    iterable: Expr
    element: Temp
    body: int
    exit: int
    span: Span
    comprehension: bool = False


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An exception goes to one of ``targets`` (handlers, or past them all)."""

    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """Control leaves the function: ``kind`` is ``return``, ``raise``, ``assert`` or ``end`` (fell off the end)."""

    kind: str
    value: Expr | None
    span: Span


Terminator = Union[Goto, BranchOn, NextOf, Dispatch, Leave]


@dataclass(frozen=True, slots=True)
class BasicBlock:
    """Statements that run one after the other. ``loops`` are the heads of the loops around it, innermost last.

    Inside a ``try`` that has handlers a block holds at most one call, as its last step, and ``handler`` is where
    an exception from it goes; elsewhere ``handler`` is None. The head of a loop belongs to its own loop.
    """

    number: int
    steps: tuple[Step, ...]
    terminator: Terminator
    handler: int | None
    loops: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Blocks by number; ``blocks[0]`` is the entry. Unreachable code is gone.

    Every :class:`Leave` of kind ``return`` or ``end`` is an edge to the virtual block ``exit``, of kind ``raise`` or
    ``assert`` outside any handler to the virtual block ``failure``; both have an empty entry in ``blocks``.
    ``attempts`` pairs the block where a ``try`` begins with the one to which what it raises goes.
    """

    qualname: str
    parameters: tuple[Parameter, ...]
    blocks: tuple[BasicBlock, ...]
    exit: int
    failure: int
    attempts: tuple[tuple[int, int], ...] = ()


def successors(graph: Graph, number: int) -> tuple[int, ...]:
    """The blocks that can follow, exceptional ones last; the virtual ends have none."""
    if number in (graph.exit, graph.failure):
        return ()
    block = graph.blocks[number]
    normal = normal_successors(graph, block)
    if block.handler is None or block.handler in normal:
        return normal
    return (*normal, block.handler)


def normal_successors(graph: Graph, block: BasicBlock) -> tuple[int, ...]:
    """The blocks that can follow when nothing raises."""
    end = block.terminator
    if isinstance(end, Goto):
        return (end.target,)
    if isinstance(end, BranchOn):
        return (end.then, end.other) if end.then != end.other else (end.then,)
    if isinstance(end, NextOf):
        return (end.body, end.exit) if end.body != end.exit else (end.body,)
    if isinstance(end, Dispatch):
        return tuple(dict.fromkeys(end.targets))
    return (graph.exit,) if end.kind in ("return", "end") else (graph.failure,)
