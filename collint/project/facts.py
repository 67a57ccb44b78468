"""What the index remembers of a file: its definitions, imports, assignments and calls, as values.

Reading them out of source text is :mod:`collint.project.index`; answering questions about many files together is
:class:`collint.project.project.Project`.

A *qualname* is ``Class.method``, ``outer.inner`` or ``outer.Class.method``; a second definition of the same name in
the same file is ``name#2``, a third ``name#3``, in source order. An *id* is ``module:qualname``.
"""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from functools import lru_cache
from sys import intern

from collint.ir.expressions import Argument, Expr
from collint.ir.node import Later, Node, replace
from collint.ir.statements import Parameter

MODULE_BODY = "<module>"


class LocalAssign(Node, frozen=True):
    """One binding of ``target``: a Name, an Attr (``self.x``) or an Index (``self.x[k]``).

    What the target receives is said by ``value``; None when only an annotation stands there. Unpacking gives one
    binding per name over ``Index(value, Const n)``. Other binders spell their value with an operator:
    ``element`` (of an iterable: ``for``, comprehensions), ``entered`` (``with manager as x``),
    ``caught`` (``except E as x``) and ``unknown`` (captures of ``match``).
    """

    target: Expr
    value: Expr | None
    annotation: Expr | None
    line: int


class CallSite(Node, frozen=True):
    """One call, its operands as written. A call inside an operand is a ``CallExpr`` there and has its own site."""

    function: Expr
    arguments: tuple[Argument, ...]
    line: int


class Doings(Node, frozen=True):
    """What a function's text does, each kind in its order: ``yielded`` is what a generator yields, ``managers`` what
    ``with`` enters."""

    assigns: tuple[LocalAssign, ...] = ()
    calls: tuple[CallSite, ...] = ()
    returned: tuple[Expr, ...] = ()
    yielded: tuple[Expr, ...] = ()
    managers: tuple[Expr, ...] = ()


class DoingsLater(Later[Doings]):
    """What a function does, which of most functions nobody asks."""

    __slots__ = ()
    kind = Doings


class FunctionFacts(Node, frozen=True):
    """A function, method or module body (qualname ``<module>``).

    ``owner`` is the qualname of the class whose method this is, ``parent`` that of the function around it; one that is
    itself ``is_around`` another, as the body of a module may be, has variables that more than its own text names. What
    lambdas, comprehensions, class bodies, decorators and defaults inside it do counts as its own: ``doings``.
    ``globals`` are the names it declares global or nonlocal. Three texts hold names, each once and in order, with
    blanks between them: of the attributes that it ``reads`` and does not call, of what it calls (``names``, by
    :func:`~collint.ir.expressions.called_name`), and of the attributes that it ``writes``.
    The first statement of its body begins on ``body_line`` (0 when the header is on that line too), the last one ends
    ``end_offset`` bytes into its line.
    """

    qualname: str
    module: str
    start_line: int
    def_line: int
    end_line: int
    doings: DoingsLater
    parameters: tuple[Parameter, ...] = ()
    owner: str | None = None
    parent: str | None = None
    decorators: tuple[Expr, ...] = ()
    returns: Expr | None = None
    is_async: bool = False
    is_generator: bool = False
    is_around: bool = False
    imports: tuple[tuple[str, str], ...] = ()
    globals: tuple[str, ...] = ()
    reads: str = ""
    names: str = ""
    writes: str = ""
    body_line: int = 0
    end_offset: int = 0

    @property
    def assigns(self) -> tuple[LocalAssign, ...]:
        """Its bindings of names, attributes and elements."""
        return self.doings.value().assigns

    @property
    def calls(self) -> tuple[CallSite, ...]:
        """Its calls."""
        return self.doings.value().calls

    @property
    def returned(self) -> tuple[Expr, ...]:
        """What it returns."""
        return self.doings.value().returned

    @property
    def yielded(self) -> tuple[Expr, ...]:
        """What it yields."""
        return self.doings.value().yielded

    @property
    def managers(self) -> tuple[Expr, ...]:
        """What it enters by ``with``."""
        return self.doings.value().managers

    @property
    def id(self) -> str:
        """``module:qualname``; one object, since many tables hold it."""
        return intern(f"{self.module}:{self.qualname}")

    @property
    def name(self) -> str:
        """The name after ``def``."""
        return short_name(self.qualname)


class ClassFacts(Node, frozen=True):
    """A class. ``methods`` pairs each name with the qualname of its function, redefinitions included."""

    qualname: str
    module: str
    bases: tuple[Expr, ...]
    keywords: tuple[Argument, ...]
    decorators: tuple[Expr, ...]
    start_line: int
    end_line: int
    assigns: tuple[LocalAssign, ...]
    methods: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """``module:qualname``; one object, since many tables hold it."""
        return intern(f"{self.module}:{self.qualname}")

    @property
    def name(self) -> str:
        """The name after ``class``."""
        return short_name(self.qualname)


class ModuleFacts(Node, frozen=True):
    """A file. ``imports`` and ``stars`` are those of its body, wherever they stand in it; functions keep their own.

    ``problem`` is one line that says why the file could not be read; the rest is then empty.
    """

    name: str
    path: str
    is_package: bool
    imports: tuple[tuple[str, str], ...] = ()
    stars: tuple[str, ...] = ()
    functions: tuple[FunctionFacts, ...] = ()
    classes: tuple[ClassFacts, ...] = ()
    lines: int = 0
    problem: str | None = None

    @property
    def every_import(self) -> tuple[tuple[str, str], ...]:
        """The imports of its body, and behind them those of its functions."""
        return (*self.imports, *(pair for function in self.functions for pair in function.imports))


@lru_cache(maxsize=1 << 14)
def shared_parameter(parameter: Parameter) -> Parameter:
    """One object for equal ones, of which a program has five times as many."""
    return parameter


def with_shared_parts(facts: ModuleFacts) -> ModuleFacts:
    """Facts that were made of bytes, with equal parts of its functions being one object, as where a file was read."""
    known: dict[object, object] = {}
    return replace(
        facts, functions=tuple([_with_shared_parts(function, facts.name, known) for function in facts.functions])
    )


def _with_shared_parts(function: FunctionFacts, module: str, known: dict[object, object]) -> FunctionFacts:
    return replace(
        function,
        qualname=intern(function.qualname),
        module=module,
        owner=function.owner and intern(function.owner),
        parent=function.parent and intern(function.parent),
        parameters=tuple([shared_parameter(parameter) for parameter in function.parameters]),
        decorators=known.setdefault(function.decorators, function.decorators),
        returns=known.setdefault(function.returns, function.returns),
    )


def short_name(qualname: str) -> str:
    """The last component of a qualname, without its redefinition number."""
    return qualname.rpartition(".")[2].partition("#")[0]


def enclosing(qualname: str) -> str:
    """The qualname of the function or class around a definition; empty at the top level."""
    return qualname.rpartition(".")[0]


def is_within(inner: str, outer: str) -> bool:
    """Whether a definition is another, or stands in its text; both by qualname or both by id."""
    return inner == outer or inner.startswith(f"{outer}.")
