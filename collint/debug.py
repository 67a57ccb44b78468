"""Print what collint knows of one function, for people who ask why and for tests. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from collint.checks.context import Context
from collint.config import Settings
from collint.ir.graph import BranchOn, NextOf
from collint.ir.printer import render_graph, render_ir
from collint.linking.describe import describe, excerpt
from collint.linking.program import Body
from collint.pipeline import build
from collint.sequences.events import YIELD
from collint.source import find_root
from collint.uniformity.states import Side

SIDES: tuple[Side, ...] = ("data", "extent")


def render(kind: str, file: Path, function: str) -> str:
    """The IR (``ir``), graph (``cfg``), variation (``axes``) or event automaton (``sequences``) of a function.

    Raises LookupError, naming the functions that exist, when the file has no such function.
    """
    root = find_root((file,))
    context, _, _ = build(root, (file,), Settings())
    body = _body(context, root, file, function)
    printers: dict[str, Callable[[Context, Body], str]] = {
        "ir": lambda _, body: render_ir(body.function),
        "cfg": lambda _, body: render_graph(body.graph),
        "axes": render_axes,
        "sequences": render_sequences,
    }
    return printers[kind](context, body)


def _body(context: Context, root: Path, file: Path, function: str) -> Body:
    path = file.resolve().relative_to(root.resolve()).as_posix()
    known = []
    for module in context.program.project.modules():
        if module.path == path:
            known = [facts.qualname for facts in module.functions]
            body = context.program.body(f"{module.name}:{function}")
            if body is not None:
                return body
    raise LookupError(f"{path} has no function '{function}' (it has: {', '.join(known) or 'none'})")


def render_axes(context: Context, body: Body) -> str:
    """One line per condition, loop and assigned name: the axes over which its data and its extent vary."""
    mesh = context.vocabulary.mesh_axes
    lines = []
    for number, node in sorted(body.values.conditions.items()):
        end = body.graph.blocks[number].terminator
        if isinstance(end, (BranchOn, NextOf)):
            word = "for" if isinstance(end, NextOf) else "if"
            text = f"{word} {excerpt(context.program, body.path, end.span)}"
            lines.append((end.span.line, text, _sides(context, body, node, frozenset(mesh))))
    for name, nodes in sorted(body.values.assigned.items()):
        if not name.startswith("%"):
            for node in dict.fromkeys(nodes):
                span = body.values[node].span
                line = span.line if span else body.function.span.line
                text = f"{name} = {describe(body, node)}"
                lines.append((line, text, _sides(context, body, node, frozenset(mesh))))
    return "\n".join(f"{line:>5}  {text}  [{sides}]" for line, text, sides in sorted(lines))


def _sides(context: Context, body: Body, node: int, over: frozenset[str]) -> str:
    found = []
    for side in SIDES:
        variation = context.uniformity.varies(body.id, node, frozenset(over), side)
        if variation is not None:
            found.append(f"{side} varies over {', '.join(context.shown_axes(variation.axes))}")
    return "; ".join(found) or "uniform"


def render_sequences(context: Context, body: Body) -> str:
    """One line per transition of the function's minimal automaton; ``*`` marks states where it may end."""
    summary = context.summaries.of_body(body)
    lines = []
    for state, row in enumerate(summary.machine.moves):
        mark = "*" if state in summary.machine.accepting else " "
        if not row:
            lines.append(f"{state}{mark}")
        for letter, target in row.items():
            places = summary.origins.get(letter, ())
            where = "" if not places or letter == YIELD else f"  {places[0].path}:{places[0].line}"
            lines.append(f"{state}{mark} --{letter!r}--> {target}{where}")
    return "\n".join(lines)
