"""Assignment targets: names, attributes, elements and unpacking. Which statement assigns is not decided here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from collint.ir.expressions import (
    Attr,
    Choose,
    Const,
    Display,
    Expr,
    Index,
    Name,
    Op,
    SliceOf,
    Star,
)
from collint.ir.statements import Assign, Span, StoreAttr, StoreIndex
from collint.syntax.frame import Frame


def store(frame: Frame, target: ast.expr, value: Expr, span: Span) -> None:
    """Emit the statements of ``target = value``."""
    if isinstance(target, ast.Name):
        store_name(frame, target.id, value, span)
    elif isinstance(target, ast.Attribute):
        frame.emit(StoreAttr(frame.expression(target.value), target.attr, value, span))
    elif isinstance(target, ast.Subscript):
        base, index = element(frame.expression(target))
        frame.emit(StoreIndex(base, index, value, span))
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(frame, target.elts, value, span)
    elif isinstance(target, ast.Starred):
        store(frame, target.value, value, span)


def store_name(frame: Frame, name: str, value: Expr, span: Span, annotation: Expr | None = None) -> None:
    """Emit ``name = value``; in a class body that sets an attribute of the class."""
    for names in reversed(frame.renamed):
        renamed = names.get(name)
        if isinstance(renamed, Name):
            frame.emit(Assign(renamed.id, value, span))
            return
    if frame.class_body is None:
        frame.emit(Assign(name, value, span, annotation=annotation))
        return
    owner = frame.class_body.owner
    frame.class_body.names[name] = Attr(owner, name)
    frame.emit(StoreAttr(owner, name, value, span, annotation=annotation))


def element(whole: Expr) -> tuple[Expr, Expr]:
    """Base and index of ``base[index]``."""
    return (whole.base, whole.index) if isinstance(whole, Index) else (whole, Const("None"))


def bound_names(target: ast.expr) -> Iterator[str]:
    """The plain names that an assignment to ``target`` binds."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from bound_names(item)
    elif isinstance(target, ast.Starred):
        yield from bound_names(target.value)


def kept(frame: Frame, value: Expr, targets: Sequence[ast.expr], span: Span) -> Expr:
    """``value``, saved in a hidden variable first when storing to ``targets`` could change what it reads."""
    names = {name for target in targets for name in bound_names(target)}
    through_objects = any(not _is_plain(target) for target in targets)
    return kept_from(frame, value, names, span, through_objects=through_objects)


def kept_from(frame: Frame, value: Expr, names: set[str], span: Span, *, through_objects: bool = False) -> Expr:
    """``value``, saved first when it reads one of ``names`` or, if ``through_objects``, an attribute or element."""
    if not _may_change(value, names, through_objects):
        return value
    saved = frame.hidden("v")
    frame.emit(Assign(saved, value, span))
    return Name(saved)


def _unpack(frame: Frame, elements: Sequence[ast.expr], value: Expr, span: Span) -> None:
    targets = [item.value if isinstance(item, ast.Starred) else item for item in elements]
    star = next((at for at, item in enumerate(elements) if isinstance(item, ast.Starred)), None)
    if star is None and isinstance(value, Display) and value.kind != "set" and _same_length(value, targets):
        for target, item in list(zip(targets, _parallel(frame, value.items, targets, span), strict=True)):
            store(frame, target, item, span)
        return
    value = kept(frame, value, targets, span)
    for at, target in enumerate(targets):
        store(frame, target, _piece(value, at, len(targets), star), span)


def _same_length(value: Display, targets: Sequence[ast.expr]) -> bool:
    return (
        value.kind in ("tuple", "list")
        and len(value.items) == len(targets)
        and not any(isinstance(item, Star) for item in value.items)
    )


def _parallel(frame: Frame, items: Sequence[Expr], targets: Sequence[ast.expr], span: Span) -> list[Expr]:
    """The values of a display, each safe from the stores that happen before its own (``a, b = b, a``)."""
    return [kept(frame, item, targets[:at], span) for at, item in enumerate(items)]


def _piece(value: Expr, at: int, length: int, star: int | None) -> Expr:
    if star is None or at < star:
        return Index(value, Const(str(at)))
    if at > star:
        return Index(value, Const(str(at - length)))
    stop = star + 1 - length
    return Op("slice-rest", (value, Const(str(at)), Const(str(stop) if stop else "None")))


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_is_plain(item.value if isinstance(item, ast.Starred) else item) for item in target.elts)
    return isinstance(target, ast.Name)


def _may_change(value: Expr, names: set[str], through_objects: bool) -> bool:
    if isinstance(value, Name):
        return value.id in names
    if through_objects and isinstance(value, (Attr, Index)):
        return True
    return any(_may_change(part, names, through_objects) for part in parts(value))


def parts(value: Expr) -> tuple[Expr, ...]:
    """The direct operands of ``value``."""
    if isinstance(value, (Attr, Star)):
        return (value.base,) if isinstance(value, Attr) else (value.value,)
    if isinstance(value, Index):
        return (value.base, value.index)
    if isinstance(value, SliceOf):
        return (value.lower, value.upper, value.step)
    if isinstance(value, Op):
        return value.operands
    if isinstance(value, Display):
        return value.items
    if isinstance(value, Choose):
        return (value.condition, value.then, value.other)
    return ()
