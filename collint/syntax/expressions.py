"""Expressions: operands become pure values, calls become statements before them, in Python's evaluation order.

Literals, conditional evaluation, comprehensions and lambdas have files of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from collint.ir.expressions import NONE, Argument, Attr, Const, Display, Expr, Index, Op, SliceOf, Star
from collint.ir.statements import Await, Call, Yield
from collint.syntax.frame import ExpressionRule, Frame
from collint.syntax.targets import store_name

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.Lt: "<",
    ast.Gt: ">",
    ast.Eq: "==",
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.UAdd: "pos",
    ast.USub: "neg",
    ast.Invert: "~",
    ast.Not: "not",
}


def name(frame: Frame, node: ast.Name) -> Expr:
    """A variable."""
    return frame.lookup(node.id)


def attribute(frame: Frame, node: ast.Attribute) -> Expr:
    """``base.name``."""
    return Attr(frame.expression(node.value), node.attr)


def subscript(frame: Frame, node: ast.Subscript) -> Expr:
    """``base[index]``; several indices, or a starred one, are a tuple."""
    base = frame.expression(node.value)
    return Index(base, frame.expression(node.slice))


def slicing(frame: Frame, node: ast.Slice) -> Expr:
    """``lower:upper:step``."""
    lower, upper, step = (
        NONE if part is None else frame.expression(part) for part in (node.lower, node.upper, node.step)
    )
    return SliceOf(lower, upper, step)


def binary(frame: Frame, node: ast.BinOp) -> Expr:
    """``a + b`` and its kin."""
    left = frame.expression(node.left)
    return Op(OPERATORS[type(node.op)], (left, frame.expression(node.right)))


def unary(frame: Frame, node: ast.UnaryOp) -> Expr:
    """``-a`` and its kin; a negative number is a literal of its own."""
    value = frame.expression(node.operand)
    word = OPERATORS[type(node.op)]
    if word == "neg" and isinstance(value, Const) and type(getattr(node.operand, "value", None)) in (int, float):
        return Const(f"-{value.text}")
    return Op(word, (value,))


def comparison(frame: Frame, node: ast.Compare) -> Expr:
    """``a < b``; a chain is an ``and`` of its links, each operand evaluated once."""
    left = frame.expression(node.left)
    links: list[Expr] = []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = frame.expression(comparator)
        links.append(Op(OPERATORS[type(operator)], (left, right)))
        left = right
    return links[0] if len(links) == 1 else Op("and", tuple(links))


# ------------------------------------------------------------------------------------------------------- containers


def display(frame: Frame, node: ast.Tuple | ast.List | ast.Set) -> Expr:
    """``(a, b)``, ``[a, b]``, ``{a, b}``."""
    return Display(_KINDS[type(node)], tuple([frame.expression(item) for item in node.elts]))


def dict_display(frame: Frame, node: ast.Dict) -> Expr:
    """``{k: v}``; ``**other`` stands as a key of its own, with the value None, so that keys and values alternate."""
    items: list[Expr] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            items += (Star(frame.expression(value), double=True), NONE)
        else:
            items += (frame.expression(key), frame.expression(value))
    return Display("dict", tuple(items))


def starred(frame: Frame, node: ast.Starred) -> Expr:
    """``*a`` inside a display."""
    return Star(frame.expression(node.value))


# -------------------------------------------------------------------------------------------- calls and their like


def call(frame: Frame, node: ast.Call) -> Expr:
    """A call, hoisted."""
    return _call(frame, node, awaited=False)


def _call(frame: Frame, node: ast.Call, *, awaited: bool) -> Expr:
    function = frame.expression(node.func)
    given = arguments(frame, node.args, node.keywords)
    result = frame.fresh()
    frame.emit(Call(result, function, given, frame.span(node), awaited))
    return result


def arguments(frame: Frame, values: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> tuple[Argument, ...]:
    """The arguments of a call in the order of evaluation, which puts ``*rest`` before all keywords."""
    given = [
        Argument(frame.expression(value.value), None, 1)
        if isinstance(value, ast.Starred)
        else Argument(frame.expression(value))
        for value in values
    ]
    for keyword in keywords:
        given.append(Argument(frame.expression(keyword.value), keyword.arg, 0 if keyword.arg else 2))
    return tuple(given)


def awaiting(frame: Frame, node: ast.Await) -> Expr:
    """``await f()`` marks the call; any other awaited value is a statement of its own."""
    if isinstance(node.value, ast.Call):
        return _call(frame, node.value, awaited=True)
    value = frame.expression(node.value)
    result = frame.fresh()
    frame.emit(Await(result, value, frame.span(node)))
    return result


def yielding(frame: Frame, node: ast.Yield | ast.YieldFrom) -> Expr:
    """``yield`` and ``yield from``."""
    value = NONE if node.value is None else frame.expression(node.value)
    result = frame.fresh()
    frame.is_generator = True
    frame.emit(Yield(result, value, frame.span(node), isinstance(node, ast.YieldFrom)))
    return result


def walrus(frame: Frame, node: ast.NamedExpr) -> Expr:
    """``(name := value)``: the assignment first, then the name."""
    value = frame.expression(node.value)
    store_name(frame, node.target.id, value, frame.span(node))
    return frame.lookup(node.target.id)


_KINDS: dict[type[ast.AST], str] = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}

RULES: dict[type[ast.AST], ExpressionRule] = {
    **dict.fromkeys(_KINDS, display),
    ast.Name: name,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.Slice: slicing,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.Compare: comparison,
    ast.Dict: dict_display,
    ast.Starred: starred,
    ast.Call: call,
    ast.Await: awaiting,
    ast.Yield: yielding,
    ast.YieldFrom: yielding,
    ast.NamedExpr: walrus,
}
