"""The values that a run of the IR on one rank can hold: Python's own where they are known, else ``UNKNOWN``.

How statements make them is :mod:`collint.worlds.machine`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

from collint.linking.references import Refs
from collint.record import Mutable, Record, field

Value = Any
"""int, float, bool, str, None, tuple, list, dict, range, or one of the classes below."""
LARGEST = 1 << 31


class _Unknown:
    """What the run cannot tell; equal on all ranks as far as values of its kind are (see ``machine``)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"


UNKNOWN = _Unknown()


class Instance(Mutable, eq=False):
    """An object of a class of the program; ``made`` once its constructor ran. Missing attributes are unknown."""

    class_id: str
    attributes: dict[str, Value] = field(default_factory=dict)
    made: bool = False


class Reference(Record, frozen=True):
    """A function, class, module or outside thing; ``receiver`` is the object that a method is bound to."""

    refs: Refs
    receiver: Instance | None = None


class Half(Record, frozen=True, eq=False):
    """One send or receive that is described but not posted (``P2POp``)."""

    direction: Literal["send", "receive"]
    peer: Value
    tag: Value
    place: tuple[str, int]


class Handle(Record, frozen=True, eq=False):
    """What a posted operation returns; ``posted`` are the indices of its events in the trace."""

    posted: tuple[int, ...]


def is_known(value: Value) -> bool:
    """Whether a value is Python's own, so that operators can be applied."""
    return isinstance(value, (int, float, str, tuple, list, dict, range, set)) or value is None


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that cannot be told."""
    if value is UNKNOWN or isinstance(value, Reference):
        return None
    return bool(value) if is_known(value) else True


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.xor,
    "&": operator.and_,
    "|": operator.or_,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg,
    "pos": operator.pos,
    "~": operator.invert,
}


def applied(name: str, operands: list[Value]) -> Value:
    """The result of an operator; ``UNKNOWN`` where an operand is, or where Python would raise."""
    if name in ("and", "or"):
        return _joined(name, operands)
    if name == "not":
        found = truth(operands[0])
        return UNKNOWN if found is None else not found
    if name in ("is", "is not"):
        return _same(name, *operands)
    if not all(_is_plain(operand, inside=name not in ("+", "*")) for operand in operands):
        return UNKNOWN
    try:
        if len(operands) == 2 and name in _BINARY and not _is_huge(name, operands):
            return _BINARY[name](*operands)
        if len(operands) == 1 and name in _UNARY:
            return _UNARY[name](operands[0])
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return UNKNOWN
    return UNKNOWN


def _is_plain(value: Value, *, inside: bool) -> bool:
    """Whether Python can be asked; ``inside``: also about what a list holds."""
    if isinstance(value, (tuple, list)) and inside:
        return all(_is_plain(item, inside=True) for item in value)
    return is_known(value)


def _is_huge(name: str, operands: list[Value]) -> bool:
    """Whether an operation could make a value out of proportion: analysed programs do not decide our memory."""
    if name not in ("*", "<<"):
        return False
    sizes = [abs(value) if isinstance(value, (int, float)) else len(value) for value in operands]
    return sizes[0] * sizes[1] > LARGEST if name == "*" else sizes[1] > 64


def _joined(name: str, operands: list[Value]) -> Value:
    """``and`` and ``or`` as Python evaluates them, as far as each operand is known."""
    for operand in operands[:-1]:
        found = truth(operand)
        if found is None:
            return UNKNOWN
        if found == (name == "or"):
            return operand
    return operands[-1]


def _same(name: str, left: Value, right: Value) -> Value:
    if any(side is UNKNOWN or isinstance(side, Reference) for side in (left, right)):
        return UNKNOWN
    same = left is right if left is None or right is None or isinstance(left, bool) else left == right
    return same if name == "is" else not same


def element(base: Value, index: Value) -> Value:
    """``base[index]``, or unknown."""
    if isinstance(base, (tuple, list, range, dict, str)) and (is_known(index) or isinstance(index, slice)):
        try:
            return base[index]
        except (IndexError, KeyError, TypeError, ValueError):
            return UNKNOWN
    return UNKNOWN


@lru_cache(maxsize=4_096)
def literal(text: str) -> Value:
    """A literal's value; what is not plain counts as unknown.

    Kept, because each evaluation leaves a few functions that refer to themselves for a collector that is switched off.
    """
    try:
        value: Value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return UNKNOWN
    return value if isinstance(value, (int, float, str)) or value is None else UNKNOWN
