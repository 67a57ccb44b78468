"""Graphs of small programs, and the promises that every graph keeps. Holds no assertions."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

from collint.ir.cfg import build
from collint.ir.graph import BasicBlock, BranchOn, Call, Enter, Graph, successors
from collint.ir.printer import render_graph
from collint.ir.statements import Await, Import, Yield
from collint.syntax.lower import SourceSlice, lower


def graph(source: str) -> Graph:
    """The graph of a function ``f`` whose statements are ``source``."""
    text = "def f():\n" + "".join(f"    {line}\n" for line in dedent(source).strip("\n").splitlines())
    return build(lower(SourceSlice(text, "f", 1, "m", False)).functions["f"])


def blocks(source: str) -> str:
    """The printed blocks of that graph."""
    return "\n".join(render_graph(graph(source)).splitlines()[1:-2]) + "\n"


def broken_rules(subject: Graph) -> list[str]:
    """Which of the promises of :mod:`collint.ir.graph` the graph breaks."""
    return [f"block {block.number}: {rule}" for block in subject.blocks for rule in _broken(subject, block)] + list(
        _misnumbered(subject)
    )


def _broken(subject: Graph, block: BasicBlock) -> Iterator[str]:
    raising = [at for at, step in enumerate(block.steps) if isinstance(step, (Call, Await, Yield, Enter, Import))]
    if block.handler is not None and raising and raising != [len(block.steps) - 1]:
        yield "a step that may raise is not the last one"
    if any(not 0 <= head < subject.exit for head in block.loops):
        yield "no such loop"
    if block.number in (subject.exit, subject.failure) and (block.steps or block.handler or block.loops):
        yield "an end is not empty"
    if isinstance(block.terminator, BranchOn) and getattr(block.terminator.condition, "operator", "") in _WORDS:
        yield "a branch on more than one atom"


_WORDS = ("and", "or", "not")


def _misnumbered(subject: Graph) -> Iterator[str]:
    """In reverse postorder each block but the entry has an edge from an earlier one."""
    if subject.exit != len(subject.blocks) - 2 or subject.failure != len(subject.blocks) - 1:
        yield "the ends are not the last blocks"
    entered = {0, subject.exit, subject.failure}
    for block in subject.blocks[: subject.exit]:
        if block.number not in entered:
            yield f"block {block.number} comes before all that lead to it"
        entered.update(successors(subject, block.number))
