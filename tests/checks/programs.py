"""Analyses one small program for tests of checks. Holds no assertions."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from collint import pipeline
from collint.checks.context import Context
from collint.config import Settings
from collint.findings import Finding
from collint.linking.program import Body

HEAD = "import torch\nimport torch.distributed as dist\n\n\n"


def context_of(folder: Path, source: str) -> Context:
    """Everything a check may ask about a program, written to ``folder``."""
    (folder / "program.py").write_text(HEAD + dedent(source).lstrip("\n"), "utf-8")
    context, _, _ = pipeline.build(folder, (folder,), Settings())
    return context


def findings_of(folder: Path, source: str, rule: str) -> list[Finding]:
    """The findings of one rule about a program."""
    (folder / "program.py").write_text(HEAD + dedent(source).lstrip("\n"), "utf-8")
    return [finding for finding in pipeline.analyse_tree(folder).findings if finding.rule == rule]


def argument(context: Context, name: str, position: int = 0) -> tuple[Body, int]:
    """What the function ``f`` hands to the first call of ``name``."""
    body = context.program.body("program:f")
    assert body is not None
    for place in body.values.calls:
        if getattr(place.call.function, "name", getattr(place.call.function, "id", "")) == name:
            return body, body.values[place.node].arguments[1 + position]
    raise AssertionError(f"no call of {name}")
