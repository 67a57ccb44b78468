"""Statements that hold statements: branches, loops, ``try`` and ``with``. Their jumps become edges in ``ir.cfg``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from collint.ir.expressions import Expr
from collint.ir.statements import Block, For, Handler, If, Try, While, With
from collint.syntax.conditions import test
from collint.syntax.frame import Frame, StatementRule
from collint.syntax.targets import store


def branch(frame: Frame, node: cst.If) -> None:
    """``if``, ``elif``, ``else``."""
    condition = test(frame, node.test)
    then = frame.body(node.body)
    other: Block = ()
    if isinstance(node.orelse, cst.If):
        frame.open()
        branch(frame, node.orelse)
        other = frame.close()
    elif node.orelse is not None:
        other = frame.body(node.orelse.body)
    frame.emit(If(condition, then, other, frame.span(node)))


def while_loop(frame: Frame, node: cst.While) -> None:
    """``while``."""
    condition = test(frame, node.test)
    body = frame.body(node.body)
    frame.emit(While(condition, body, _otherwise(frame, node.orelse), frame.span(node)))


def for_loop(frame: Frame, node: cst.For) -> None:
    """``for`` and ``async for``."""
    setup, iterable = frame.apart(node.iter)
    element = frame.fresh()
    frame.open()
    store(frame, node.target, element, frame.span(node.target))
    frame.suite(node.body)
    body = frame.close()
    other = _otherwise(frame, node.orelse)
    is_async = node.asynchronous is not None
    frame.emit(For(setup, iterable, element, body, other, frame.span(node.iter), is_async=is_async))


def _otherwise(frame: Frame, node: cst.Else | cst.Finally | None) -> Block:
    return () if node is None else frame.body(node.body)


def trying(frame: Frame, node: cst.Try | cst.TryStar) -> None:
    """``try`` with ``except`` or ``except*``.

    Calls in the types of a handler are emitted before the ``try``: nothing is known to hang on when they run.
    """
    clauses: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = node.handlers
    types = [None if item.type is None else frame.expression(item.type) for item in clauses]
    body = frame.body(node.body)
    handlers = tuple(_handler(frame, item, spelled) for item, spelled in zip(clauses, types, strict=True))
    other = _otherwise(frame, node.orelse)
    final = _otherwise(frame, node.finalbody)
    frame.emit(Try(body, handlers, other, final, frame.span(node)))


def _handler(frame: Frame, node: cst.ExceptHandler | cst.ExceptStarHandler, types: Expr | None) -> Handler:
    target = None if node.name is None else node.name.name
    name = target.value if isinstance(target, cst.Name) else None
    return Handler(types, name, frame.body(node.body), frame.span(node))


def with_block(frame: Frame, node: cst.With) -> None:
    """``with`` and ``async with``."""
    _with_items(frame, node, node.items)


def _with_items(frame: Frame, node: cst.With, items: Sequence[cst.WithItem]) -> None:
    if not items:
        frame.suite(node.body)
        return
    item = items[0]
    setup, manager = frame.apart(item.item)
    result = frame.fresh()
    frame.open()
    if item.asname is not None:
        store(frame, item.asname.name, result, frame.span(item.asname.name))
    _with_items(frame, node, items[1:])
    is_async = node.asynchronous is not None
    frame.emit(With(setup, manager, result, frame.close(), frame.span(item.item), is_async=is_async))


RULES: dict[type[cst.CSTNode], StatementRule] = {
    cst.If: branch,
    cst.While: while_loop,
    cst.For: for_loop,
    cst.Try: trying,
    cst.TryStar: trying,
    cst.With: with_block,
}
