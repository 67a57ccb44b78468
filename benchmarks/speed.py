"""Times collint beside other tools: ``python -m benchmarks.speed --tree FOLDER --tools VENV/bin --leaf A --hub B``.

Rounds are interleaved, so that a busy machine is as busy for all of them. What is run is in ``timing.cases``, how it is
measured in ``timing.measure``; here rows are held against their targets and written as Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.timing.cases import CHECK, Case, Place, cases
from benchmarks.timing.measure import Failed, Sample, Spread, run, spread


@dataclass(frozen=True, slots=True)
class Target:
    """``what`` (``wall``, ``cpu`` or ``memory``) of a case, less that of ``less``, is at most ``times`` a base's.

    Without a base ``times`` is an amount: seconds or megabytes.
    """

    case: str
    what: str
    times: float
    base: str = ""
    less: str = ""

    def __str__(self) -> str:
        name = self.case + (f" less {self.less}" if self.less else "")
        unit = "MB" if self.what == "memory" else "s"
        limit = f"{self.times:g} times {self.base}" if self.base else f"{self.times:g} {unit}"
        return f"{name}: {self.what} at most {limit}"


TARGETS = (
    Target("cold", "cpu", 3, "ast.parse"),
    Target("cold", "wall", 1.5, "ty"),
    Target("cold", "memory", 600),
    Target("warm, nothing changed", "wall", 0.5, "ruff"),
    Target("warm, a leaf changed", "wall", 1, "ruff"),
    Target("warm, a hub changed", "wall", 2, "ruff"),
    Target("three changed, cache restored", "wall", 2, "ruff"),
    Target("collint --help", "wall", 0.08, less="python start"),
    Target("twice the tree", "cpu", 2.2, "cold"),
    Target("four times the tree", "cpu", 4.4, "cold"),
    Target("one huge function", "wall", 2),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one case took, over all rounds."""

    case: str
    wall: Spread
    cpu: Spread
    memory: Spread


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, writes, and returns an exit code: 2 where nothing could be measured."""
    options = _options().parse_args(arguments)
    chosen = [case for case in cases() if not options.only or case.name in options.only]
    if not chosen:
        print(f"no such case; there are: {', '.join(case.name for case in cases())}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="collint-speed-") as scratch:
        place = _place(Path(scratch), options)
        samples, failed = measured(chosen, place, options.rounds)
    rows = [_row(name, taken) for name, taken in samples.items()]
    for line in failed:
        print(line, file=sys.stderr)
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    print(markdown(rows))
    return 0 if rows else 2


def measured(chosen: Sequence[Case], place: Place, rounds: int) -> tuple[dict[str, list[Sample]], list[str]]:
    """Every case once in each round; also a line for each that could not be run, which is then left out."""
    environment = {**os.environ, "COLLINT_CACHE": str(place.cache)}
    samples: dict[str, list[Sample]] = {}
    failed: dict[str, str] = {}
    for _ in range(rounds):
        for case in chosen:
            if case.name in failed:
                continue
            try:
                if case.warms:
                    run((*CHECK, "."), place.tree, environment)
                case.prepare(place)
                samples.setdefault(case.name, []).append(run(case.command(place), case.folder(place), environment))
            except (OSError, Failed) as error:
                failed[case.name] = f"{case.name}: {error}"
                samples.pop(case.name, None)
    return samples, list(failed.values())


def markdown(rows: Sequence[Row]) -> str:
    """Two tables: what each case took, and each target with what was reached."""
    lines = ["| case | wall, s | CPU, s | memory, MB |", "|---|---|---|---|"]
    lines += [f"| {row.case} | {row.wall} | {row.cpu} | {row.memory.median:.0f} |" for row in rows]
    lines += ["", "| target | reached | |", "|---|---|---|"]
    by_name = {row.case: row for row in rows}
    for target in TARGETS:
        reached = reach(target, by_name)
        if reached is not None:
            unit = " times" if target.base else ""
            lines.append(f"| {target} | {reached:.2f}{unit} | {'met' if reached <= target.times else 'missed'} |")
    return "\n".join(lines)


def reach(target: Target, rows: Mapping[str, Row]) -> float | None:
    """What a case came to, as its target counts; None where something needed for it was not measured."""
    if any(name and name not in rows for name in (target.case, target.base, target.less)):
        return None
    value = _median(rows[target.case], target.what)
    value -= _median(rows[target.less], target.what) if target.less else 0
    return value / _median(rows[target.base], target.what) if target.base else value


def _median(row: Row, what: str) -> float:
    return {"wall": row.wall, "cpu": row.cpu, "memory": row.memory}[what].median


def _row(name: str, samples: Sequence[Sample]) -> Row:
    return Row(
        name,
        spread([sample.wall for sample in samples]),
        spread([sample.cpu for sample in samples]),
        spread([sample.memory for sample in samples]),
    )


def _place(scratch: Path, options: argparse.Namespace) -> Place:
    tree = scratch / "tree"
    shutil.copytree(options.tree, tree, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    return Place(tree, scratch / "cache", options.tools.absolute(), options.leaf, options.hub)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True, help="the program to analyse; it is copied")
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent, help="where ruff and ty are")
    parser.add_argument("--leaf", required=True, help="a file of the tree that nobody imports")
    parser.add_argument("--hub", required=True, help="a file of the tree that many import")
    parser.add_argument("--rounds", type=int, default=5, help="how often each case is run")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="only this case; may be repeated")
    parser.add_argument("--json", type=Path, help="write the rows there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
