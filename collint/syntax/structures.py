"""Statements that hold statements: branches, loops, ``try`` and ``with``. Their jumps become edges in ``ir.cfg``."""

from __future__ import annotations

import ast
from typing import Any

from collint.ir.expressions import Expr
from collint.ir.statements import For, Handler, If, Try, While, With
from collint.syntax.conditions import test
from collint.syntax.frame import Frame, StatementRule
from collint.syntax.targets import store


def branch(frame: Frame, node: ast.If) -> None:
    """``if``, ``elif``, ``else``. A chain is followed in a loop, since long ones are written by generators."""
    arms = []
    rest: list[ast.stmt] = [node]
    while len(rest) == 1 and isinstance(link := rest[0], ast.If):
        arms.append((test(frame, link.test), frame.body(link.body), frame.span(link)))
        rest = link.orelse
    other = frame.body(rest)
    for condition, then, span in reversed(arms):
        other = (If(condition, then, other, span),)
    frame.emit(other[0])


def while_loop(frame: Frame, node: ast.While) -> None:
    """``while``."""
    condition = test(frame, node.test)
    body = frame.body(node.body)
    frame.emit(While(condition, body, frame.body(node.orelse), frame.span(node)))


def for_loop(frame: Frame, node: ast.For | ast.AsyncFor) -> None:
    """``for`` and ``async for``."""
    setup, iterable = frame.apart(node.iter)
    element = frame.fresh()
    frame.open()
    store(frame, node.target, element, frame.span(node.target))
    frame.suite(node.body)
    body = frame.close()
    other = frame.body(node.orelse)
    is_async = isinstance(node, ast.AsyncFor)
    frame.emit(For(setup, iterable, element, body, other, frame.span(node.iter), is_async=is_async))


def trying(frame: Frame, node: Any) -> None:
    """``try`` with ``except`` or ``except*``.

    Calls in the types of a handler are emitted before the ``try``: nothing is known to hang on when they run.
    """
    clauses: list[ast.ExceptHandler] = node.handlers
    types = [None if item.type is None else frame.expression(item.type) for item in clauses]
    body = frame.body(node.body)
    handlers = tuple([_handler(frame, item, spelled) for item, spelled in zip(clauses, types, strict=True)])
    other = frame.body(node.orelse)
    final = frame.body(node.finalbody)
    frame.emit(Try(body, handlers, other, final, frame.span(node)))


def _handler(frame: Frame, node: ast.ExceptHandler, types: Expr | None) -> Handler:
    return Handler(types, node.name, frame.body(node.body), frame.span(node))


def with_block(frame: Frame, node: ast.With | ast.AsyncWith) -> None:
    """``with`` and ``async with``."""
    _with_items(frame, node, 0)


def _with_items(frame: Frame, node: ast.With | ast.AsyncWith, at: int) -> None:
    if at == len(node.items):
        frame.suite(node.body)
        return
    item = node.items[at]
    setup, manager = frame.apart(item.context_expr)
    result = frame.fresh()
    frame.open()
    if item.optional_vars is not None:
        store(frame, item.optional_vars, result, frame.span(item.optional_vars))
    _with_items(frame, node, at + 1)
    is_async = isinstance(node, ast.AsyncWith)
    frame.emit(With(setup, manager, result, frame.close(), frame.span(item.context_expr), is_async=is_async))


RULES: dict[type[ast.AST], StatementRule] = {
    ast.If: branch,
    ast.While: while_loop,
    ast.For: for_loop,
    ast.AsyncFor: for_loop,
    ast.Try: trying,
    ast.With: with_block,
    ast.AsyncWith: with_block,
}
if hasattr(ast, "TryStar"):  # Python 3.11
    RULES[ast.TryStar] = trying
