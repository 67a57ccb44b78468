"""Imports inside functions, as absolute names. Which file a name leads to is found out by the project's index."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from collint.ir.statements import Import
from collint.syntax.frame import Frame, StatementRule


def importing(frame: Frame, node: cst.Import) -> None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds ``c`` to ``a.b``."""
    for item in node.names:
        full = _dotted(item.name)
        alias = _alias(item)
        bound = full.split(".")[0]
        frame.emit(Import(alias or bound, full if alias else bound, frame.span(node)))


def importing_from(frame: Frame, node: cst.ImportFrom) -> None:
    """``from m import x as y``, relative ones made absolute."""
    origin = absolute(
        frame.unit.module,
        len(node.relative),
        "" if node.module is None else _dotted(node.module),
        is_package=frame.unit.is_package,
    )
    span = frame.span(node)
    if not isinstance(node.names, Sequence):
        frame.emit(Import("*", origin, span))
        return
    for item in node.names:
        name = _dotted(item.name)
        frame.emit(Import(_alias(item) or name, f"{origin}.{name}" if origin else name, span))


def absolute(module: str, level: int, name: str, *, is_package: bool) -> str:
    """What ``level`` leading dots and ``name`` mean inside ``module``; dots that lead out of it are dropped."""
    if level == 0:
        return name
    parents = module.split(".") if is_package else module.split(".")[:-1]
    parents = parents[: max(0, len(parents) - level + 1)]
    return ".".join((*parents, name)) if name else ".".join(parents)


def _dotted(node: cst.CSTNode) -> str:
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        names.append(node.value)
    return ".".join(reversed(names))


def _alias(item: cst.ImportAlias) -> str:
    return "" if item.asname is None else _dotted(item.asname.name)


RULES: dict[type[cst.CSTNode], StatementRule] = {cst.Import: importing, cst.ImportFrom: importing_from}
if hasattr(cst, "LazyImport"):  # ``lazy import``, Python 3.15
    RULES[cst.LazyImport] = importing
    RULES[cst.LazyImportFrom] = importing_from
