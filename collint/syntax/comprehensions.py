"""Comprehensions and generator expressions, as the loops that they are.

A generator expression runs in place although Python runs it later: nearly all are consumed where they stand.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from collint.ir.expressions import Display, Expr, Name, Star
from collint.ir.statements import Assign, Block, Collect, For, If, Span
from collint.syntax.conditions import test
from collint.syntax.frame import ExpressionRule, Frame
from collint.syntax.targets import bound_names, store

AnyComprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def comprehension(frame: Frame, node: AnyComprehension) -> Expr:
    """Collect into a hidden variable. Targets are renamed, since Python keeps them inside the comprehension."""
    target = frame.hidden("c")
    frame.emit(Assign(target, Display(_KINDS[type(node)], ()), _place(frame, node)))
    clauses = node.generators
    setup, iterable = frame.apart(clauses[0].iter)
    outer = frame.renamed
    frame.renamed = (*outer, _local_names(target, clauses))
    frame.emit(_loop(frame, node, 0, target, setup, iterable))
    frame.renamed = outer
    return Name(target)


def _local_names(target: str, clauses: Sequence[ast.comprehension]) -> dict[str, Expr]:
    return {name: Name(f"{target}.{name}") for clause in clauses for name in bound_names(clause.target)}


def _loop(frame: Frame, node: AnyComprehension, at: int, target: str, setup: Block, iterable: Expr) -> For:
    """The loop of the clause number ``at``."""
    clause = node.generators[at]
    element = frame.fresh()
    frame.open()
    store(frame, clause.target, element, frame.span(clause.target))
    _filtered(frame, node, at, target, 0)
    is_async = bool(clause.is_async)
    return For(
        setup, iterable, element, frame.close(), (), frame.span(clause.iter), is_async=is_async, comprehension=True
    )


def _filtered(frame: Frame, node: AnyComprehension, at: int, target: str, passed: int) -> None:
    """Emit what happens for one element after ``passed`` of the clause's conditions."""
    conditions = node.generators[at].ifs
    if passed < len(conditions):
        condition = conditions[passed]
        tree = test(frame, condition)
        frame.open()
        _filtered(frame, node, at, target, passed + 1)
        frame.emit(If(tree, frame.close(), (), frame.span(condition)))
    elif at + 1 < len(node.generators):
        setup, iterable = frame.apart(node.generators[at + 1].iter)
        frame.emit(_loop(frame, node, at + 1, target, setup, iterable))
    else:
        frame.emit(Collect(target, _collected(frame, node), _place(frame, node)))


def _collected(frame: Frame, node: AnyComprehension) -> Expr:
    if not isinstance(node, ast.DictComp):
        return frame.expression(node.elt)
    key = frame.expression(node.key)
    if node.value is None:  # ``{**d for d in ds}``, Python 3.15
        return Star(key, double=True)
    return Display("tuple", (key, frame.expression(node.value)))


def _place(frame: Frame, node: AnyComprehension) -> Span:
    return frame.unit.positions.inside(node) if isinstance(node, ast.GeneratorExp) else frame.span(node)


_KINDS: dict[type[ast.AST], str] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
    ast.DictComp: "dict",
}

RULES: dict[type[ast.AST], ExpressionRule] = dict.fromkeys(_KINDS, comprehension)
