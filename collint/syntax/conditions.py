"""Conditions and values that are computed only sometimes: tests, ``and``, ``or``, conditional expressions.

A test keeps its tree so that each atom can become a branch of its own; other expressions are in ``expressions``.
"""

from __future__ import annotations

import ast
from typing import TypeVar

from collint.ir.expressions import Choose, Expr, Name, Op
from collint.ir.statements import AllOf, AnyOf, Assign, Block, If, Leaf, Not, Span, Test
from collint.syntax.frame import DEEPEST, LONGEST, ExpressionRule, Frame

Part = TypeVar("Part", ast.expr, ast.pattern)


def test(frame: Frame, node: ast.expr) -> Test:
    """The condition ``node`` as a tree of undivided ones, each with the calls that it needs."""
    if isinstance(node, ast.BoolOp):
        tests = tuple([test(frame, part) for part in bounded(_chain(node))])
        return AllOf(tests) if isinstance(node.op, ast.And) else AnyOf(tests)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Not(test(frame, node.operand))
    setup, value = frame.apart(node)
    return Leaf(setup, value, frame.span(node))


def bounded(parts: list[Part]) -> list[Part]:
    """``parts`` of a condition, if they are not too many."""
    if len(parts) > LONGEST:
        raise RecursionError
    return parts


def _chain(node: ast.BoolOp) -> list[ast.expr]:
    """The operands of ``a and b and c``, be the first ones in brackets or not."""
    operator = type(node.op)
    parts = node.values
    while isinstance(first := parts[0], ast.BoolOp) and type(first.op) is operator:
        parts = [*first.values, *parts[1:]]
    return parts


def boolean(frame: Frame, node: ast.BoolOp) -> Expr:
    """``and`` and ``or`` as values: an operation when the later parts need no statement, else nested branches."""
    word = "and" if isinstance(node.op, ast.And) else "or"
    first, *later = _chain(node)
    values = [frame.expression(first)]
    setups: list[Block] = [()]
    for part in later:
        setup, value = frame.apart(part)
        setups.append(setup)
        values.append(value)
    if not any(setups):
        return Op(word, tuple(values))
    if len(values) > DEEPEST:
        raise RecursionError  # each part would be a branch inside the one before
    target = frame.hidden("v")
    spans = [frame.span(part) for part in (first, *later)]
    block: Block = (*setups[-1], Assign(target, values[-1], spans[-1]))
    for setup, value, span in reversed(list(zip(setups[:-1], values[:-1], spans[:-1], strict=True))):
        block = (*setup, _short_circuit(word, value, block, Assign(target, value, span), span))
    for statement in block:
        frame.emit(statement)
    return Name(target)


def _short_circuit(word: str, value: Expr, onward: Block, stop: Assign, span: Span) -> If:
    then, other = (onward, (stop,)) if word == "and" else ((stop,), onward)
    return If(Leaf((), value, span), then, other, span)


def conditional(frame: Frame, node: ast.IfExp) -> Expr:
    """``a if c else b``: a choice between values, or a branch when an arm needs statements."""
    condition = frame.expression(node.test)
    then_setup, then = frame.apart(node.body)
    other_setup, other = frame.apart(node.orelse)
    if not then_setup and not other_setup:
        return Choose(condition, then, other)
    target = frame.hidden("v")
    then_block = (*then_setup, Assign(target, then, frame.span(node.body)))
    other_block = (*other_setup, Assign(target, other, frame.span(node.orelse)))
    span = frame.span(node.test)
    frame.emit(If(Leaf((), condition, span), then_block, other_block, frame.span(node)))
    return Name(target)


RULES: dict[type[ast.AST], ExpressionRule] = {ast.BoolOp: boolean, ast.IfExp: conditional}
