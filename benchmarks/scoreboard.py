"""The scoreboard: ``python -m benchmarks.scoreboard [--part NAME]...`` measures collint, and tools to compare it with.

Prints tables, writes them and a JSON file to ``--output``, compares with the last recorded run and exits with 1 where
something was lost. ``--record`` makes this run the recorded one and puts the table into README.md. Releases come from
the package index, are pinned and cached outside the repository, and never installed or run; a part whose release cannot
be had is skipped, and says so. ``docs/scoreboard.md`` explains the figures.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.fetch_release import default_cache
from benchmarks.kept import ROOT, engine
from benchmarks.pack_rows import with_table
from benchmarks.scoring import of_mutations, tables
from benchmarks.scoring.recorded import Recorded, losses, recorded
from benchmarks.scoring.sections import PARTS, Asked
from collint import __version__

LAST = ROOT / "benchmarks/recorded/scoreboard.json"
README = ROOT / "README.md"
MARKS = "<!-- scoreboard: begin -->", "<!-- scoreboard: end -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 when something was lost since the recorded run, 2 for what cannot be read."""
    given = _options().parse_args(arguments)
    asked = Asked(given.cache, given.runs, given.slow, given.seed, given.each, _tell)
    sections = [section for part in given.part or PARTS for section in PARTS[part](asked)]
    run = recorded(sections, _about(given.seed, given.each))
    print(_page(run))
    for reason in tables.skipped(run):
        print(f"SKIPPED  {reason}", file=sys.stderr)
    try:
        lost = _lost(run)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"scoreboard: {LAST}: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    _write(given.output, run)
    if given.record:
        _record(run)
        return 0
    for sentence in lost:
        print(f"LOST  {sentence}", file=sys.stderr)
    return 1 if lost else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoreboard", description="Measure collint.")
    parser.add_argument("--part", action="append", choices=list(PARTS), help="measure only this; may be repeated")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where releases and answers are kept")
    parser.add_argument(
        "--runs",
        choices=("missing", "all", "none"),
        default="missing",
        help="what to analyse: what is not kept (default), everything, or nothing, which skips what is not kept",
    )
    parser.add_argument("--slow", action="store_true", help="take in releases that need ten minutes each")
    parser.add_argument("--seed", type=int, default=of_mutations.SEED, help="chooses the planted mistakes")
    parser.add_argument("--each", type=int, default=of_mutations.EACH, help="mistakes of each kind in each release")
    parser.add_argument("--output", type=Path, default=ROOT / "build/scoreboard", help="folder for the tables and JSON")
    parser.add_argument("--record", action="store_true", help="make this the run that later ones are compared with")
    return parser


def _tell(step: str) -> None:
    print(f"measuring  {step}", file=sys.stderr, flush=True)


def _about(seed: int, each: int) -> dict[str, Any]:
    """When and with what: enough to tell two runs apart and to repeat one."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        commit = ""
    versions = {"collint": __version__, "commit": commit, "python": platform.python_version()}
    return {"date": date.today().isoformat(), **versions, "engine": engine()[:16], "seed": seed, "each": each}


def _page(run: Recorded) -> str:
    parts = (
        ("# Scoreboard", [_heading(run)]),
        ("## By part and tool", tables.summary(run)),
        ("## By rule", tables.rules(run)),
        ("## By subject", tables.details(run)),
        ("## Not measured", [f"- {reason}" for reason in tables.skipped(run)] or ["Nothing was left out."]),
    )
    return "\n\n".join("\n".join((head, "", *lines)) for head, lines in parts)


def _heading(run: Recorded) -> str:
    return (
        f"Measured on {run['date']} with collint {run['collint']} (commit {run['commit'] or 'unknown'}) and Python "
        f"{run['python']} by `python -m benchmarks.scoreboard`, {run['each']} planted mistakes of each kind, "
        f"seed {run['seed']}."
    )


def _lost(run: Recorded) -> list[str]:
    if not LAST.is_file():
        print("scoreboard: no run is recorded, so nothing is compared", file=sys.stderr)
        return []
    return list(losses(json.loads(LAST.read_text("utf-8")), run))


def _write(folder: Path, run: Recorded) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scoreboard.json").write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "scoreboard.md").write_text(_page(run) + "\n", "utf-8")


def _record(run: Recorded) -> None:
    """Makes a run the recorded one. Of parts that it left out, what an earlier run measured is kept."""
    if LAST.is_file():
        before = json.loads(LAST.read_text("utf-8"))
        run = {**run, "sections": {**before["sections"], **run["sections"]}}
    _write(LAST.parent, run)
    table = "\n".join((_heading(run), "", *tables.summary(run)))
    README.write_text(with_table(README.read_text("utf-8"), table, *MARKS), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
