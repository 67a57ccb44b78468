"""What each target of an unpacking assignment receives. Binding it is :mod:`collint.project.terms`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeGuard

from collint.ir.expressions import Display, Expr, Index, Op, Star
from collint.project.atoms import const_of


def parts_of(targets: Sequence[ast.expr], value: Expr) -> list[Expr]:
    """What each of ``targets`` receives when ``value`` is unpacked into them."""
    count = len(targets)
    starred = next((i for i, target in enumerate(targets) if type(target) is ast.Starred), count)
    if starred == count and _is_plain(value, count):
        return list(value.items)
    parts: list[Expr] = [Index(value, const_of(i)) for i in range(starred)]
    if starred < count:
        after = count - starred - 1
        parts.append(Op("slice-rest", (value, const_of(starred), const_of(-after if after else None))))
        parts += [Index(value, const_of(i - after)) for i in range(after)]
    return parts


def _is_plain(value: Expr, count: int) -> TypeGuard[Display]:
    """Whether ``value`` shows its ``count`` items in order."""
    if not isinstance(value, Display) or value.kind not in ("tuple", "list") or len(value.items) != count:
        return False
    return not any(isinstance(item, Star) for item in value.items)
