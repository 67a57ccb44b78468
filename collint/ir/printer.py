"""Print functions and graphs of the small language, one line per statement, for people and for tests.

Expressions are spelled by :mod:`collint.ir.spelling`; nothing parses this text again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from collint.ir.expressions import Expr
from collint.ir.graph import BasicBlock, BranchOn, Catch, Dispatch, Enter, Exit, Goto, Graph, Leave, NextOf, Terminator
from collint.ir.spelling import render_arguments, render_expression
from collint.ir.statements import (
    AllOf,
    Assign,
    Await,
    Block,
    Break,
    Call,
    Collect,
    Continue,
    Declare,
    Delete,
    For,
    Function,
    If,
    Import,
    Leaf,
    Not,
    Parameter,
    Raise,
    Return,
    Statement,
    StoreAttr,
    StoreIndex,
    Test,
    Try,
    While,
    With,
    Yield,
)

__all__ = ["render_expression", "render_graph", "render_ir"]

_STARS = {"star": "*", "double-star": "**"}
_show = render_expression


def render_ir(function: Function) -> str:
    """The statements of ``function``. The calls inside a condition stand in a ``before`` section under it."""
    words = ["async "] if function.is_async else []
    kind = "generator" if function.is_generator else "def"
    header = f"{''.join(words)}{kind} {function.qualname}({_parameters(function.parameters)}):"
    return "\n".join((header, *_indented(_block(function.body)))) + "\n"


def render_graph(graph: Graph) -> str:
    """The blocks of ``graph`` with their loops, exceptional edges and ends."""
    lines = [f"graph {graph.qualname}({_parameters(graph.parameters)})"]
    for block in graph.blocks[: graph.exit]:
        lines.append(f"block {block.number}{_attributes(block)}")
        lines.extend(f"    {_line(step)}" for step in block.steps)
        lines.append(f"    {_end(block.terminator)}")
    lines.append(f"block {graph.exit}: exit")
    lines.append(f"block {graph.failure}: failure")
    return "\n".join(lines) + "\n"


def _parameters(parameters: tuple[Parameter, ...]) -> str:
    texts: list[str] = []
    for parameter in parameters:
        if parameter.kind == "keyword" and not any("*" in text for text in texts):
            texts.append("*")
        text = _STARS.get(parameter.kind, "") + parameter.name
        text += "" if parameter.annotation is None else f": {_show(parameter.annotation)}"
        text += "" if parameter.default is None else f" = {_show(parameter.default)}"
        texts.append(text)
    return ", ".join(texts)


def _indented(lines: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


# ------------------------------------------------------------------------------------------------ structured statements


def _block(block: Block) -> Iterator[str]:
    if not block:
        yield "pass"
    for statement in block:
        structure = _STRUCTURES.get(type(statement))
        if structure is None:
            yield _line(statement)
        else:
            yield from structure(statement)


def _if(statement: If) -> Iterator[str]:
    word = "if"
    while True:
        yield f"{word} {_test(statement.test)}:"
        yield from _setups(statement.test)
        yield from _indented(_block(statement.then))
        following = statement.other[0] if len(statement.other) == 1 else None
        if not isinstance(following, If):
            break
        word, statement = "elif", following
    yield from _otherwise("else", statement.other)


def _while(statement: While) -> Iterator[str]:
    yield f"while {_test(statement.test)}:"
    yield from _setups(statement.test)
    yield from _indented(_block(statement.body))
    yield from _otherwise("else", statement.other)


def _for(statement: For) -> Iterator[str]:
    yield from _block(statement.setup) if statement.setup else ()
    words = "async for" if statement.is_async else "for"
    yield f"{words} {_show(statement.element)} in {_show(statement.iterable)}:"
    yield from _indented(_block(statement.body))
    yield from _otherwise("else", statement.other)


def _try(statement: Try) -> Iterator[str]:
    yield "try:"
    yield from _indented(_block(statement.body))
    for handler in statement.handlers:
        yield f"except{_caught(handler.types, handler.name)}:"
        yield from _indented(_block(handler.body))
    yield from _otherwise("else", statement.other)
    yield from _otherwise("finally", statement.final)


def _with(statement: With) -> Iterator[str]:
    yield from _block(statement.setup) if statement.setup else ()
    words = "async with" if statement.is_async else "with"
    yield f"{words} {_show(statement.manager)} as {_show(statement.result)}:"
    yield from _indented(_block(statement.body))


def _otherwise(word: str, block: Block) -> Iterator[str]:
    if block:
        yield f"{word}:"
        yield from _indented(_block(block))


def _caught(types: Expr | None, name: str | None) -> str:
    return ("" if types is None else f" {_show(types)}") + ("" if name is None else f" as {name}")


def _test(test: Test, *, inside: bool = False) -> str:
    if isinstance(test, Leaf):
        text = _show(test.expression)
        return f"({text})" if inside and (" and " in text or " or " in text or " if " in text) else text
    if isinstance(test, Not):
        return f"not {_test(test.test, inside=True)}"
    word = " and " if isinstance(test, AllOf) else " or "
    text = word.join(_test(part, inside=True) for part in test.tests)
    return f"({text})" if inside else text


def _setups(test: Test) -> Iterator[str]:
    """What runs before each atom of a condition."""
    if isinstance(test, Leaf):
        if test.setup:
            yield f"  before {_show(test.expression)}:"
            yield from (f"      {line}" for line in _block(test.setup))
    elif isinstance(test, Not):
        yield from _setups(test.test)
    else:
        for part in test.tests:
            yield from _setups(part)


_STRUCTURES: dict[type[object], Callable[[Any], Iterator[str]]] = {
    If: _if,
    While: _while,
    For: _for,
    Try: _try,
    With: _with,
}


# ----------------------------------------------------------------------------------------------------- single lines


def _line(step: Statement | Enter | Exit | Catch) -> str:
    rule: Callable[[Any], str] = _LINES[type(step)]
    return rule(step)


def _assign(target: str, statement: Assign | StoreAttr) -> str:
    annotation = "" if statement.annotation is None else f": {_show(statement.annotation)}"
    return f"{target}{annotation} = {_show(statement.value)}"


def _call(step: Call) -> str:
    function, arguments = _show(step.function), render_arguments(step.arguments)
    if not function[-1:].isidentifier() and not function.endswith((")", "]", ">")) and not function[-1:].isdigit():
        function = f"({function})"
    return f"{_show(step.result)} = {'await ' if step.awaited else ''}{function}({arguments})"


def _import(step: Import) -> str:
    return f"from {step.qualified} import *" if step.target == "*" else f"import {step.qualified} as {step.target}"


def _raise(statement: Raise) -> str:
    return statement.kind if statement.value is None else f"{statement.kind} {_show(statement.value)}"


_LINES: dict[type[object], Callable[[Any], str]] = {
    Assign: lambda step: _assign(step.target, step),
    StoreAttr: lambda step: _assign(f"{_show(step.base)}.{step.name}", step),
    StoreIndex: lambda step: f"{_show(step.base)}[{_show(step.index)}] = {_show(step.value)}",
    Call: _call,
    Yield: lambda step: f"{_show(step.result)} = yield{' from' if step.delegates else ''} {_show(step.value)}",
    Await: lambda step: f"{_show(step.result)} = await {_show(step.value)}",
    Collect: lambda step: f"collect {_show(step.value)} in {step.target}",
    Import: _import,
    Delete: lambda step: f"del {_show(step.target)}",
    Declare: lambda step: f"{step.kind} {', '.join(step.names)}",
    Return: lambda step: f"return {_show(step.value)}",
    Raise: _raise,
    Break: lambda step: "break",
    Continue: lambda step: "continue",
    Enter: lambda step: f"{_show(step.result)} = {'async ' if step.is_async else ''}enter {_show(step.manager)}",
    Exit: lambda step: f"{'async ' if step.is_async else ''}exit {_show(step.manager)}",
    Catch: lambda step: f"catch{_caught(step.types, step.name)}",
}


# ------------------------------------------------------------------------------------------------------------ graphs


def _attributes(block: BasicBlock) -> str:
    loops = f" in loop {', '.join(map(str, block.loops))}" if block.loops else ""
    return loops + ("" if block.handler is None else f" raises to {block.handler}") + ":"


def _end(terminator: Terminator) -> str:
    if isinstance(terminator, Goto):
        return f"goto {terminator.target}"
    if isinstance(terminator, BranchOn):
        return _branch(terminator)
    if isinstance(terminator, NextOf):
        head = f"for {_show(terminator.element)} in {_show(terminator.iterable)}"
        return f"{head} -> {terminator.body} else {terminator.exit}"
    if isinstance(terminator, Dispatch):
        return f"dispatch -> {', '.join(map(str, terminator.targets))}"
    return _leave(terminator)


def _branch(terminator: BranchOn) -> str:
    then, other = (f" ({leaves})" if leaves else "" for leaves in terminator.leaves)
    word = "while" if terminator.is_loop else "if"
    return f"{word} {_show(terminator.condition)} -> {terminator.then}{then} else {terminator.other}{other}"


def _leave(terminator: Leave) -> str:
    return terminator.kind if terminator.value is None else f"{terminator.kind} {_show(terminator.value)}"
