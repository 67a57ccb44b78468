"""Times collint beside other tools: ``python -m benchmarks.speed --tree FOLDER --tools VENV/bin --leaf A --hub B``.

``--tree`` is an unpacked program, of which copies are made; ``--leaf`` is a file of it that nobody imports, ``--hub``
one that many do (of vLLM: ``vllm/distributed/parallel_state.py``). Ruff, ty and the others belong into an environment
of their own (``pip install ruff ty mypy pyrefly semgrep vulture bandit flake8``); what is not there is told as absent.
``--others`` times those as well that no target is about (half an hour a round). Nothing else should run meanwhile; the
load at the beginning is told.

Rounds are interleaved, so that a busy machine is as busy for all of them, and a ratio is one of two runs of one round.
What is run is in ``timing.cases``, how it is measured in ``timing.measure``, what is made of it in ``timing.table``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.timing.cases import Case, cases, others
from benchmarks.timing.measure import Failed, Sample, run
from benchmarks.timing.place import Place
from benchmarks.timing.table import Report, as_json, markdown


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, writes, and returns an exit code: 2 where nothing could be measured."""
    options = _options().parse_args(arguments)
    every = (*cases(), *others())
    chosen = [case for case in every if case.name in options.only] if options.only else list(cases())
    chosen += others() if options.others and not options.only else ()
    unknown = sorted(set(options.only).difference(case.name for case in every))
    missing = [name for name in (options.leaf, options.hub) if not (options.tree / name).is_file()]
    if unknown or missing:
        print(_refusal(unknown, missing, options.tree, every), file=sys.stderr)
        return 2
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    with tempfile.TemporaryDirectory(prefix="collint-speed-") as scratch:
        place = Place(options.tree.absolute(), Path(scratch), options.tools.absolute(), options.leaf, options.hub)
        place.make()
        samples, failed = measured(chosen, place, options.rounds)
    report = Report(samples, failed, _versions(chosen, options.tools), load, os.cpu_count() or 1)
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(report), indent=1) + "\n", encoding="utf-8")
    if options.markdown is not None:
        options.markdown.write_text(markdown(report) + "\n", encoding="utf-8")
    print(markdown(report))
    return 0 if samples else 2


def measured(chosen: Sequence[Case], place: Place, rounds: int) -> tuple[dict[str, list[Sample]], dict[str, str]]:
    """Every case once in each round; also why, for each that could not be run, which is then left out."""
    samples: dict[str, list[Sample]] = {}
    failed: dict[str, str] = {}
    for turn in range(rounds):
        for case in chosen:
            if case.name in failed:
                continue
            print(f"round {turn + 1}: {case.name}", file=sys.stderr)
            try:
                samples.setdefault(case.name, []).append(_once(case, place))
            except FileNotFoundError as error:
                failed[case.name] = f"absent: {error.filename}"
            except (OSError, Failed) as error:
                failed[case.name] = str(error)
    return {name: taken for name, taken in samples.items() if name not in failed}, failed


def _once(case: Case, place: Place) -> Sample:
    place.put_right()
    if case.first is not None:
        run(case.first(place), place.tree, os.environ, case.codes)
    case.prepare(place)
    return run(case.command(place), case.folder(place), os.environ, case.codes)


def _versions(chosen: Iterable[Case], tools: Path) -> dict[str, str]:
    """What each tool says of itself; Python is the one that runs this."""
    found = {"python": sys.version.split()[0]}
    for tool in sorted({case.tool for case in chosen} - {"", "collint"}):
        try:
            answer = subprocess.run([tools / tool, "--version"], capture_output=True, text=True, check=False)
        except OSError:
            continue
        found[tool] = next(iter(answer.stdout.split("\n")), "").removeprefix(f"{tool} ").strip()
    return found


def _refusal(unknown: Sequence[str], missing: Sequence[str], tree: Path, every: Iterable[Case]) -> str:
    if missing:
        return f"no such file in {tree}: {', '.join(missing)}"
    return f"no such case: {', '.join(unknown)}; there are: {', '.join(case.name for case in every)}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True, help="the program to analyse; it is copied")
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent, help="where ruff and ty are")
    parser.add_argument("--leaf", required=True, help="a file of the tree that nobody imports")
    parser.add_argument("--hub", required=True, help="a file of the tree that many import")
    parser.add_argument("--rounds", type=int, default=5, help="how often each case is run")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="only this case; may be repeated")
    parser.add_argument("--others", action="store_true", help="also tools that no target is about")
    parser.add_argument("--json", type=Path, help="write everything there")
    parser.add_argument("--markdown", type=Path, help="write the tables there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
