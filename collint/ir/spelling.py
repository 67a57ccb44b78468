"""Spell an expression the way a Python programmer would write it. Statements and graphs are printed by ``printer``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from collint.ir.expressions import (
    NONE,
    Argument,
    Attr,
    CallExpr,
    Choose,
    Const,
    Display,
    Expr,
    FunctionRef,
    Index,
    Name,
    Op,
    SliceOf,
    Star,
    Temp,
)

Temps = Mapping[int, str]

# How tightly operators bind, loosest first, as in the Python reference's table of precedences.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _UNARY, _POWER, _ATOM = 0, 1, 2, 3, 4, 10, 11, 12
_BINARY = {"or": _OR, "and": _AND, "|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "**": _POWER}
_BINARY.update(
    dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "matches"), _COMPARISON)
)
_BINARY.update(dict.fromkeys(("*", "/", "//", "%", "@"), 9.5))  # type: ignore[arg-type]
_PREFIXES = {"not": ("not ", _NOT), "neg": ("-", _UNARY), "pos": ("+", _UNARY), "~": ("~", _UNARY)}


def render_expression(expression: Expr, temps: Temps | None = None) -> str:
    """``expression`` in Python's spelling; ``temps`` gives the text to put in the place of a temporary."""
    return _spell(expression, temps or {})[0]


def render_arguments(arguments: tuple[Argument, ...], temps: Temps | None = None) -> str:
    """What stands between the parentheses of a call."""
    return ", ".join(_argument(argument, temps or {}) for argument in arguments)


def _argument(argument: Argument, temps: Temps) -> str:
    prefix = f"{argument.name}=" if argument.name else "*" * argument.star
    return prefix + _spell(argument.value, temps)[0]


def _spell(expression: Expr, temps: Temps) -> tuple[str, float]:
    """The text, and how tightly it binds."""
    return _RULES[type(expression)](expression, temps)


def _within(expression: Expr, temps: Temps, binding: float) -> str:
    """The text, in parentheses when it binds less tightly than ``binding``."""
    text, own = _spell(expression, temps)
    return text if own >= binding else f"({text})"


def _temp(expression: Temp, temps: Temps) -> tuple[str, float]:
    text = temps.get(expression.number)
    if text is None:
        return f"t{expression.number}", _ATOM
    return text, _ATOM if _is_atom(text) else _CHOICE


