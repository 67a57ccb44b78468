"""Cuts real files into slices as the project index does, with Python's own parser as the oracle. No assertions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collint.ir.statements import Block, Call, Function, Leaf, Not, Test
from collint.syntax.lower import MODULE, SourceSlice

Place = tuple[int, int, int, int]
Definition = ast.FunctionDef | ast.AsyncFunctionDef
_DECORATED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FORMATTED = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))
_UNEVALUATED = ("annotation", "returns")


@dataclass(frozen=True)
class Cut:
    """A slice, the calls that Python sees in it, and the decorators inside it, whose application is a call too."""

    source: SourceSlice
    calls: frozenset[Place]
    decorators: frozenset[Place]


def cuts(path: Path) -> Iterator[Cut]:
    """Every function of ``path`` that is not itself inside a function, and the module around them."""
    text = path.read_text(encoding="utf-8")
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)  # splitlines would also split at form feeds
    tree = ast.parse(text)
    yield _cut(SourceSlice(text, MODULE, 1, path.stem, False), list(_at_import(tree)), lines)
    for prefix, node in _definitions(tree, ""):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        cut = "".join(lines[first - 1 : node.end_lineno])
        source = SourceSlice(cut, prefix + node.name, first, path.stem, False)
        defaults = [item for item in (*node.args.defaults, *node.args.kw_defaults) if item is not None]
        lambdas = [item for default in defaults for item in ast.walk(default) if isinstance(item, ast.Lambda)]
        yield _cut(source, list(_evaluated([*node.body, *(item.body for item in lambdas)])), lines)


def _cut(source: SourceSlice, inside: list[ast.AST], lines: list[str]) -> Cut:
    holders = _holders(inside)
    calls = frozenset(_place(holders.get(item, item), lines) for item in inside if isinstance(item, ast.Call))
    decorated = (item for item in inside if isinstance(item, _DECORATED))
    decorators = frozenset(_place(item, lines) for owner in decorated for item in owner.decorator_list)
    return Cut(source, calls, decorators)


def _holders(nodes: list[ast.AST]) -> dict[ast.AST, ast.AST]:
    """For what stands in an f-string, the outermost one, whose place it has; parents come first in ``nodes``."""
    found: dict[ast.AST, ast.AST] = {}
    for node in nodes:
        if isinstance(node, _FORMATTED):
            for part in ast.walk(node):
                found.setdefault(part, node)
    return found


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix, child
        elif isinstance(child, ast.ClassDef):
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


def _evaluated(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """All nodes but those of annotations."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.AnnAssign) or node.value is not None:
            pending.extend(_parts(node, _UNEVALUATED))


def _at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those of annotations and of the bodies of named functions."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        unevaluated = (*_UNEVALUATED, "body") if isinstance(node, _DECORATED[:2]) else _UNEVALUATED
        if not isinstance(node, ast.AnnAssign) or node.value is not None:
            pending.extend(_parts(node, unevaluated))


def _parts(node: ast.AST, unevaluated: tuple[str, ...]) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in unevaluated:
            items = value if isinstance(value, list) else [value]
            yield from (item for item in items if isinstance(item, ast.AST))


def _place(node: ast.AST, lines: list[str]) -> Place:
    line, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
    return line, _column(lines[line - 1], node.col_offset), end, _column(lines[end - 1], node.end_col_offset)  # type: ignore[attr-defined]


def _column(line: str, offset: int) -> int:
    return len(line.encode()[:offset].decode())


def call_places(function: Function) -> frozenset[Place]:
    """Where the calls of a lowered function stand."""
    return frozenset(_places(function.body))


def _places(block: Block) -> Iterator[Place]:
    for statement in block:
        if isinstance(statement, Call):
            span = statement.span
            yield span.line, span.column, span.end_line, span.end_column
        for name in ("setup", "then", "body", "other", "final"):
            yield from _places(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _places(handler.body)
        if hasattr(statement, "test"):
            yield from _test_places(statement.test)


def _test_places(test: Test) -> Iterator[Place]:
    if isinstance(test, Leaf):
        yield from _places(test.setup)
    elif isinstance(test, Not):
        yield from _test_places(test.test)
    else:
        for part in test.tests:
            yield from _test_places(part)
