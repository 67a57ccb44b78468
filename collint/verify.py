"""Compare what packs declare of functions with what collint derives from their source, where it has both.

A difference is not always a mistake: what is compiled, or done through another process, cannot be derived.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from collint.against import find
from collint.checks.context import Context
from collint.config import Settings
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Collective
from collint.knowledge.validate import tables
from collint.pipeline import build
from collint.project.targets import ClassTarget, FunctionTarget
from collint.record import Record
from collint.sequences.automata import TooLarge
from collint.sequences.events import YIELD


class Difference(Record, frozen=True):
    """A row that declares other events than its function's source has. Both are families, sorted."""

    place: str
    name: str
    declared: str
    derived: tuple[str, ...]


def context_of(root: Path) -> Context:
    """The package unpacked at ``root``, ready to be asked. Raises what :func:`collint.pipeline.build` raises."""
    return build(root, (root,), Settings())[0]


def differences(pack: Pack, context: Context) -> Iterator[Difference]:
    """Every collective of ``pack`` whose source is in the program, and counts less than the row, but issues no such."""
    for table, rows in tables(pack):
        for number, row in enumerate(rows):
            # Of an implicit one the source is believed anyhow; what a computed one does depends on its receiver.
            if isinstance(row, Collective) and not row.implicit and not row.computed_by:
                derived = _derived(context, row)
                if derived is not None and row.family not in derived:
                    yield Difference(f"{table}[{number}]", row.name, row.family, derived)


def _derived(context: Context, row: Collective) -> tuple[str, ...] | None:
    """Families that the source of a row's function can issue; None where there is no source, or too much of it."""
    project = context.program.project
    for name in (row.name, *row.also):
        target = find(project, name.removesuffix(".__call__"))
        function_id = target.id if isinstance(target, FunctionTarget) else None
        if isinstance(target, ClassTarget):
            function_id = project.find_method(target.id, "__init__")
        if function_id is not None:
            try:
                summary = context.summaries.of_function(function_id)
            except TooLarge:
                return None
            return tuple(sorted({letter.op for letter in summary.origins if letter != YIELD}))
    return None
