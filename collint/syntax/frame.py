"""The state of one function while it is lowered: open blocks, temporaries, hidden names, enclosing scopes.

What a construct turns into is decided by the other files, which reach each other through the dispatch tables here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from collint.ir.expressions import Expr, Name, Temp, name_of
from collint.ir.statements import Block, Function, Statement
from collint.record import Mutable, Record, field
from collint.syntax.positions import Positions

ExpressionRule = Callable[["Frame", Any], Expr]
StatementRule = Callable[["Frame", Any], None]

UNKNOWN = Name("%unknown")

# Expressions nested more deeply are refused as a whole: whoever walks them later does so by recursion.
DEEPEST = 150

# So are conditions of more parts: each part becomes a branch, and much below takes the square of their number.
LONGEST = 1000


class Rules(Record, frozen=True):
    """How each type of node is lowered."""

    expressions: Mapping[type[ast.AST], ExpressionRule]
    statements: Mapping[type[ast.AST], StatementRule]


class Unit(Mutable):
    """What all functions of one slice share. ``bodies`` tells whether nested definitions are lowered themselves."""

    module: str
    is_package: bool
    positions: Positions
    rules: Rules
    bodies: bool
    functions: dict[str, Function] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)

    def declare(self, qualname: str) -> str:
        """``qualname``, or ``qualname#2`` and so on when the slice has defined that name before."""
        count = self.declared.get(qualname, 0) + 1
        self.declared[qualname] = count
        return qualname if count == 1 else f"{qualname}#{count}"


class ClassBody(Mutable):
    """A class body that is being run in place: ``owner`` denotes the class, ``names`` what it has bound so far."""

    owner: Expr
    names: dict[str, Expr] = field(default_factory=dict)


class Frame:
    """One function under construction. ``scope`` prefixes the qualified names of what is defined inside it."""

    def __init__(self, unit: Unit, scope: str, renamed: tuple[dict[str, Expr], ...] = ()) -> None:
        self.unit = unit
        self.scope = scope
        self.is_generator = False
        self.class_body: ClassBody | None = None
        self.renamed = renamed
        self.span = unit.positions.span
        self._expressions = unit.rules.expressions
        self._statements = unit.rules.statements
        self._blocks: list[list[Statement]] = [[]]
        self._temps = 0
        self._depth = 0
        self._hidden: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------- emitting statements

    def emit(self, statement: Statement) -> None:
        """Append to the block that is open."""
        self._blocks[-1].append(statement)

    def open(self) -> None:
        """Begin a block; what is emitted goes there until :meth:`close`."""
        self._blocks.append([])

    def close(self) -> Block:
        """End the innermost block and return it."""
        return tuple(self._blocks.pop())

    def fresh(self) -> Temp:
        """A temporary that nothing else uses."""
        self._temps += 1
        return Temp(self._temps)

    def hidden(self, prefix: str) -> str:
        """A variable that no program can name: ``%v1``, ``%c1`` and so on."""
        count = self._hidden.get(prefix, 0) + 1
        self._hidden[prefix] = count
        return f"%{prefix}{count}"

    # ------------------------------------------------------------------------------------------------ lowering parts

    def expression(self, node: ast.AST) -> Expr:
        """The value of ``node``; its calls are emitted first."""
        rule = self._expressions.get(type(node))
        if rule is None:
            return UNKNOWN
        if self._depth >= DEEPEST:
            raise RecursionError
        self._depth += 1
        value = rule(self, node)
        self._depth -= 1
        return value

    def statement(self, node: ast.AST) -> None:
        """Emit what ``node`` does."""
        rule = self._statements.get(type(node))
        if rule is not None:
            rule(self, node)

    def body(self, suite: Sequence[ast.stmt]) -> Block:
        """The statements of ``suite`` as a block of their own."""
        self.open()
        self.suite(suite)
        return self.close()

    def suite(self, suite: Sequence[ast.stmt]) -> None:
        """Emit the statements of ``suite`` into the block that is open."""
        for node in suite:
            self.statement(node)

    def apart(self, node: ast.AST) -> tuple[Block, Expr]:
        """The value of ``node`` and, kept apart, the statements that compute it."""
        self.open()
        value = self.expression(node)
        return self.close(), value

    def pure(self, node: ast.AST) -> Expr | None:
        """The value of ``node`` if it needs no statement, else None. Emits nothing."""
        temps = self._temps
        block, value = self.apart(node)
        self._temps = temps
        return None if block else value

    # -------------------------------------------------------------------------------------------------------- scopes

    def lookup(self, name: str) -> Expr:
        """What ``name`` denotes here: comprehension targets and names of a class body are not plain variables."""
        if self.renamed:
            for names in reversed(self.renamed):
                if name in names:
                    return names[name]
        if self.class_body is not None and name in self.class_body.names:
            return self.class_body.names[name]
        return name_of(name)

    def nested(self, name: str) -> str:
        """The qualified name of something called ``name`` that is defined here."""
        return f"{self.scope}.{name}" if self.scope else name
