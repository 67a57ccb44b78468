"""Functions of the program that are registered as custom operations, by the names under which they are called.

What a registration looks like is not known here: rows of packs say which argument is the name, which the function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from collint.ir.expressions import Const, Expr
from collint.knowledge.arguments import parse_argument
from collint.linking.binding import argument_at
from collint.linking.references import FunctionIs, Refs
from collint.project.asked import GIVE
from collint.project.facts import CallSite
from collint.project.steps import Answers

if TYPE_CHECKING:
    from collint.linking.program import Program


class Registrations:
    """The registered operations; which function one is, is found when it is first asked for."""

    def __init__(self, program: Program, value_of: Callable[[str, str, Expr], Refs]) -> None:
        self.project = program.project
        self.vocabulary = program.vocabulary
        self.value_of = value_of
        self._prefixes = tuple(row.prefix for row in program.vocabulary.registrations())
        self._operations: dict[str, list[tuple[str, str, Expr]]] | None = None
        self._functions: Answers[str, tuple[str, ...]] = Answers(self.project.asked)

    def of(self, operation: str) -> tuple[str, ...]:
        """The functions registered as a custom operation of this qualified name."""
        if not operation.startswith(self._prefixes):
            return ()  # most names that are asked about: no file is opened for them
        for row in self.vocabulary.registrations():
            self.project.asked.note(GIVE, row.name.rpartition(".")[2])
        if self._operations is None:
            self._operations = self._all()
        found = self._functions.look_up(operation)
        if found is None:
            with self._functions.finding(operation):
                values = self._operations.get(operation, ())
                refs = (self.value_of(module, scope, value) for module, scope, value in values)
                found = tuple(each for part in refs for each in sorted(r.id for r in part if isinstance(r, FunctionIs)))
            self._functions[operation] = found
        return found

    def _all(self) -> dict[str, list[tuple[str, str, Expr]]]:
        """What is registered under each name: module, scope and expression."""
        found: dict[str, list[tuple[str, str, Expr]]] = {}
        for row in self.vocabulary.registrations():
            last = row.name.rpartition(".")[2]
            for function_id, site in self.project.calls_named(last):
                module, _, scope = function_id.partition(":")
                name = _literal(argument_at(parse_argument(row.operation), site.arguments), site)
                place = argument_at(parse_argument(row.function), site.arguments)
                if name and place is not None:
                    found.setdefault(row.prefix + name, []).append((module, scope, site.arguments[place].value))
        return found


def _literal(position: int | None, site: CallSite) -> str:
    """The text of a string literal argument, else an empty string."""
    value = None if position is None else site.arguments[position].value
    return ast.literal_eval(value.text) if isinstance(value, Const) and value.text[:1] in "'\"" else ""
