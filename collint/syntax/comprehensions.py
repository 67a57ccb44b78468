"""Comprehensions and generator expressions, as the loops that they are.

A generator expression runs in place although Python runs it later: nearly all are consumed where they stand.
"""

from __future__ import annotations

import libcst as cst

from collint.ir.expressions import Display, Expr, Name, Star
from collint.ir.statements import Assign, Block, Collect, For, If
from collint.syntax.conditions import test
from collint.syntax.frame import ExpressionRule, Frame
from collint.syntax.targets import bound_names, store

AnyComprehension = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp


def comprehension(frame: Frame, node: AnyComprehension) -> Expr:
    """Collect into a hidden variable. Targets are renamed, since Python keeps them inside the comprehension."""
    target = frame.hidden("c")
    frame.emit(Assign(target, Display(_KINDS[type(node)], ()), frame.span(node)))
    setup, iterable = frame.apart(node.for_in.iter)
    with frame.renaming(_local_names(target, node.for_in)):
        frame.emit(_loop(frame, node, node.for_in, target, setup, iterable))
    return Name(target)


def _local_names(target: str, clause: cst.CompFor) -> dict[str, Expr]:
    names: dict[str, Expr] = {}
    following: cst.CompFor | None = clause
    while following is not None:
        names.update((name, Name(f"{target}.{name}")) for name in bound_names(following.target))
        following = following.inner_for_in
    return names


def _loop(frame: Frame, node: AnyComprehension, clause: cst.CompFor, target: str, setup: Block, iterable: Expr) -> For:
    element = frame.fresh()
    frame.open()
    store(frame, clause.target, element, frame.span(clause.target))
    _filtered(frame, node, clause, target, 0)
    is_async = clause.asynchronous is not None
    return For(
        setup, iterable, element, frame.close(), (), frame.span(clause.iter), is_async=is_async, comprehension=True
    )


def _filtered(frame: Frame, node: AnyComprehension, clause: cst.CompFor, target: str, passed: int) -> None:
    """Emit what happens for one element after ``passed`` of the clause's conditions."""
    if passed < len(clause.ifs):
        condition = clause.ifs[passed]
        tree = test(frame, condition.test)
        frame.open()
        _filtered(frame, node, clause, target, passed + 1)
        frame.emit(If(tree, frame.close(), (), frame.span(condition)))
    elif clause.inner_for_in is not None:
        inner = clause.inner_for_in
        setup, iterable = frame.apart(inner.iter)
        frame.emit(_loop(frame, node, inner, target, setup, iterable))
    else:
        frame.emit(Collect(target, _collected(frame, node), frame.span(node)))


def _collected(frame: Frame, node: AnyComprehension) -> Expr:
    if isinstance(node, cst.DictComp):
        key = frame.expression(node.key)
        return Display("tuple", (key, frame.expression(node.value)))
    if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)):
        return frame.expression(node.elt)
    return Star(frame.expression(node.value), double=True)


_KINDS: dict[type[cst.CSTNode], str] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.GeneratorExp: "generator",
    cst.DictComp: "dict",
}
if hasattr(cst, "StarredDictComp"):  # ``{**d for d in ds}``, Python 3.15
    _KINDS[cst.StarredDictComp] = "dict"

RULES: dict[type[cst.CSTNode], ExpressionRule] = dict.fromkeys(_KINDS, comprehension)
