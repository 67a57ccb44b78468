"""Leaves nothing out: ``python -m benchmarks.unfiltered FOLDER`` lowers every function of every file, and compares.

An analysis lowers what can reach a collective, as names in the index tell, and what is asked about on the way. Here all
is lowered first; then the findings have to be the same, and no function that the closure left out may say anything.
Exit code 1 where one of these does not hold.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collint.building import Engine, link
from collint.checks.context import Context
from collint.config import Settings
from collint.findings import Finding
from collint.judging import judged
from collint.linking.closure import Reaching, reaching_functions
from collint.linking.earlier import Earlier
from collint.linking.meaning import Meanings
from collint.outcome import deep_enough
from collint.sequences.events import YIELD
from collint.sequences.summaries import Summaries
from collint.sources import Sources, on_disk

EVERYTHING = Settings(select=("ALL",), min_confidence="low")


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs: findings of the usual run alone, of the one without a filter alone, and functions never heard."""

    lost: tuple[Finding, ...]
    gained: tuple[Finding, ...]
    unheard: tuple[str, ...]
    lowered: tuple[int, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares, prints what differs, and returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unfiltered", description="Leaves nothing out.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.absolute()
    gc.disable()
    found = compared(on_disk(folder, (folder,), EVERYTHING))
    for sign, findings in (("-", found.lost), ("+", found.gained)):
        for one in findings:
            print(f"{sign} {one.path}:{one.line} {one.rule} {one.function} {one.confidence}")
    for function_id in found.unheard:
        print(f"left out though it says something: {function_id}")
    print(f"{found.lowered[0]:,} definitions lowered as usual, {found.lowered[1]:,} without a filter")
    return 1 if found.lost or found.gained or found.unheard else 0


def compared(sources: Sources) -> Compared:
    """Both runs over one program."""
    with deep_enough():
        usual, _, _ = link(sources, EVERYTHING)
        findings = judged(usual, EVERYTHING)[0]
        whole, _, _ = link(sources, EVERYTHING, engine=Engine(reaching=_lowering_all))
        others = judged(whole, EVERYTHING)[0]
        unheard = _unheard(whole)
    return Compared(
        tuple(one for one in findings if one not in others),
        tuple(one for one in others if one not in findings),
        unheard,
        (len(usual.program.lowered), len(whole.program.lowered)),
    )


def _lowering_all(meanings: Meanings, earlier: Earlier | None) -> Reaching:
    program = meanings.evaluator.program
    for function_id in program.project.functions():
        program.body(function_id)
    return reaching_functions(meanings, earlier)


def _unheard(context: Context) -> tuple[str, ...]:
    """The functions that say something when every callee is listened to, and that the closure does not know."""
    every = frozenset(function_id for function_id, body in context.program.bodies.items() if body is not None)
    summaries = Summaries(context.conditions, every)
    left_out = sorted(every - context.reaching)
    return tuple(
        function_id for function_id in left_out if summaries.of_function(function_id).machine.letters - {YIELD}
    )


if __name__ == "__main__":
    sys.exit(main())
