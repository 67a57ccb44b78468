"""The small language that everything after ``syntax`` reads: about a dozen frozen statements.

Structured, not yet a graph (that is :mod:`collint.ir.cfg`); it has forgotten spelling, comments and syntax trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from collint.ir.expressions import Argument, Expr, Temp


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in the file: lines count from 1, columns from 0 in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


# ---------------------------------------------------------------------------------------------- simple statements


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value`` for a plain name. Unpacking arrives as several of these over :class:`Index`.

    ``augmented`` marks ``target op= value`` (the value is then the whole ``target op value``); ``annotation`` is kept
    for types.
    """

    target: str
    value: Expr
    span: Span
    augmented: bool = False
    annotation: Expr | None = None


@dataclass(frozen=True, slots=True)
class StoreAttr:
    """``base.name = value``."""

    base: Expr
    name: str
    value: Expr
    span: Span
    augmented: bool = False
    annotation: Expr | None = None


@dataclass(frozen=True, slots=True)
class StoreIndex:
    """``base[index] = value``."""

    base: Expr
    index: Expr
    value: Expr
    span: Span
    augmented: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """``result = function(arguments)``. ``awaited`` when an ``await`` stands directly around it."""

    result: Temp
    function: Expr
    arguments: tuple[Argument, ...]
    span: Span
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Yield:
    """``result = yield value``; ``delegates`` for ``yield from``."""

    result: Temp
    value: Expr
    span: Span
    delegates: bool = False


@dataclass(frozen=True, slots=True)
class Await:
    """``result = await value`` where the value is not itself a call."""

    result: Temp
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Collect:
    """A comprehension adds ``value`` to the collection held in the hidden variable ``target``."""

    target: str
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """A function-local import binds ``target`` to the absolute dotted name ``qualified``.

    ``from . import x`` is already absolute; ``from m import *`` has the target ``*``.
    """

    target: str
    qualified: str
    span: Span


@dataclass(frozen=True, slots=True)
class Delete:
    """``del target`` (a name, attribute or element)."""

    target: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Declare:
    """``global`` or ``nonlocal`` names (``kind``)."""

    kind: str
    names: tuple[str, ...]
    span: Span


# ----------------------------------------------------------------------------------------------------------- jumps


@dataclass(frozen=True, slots=True)
class Return:
    """``return value``; a bare ``return`` returns ``Const('None')``. Falling off the end is no statement."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Raise:
    """``raise value``, or a failed ``assert`` (``kind == 'assert'``); a bare ``raise`` has the value None."""

    value: Expr | None
    span: Span
    kind: str = "raise"


@dataclass(frozen=True, slots=True)
class Break:
    """``break`` of the innermost loop."""

    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    """``continue`` of the innermost loop."""

    span: Span


# ----------------------------------------------------------------------------------------------------------- tests


@dataclass(frozen=True, slots=True)
class Leaf:
    """One undivided condition: run ``setup`` (the calls inside it), then look at ``expression``."""

    setup: Block
    expression: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    """``a and b and ...`` with short-circuit."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``a or b or ...`` with short-circuit."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not a``."""

    test: Test


Test = Union[Leaf, AllOf, AnyOf, Not]


# ------------------------------------------------------------------------------------------------------ structures


@dataclass(frozen=True, slots=True)
class If:
    """``if test: then else: other``. ``match`` arrives as a chain of these, with ``matches`` operations."""

    test: Test
    then: Block
    other: Block
    span: Span


@dataclass(frozen=True, slots=True)
class While:
    """``while test: body else: other``."""

    test: Test
    body: Block
    other: Block
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """``for element in iterable: body else: other``, comprehension clauses included (``comprehension``).

    ``setup`` computes the iterable once, ``element`` is the temporary that each turn sets; the body begins with the
    assignments that unpack it into the loop's targets. ``span`` is that of the iterable expression.
    """

    setup: Block
    iterable: Expr
    element: Temp
    body: Block
    other: Block
    span: Span
    is_async: bool = False
    comprehension: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """One ``except`` clause; ``types`` is None for a bare one, ``name`` the bound exception variable if any."""

    types: Expr | None
    name: str | None
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class Try:
    """``try`` with its handlers, ``else`` (``other``) and ``finally`` (``final``); absent parts are empty."""

    body: Block
    handlers: tuple[Handler, ...]
    other: Block
    final: Block
    span: Span


@dataclass(frozen=True, slots=True)
class With:
    """One item of a ``with``: several items nest. ``result`` is what ``__enter__`` gives.

    ``manager`` is evaluated by ``setup``; the body begins with the assignment of ``as`` targets, if any.
    ``span`` is that of the manager expression.
    """

    setup: Block
    manager: Expr
    result: Temp
    body: Block
    span: Span
    is_async: bool = False


Statement = Union[
    Assign,
    StoreAttr,
    StoreIndex,
    Call,
    Yield,
    Await,
    Collect,
    Import,
    Delete,
    Declare,
    Return,
    Raise,
    Break,
    Continue,
    If,
    While,
    For,
    Try,
    With,
]
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: ``kind`` is ``positional``, ``keyword`` (only by keyword), ``star`` or ``double-star``.

    ``annotation`` and ``default`` hold no calls; what cannot be said without one is None.
    """

    name: str
    kind: str = "positional"
    annotation: Expr | None = None
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One function, lambda or module body (``qualname`` ``<module>``) in the small language."""

    qualname: str
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span
    is_async: bool = False
    is_generator: bool = False
