"""The check that anybody would write first: an ``if`` whose condition mentions a rank and whose body has a collective.

It knows the same names of collectives as collint's packs, follows no call, and compares nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from collint.knowledge.load import default_pack_paths, load_packs

NAME = "rank in an if"
ALSO = ("gather", "scatter", "reduce", "broadcast", "barrier")
"""Names that mean a collective only behind a module that says ``dist``: else they are anybody's."""


def findings(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """What it says about the files of a program, in the form of collint's findings."""
    return [finding for path, text in sorted(texts.items()) for finding in _in_file(path, text)]


def _in_file(path: str, text: str) -> Iterator[dict[str, Any]]:
    if "rank" not in text.lower():
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    yield from _in_block(path, tree, "")


def _in_block(path: str, node: ast.AST, function: str) -> Iterator[dict[str, Any]]:
    for child in ast.iter_child_nodes(node):
        name = function
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{function}.{child.name}" if function else child.name
        if isinstance(child, ast.If) and "rank" in ast.unparse(child.test).lower():
            found = [call for part in (*child.body, *child.orelse) for call in ast.walk(part) if is_collective(call)]
            if found:
                yield _finding(path, child, function)
        yield from _in_block(path, child, name)


def _finding(path: str, branch: ast.If, function: str) -> dict[str, Any]:
    predicate = ast.unparse(branch.test)
    place = {"path": path, "line": branch.test.lineno, "function": function, "predicate": predicate}
    empty: dict[str, Any] = {"groups": [], "because": [], "classes": [], "collectives": [], "notes": []}
    mark = f"{path}:{function}:{predicate}"
    return {"rule": "COL101", "confidence": "high", "fingerprint": mark, **place, **empty}


def is_collective(node: ast.AST) -> bool:
    """Whether a node calls something by the name of a collective."""
    if not isinstance(node, ast.Call):
        return False
    owner, _, last = ast.unparse(node.func).rpartition(".")
    return last in names() if last not in ALSO else "dist" in owner or last == "barrier"


@cache
def names() -> frozenset[str]:
    """The last names of all collectives that the packs know."""
    packs = load_packs(default_pack_paths())[0].packs
    return frozenset(row.name.rpartition(".")[2] for pack in packs for row in pack.collective)
