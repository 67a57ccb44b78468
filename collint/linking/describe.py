"""Values in the words of the source, for messages. Layout and folding belong to the reports."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

from collint.ir.statements import Call, Span
from collint.linking.program import Body, Program

MAX_TEXT = 90
MAX_DEPTH = 5
PRODUCTS = frozenset({"*", "/", "//", "%", "@", "**", "neg", "~"})


def excerpt(program: Program, path: str, span: Span) -> str:
    """The source text of a span on one line, shortened to about 90 characters."""
    return shortened(_on_one_line(_lines(program, path, span)))


def canonical(program: Program, path: str, span: Span) -> str:
    """The whole source text of a span in the spelling that :func:`in_one_spelling` gives it."""
    return in_one_spelling("\n".join(_lines(program, path, span)))


def in_one_spelling(text: str) -> str:
    """An expression without what a formatter may change: white space, brackets, quotes, closing commas, comments.

    Text that is no expression keeps all but its white space.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the analysed program's escape sequences
            return ast.unparse(ast.parse(f"({text}\n)", mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(text.split())


def _lines(program: Program, path: str, span: Span) -> list[str]:
    lines = program.lines(path)[span.line - 1 : span.end_line]
    if len(lines) <= 1:
        return [line[span.column : span.end_column] for line in lines]
    return [lines[0][span.column :], *lines[1:-1], lines[-1][: span.end_column]]


def _on_one_line(lines: Sequence[str]) -> str:
    """``lines`` joined as if the author had not folded them, so that formatting changes no quotation."""
    text = ""
    for part in (stripped for line in lines if (stripped := line.strip())):
        closes = part[0] in ")]}"
        if closes:
            text = text.removesuffix(",")
        text += part if closes or not text or text[-1] in "([{" else f" {part}"
    return text


def shortened(text: str) -> str:
    """``text`` cut to the length that a message bears."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1].rstrip() + "…"


def describe(body: Body, node: int, depth: int = 0) -> str:
    """A value rebuilt as an expression: ``len(self.queue)``."""
    value = body.values[node]
    parts = value.arguments
    if depth > MAX_DEPTH:
        return "…"

    def inner(argument: int) -> str:
        return describe(body, argument, depth + 1)

    if value.kind == "attr":
        return f"{_base(body, parts[0], depth + 1)}.{value.label}"
    if value.kind == "index":
        return f"{_base(body, parts[0], depth + 1)}[{inner(parts[1])}]"
    if value.kind == "op":
        return _operation(str(value.label), _operands(body, str(value.label), parts, depth + 1))
    if value.kind == "display":
        brackets = {"tuple": "()", "dict": "{}", "set": "{}"}.get(str(value.label), "[]")
        return brackets[0] + ", ".join(inner(part) for part in parts[:4]) + brackets[1]
    if value.kind == "call":
        return _call(value.label, [inner(part) for part in parts])
    if value.kind in ("after", "stored", "collected", "awaited", "yielded", "star", "enter") and parts:
        return inner(parts[0])
    if value.kind == "element":
        return f"element of {inner(parts[0])}"
    if value.kind == "choose":
        return f"{inner(parts[1])} if {inner(parts[0])} else {inner(parts[2])}"
    if value.kind == "slice":
        lower, upper, step = ("" if text == "None" else text for text in map(inner, parts))
        return f"{lower}:{upper}:{step}" if step else f"{lower}:{upper}"
    if value.kind == "caught":
        return "the exception"
    label = str(value.label)
    return "…" if label.startswith("%") or value.kind == "unknown" else label


def _base(body: Body, node: int, depth: int) -> str:
    """What stands before a dot or an index, in brackets where it would otherwise read as another expression."""
    text, value = describe(body, node, depth), body.values[node]
    return f"({text})" if value.kind in ("op", "choose", "element") and value.label != "fstring" else text


def _operands(body: Body, operator: str, parts: tuple[int, ...], depth: int) -> list[str]:
    """The operands of an operator, sums in brackets where they would otherwise read as another expression."""
    found = []
    for position, part in enumerate(parts):
        text, value = describe(body, part, depth), body.values[part]
        is_sum = value.kind == "op" and value.label in ("+", "-") and len(value.arguments) == 2
        binds = operator in PRODUCTS or (operator == "-" and position == 1)
        found.append(f"({text})" if is_sum and binds else text)
    return found


def _operation(operator: str, operands: list[str]) -> str:
    if operator == "neg":
        return f"-{operands[0]}"
    if operator == "not":
        return f"not {operands[0]}"
    if operator == "fstring":
        return "f'…'"
    if len(operands) == 1:
        return f"{operator} {operands[0]}"
    return f" {operator} ".join(operands)


def _call(label: object, parts: list[str]) -> str:
    assert isinstance(label, Call)
    arguments = []
    for argument, text in zip(label.arguments, parts[1:], strict=True):
        prefix = "*" * argument.star + (f"{argument.name}=" if argument.name else "")
        arguments.append(prefix + text)
    return f"{parts[0]}({', '.join(arguments[:4])})"
