"""Imports inside functions, as absolute names. Which file a name leads to is found out by the project's index."""

from __future__ import annotations

import ast

from collint.ir.statements import Import
from collint.syntax.frame import Frame, StatementRule


def importing(frame: Frame, node: ast.Import) -> None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds ``c`` to ``a.b``."""
    span = frame.span(node)
    for item in node.names:
        bound = item.name.partition(".")[0]
        frame.emit(Import(item.asname or bound, item.name if item.asname else bound, span))


def importing_from(frame: Frame, node: ast.ImportFrom) -> None:
    """``from m import x as y``, relative ones made absolute."""
    unit = frame.unit
    origin = absolute(unit.module, node.level, node.module or "", is_package=unit.is_package)
    span = frame.span(node)
    for item in node.names:
        name = item.name
        if name == "*":
            frame.emit(Import("*", origin, span))
        else:
            frame.emit(Import(item.asname or name, f"{origin}.{name}" if origin else name, span))


def absolute(module: str, level: int, name: str, *, is_package: bool) -> str:
    """What ``level`` leading dots and ``name`` mean inside ``module``; dots that lead out of it are dropped."""
    if level == 0:
        return name
    parents = module.split(".") if is_package else module.split(".")[:-1]
    parents = parents[: max(0, len(parents) - level + 1)]
    return ".".join((*parents, name)) if name else ".".join(parents)


RULES: dict[type[ast.AST], StatementRule] = {ast.Import: importing, ast.ImportFrom: importing_from}
