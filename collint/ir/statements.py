"""The small language that everything after ``syntax`` reads: about a dozen frozen statements.

Structured, not yet a graph (that is :mod:`collint.ir.cfg`); it has forgotten spelling, comments and syntax trees.
"""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from typing import Union

from collint.ir.expressions import Argument, Expr, Temp
from collint.ir.node import Node, Variant


class Span(Node, frozen=True, order=True):
    """A place in the file: lines count from 1, columns from 0 in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


# ---------------------------------------------------------------------------------------------- simple statements


class Assign(Variant, frozen=True):
    """``target = value`` for a plain name. Unpacking arrives as several of these over :class:`Index`.

    ``augmented`` marks ``target op= value`` (the value is then the whole ``target op value``); ``annotation`` is kept
    for types.
    """

    target: str
    value: Expr
    span: Span
    augmented: bool = False
    annotation: Expr | None = None


class StoreAttr(Variant, frozen=True):
    """``base.name = value``."""

    base: Expr
    name: str
    value: Expr
    span: Span
    augmented: bool = False
    annotation: Expr | None = None


class StoreIndex(Variant, frozen=True):
    """``base[index] = value``."""

    base: Expr
    index: Expr
    value: Expr
    span: Span
    augmented: bool = False


class Call(Variant, frozen=True):
    """``result = function(arguments)``. ``awaited`` when an ``await`` stands directly around it."""

    result: Temp
    function: Expr
    arguments: tuple[Argument, ...]
    span: Span
    awaited: bool = False


class Yield(Variant, frozen=True):
    """``result = yield value``; ``delegates`` for ``yield from``."""

    result: Temp
    value: Expr
    span: Span
    delegates: bool = False


class Await(Variant, frozen=True):
    """``result = await value`` where the value is not itself a call."""

    result: Temp
    value: Expr
    span: Span


class Collect(Variant, frozen=True):
    """A comprehension adds ``value`` to the collection held in the hidden variable ``target``."""

    target: str
    value: Expr
    span: Span


class Import(Variant, frozen=True):
    """A function-local import binds ``target`` to the absolute dotted name ``qualified``.

    ``from . import x`` is already absolute; ``from m import *`` has the target ``*``.
    """

    target: str
    qualified: str
    span: Span


class Delete(Variant, frozen=True):
    """``del target`` (a name, attribute or element)."""

    target: Expr
    span: Span


class Declare(Variant, frozen=True):
    """``global`` or ``nonlocal`` names (``kind``)."""

    kind: str
    names: tuple[str, ...]
    span: Span


# ----------------------------------------------------------------------------------------------------------- jumps


class Return(Variant, frozen=True):
    """``return value``; a bare ``return`` returns ``Const('None')``. Falling off the end is no statement."""

    value: Expr
    span: Span


class Raise(Variant, frozen=True):
    """``raise value``, or a failed ``assert`` (``kind == 'assert'``); a bare ``raise`` has the value None."""

    value: Expr | None
    span: Span
    kind: str = "raise"


class Break(Variant, frozen=True):
    """``break`` of the innermost loop."""

    span: Span


class Continue(Variant, frozen=True):
    """``continue`` of the innermost loop."""

    span: Span


# ----------------------------------------------------------------------------------------------------------- tests


class Leaf(Variant, frozen=True):
    """One undivided condition: run ``setup`` (the calls inside it), then look at ``expression``."""

    setup: "Block"
    expression: Expr
    span: Span


class AllOf(Variant, frozen=True):
    """``a and b and ...`` with short-circuit."""

    tests: "tuple[Test, ...]"


class AnyOf(Variant, frozen=True):
    """``a or b or ...`` with short-circuit."""

    tests: "tuple[Test, ...]"


class Not(Variant, frozen=True):
    """``not a``."""

    test: "Test"


Test = Union[Leaf, AllOf, AnyOf, Not]


# ------------------------------------------------------------------------------------------------------ structures


class If(Variant, frozen=True):
    """``if test: then else: other``. ``match`` arrives as a chain of these, with ``matches`` operations."""

    test: "Test"
    then: "Block"
    other: "Block"
    span: Span


class While(Variant, frozen=True):
    """``while test: body else: other``."""

    test: "Test"
    body: "Block"
    other: "Block"
    span: Span


class For(Variant, frozen=True):
    """``for element in iterable: body else: other``, comprehension clauses included (``comprehension``).

    ``setup`` computes the iterable once, ``element`` is the temporary that each turn sets; the body begins with the
    assignments that unpack it into the loop's targets. ``span`` is that of the iterable expression.
    """

    setup: "Block"
    iterable: Expr
    element: Temp
    body: "Block"
    other: "Block"
    span: Span
    is_async: bool = False
    comprehension: bool = False


class Handler(Node, frozen=True):
    """One ``except`` clause; ``types`` is None for a bare one, ``name`` the bound exception variable if any."""

    types: Expr | None
    name: str | None
    body: "Block"
    span: Span


class Try(Variant, frozen=True):
    """``try`` with its handlers, ``else`` (``other``) and ``finally`` (``final``); absent parts are empty."""

    body: "Block"
    handlers: tuple[Handler, ...]
    other: "Block"
    final: "Block"
    span: Span


class With(Variant, frozen=True):
    """One item of a ``with``: several items nest. ``result`` is what ``__enter__`` gives.

    ``manager`` is evaluated by ``setup``; the body begins with the assignment of ``as`` targets, if any.
    ``span`` is that of the manager expression.
    """

    setup: "Block"
    manager: Expr
    result: Temp
    body: "Block"
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


class Parameter(Node, frozen=True):
    """A parameter: ``kind`` is ``positional``, ``keyword`` (only by keyword), ``star`` or ``double-star``.

    ``annotation`` and ``default`` hold no calls; what cannot be said without one is None.
    """

    name: str
    kind: str = "positional"
    annotation: Expr | None = None
    default: Expr | None = None


class Function(Node, frozen=True):
    """One function, lambda or module body (``qualname`` ``<module>``) in the small language."""

    qualname: str
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span
    is_async: bool = False
    is_generator: bool = False
