"""What the libraries' packs add: ground truth and real bugs with the general packs alone, then with all of them.

``python -m benchmarks.packs_alone [--truth FILE --tree DIR] [--bugs FILE --only ID...]``. The product has no such
switch: here the list of shipped packs is replaced for the run. Nothing is kept, every tree is analysed twice.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

from benchmarks import ground_truth, real_bugs
from benchmarks.analysed import LEVELS, Finding, NotHad, Release, tree_of
from benchmarks.fetch_release import default_cache
from collint import building
from collint.config import Settings
from collint.knowledge.load import default_pack_paths, load_packs
from collint.pipeline import analyse
from collint.report.json import as_object


def general_packs() -> tuple[Path, ...]:
    """The shipped packs that count for every program: the language and the tensor library."""
    always = {pack.library for pack in load_packs(default_pack_paths())[0].packs if pack.always}
    return tuple(path for path in default_pack_paths() if path.stem in always)


CHOICES = (("general packs", general_packs), ("all packs", default_pack_paths))


@contextmanager
def only(paths: Sequence[Path]) -> Iterator[None]:
    """Within it programs are linked with these packs and no others."""
    with mock.patch.object(building, "default_pack_paths", lambda: tuple(paths)):
        yield


@cache
def findings_on(tree: Path, paths: tuple[Path, ...]) -> tuple[Finding, ...]:
    """All findings on ``tree``, whatever their confidence, with the packs at ``paths``."""
    with only(paths):
        run, _ = analyse(tree, (tree,), Settings(select=("ALL",), min_confidence="low"))
    found = tuple(as_object(run)["findings"])
    del run
    gc.collect()
    return found


def truth(rows: Path, tree: Path) -> Iterator[str]:
    """The totals of the ground truth under either choice."""
    judged = ground_truth.read_rows(rows)
    for name, paths in CHOICES:
        found = findings_on(tree, tuple(paths()))
        counts = ", ".join(f"{sum(one['confidence'] == level for one in found)} {level}" for level in LEVELS)
        yield f"{tree.name} with {name}: {counts}"
        yield from ground_truth.totals(ground_truth.judge(judged, found))


def bugs(rows: Path, wanted: Sequence[str], cache_folder: Path) -> Iterator[str]:
    """A line per reported bug under either choice, and the totals."""
    chosen = [row for row in real_bugs.read_rows(rows) if not wanted or any(part in row.id for part in wanted)]
    verdicts: dict[str, list[real_bugs.Verdict]] = {name: [] for name, _ in CHOICES}
    for row in chosen:
        for name, paths in CHOICES:
            verdict = _verdict(row, tuple(paths()), cache_folder)
            verdicts[name].append(verdict)
            yield f"{name}: {real_bugs.told(verdict)[0]}"
    for name, _ in CHOICES:
        yield f"Totals with {name}"
        yield from real_bugs.totals(verdicts[name])


def _verdict(row: real_bugs.Row, paths: tuple[Path, ...], cache_folder: Path) -> real_bugs.Verdict:
    try:
        bad = findings_on(tree_of(row.bad.release, cache_folder), paths)
    except NotHad as error:
        return real_bugs.Verdict(row, skipped=str(error))
    good: Release | None = row.good.release if row.good is not None else None
    if good is None:
        return real_bugs.judge(row, bad, ())
    try:
        return real_bugs.judge(row, bad, findings_on(tree_of(good, cache_folder), paths))
    except NotHad as error:
        return replace(real_bugs.judge(row, bad, ()), good_skipped=str(error))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints both comparisons; 2 where there is nothing to compare."""
    parser = argparse.ArgumentParser(description="What the libraries' packs add to the figures.")
    parser.add_argument("--truth", type=Path, help="ground truth, JSON Lines")
    parser.add_argument("--tree", type=Path, help="the release that the ground truth is about")
    parser.add_argument("--bugs", type=Path, help="reported bugs, JSON Lines")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="bugs whose id has this in it")
    parser.add_argument("--cache", type=Path, default=default_cache())
    given = parser.parse_args(arguments)
    if not given.bugs and not (given.truth and given.tree):
        parser.error("give --truth and --tree, or --bugs")
    try:
        if given.truth and given.tree:
            for line in truth(given.truth, given.tree):
                print(line, flush=True)
        for line in bugs(given.bugs, given.only, given.cache) if given.bugs else ():
            print(line, flush=True)
    except (OSError, ValueError, KeyError) as error:
        print(f"packs_alone: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
