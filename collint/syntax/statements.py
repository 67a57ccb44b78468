"""Simple statements: assignments, jumps, deletions, declarations, assertions.

Statements with a body are in ``structures``, definitions in ``definitions``, imports in ``imports``.
"""

from __future__ import annotations

import libcst as cst

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
    StoreAttr,
    StoreIndex,
)
from collint.syntax.annotations import annotation
from collint.syntax.conditions import test
from collint.syntax.expressions import OPERATORS
from collint.syntax.frame import Frame, StatementRule
from collint.syntax.targets import element, kept, store, store_name

_AUGMENTED: dict[type[cst.CSTNode], str] = {
    getattr(cst, f"{operator.__name__}Assign"): word
    for operator, word in OPERATORS.items()
    if hasattr(cst, f"{operator.__name__}Assign")
}


def line(frame: Frame, node: cst.SimpleStatementLine) -> None:
    """``a; b; c``."""
    for item in node.body:
        frame.statement(item)


def expression_statement(frame: Frame, node: cst.Expr) -> None:
    """Only the calls inside matter."""
    frame.expression(node.value)


def assign(frame: Frame, node: cst.Assign) -> None:
    """``a = b = value``: the value once, then the targets from left to right."""
    span = frame.span(node)
    value = frame.expression(node.value)
    targets: list[cst.CSTNode] = [item.target for item in node.targets]
    if len(targets) > 1:
        value = kept(frame, value, targets[:-1], span)
    for target in targets:
        store(frame, target, value, span)


def annotated_assign(frame: Frame, node: cst.AnnAssign) -> None:
    """``a: T = value``; without a value nothing happens."""
    if node.value is None:
        return
    span = frame.span(node)
    value = frame.expression(node.value)
    spelled = annotation(frame, node.annotation.annotation)
    if isinstance(node.target, cst.Name):
        store_name(frame, node.target.value, value, span, spelled)
    elif isinstance(node.target, cst.Attribute):
        base = frame.expression(node.target.value)
        frame.emit(StoreAttr(base, node.target.attr.value, value, span, annotation=spelled))
    else:
        store(frame, node.target, value, span)


def augmented_assign(frame: Frame, node: cst.AugAssign) -> None:
    """``a += value`` as ``a = a + value``, the target's own parts evaluated once and first."""
    span = frame.span(node)
    old = frame.expression(node.target)
    value = Op(_AUGMENTED[type(node.operator)], (old, frame.expression(node.value)))
    if isinstance(node.target, cst.Attribute):
        base = _base_of(old)
        frame.emit(StoreAttr(base, node.target.attr.value, value, span, augmented=True))
    elif isinstance(node.target, cst.Subscript):
        base, index = element(old)
        frame.emit(StoreIndex(base, index, value, span, augmented=True))
    elif isinstance(old, Name):
        frame.emit(Assign(old.id, value, span, augmented=True))
    elif isinstance(node.target, cst.Name):
        store_name(frame, node.target.value, value, span)


def _base_of(value: Expr) -> Expr:
    base: Expr = getattr(value, "base", value)
    return base


def returning(frame: Frame, node: cst.Return) -> None:
    """``return``."""
    value = NONE if node.value is None else frame.expression(node.value)
    frame.emit(Return(value, frame.span(node)))


def raising(frame: Frame, node: cst.Raise) -> None:
    """``raise value from cause``: of the cause only the calls inside matter."""
    value = None if node.exc is None else frame.expression(node.exc)
    if node.cause is not None:
        frame.expression(node.cause.item)
    frame.emit(Raise(value, frame.span(node)))


def asserting(frame: Frame, node: cst.Assert) -> None:
    """``assert test, message`` is a branch that raises."""
    condition = Not(test(frame, node.test))
    span = frame.span(node)
    frame.open()
    value = None if node.msg is None else frame.expression(node.msg)
    frame.emit(Raise(value, span, kind="assert"))
    frame.emit(If(condition, frame.close(), (), span))


def deleting(frame: Frame, node: cst.Del) -> None:
    """``del a, b[0]``."""
    _delete(frame, node.target, node)


def _delete(frame: Frame, target: cst.BaseExpression, node: cst.Del) -> None:
    if isinstance(target, (cst.Tuple, cst.List)):
        for item in target.elements:
            _delete(frame, item.value, node)
        return
    frame.emit(Delete(frame.expression(target), frame.span(node)))


def declaring(frame: Frame, node: cst.Global | cst.Nonlocal) -> None:
    """``global`` and ``nonlocal``."""
    kind = "global" if isinstance(node, cst.Global) else "nonlocal"
    frame.emit(Declare(kind, tuple(item.name.value for item in node.names), frame.span(node)))


def breaking(frame: Frame, node: cst.Break) -> None:
    """``break``."""
    frame.emit(Break(frame.span(node)))


def continuing(frame: Frame, node: cst.Continue) -> None:
    """``continue``."""
    frame.emit(Continue(frame.span(node)))


def type_alias(frame: Frame, node: cst.TypeAlias) -> None:
    """``type X = T`` names the type; Python evaluates it only on demand, so no call happens here."""
    value = annotation(frame, node.value)
    store_name(frame, node.name.value, NONE if value is None else value, frame.span(node))


RULES: dict[type[cst.CSTNode], StatementRule] = {
    cst.SimpleStatementLine: line,
    cst.Expr: expression_statement,
    cst.Assign: assign,
    cst.AnnAssign: annotated_assign,
    cst.AugAssign: augmented_assign,
    cst.Return: returning,
    cst.Raise: raising,
    cst.Assert: asserting,
    cst.Del: deleting,
    cst.Global: declaring,
    cst.Nonlocal: declaring,
    cst.Break: breaking,
    cst.Continue: continuing,
}
if hasattr(cst, "TypeAlias"):
    RULES[cst.TypeAlias] = type_alias
