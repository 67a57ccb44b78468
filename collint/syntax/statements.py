"""Simple statements: assignments, jumps, deletions, declarations, assertions.

Statements with a body are in ``structures``, definitions in ``definitions``, imports in ``imports``.
"""

from __future__ import annotations

import ast
from typing import Any

from collint.ir.expressions import NONE, Expr, Name, Op
from collint.ir.statements import (
    Assign,
    Break,
    Continue,
    Declare,
    Delete,
    If,
    Not,
    Raise,
    Return,
    Span,
    StoreAttr,
    StoreIndex,
)
from collint.syntax.annotations import annotation
from collint.syntax.conditions import test
from collint.syntax.expressions import OPERATORS
from collint.syntax.frame import Frame, StatementRule
from collint.syntax.targets import element, kept, store, store_name


def expression_statement(frame: Frame, node: ast.Expr) -> None:
    """Only the calls inside matter: a docstring has none."""
    if type(node.value) is not ast.Constant:
        frame.expression(node.value)


def assign(frame: Frame, node: ast.Assign) -> None:
    """``a = b = value``: the value once, then the targets from left to right."""
    span = frame.span(node)
    value = frame.expression(node.value)
    targets = node.targets
    if len(targets) > 1:
        value = kept(frame, value, targets[:-1], span)
    for target in targets:
        store(frame, target, value, span)


def annotated_assign(frame: Frame, node: ast.AnnAssign) -> None:
    """``a: T = value``; without a value nothing happens."""
    if node.value is None:
        return
    span = frame.span(node)
    value = frame.expression(node.value)
    spelled = annotation(frame, node.annotation)
    if isinstance(node.target, ast.Name):
        store_name(frame, node.target.id, value, span, spelled)
    elif isinstance(node.target, ast.Attribute):
        base = frame.expression(node.target.value)
        frame.emit(StoreAttr(base, node.target.attr, value, span, annotation=spelled))
    else:
        store(frame, node.target, value, span)


def augmented_assign(frame: Frame, node: ast.AugAssign) -> None:
    """``a += value`` as ``a = a + value``, the target's own parts evaluated once and first."""
    span = frame.span(node)
    old = frame.expression(node.target)
    value = Op(OPERATORS[type(node.op)], (old, frame.expression(node.value)))
    if isinstance(node.target, ast.Attribute):
        base = _base_of(old)
        frame.emit(StoreAttr(base, node.target.attr, value, span, augmented=True))
    elif isinstance(node.target, ast.Subscript):
        base, index = element(old)
        frame.emit(StoreIndex(base, index, value, span, augmented=True))
    elif isinstance(old, Name):
        frame.emit(Assign(old.id, value, span, augmented=True))
    elif isinstance(node.target, ast.Name):
        store_name(frame, node.target.id, value, span)


def _base_of(value: Expr) -> Expr:
    base: Expr = getattr(value, "base", value)
    return base


def returning(frame: Frame, node: ast.Return) -> None:
    """``return``."""
    value = NONE if node.value is None else frame.expression(node.value)
    frame.emit(Return(value, frame.span(node)))


def raising(frame: Frame, node: ast.Raise) -> None:
    """``raise value from cause``: of the cause only the calls inside matter."""
    value = None if node.exc is None else frame.expression(node.exc)
    if node.cause is not None:
        frame.expression(node.cause)
    frame.emit(Raise(value, frame.span(node)))


def asserting(frame: Frame, node: ast.Assert) -> None:
    """``assert test, message`` is a branch that raises."""
    condition = Not(test(frame, node.test))
    span = frame.span(node)
    frame.open()
    value = None if node.msg is None else frame.expression(node.msg)
    frame.emit(Raise(value, span, kind="assert"))
    frame.emit(If(condition, frame.close(), (), span))


def deleting(frame: Frame, node: ast.Delete) -> None:
    """``del a, b[0]``."""
    span = frame.span(node)
    for target in node.targets:
        _delete(frame, target, span)


def _delete(frame: Frame, target: ast.expr, span: Span) -> None:
    if isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            _delete(frame, item, span)
        return
    frame.emit(Delete(frame.expression(target), span))


def declaring(frame: Frame, node: ast.Global | ast.Nonlocal) -> None:
    """``global`` and ``nonlocal``."""
    kind = "global" if isinstance(node, ast.Global) else "nonlocal"
    frame.emit(Declare(kind, tuple(node.names), frame.span(node)))


def breaking(frame: Frame, node: ast.Break) -> None:
    """``break``."""
    frame.emit(Break(frame.span(node)))


def continuing(frame: Frame, node: ast.Continue) -> None:
    """``continue``."""
    frame.emit(Continue(frame.span(node)))


def type_alias(frame: Frame, node: Any) -> None:
    """``type X = T`` names the type; Python evaluates it only on demand, so no call happens here."""
    value = annotation(frame, node.value)
    store_name(frame, node.name.id, NONE if value is None else value, frame.span(node))


RULES: dict[type[ast.AST], StatementRule] = {
    ast.Expr: expression_statement,
    ast.Assign: assign,
    ast.AnnAssign: annotated_assign,
    ast.AugAssign: augmented_assign,
    ast.Return: returning,
    ast.Raise: raising,
    ast.Assert: asserting,
    ast.Delete: deleting,
    ast.Global: declaring,
    ast.Nonlocal: declaring,
    ast.Break: breaking,
    ast.Continue: continuing,
}
if hasattr(ast, "TypeAlias"):  # Python 3.12
    RULES[ast.TypeAlias] = type_alias
