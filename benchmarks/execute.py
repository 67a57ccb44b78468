"""Executes the programs of ``fixtures/`` on real ranks: ``python -m benchmarks.execute [NAME ...]``.

Each program runs twice over gloo on the CPU, see ``docs/executed.md``; names choose programs by a part of their path.
``--json FILE`` writes what each one showed, ``--table FILE`` the counts by rule. Exit code 1 when a program does not
show what its name claims; 2 when nothing can be run. Needs torch (``pip install -e '.[executed]'``).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.executing.outcomes import Execution, disagreement
from benchmarks.executing.programs import Program, programs
from benchmarks.executing.ranks import Workers, run
from benchmarks.executing.table import as_json, table

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "detail": {"TORCH_DISTRIBUTED_DEBUG": "DETAIL", "TORCH_DIST_INIT_BARRIER": "1"},
}
"""Once as jobs run, once with torch's own checks of each collective and a barrier after each group that is made."""
QUIET = 1.5
PATIENT = 6.0
"""Seconds of quiet that count as waiting, at first and when a program is tried again alone."""


@dataclass(frozen=True, slots=True)
class Result:
    """A program's executions by setting, and why they disagree with its name, if they do."""

    program: Program
    executions: Mapping[str, Execution]

    @property
    def disagreement(self) -> str:
        """Nothing where executions and name agree."""
        return disagreement(self.program, list(self.executions.values()))


def execute(chosen: Iterable[Program], at_once: int = 8) -> tuple[Result, ...]:
    """Runs every program in every setting, and those once more, alone and patiently, that seem to disagree."""
    workers = Workers()
    try:
        with ThreadPoolExecutor(at_once) as pool:
            results = list(pool.map(lambda program: _both(workers, program, QUIET), chosen))
        return tuple(_both(workers, one.program, PATIENT) if one.disagreement else one for one in results)
    finally:
        workers.close()


def _both(workers: Workers, program: Program, quiet: float) -> Result:
    names = [name for name in SETTINGS if name == "plain" or not program.plain_only]
    return Result(program, {name: run(workers, program, SETTINGS[name], quiet) for name in names})


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table and each disagreement."""
    parser = argparse.ArgumentParser(description="Execute the programs of fixtures/ on real ranks over gloo.")
    parser.add_argument("names", nargs="*", help="parts of the paths of the programs to run; all without")
    parser.add_argument("--json", type=Path, help="write what each program showed")
    parser.add_argument("--table", type=Path, help="write the counts by rule, as Markdown")
    parser.add_argument("--at-once", type=int, default=8, help="programs that run at the same time (default: 8)")
    parser.add_argument("-v", "--verbose", action="store_true", help="one line for each execution")
    given = parser.parse_args(arguments)
    if importlib.util.find_spec("torch") is None:
        print("execute: torch is not installed: pip install -e '.[executed]'", file=sys.stderr)
        return 2
    known = [one for one in programs() if not given.names or any(name in one.name for name in given.names)]
    started = time.monotonic()
    results = execute([one for one in known if not one.reason], given.at_once)
    _write(given, known, results)
    for line in _lines(results, given.verbose):
        print(line)
    print(f"{len(results)} programs executed in {time.monotonic() - started:.0f} s")
    return 1 if any(result.disagreement for result in results) else 0


def _write(given: argparse.Namespace, known: Sequence[Program], results: Sequence[Result]) -> None:
    text = table(known, results)
    print(text)
    if given.table:
        given.table.write_text(text + "\n", "utf-8")
    if given.json:
        given.json.write_text(json.dumps(as_json(known, results), indent=1) + "\n", "utf-8")


def _lines(results: Iterable[Result], verbose: bool) -> Iterable[str]:
    for result in results:
        if result.disagreement:
            yield f"{result.program.name}: {result.disagreement}"
        if result.disagreement or verbose:
            for name, execution in result.executions.items():
                yield f"  {result.program.name} {name}: {execution.outcome}: {execution.detail}"


if __name__ == "__main__":
    sys.exit(main())
