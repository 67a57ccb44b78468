"""``match`` statements, as chains of branches.

What a sequence, mapping or class pattern asks of its subject is not modelled: its test is one ``matches`` operation
over the pattern's text, in one spelling. What it binds is modelled, as elements and attributes of the subject.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from collint.ir.expressions import TRUE, Attr, Const, Expr, Index, Op
from collint.ir.statements import AllOf, AnyOf, Block, If, Leaf, Span, Test
from collint.syntax.conditions import bounded, test
from collint.syntax.frame import Frame, StatementRule
from collint.syntax.targets import kept_from, store_name


def match(frame: Frame, node: ast.Match) -> None:
    """Try the cases in order; the subject is evaluated once."""
    subject = frame.expression(node.subject)
    names = {name for case in node.cases for name, _ in _captures(frame, case.pattern, subject)}
    subject = kept_from(frame, subject, names, frame.span(node.subject))
    branches = [_case(frame, case, subject) for case in node.cases]
    other: Block = ()
    for condition, body, span in reversed(branches):
        other = (If(condition, body, other, span),)
    for statement in other:
        frame.emit(statement)


def _case(frame: Frame, case: ast.match_case, subject: Expr) -> tuple[Test, Block, Span]:
    span = frame.span(case.pattern)
    condition = _test(frame, case.pattern, subject)
    frame.open()
    for name, value in _captures(frame, case.pattern, subject):
        store_name(frame, name, value, span)
    if case.guard is None:
        frame.suite(case.body)
        return condition, frame.close(), span
    binding = frame.close()  # before the guard, which may read what the pattern has bound
    tests = (condition, Leaf(binding, TRUE, span)) if binding else (condition,)
    guard = test(frame, case.guard)
    return AllOf((*tests, guard)), frame.body(case.body), span


def _test(frame: Frame, pattern: ast.pattern, subject: Expr) -> Test:
    span = frame.span(pattern)
    if isinstance(pattern, ast.MatchValue):
        setup, value = frame.apart(pattern.value)
        return Leaf(setup, Op("==", (subject, value)), span)
    if isinstance(pattern, ast.MatchSingleton):
        return Leaf((), Op("is", (subject, Const(repr(pattern.value)))), span)
    if isinstance(pattern, ast.MatchAs):
        return Leaf((), TRUE, span) if pattern.pattern is None else _test(frame, pattern.pattern, subject)
    if isinstance(pattern, ast.MatchOr):
        return AnyOf(tuple(_test(frame, item, subject) for item in bounded(pattern.patterns)))
    text = Const(repr(ast.unparse(pattern)))
    return Leaf((), Op("matches", (subject, text)), span)


def _captures(frame: Frame, pattern: ast.pattern, subject: Expr) -> Iterator[tuple[str, Expr]]:
    """The names that ``pattern`` binds, with their values as parts of ``subject``."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            yield from _captures(frame, pattern.pattern, subject)
        if pattern.name is not None:
            yield pattern.name, subject
    elif isinstance(pattern, ast.MatchOr):
        yield from _captures(frame, pattern.patterns[0], subject)  # all alternatives bind the same names
    elif isinstance(pattern, ast.MatchSequence):
        yield from _sequence_captures(frame, pattern, subject)
    elif isinstance(pattern, ast.MatchMapping):
        yield from _mapping_captures(frame, pattern, subject)
    elif isinstance(pattern, ast.MatchClass):
        for at, item in enumerate(pattern.patterns):
            yield from _captures(frame, item, Index(subject, Const(str(at))))
        for name, item in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            yield from _captures(frame, item, Attr(subject, name))


def _sequence_captures(frame: Frame, pattern: ast.MatchSequence, subject: Expr) -> Iterator[tuple[str, Expr]]:
    length, after_star = len(pattern.patterns), 0
    for at, item in enumerate(pattern.patterns):
        if isinstance(item, ast.MatchStar):
            after_star = length
            stop = at + 1 - length
            if item.name is not None:
                rest = (subject, Const(str(at)), Const(str(stop) if stop else "None"))
                yield item.name, Op("slice-rest", rest)
        else:
            yield from _captures(frame, item, Index(subject, Const(str(at - after_star))))


def _mapping_captures(frame: Frame, pattern: ast.MatchMapping, subject: Expr) -> Iterator[tuple[str, Expr]]:
    for spelled, item in zip(pattern.keys, pattern.patterns, strict=True):
        key = frame.pure(spelled)
        yield from _captures(frame, item, Index(subject, Const("None") if key is None else key))
    if pattern.rest is not None:
        yield pattern.rest, subject


RULES: dict[type[ast.AST], StatementRule] = {ast.Match: match}
