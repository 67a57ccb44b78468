"""Everything that stands in a block of the small language, in the order of the source. Control flow is not followed."""

from __future__ import annotations

from collections.abc import Iterator

from collint.ir.statements import AllOf, AnyOf, Block, For, If, Not, Statement, Test, Try, While, With


def inside(block: Block) -> Iterator[Statement]:
    """The statements of a block and all that nest in them, each before its parts."""
    work = [iter(block)]
    while work:
        statement = next(work[-1], None)
        if statement is None:
            work.pop()
            continue
        yield statement
        work.extend(iter(part) for part in reversed(_parts(statement)))


def _parts(statement: Statement) -> list[Block]:
    if isinstance(statement, (If, While)):
        body = statement.then if isinstance(statement, If) else statement.body
        return [*_setups(statement.test), body, statement.other]
    if isinstance(statement, For):
        return [statement.setup, statement.body, statement.other]
    if isinstance(statement, Try):
        return [statement.body, *(handler.body for handler in statement.handlers), statement.other, statement.final]
    if isinstance(statement, With):
        return [statement.setup, statement.body]
    return []


def _setups(test: Test) -> list[Block]:
    if isinstance(test, Not):
        return _setups(test.test)
    if isinstance(test, (AllOf, AnyOf)):
        return [setup for part in test.tests for setup in _setups(part)]
    return [test.setup]
