"""Expressions of ``ast`` to expressions of the IR, noting on the way the calls and bindings they contain.

Only what name and type resolution can use is kept: the rest becomes ``Op('unknown', ())``. Annotations are
:mod:`collint.project.annotations`; statements are :mod:`collint.project.index`.

The walk visits every expression of a project, so it dispatches on the node's type through one table, and equal names,
constants and attribute chains are one object.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from collint.ir.expressions import (
    LAMBDA,
    NONE,
    Argument,
    Attr,
    CallExpr,
    Choose,
    Display,
    Expr,
    FunctionRef,
    Index,
    Op,
    Star,
)
from collint.ir.node import shared_line
from collint.project.atoms import UNKNOWN, const_of, name_of
from collint.project.facts import CallSite, LocalAssign
from collint.project.unpacking import parts_of

_LONGEST_PLAIN_DISPLAY = 16
_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Add: "+",
    ast.BitOr: "|",
    ast.And: "and",
    ast.Or: "or",
}


class Body:
    """What one function is found to do while it is read. Lambdas are named under ``scope``."""

    __slots__ = (
        "assigns",
        "calls",
        "globals",
        "imports",
        "is_generator",
        "managers",
        "reads",
        "returned",
        "scope",
        "yielded",
    )

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.assigns: list[LocalAssign] = []
        self.calls: list[CallSite] = []
        self.imports: list[tuple[str, str]] = []
        self.returned: list[Expr] = []
        self.yielded: list[Expr] = []
        self.managers: list[Expr] = []
        self.globals: list[str] = []
        self.reads: set[str] = set()
        self.is_generator = False


class Terms:
    """Reads expressions; ``body`` collects what they do and is replaced when another function begins."""

    __slots__ = ("_arguments", "_attributes", "_source", "_within", "body")

    def __init__(self, source: str) -> None:
        self._source = source
        self._attributes: dict[tuple[int, str], Attr] = {}
        self._arguments: dict[tuple[int, str | None, int], Argument] = {}
        self._within: ast.expr | None = None  # the f-string whose parts are read
        self.body = Body("")

    def read(self, node: ast.expr) -> Expr:
        """The expression as IR."""
        return _READERS.get(type(node), Terms._other)(self, node)

    def read_parts(self, node: ast.AST) -> None:
        """Note the calls in whatever expressions ``node`` consists of."""
        for child in ast.iter_child_nodes(node):
            if type(child) is not ast.Constant:
                _READERS.get(type(child), Terms._other)(self, child)

    def attribute(self, base: Expr, name: str) -> Attr:
        """``base.name``, one object per base and name: the stored value keeps its base, so the id stays taken."""
        key = (id(base), name)
        found = self._attributes.get(key)
        if found is None:
            found = self._attributes[key] = Attr(base, name)
        return found

    def _argument(self, value: Expr, name: str | None, star: int) -> Argument:
        """An argument, one object for each value likewise: half of them in a file are names that it hands on often."""
        key = (id(value), name, star)
        found = self._arguments.get(key)
        if found is None:
            found = self._arguments[key] = Argument(value, name, star)
        return found

    def bind(self, target: ast.expr, value: Expr, line: int, annotation: Expr | None = None) -> None:
        """Note that ``target`` receives ``value``; tuples are taken apart."""
        if isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value, line)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, line)
        else:
            self.body.assigns.append(LocalAssign(self.read(target), value, annotation, shared_line(line)))

    def _unpack(self, targets: Sequence[ast.expr], value: Expr, line: int) -> None:
        for target, part in zip(targets, parts_of(targets, value), strict=True):
            self.bind(target, part, line)

    # ------------------------------------------------------------------------------------------ one kind of node each

    def _name(self, node: ast.Name) -> Expr:
        return name_of(node.id)

    def _constant(self, node: ast.Constant) -> Expr:
        return const_of(node.value)

    def _attribute(self, node: ast.Attribute) -> Expr:
        if type(node.ctx) is ast.Load:
            self.body.reads.add(node.attr)
        return self.attribute(self.read(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> Expr:
        return Index(self.read(node.value), self.read(node.slice))

    def _call(self, node: ast.Call) -> Expr:
        called = node.func
        if type(called) is ast.Attribute:
            function: Expr = self.attribute(self.read(called.value), called.attr)
        else:
            function = self.read(called)
        arguments = [
            self._argument(self.read(value.value), None, 1)
            if type(value) is ast.Starred
            else self._argument(self.read(value), None, 0)
            for value in node.args
        ]
        for keyword in node.keywords:
            star = 0 if keyword.arg is not None else 2
            arguments.append(self._argument(self.read(keyword.value), keyword.arg, star))
        packed = tuple(arguments)
        self.body.calls.append(CallSite(function, packed, shared_line(node.lineno)))
        return CallExpr(function, packed)

    def _bool(self, node: ast.BoolOp) -> Expr:
        return Op(_OPERATORS[type(node.op)], tuple([self.read(value) for value in node.values]))

    def _compare(self, node: ast.Compare) -> Expr:
        left = self.read(node.left)
        links: list[Expr] = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.read(comparator)
            links.append(Op(_OPERATORS[type(operator)], (left, right)))
            left = right
        return links[0] if len(links) == 1 else Op("and", tuple(links))

    def _binary(self, node: ast.BinOp) -> Expr:
        left, right = self.read(node.left), self.read(node.right)
        operator = _OPERATORS.get(type(node.op))
        return UNKNOWN if operator is None else Op(operator, (left, right))

    def _unary(self, node: ast.UnaryOp) -> Expr:
        operand = node.operand
        if type(node.op) is ast.USub and type(operand) is ast.Constant and isinstance(operand.value, (int, float)):
            return const_of(-operand.value)
        value = self.read(operand)
        return Op("not", (value,)) if type(node.op) is ast.Not else UNKNOWN

    def _conditional(self, node: ast.IfExp) -> Expr:
        return Choose(self.read(node.test), self.read(node.body), self.read(node.orelse))

    def _lambda(self, node: ast.Lambda) -> Expr:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.read(default)
        body = self.body
        outer, was_generator = body.scope, body.is_generator
        place = self._within or node  # as the lowering has it: Python before 3.12 knows no places in f-strings
        name = f"{LAMBDA}{place.lineno}:{self._column(place)}>"
        body.scope = f"{outer}.{name}" if outer else name
        reference = FunctionRef(body.scope)
        self.read(node.body)
        body.scope, body.is_generator = outer, was_generator
        return reference

    def _column(self, node: ast.expr) -> int:
        """``ast`` counts bytes, the IR code points."""
        if self._source.isascii():
            return node.col_offset
        line = self._source.split("\n")[node.lineno - 1]
        return len(line.encode()[: node.col_offset].decode(errors="replace"))

    def _tuple(self, node: ast.Tuple) -> Expr:
        return self._display("tuple", node.elts)

    def _list(self, node: ast.List) -> Expr:
        return self._display("list", node.elts)

    def _set(self, node: ast.Set) -> Expr:
        return self._display("set", node.elts)

    def _display(self, kind: str, items: Sequence[ast.expr]) -> Expr:
        if len(items) > _LONGEST_PLAIN_DISPLAY and all(type(item) is ast.Constant for item in items):
            return UNKNOWN
        return Display(kind, tuple([self.read(item) for item in items]))

    def _dict(self, node: ast.Dict) -> Expr:
        items: list[Expr] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                items += (Star(self.read(value), True), NONE)  # so that keys and values alternate
            else:
                items += (self.read(key), self.read(value))
        return Display("dict", tuple(items))

    def _starred(self, node: ast.Starred) -> Expr:
        return Star(self.read(node.value))

    def _walrus(self, node: ast.NamedExpr) -> Expr:
        value = self.read(node.value)
        self.bind(node.target, value, node.lineno)
        return value

    def _await(self, node: ast.Await) -> Expr:
        return self.read(node.value)

    def _yield(self, node: ast.Yield) -> Expr:
        self.body.is_generator = True
        if node.value is not None:
            self.body.yielded.append(self.read(node.value))
        return UNKNOWN

    def _yield_from(self, node: ast.YieldFrom) -> Expr:
        self.body.is_generator = True
        self.body.yielded.append(Op("element", (self.read(node.value),)))
        return UNKNOWN

    def _list_comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Expr:
        self._clauses(node.generators)
        return Display("list", (self.read(node.elt),))

    def _set_comprehension(self, node: ast.SetComp) -> Expr:
        self._clauses(node.generators)
        return Display("set", (self.read(node.elt),))

    def _dict_comprehension(self, node: ast.DictComp) -> Expr:
        self._clauses(node.generators)
        return Display("dict", (self.read(node.key), self.read(node.value)))

    def _clauses(self, clauses: Sequence[ast.comprehension]) -> None:
        for clause in clauses:
            iterable = self.read(clause.iter)
            self.bind(clause.target, Op("element", (iterable,)), clause.target.lineno)
            for condition in clause.ifs:
                self.read(condition)

    def _formatted(self, node: ast.expr) -> Expr:
        """f-strings and t-strings."""
        around = self._within
        self._within = around or node
        self.read_parts(node)
        self._within = around
        return UNKNOWN

    def _other(self, node: ast.expr) -> Expr:
        """Slices, and what later Pythons add: unknown, but the calls inside count."""
        self.read_parts(node)
        return UNKNOWN


_READERS: dict[type, Callable[[Terms, Any], Expr]] = {
    ast.Name: Terms._name,
    ast.Constant: Terms._constant,
    ast.Attribute: Terms._attribute,
    ast.Subscript: Terms._subscript,
    ast.Call: Terms._call,
    ast.BoolOp: Terms._bool,
    ast.Compare: Terms._compare,
    ast.BinOp: Terms._binary,
    ast.UnaryOp: Terms._unary,
    ast.IfExp: Terms._conditional,
    ast.Lambda: Terms._lambda,
    ast.Tuple: Terms._tuple,
    ast.List: Terms._list,
    ast.Set: Terms._set,
    ast.Dict: Terms._dict,
    ast.Starred: Terms._starred,
    ast.NamedExpr: Terms._walrus,
    ast.Await: Terms._await,
    ast.Yield: Terms._yield,
    ast.YieldFrom: Terms._yield_from,
    ast.ListComp: Terms._list_comprehension,
    ast.GeneratorExp: Terms._list_comprehension,
    ast.SetComp: Terms._set_comprehension,
    ast.DictComp: Terms._dict_comprehension,
    ast.JoinedStr: Terms._formatted,
}
if hasattr(ast, "TemplateStr"):  # t-strings, Python 3.14
    _READERS[ast.TemplateStr] = Terms._formatted
