"""Compare collint with the simulation on many programs, and shrink those on which they disagree.

For people: ``python -m tests.simulation.explore FIRST NUMBER`` prints the smallest program of every disagreement.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from collint.findings import Finding
from collint.pipeline import analyse_tree
from tests.simulation.generate import program
from tests.simulation.language import Program, runnable, smaller, source
from tests.simulation.world import possible_mismatch

RULES = ("COL101", "COL102", "COL103", "COL106", "COL402", "COL406")
BATCH = 200


def findings(programs: Sequence[Program]) -> list[list[Finding]]:
    """What collint says about each program, low confidence left out."""
    with tempfile.TemporaryDirectory() as folder:
        for number, subject in enumerate(programs):
            Path(folder, f"program_{number}.py").write_text(source(subject), "utf-8")
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


def shrink(subject: Program, kind: str) -> Program:
    """The smallest program near ``subject`` on which the two still disagree in the same way."""
    while True:
        for batch in _batches(_true_to(kind, smaller(subject)), 16):
            wrong = [
                candidate
                for candidate, found in zip(batch, findings(batch), strict=True)
                if bool(found) != (kind == "miss")
            ]
            if wrong:
                subject = wrong[0]
                break
        else:
            return subject


def _true_to(kind: str, programs: Iterable[Program]) -> Iterator[Program]:
    return (one for one in programs if possible_mismatch(runnable(one)) is (kind == "miss"))


def _batches(programs: Iterator[Program], size: int) -> Iterator[list[Program]]:
    while batch := list(islice(programs, size)):
        yield batch


def main(first: int, number: int) -> None:
    """Print the disagreements among ``number`` programs from the seed ``first`` on, shrunk."""
    programs = [program(seed) for seed in range(first, first + number)]
    for position, kind in disagreements(programs):
        small = shrink(programs[position], kind)
        said = [(finding.rule, finding.line, finding.confidence) for finding in findings([small])[0]]
        print(f"# seed {first + position}: {kind}; collint says {said}\n{source(small)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
