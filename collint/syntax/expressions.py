"""Expressions: operands become pure values, calls become statements before them, in Python's evaluation order.

Literals, conditional evaluation, comprehensions and lambdas have files of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from collint.ir.expressions import NONE, Argument, Attr, Const, Display, Expr, Index, Op, SliceOf, Star
from collint.ir.statements import Await, Call, Yield
from collint.syntax.frame import UNKNOWN, ExpressionRule, Frame
from collint.syntax.targets import store_name

OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitOr: "|",
    cst.BitAnd: "&",
    cst.BitXor: "^",
    cst.MatrixMultiply: "@",
    cst.LessThan: "<",
    cst.GreaterThan: ">",
    cst.Equal: "==",
    cst.LessThanEqual: "<=",
    cst.GreaterThanEqual: ">=",
    cst.NotEqual: "!=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.Plus: "pos",
    cst.Minus: "neg",
    cst.BitInvert: "~",
    cst.Not: "not",
}


def name(frame: Frame, node: cst.Name) -> Expr:
    """A variable; ``True``, ``False`` and ``None`` are names to libcst and constants here."""
    if node.value in ("None", "True", "False"):
        return Const(node.value)
    return frame.lookup(node.value)


def attribute(frame: Frame, node: cst.Attribute) -> Expr:
    """``base.name``."""
    return Attr(frame.expression(node.value), node.attr.value)


def subscript(frame: Frame, node: cst.Subscript) -> Expr:
    """``base[index]``; several indices, or a starred one, make a tuple."""
    base = frame.expression(node.value)
    items = tuple(_index(frame, item.slice) for item in node.slice)
    single = len(items) == 1 and not isinstance(node.slice[0].comma, cst.Comma) and not isinstance(items[0], Star)
    return Index(base, items[0] if single else Display("tuple", items))


def _index(frame: Frame, node: cst.BaseSlice) -> Expr:
    if isinstance(node, cst.Slice):
        lower, upper, step = (NONE if part is None else frame.expression(part) for part in _slice_parts(node))
        return SliceOf(lower, upper, step)
    if not isinstance(node, cst.Index):
        return UNKNOWN
    value = frame.expression(node.value)
    return Star(value) if node.star else value


def _slice_parts(node: cst.Slice) -> tuple[cst.BaseExpression | None, ...]:
    return node.lower, node.upper, node.step


def binary(frame: Frame, node: cst.BinaryOperation) -> Expr:
    """``a + b`` and its kin."""
    left = frame.expression(node.left)
    return Op(OPERATORS[type(node.operator)], (left, frame.expression(node.right)))


def unary(frame: Frame, node: cst.UnaryOperation) -> Expr:
    """``-a`` and its kin; a negative number is a literal of its own."""
    value = frame.expression(node.expression)
    word = OPERATORS[type(node.operator)]
    if word == "neg" and isinstance(node.expression, (cst.Integer, cst.Float)) and isinstance(value, Const):
        return Const(f"-{value.text}")
    return Op(word, (value,))


def comparison(frame: Frame, node: cst.Comparison) -> Expr:
    """``a < b``; a chain is an ``and`` of its links, each operand evaluated once."""
    left = frame.expression(node.left)
    links: list[Expr] = []
    for target in node.comparisons:
        right = frame.expression(target.comparator)
        links.append(Op(OPERATORS[type(target.operator)], (left, right)))
        left = right
    return links[0] if len(links) == 1 else Op("and", tuple(links))


# ------------------------------------------------------------------------------------------------------- containers


def tuple_display(frame: Frame, node: cst.Tuple) -> Expr:
    """``(a, b)``."""
    return Display("tuple", _items(frame, node.elements))


def list_display(frame: Frame, node: cst.List) -> Expr:
    """``[a, b]``."""
    return Display("list", _items(frame, node.elements))


def set_display(frame: Frame, node: cst.Set) -> Expr:
    """``{a, b}``."""
    return Display("set", _items(frame, node.elements))


def _items(frame: Frame, elements: Sequence[cst.BaseElement]) -> tuple[Expr, ...]:
    return tuple(frame.expression(item if isinstance(item, cst.StarredElement) else item.value) for item in elements)


def dict_display(frame: Frame, node: cst.Dict) -> Expr:
    """``{k: v}``; ``**other`` stands as a key of its own, with the value None, so that keys and values alternate."""
    items: list[Expr] = []
    for item in node.elements:
        if isinstance(item, cst.DictElement):
            items += (frame.expression(item.key), frame.expression(item.value))
        else:
            items += (Star(frame.expression(item.value), double=True), NONE)
    return Display("dict", tuple(items))


def starred(frame: Frame, node: cst.StarredElement) -> Expr:
    """``*a`` inside a display."""
    return Star(frame.expression(node.value))


# -------------------------------------------------------------------------------------------- calls and their like


def call(frame: Frame, node: cst.Call) -> Expr:
    """A call, hoisted."""
    return _call(frame, node, awaited=False)


def _call(frame: Frame, node: cst.Call, *, awaited: bool) -> Expr:
    function = frame.expression(node.func)
    given = arguments(frame, node.args)
    result = frame.fresh()
    frame.emit(Call(result, function, given, frame.span(node), awaited))
    return result


def arguments(frame: Frame, nodes: Sequence[cst.Arg]) -> tuple[Argument, ...]:
    """The arguments of a call, in order."""
    return tuple(
        Argument(
            frame.expression(node.value),
            None if node.keyword is None else node.keyword.value,
            len(node.star),
        )
        for node in nodes
    )


def awaiting(frame: Frame, node: cst.Await) -> Expr:
    """``await f()`` marks the call; any other awaited value is a statement of its own."""
    if isinstance(node.expression, cst.Call):
        return _call(frame, node.expression, awaited=True)
    value = frame.expression(node.expression)
    result = frame.fresh()
    frame.emit(Await(result, value, frame.span(node)))
    return result


def yielding(frame: Frame, node: cst.Yield) -> Expr:
    """``yield`` and ``yield from``."""
    delegates = isinstance(node.value, cst.From)
    inner = node.value.item if isinstance(node.value, cst.From) else node.value
    value = NONE if inner is None else frame.expression(inner)
    result = frame.fresh()
    frame.is_generator = True
    frame.emit(Yield(result, value, frame.span(node), delegates))
    return result


def walrus(frame: Frame, node: cst.NamedExpr) -> Expr:
    """``(name := value)``: the assignment first, then the name."""
    value = frame.expression(node.value)
    if not isinstance(node.target, cst.Name):
        return value
    store_name(frame, node.target.value, value, frame.span(node))
    return frame.lookup(node.target.value)


RULES: dict[type[cst.CSTNode], ExpressionRule] = {
    cst.Name: name,
    cst.Attribute: attribute,
    cst.Subscript: subscript,
    cst.BinaryOperation: binary,
    cst.UnaryOperation: unary,
    cst.Comparison: comparison,
    cst.Tuple: tuple_display,
    cst.List: list_display,
    cst.Set: set_display,
    cst.Dict: dict_display,
    cst.StarredElement: starred,
    cst.Call: call,
    cst.Await: awaiting,
    cst.Yield: yielding,
    cst.NamedExpr: walrus,
}
