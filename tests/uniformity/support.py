"""Asks of small programs what varies. Holds no assertions.

A program looks at values: ``data(x)`` asks for the data of ``x``, ``extent(x)`` for how many elements it has.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from collint.checks.context import Context
from collint.config import Settings
from collint.ir.values import CallSiteNode
from collint.linking.program import Body
from collint.pipeline import build
from collint.uniformity.states import LOW, Side, Variation

SIDES: dict[str, Side] = {"data": "data", "extent": "extent"}
HEADER = "import random\nimport torch\nimport torch.distributed as dist\n\n"


def context_of(folder: Path, source: str) -> Context:
    """The analysis of a program of one module, ``m``."""
    (folder / "m.py").write_text(HEADER + dedent(source), "utf-8")
    context, _, _ = build(folder, (folder,), Settings())
    return context


def variations(folder: Path, source: str, function: str = "f") -> list[Variation | None]:
    """For each look of a function, in order of lines: how the value varies over all ranks, None if it does not."""
    context = context_of(folder, source)
    body = context.program.body(f"m:{function}")
    assert body is not None
    looks = [site for site in body.values.calls if _side(body, site.node) is not None]
    return [_varies(context, body, site) for site in sorted(looks, key=lambda site: site.call.span)]


def answers(folder: Path, source: str, function: str = "f") -> list[str]:
    """The same in words: ``varies``, ``perhaps`` where the confidence is low, or ``uniform``."""
    words = {None: "uniform", LOW: "perhaps"}
    found = variations(folder, source, function)
    return [words.get(None if v is None else v.confidence, "varies") for v in found]


def _side(body: Body, call: int) -> Side | None:
    value = body.values[body.values[call].arguments[0]]
    return SIDES.get(str(value.label)) if value.kind == "name" else None


def _varies(context: Context, body: Body, site: CallSiteNode) -> Variation | None:
    side, node = _side(body, site.node), body.values[site.node].arguments[1]
    assert side is not None
    return context.uniformity.varies(body.id, node, context.vocabulary.mesh_axes, side, at=site.block)
