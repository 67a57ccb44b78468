"""Small SPMD programs as values: statements and expressions that know two spellings. Nothing here invents or runs them.

One spelling is what collint analyses. The other is what the simulation executes: there settings and numbers of turns
are unknown, and so is the outcome of a comparison with a number, so that any path is possible in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

HEADER = '''"""A generated program."""

import random
import time

import settings
import torch
import torch.distributed as dist
'''


@dataclass(frozen=True, slots=True)
class Expr:
    """``shown`` and ``run`` are templates over ``parts``; ``kind`` is ``int``, ``bool`` or ``group``."""

    kind: str
    shown: str
    run: str
    parts: tuple[Expr, ...] = ()

    def text(self, shown: bool) -> str:
        """The expression in one of its spellings."""
        return (self.shown if shown else self.run).format(*(part.text(shown) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Statement:
    """``shown[i]`` stands above ``blocks[i]``; a simple statement has one line and no block. ``shape`` is its kind."""

    shape: str
    shown: tuple[str, ...]
    parts: tuple[Expr, ...] = ()
    blocks: tuple[Block, ...] = ()
    run: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that a definition gives."""
        return re.split(r"\W", self.shown[0])[1]

    def lines(self, shown: bool, indent: str = "") -> Iterator[str]:
        """The statement in one of its spellings, line by line."""
        heads = self.shown if shown or not self.run else self.run
        texts = tuple(part.text(shown) for part in self.parts)
        for number, head in enumerate(heads):
            yield indent + head.format(*texts)
            if number < len(self.blocks):
                if not shown and self.shape != "class":
                    yield f"{indent}    seen()"
                yield from block_lines(self.blocks[number], shown, indent + "    ")


Block = tuple[Statement, ...]
Program = Block


def block_lines(block: Block, shown: bool, indent: str) -> Iterator[str]:
    """The lines of a block, ``pass`` where it is empty."""
    for statement in block:
        yield from statement.lines(shown, indent)
    if not block:
        yield indent + "pass"


def source(program: Program) -> str:
    """What collint reads."""
    return HEADER + "\n\n" + "\n".join(line for part in program for line in (*part.lines(True), "", ""))


def runnable(program: Program) -> str:
    """What the simulation executes; the first line of a block is ``seen(number)``, unique in the program."""
    numbers = count()
    lines = (line for part in program for line in part.lines(False))
    return "\n".join(line.replace("seen()", f"seen({next(numbers)})") if "seen()" in line else line for line in lines)


def walk(block: Block) -> Iterator[Statement]:
    """Every statement, outer ones first."""
    for statement in block:
        yield statement
        for inner in statement.blocks:
            yield from walk(inner)


# --------------------------------------------------------------------------------------------------------- shrinking

SIMPLEST = {"int": Expr("int", "settings.value_7", "K(7)"), "bool": Expr("bool", "config > 9", "above(9, config)")}


def smaller(program: Program) -> Iterator[Program]:
    """Programs one step simpler, the boldest steps first; functions that nothing calls any more are gone at once."""
    for simpler in _smaller_block(program):
        yield _used(simpler)


def _used(program: Program) -> Program:
    while True:
        texts = [" ".join(part.lines(True)) for part in program]
        kept = tuple(
            part
            for number, part in enumerate(program)
            if part.name == "main" or any(part.name in text for other, text in enumerate(texts) if other != number)
        )
        if len(kept) == len(program):
            return kept
        program = kept


def _smaller_block(block: Block) -> Iterator[Block]:
    for number, statement in enumerate(block):
        before, after = block[:number], block[number + 1 :]
        yield before + after
        for inner in statement.blocks:
            if statement.shape not in ("def", "class"):
                yield (*before, *inner, *after)
    for number, statement in enumerate(block):
        for simpler in _smaller_statement(statement):
            yield (*block[:number], simpler, *block[number + 1 :])


def _smaller_statement(statement: Statement) -> Iterator[Statement]:
    if statement.shape == "if" and len(statement.blocks) == 2 and not statement.blocks[1]:
        yield replace(statement, blocks=statement.blocks[:1], shown=statement.shown[:1], run=statement.run[:1])
    for number, inner in enumerate(statement.blocks):
        for simpler in _smaller_block(inner):
            blocks = (*statement.blocks[:number], simpler, *statement.blocks[number + 1 :])
            yield replace(statement, blocks=blocks)
    for number, part in enumerate(statement.parts):
        for expr in _smaller_expr(part):
            yield replace(statement, parts=(*statement.parts[:number], expr, *statement.parts[number + 1 :]))


def _smaller_expr(expr: Expr) -> Iterator[Expr]:
    if expr.parts:
        yield from (part for part in expr.parts if part.kind == expr.kind)
    simplest = SIMPLEST.get(expr.kind)
    if simplest is not None and expr != simplest and not expr.shown.startswith("settings."):
        yield simplest
    for number, part in enumerate(expr.parts):
        for simpler in _smaller_expr(part):
            yield replace(expr, parts=(*expr.parts[:number], simpler, *expr.parts[number + 1 :]))
