"""Print what collint knows of one function, for people who ask why and for tests. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from collint.checks.context import Context
from collint.config import Settings
from collint.findings import CONFIDENCES
from collint.ir.graph import BranchOn, NextOf
from collint.ir.printer import render_graph, render_ir
from collint.ir.statements import Assign, Import
from collint.linking.describe import excerpt, shortened
from collint.linking.program import Body
from collint.pipeline import build
from collint.sequences.automata import TooLarge
from collint.sequences.events import YIELD, Origin
from collint.source import find_root
from collint.uniformity.states import Side

MAX_COLUMN = 60


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
    """One line per condition, loop and assignment: sides that vary, over which axes, how certainly, and why.

    Of a condition its data is asked, of a loop its extent, of an assigned value both, each as seen where it stands.
    """
    rows = sorted({*_decisions(context, body), *_assignments(context, body)})
    width = min(max((len(text) for _, text, _ in rows), default=0), MAX_COLUMN)
    lines = [f"axes {body.qualname}"]
    lines += [f"{line:>5}  {shortened(text):<{width}}  {answer}" for line, text, answer in rows]
    return "\n".join(lines)


def _decisions(context: Context, body: Body) -> Iterator[tuple[int, str, str]]:
    for number, node in body.values.conditions.items():
        end = body.graph.blocks[number].terminator
        if isinstance(end, NextOf):
            text = f"for ... in {excerpt(context.program, body.path, end.span)}"
            yield end.span.line, text, _answer(context, body, node, number, ("extent",))
        elif isinstance(end, BranchOn):
            text = f"{'while' if end.is_loop else 'if'} {excerpt(context.program, body.path, end.span)}"
            yield end.span.line, text, _answer(context, body, node, number, ("data",))


def _assignments(context: Context, body: Body) -> Iterator[tuple[int, str, str]]:
    given = {name: iter(nodes) for name, nodes in body.values.assigned.items()}
    for block in body.graph.blocks:  # the order in which the values were noted
        for step in block.steps:
            if isinstance(step, (Assign, Import)):
                node = next(given[step.target])
                if isinstance(step, Assign) and not step.target.startswith("%"):
                    text = excerpt(context.program, body.path, step.span)
                    if not text.startswith(f"{step.target} "):
                        text = f"{step.target} of {text}" if "=" in text else step.target
                    yield step.span.line, text, _answer(context, body, node, block.number, ("data", "extent"))


def _answer(context: Context, body: Body, node: int, block: int, sides: tuple[Side, ...]) -> str:
    found: dict[str, list[str]] = {}
    for side in sides:
        variation = context.uniformity.varies(body.id, node, frozenset(context.vocabulary.mesh_axes), side, at=block)
        if variation is not None:
            over = ", ".join(context.shown_axes(variation.axes)).replace("*", "every axis")
            reason = f"{over}, {CONFIDENCES[variation.confidence]} ({variation.what})"
            found.setdefault(reason, []).append(side)
    return "; ".join(f"{', '.join(varying)}: {reason}" for reason, varying in found.items()) or "uniform"


def render_sequences(context: Context, body: Body) -> str:
    """The minimal automaton of the function's events: one line per state, and under it one per transition."""
    try:
        summary = context.summaries.of_body(body)
    except TooLarge:
        return f"sequences {body.qualname}\n  too many to compare"
    lines = [f"sequences {body.qualname}"]
    for state, row in enumerate(summary.machine.moves):
        lines.append(f"state {state}{', may end here' if state in summary.machine.accepting else ''}")
        for letter, target in row.items():
            said = "yield" if letter == YIELD else " ".join((f"{letter.op} [{letter.group}]", *letter.arguments))
            places = summary.origins.get(letter, ())
            lines.append(f"  {said} -> {target}{_place(places[0]) if places else ''}")
    return "\n".join(lines)


def _place(origin: Origin) -> str:
    through = f" through {' -> '.join(origin.via)}" if origin.via else ""
    return f"  {origin.path}:{origin.line}{through}{' (perhaps)' if origin.doubt else ''}"
