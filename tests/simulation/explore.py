"""Compare collint with the simulation on many programs, and shrink those on which they disagree.

For people: ``python -m tests.simulation.explore FIRST NUMBER`` prints the smallest program of every disagreement.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from collint.findings import Finding
from collint.pipeline import analyse_tree
from tests.simulation.language import Program, runnable, smaller, source
from tests.simulation.world import possible_mismatch

RULES = ("COL101", "COL102", "COL103")
BATCH = 200


def findings(programs: Sequence[Program]) -> list[list[Finding]]:
    """What collint says about each program, low confidence left out."""
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate(programs):
            Path(folder, f"program_{number}.py").write_text(source(program), "utf-8")
        found: list[list[Finding]] = [[] for _ in programs]
        for finding in analyse_tree(Path(folder)).findings:
            if finding.rule in RULES and finding.confidence != "low":
                found[int(finding.path[8:-3])].append(finding)
    return found


def disagreements(programs: Sequence[Program]) -> Iterator[tuple[int, str]]:
    """Positions of the programs on which the two disagree: ``miss`` or ``false alarm``."""
    for start in range(0, len(programs), BATCH):
        batch = programs[start : start + BATCH]
        for number, found in enumerate(findings(batch)):
            truth = possible_mismatch(runnable(batch[number]))
            if truth is not None and truth != bool(found):
                yield start + number, "miss" if truth else "false alarm"


def shrink(program: Program, kind: str) -> Program:
    """The smallest program near ``program`` on which the two still disagree in the same way."""
    while True:
        for batch in _batches(_true_to(kind, smaller(program)), 16):
            wrong = [
                smaller
                for smaller, found in zip(batch, findings(batch), strict=True)
                if bool(found) != (kind == "miss")
            ]
            if wrong:
                program = wrong[0]
                break
        else:
            return program


def _true_to(kind: str, programs: Iterable[Program]) -> Iterator[Program]:
    return (program for program in programs if possible_mismatch(runnable(program)) is (kind == "miss"))


def _batches(programs: Iterator[Program], size: int) -> Iterator[list[Program]]:
    while batch := list(islice(programs, size)):
        yield batch
