"""Pure expressions: the operands of the IR, and the vocabulary in which names are resolved.

Nothing here has a side effect or a position of its own: calls are hoisted into
:class:`collint.ir.statements.Call`, in evaluation order, and referred to by :class:`Temp`. Only the project index,
which keeps no statements, writes a call in place as :class:`CallExpr`.
"""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from functools import lru_cache
from typing import Union

from collint.ir.node import Node, Variant


class Name(Variant, frozen=True):
    """A local, closure, module or builtin variable, as written."""

    id: str


class Temp(Variant, frozen=True):
    """The result of the :class:`~collint.ir.statements.Call` (or yield, await, enter) that bears this number."""

    number: int


class Const(Variant, frozen=True):
    """A literal: None, bool, int, float, complex, str, bytes or Ellipsis, kept as its canonical ``repr``."""

    text: str


class Attr(Variant, frozen=True):
    """``base.name``."""

    base: "Expr"
    name: str


class Index(Variant, frozen=True):
    """``base[index]``; several indices arrive as one tuple :class:`Display`."""

    base: "Expr"
    index: "Expr"


class SliceOf(Variant, frozen=True):
    """``lower:upper:step`` inside an :class:`Index`; an absent part is ``Const('None')``."""

    lower: "Expr"
    upper: "Expr"
    step: "Expr"


class Op(Variant, frozen=True):
    """An operator without side effects that matter here.

    ``operator`` is the Python spelling: binary (``+`` ... ``@``), comparison (``==``, ``!=``, ``<``, ``<=``, ``>``,
    ``>=``, ``is``, ``is not``, ``in``, ``not in``), unary (``not``, ``neg``, ``pos``, ``~``), pure boolean values
    (``and``, ``or``), ``fstring``, ``slice-rest`` (the starred middle of an unpacking: base, start, stop), and
    ``matches`` (subject, pattern text as Const) for ``match`` and ``except`` tests.
    A chained comparison is an ``and`` of its links.
    """

    operator: str
    operands: "tuple[Expr, ...]"


class Display(Variant, frozen=True):
    """A container literal. ``kind`` is ``tuple``, ``list``, ``set`` or ``dict``; a dict alternates keys and values."""

    kind: str
    items: "tuple[Expr, ...]"


class Star(Variant, frozen=True):
    """``*value`` (or ``**value`` when ``double``) inside a display."""

    value: "Expr"
    double: bool = False


class Choose(Variant, frozen=True):
    """``then if condition else other`` whose three parts hold no call."""

    condition: "Expr"
    then: "Expr"
    other: "Expr"


class FunctionRef(Variant, frozen=True):
    """A nested function, lambda or class defined in place; ``qualname`` is its name within the module.

    A lambda is ``outer.<lambda@LINE:COLUMN>``, the position being that of the ``lambda`` keyword in the file.
    """

    qualname: str


class Argument(Node, frozen=True):
    """One argument of a call: positional (``name`` is None), keyword, ``*`` (``star=1``) or ``**`` (``star=2``)."""

    value: "Expr"
    name: str | None = None
    star: int = 0


class CallExpr(Variant, frozen=True):
    """A call in place. Index only; in the IR calls are statements."""

    function: "Expr"
    arguments: tuple[Argument, ...]


Expr = Union[Name, Temp, Const, Attr, Index, SliceOf, Op, Display, Star, Choose, FunctionRef, CallExpr]

NONE = Const("None")
TRUE = Const("True")
FALSE = Const("False")


name_of = lru_cache(maxsize=1 << 16)(Name)
"""The name; equal ones are one object, of which programs have a hundred times as many."""

const_of_text = lru_cache(maxsize=1 << 16)(Const)
"""The constant, likewise."""


LAMBDA = "<lambda@"
"""How the last part of a lambda's qualname begins."""


def last_name(expression: Expr) -> str:
    """``c`` of ``a.b.c`` and of ``c``; empty for anything else."""
    kind = type(expression)
    if kind is Attr:
        return expression.name  # type: ignore[union-attr]
    return expression.id if kind is Name else ""  # type: ignore[union-attr]


def called_name(function: Expr) -> str:
    """The last name of what is called, ``x[]`` for an element of ``x``; empty where nothing has a name."""
    if isinstance(function, Index):
        name = last_name(function.base)
        return f"{name}[]" if name else ""
    return last_name(function)


def dotted(expression: Expr) -> str | None:
    """``a.b.c`` as text when ``expression`` is a chain of attributes on a name, else None."""
    names: list[str] = []
    while isinstance(expression, Attr):
        names.append(expression.name)
        expression = expression.base
    if not isinstance(expression, Name):
        return None
    names.append(expression.id)
    return ".".join(reversed(names))
