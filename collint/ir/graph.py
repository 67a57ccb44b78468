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

from typing import Union

from collint.ir.expressions import Expr, Temp
from collint.ir.node import Node
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


class Enter(Node, frozen=True):
    """``result = manager.__enter__()``; ``manager`` is the hidden variable that holds it."""

    result: Temp
    manager: Expr
    span: Span
    is_async: bool = False


class Exit(Node, frozen=True):
    """``manager.__exit__()``, on every way out of the ``with``."""

    manager: Expr
    span: Span
    is_async: bool = False


class Catch(Node, frozen=True):
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


class Goto(Node, frozen=True):
    """Control goes on at ``target``."""

    target: int


class BranchOn(Node, frozen=True):
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


class NextOf(Node, frozen=True):
    """The head of a ``for``: the next of ``iterable`` is put in ``element`` and ``body`` runs, else ``exit``."""

    iterable: Expr
    element: Temp
    body: int
    exit: int
    span: Span
    comprehension: bool = False


class Dispatch(Node, frozen=True):
    """An exception goes to one of ``targets`` (handlers, or past them all)."""

    targets: tuple[int, ...]


class Leave(Node, frozen=True):
    """Control leaves the function: ``kind`` is ``return``, ``raise``, ``assert`` or ``end`` (fell off the end)."""

    kind: str
    value: Expr | None
    span: Span


Terminator = Union[Goto, BranchOn, NextOf, Dispatch, Leave]


class BasicBlock(Node, frozen=True):
    """Statements that run one after the other. ``loops`` are the heads of the loops around it, innermost last.

    Inside a ``try`` that has handlers a block holds at most one call, as its last step, and ``handler`` is where
    an exception from it goes; elsewhere ``handler`` is None. The head of a loop belongs to its own loop.
    """

    number: int
    steps: tuple[Step, ...]
    terminator: Terminator
    handler: int | None
    loops: tuple[int, ...]


class Graph(Node, frozen=True):
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
    if number == graph.exit or number == graph.failure:
        return ()
    block = graph.blocks[number]
    normal = normal_successors(graph, block)
    if block.handler is None or block.handler in normal:
        return normal
    return (*normal, block.handler)


def normal_successors(graph: Graph, block: BasicBlock) -> tuple[int, ...]:
    """The blocks that can follow when nothing raises."""
    end = block.terminator
    if type(end) is Goto:
        return (end.target,)
    if type(end) is BranchOn:
        return (end.then, end.other) if end.then != end.other else (end.then,)
    if type(end) is NextOf:
        return (end.body, end.exit) if end.body != end.exit else (end.body,)
    if isinstance(end, Dispatch):
        return tuple(dict.fromkeys(end.targets))
    assert isinstance(end, Leave)
    return (graph.exit,) if end.kind in ("return", "end") else (graph.failure,)