def _is_atom(text: str) -> bool:
    """Whether ``text``, given for a temporary, needs no parentheses: no space outside its own brackets, no sign."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == " " and depth == 0:
            return False
    return not text.startswith(("-", "+", "~", "*"))


def _const(expression: Const, temps: Temps) -> tuple[str, float]:
    text = "..." if expression.text == "Ellipsis" else expression.text
    return text, _UNARY if text.startswith("-") else _ATOM


def _attr(expression: Attr, temps: Temps) -> tuple[str, float]:
    base = _within(expression.base, temps, _ATOM)
    return f"({base}).{expression.name}" if base.isdigit() else f"{base}.{expression.name}", _ATOM


def _index(expression: Index, temps: Temps) -> tuple[str, float]:
    index = expression.index
    if isinstance(index, Display) and index.kind == "tuple" and index.items:
        inner = ", ".join(_spell(item, temps)[0] for item in index.items) + ("," if len(index.items) == 1 else "")
    else:
        inner = _spell(index, temps)[0]
    return f"{_within(expression.base, temps, _ATOM)}[{inner}]", _ATOM


def _slice(expression: SliceOf, temps: Temps) -> tuple[str, float]:
    parts = [
        "" if part == NONE else _spell(part, temps)[0] for part in (expression.lower, expression.upper, expression.step)
    ]
    return ":".join(parts if parts[2] else parts[:2]), _CHOICE


def _op(expression: Op, temps: Temps) -> tuple[str, float]:
    operator, operands = expression.operator, expression.operands
    if operator == "fstring":
        return _fstring(operands, temps), _ATOM
    if operator == "slice-rest":
        return _slice_rest(operands, temps), _ATOM
    if operator == "matches" and isinstance(operands[1], Const):
        pattern = ast.literal_eval(operands[1].text)
        return f"{_within(operands[0], temps, _COMPARISON + 1)} matches {pattern}", _COMPARISON
    if operator in _PREFIXES:
        prefix, binding = _PREFIXES[operator]
        return prefix + _within(operands[0], temps, binding), binding
    binding = _BINARY.get(operator, _CHOICE)
    texts = [_within(operand, temps, binding + _tighter(operator, at)) for at, operand in enumerate(operands)]
    return f" {operator} ".join(texts), binding


def _tighter(operator: str, at: int) -> float:
    """How much tighter an operand must bind than its operator to stand without parentheses."""
    if operator in ("and", "or"):
        return 0.1
    if _BINARY.get(operator) == _COMPARISON:
        return 0.1
    return 0.1 if (at > 0) != (operator == "**") else 0


def _fstring(operands: tuple[Expr, ...], temps: Temps) -> str:
    parts: list[str] = []
    for operand in operands:
        if isinstance(operand, Const) and operand.text[:1] in ("'", '"'):
            parts.append(ast.literal_eval(operand.text))
        else:
            parts.append(f"{{{_spell(operand, temps)[0]}}}")
    return f"f{''.join(parts)!r}"


def _slice_rest(operands: tuple[Expr, ...], temps: Temps) -> str:
    base, start, stop = operands
    return f"[*{_within(Index(base, SliceOf(start, stop, NONE)), temps, _ATOM)}]"


def _display(expression: Display, temps: Temps) -> tuple[str, float]:
    if expression.kind == "dict":
        return "{" + ", ".join(_dict_items(expression.items, temps)) + "}", _ATOM
    items = ", ".join(_within(item, temps, _CHOICE) for item in expression.items)
    if expression.kind == "tuple":
        return f"({items},)" if len(expression.items) == 1 else f"({items})", _ATOM
    if expression.kind == "list":
        return f"[{items}]", _ATOM
    if expression.kind == "set" and items:
        return f"{{{items}}}", _ATOM
    return f"{expression.kind}({items})", _ATOM


def _dict_items(items: tuple[Expr, ...], temps: Temps) -> list[str]:
    texts: list[str] = []
    for key, value in zip(items[::2], items[1::2], strict=False):
        text = _spell(key, temps)[0]
        texts.append(text if isinstance(key, Star) else f"{text}: {_spell(value, temps)[0]}")
    return texts


def _star(expression: Star, temps: Temps) -> tuple[str, float]:
    return ("**" if expression.double else "*") + _within(expression.value, temps, _COMPARISON), _CHOICE


def _choose(expression: Choose, temps: Temps) -> tuple[str, float]:
    then, condition = (_within(part, temps, _OR) for part in (expression.then, expression.condition))
    return f"{then} if {condition} else {_within(expression.other, temps, _CHOICE)}", _CHOICE


def _function(expression: FunctionRef, temps: Temps) -> tuple[str, float]:
    qualname = expression.qualname
    return qualname if qualname.endswith(">") else f"<{qualname}>", _ATOM


def _call(expression: CallExpr, temps: Temps) -> tuple[str, float]:
    return f"{_within(expression.function, temps, _ATOM)}({render_arguments(expression.arguments, temps)})", _ATOM


_RULES: dict[type[object], Callable[[Any, Temps], tuple[str, float]]] = {
    Name: lambda expression, temps: (expression.id, _ATOM),
    Temp: _temp,
    Const: _const,
    Attr: _attr,
    Index: _index,
    SliceOf: _slice,
    Op: _op,
    Display: _display,
    Star: _star,
    Choose: _choose,
    FunctionRef: _function,
    CallExpr: _call,
}
