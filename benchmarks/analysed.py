"""What collint says about a release: ``python -m benchmarks.analysed NAME==VERSION...`` prints counts and times.

A run takes minutes, so its findings are kept (:mod:`benchmarks.kept`) until collint or its rules change. Releases are
fetched by ``fetch_release``; what findings are compared with is elsewhere.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ablations import ENGINES, FULL
from benchmarks.fetch_release import FetchError, default_cache, fetch
from benchmarks.kept import ROOT, NothingKept, Runs, engine, kept, state_of
from collint.config import Settings
from collint.pipeline import analyse
from collint.report.json import as_object
from collint.scope import Scope

LEVELS = ("high", "medium", "low")

Finding = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A published version of a package; or, with ``commit``, a state of a source repository ``owner/name``.

    Commits are not fetched: their Python files are taken from the cache when somebody put them there.
    """

    name: str
    version: str
    commit: bool = False

    @property
    def folder(self) -> str:
        """The name of its folder in the cache, for a commit."""
        return f"{self.name.replace('/', '+')}-{self.version[:12]}"

    def __str__(self) -> str:
        return f"{self.name}@{self.version[:12]}" if self.commit else f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Analysis:
    """All findings on one release, and the seconds that they took."""

    findings: tuple[Finding, ...]
    seconds: float
    files: int
    reaching: int


class NotHad(Exception):
    """A release without a tree, or one that collint could not analyse; the text says why."""


def analysis_of(release: Release, cache: Path, fresh: bool) -> Analysis:
    """The findings on ``release``, from the last run of this very collint unless a fresh one is wanted.

    Raises :class:`NotHad`.
    """
    return analysis_at(tree_of(release, cache), cache, runs="all" if fresh else "missing")


def analysis_at(
    tree: Path, cache: Path, variant: str = FULL, texts: Mapping[str, str] | None = None, runs: Runs = "missing"
) -> Analysis:
    """The findings of an engine of :mod:`benchmarks.ablations` on a folder.

    Files in ``texts`` have the text given there. Raises :class:`NotHad` when collint fails.
    """
    name = tree.name
    if variant != FULL:
        name += f".{variant.replace(' ', '-')}.{state_of((ROOT / 'benchmarks/ablations.py',))[:8]}"
    if texts:
        name += f".{hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:16]}"
    try:
        return _analysis(kept(cache, engine(), name, lambda: _run(tree, variant, texts or {}), runs))
    except NothingKept as error:
        raise NotHad(str(error)) from None
    except Exception:  # whatever it is: it is what this benchmark is there to find
        raise NotHad(f"collint failed on {tree.name}\n{traceback.format_exc()}") from None


def tree_of(release: Release, cache: Path) -> Path:
    """The unpacked files of ``release``, fetched where they can be. Raises :class:`NotHad`."""
    if release.commit:
        folder = cache / release.folder
        if not folder.is_dir():
            raise NotHad(f"no files of {release}: a commit is not fetched, put it into {release.folder}/ in the cache")
        return folder
    try:
        return fetch(release.name, release.version, cache)
    except FetchError as error:
        raise NotHad(str(error)) from None


def _run(tree: Path, variant: str, texts: Mapping[str, str]) -> dict[str, Any]:
    began = time.process_time()
    settings = Settings(select=("ALL",), min_confidence="low")
    run, _ = analyse(tree, (tree,), settings, Scope(texts=texts), engine=ENGINES[variant])
    content = {"seconds": round(time.process_time() - began, 1), **as_object(run)}
    del run
    gc.collect()
    return content


def _analysis(content: dict[str, Any]) -> Analysis:
    stats = content["stats"]
    return Analysis(tuple(content["findings"]), content["seconds"], stats["files"], stats["reaching"])


def main(arguments: list[str] | None = None) -> int:
    """Prints a line per release; 1 when collint failed on one or one could not be had."""
    parser = argparse.ArgumentParser(description="Run collint over published releases.")
    parser.add_argument("releases", nargs="+", metavar="NAME==VERSION")
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--fresh", action="store_true", help="run even where findings are kept")
    given = parser.parse_args(arguments)
    failed = 0
    for name, _, version in (text.partition("==") for text in given.releases):
        try:
            found = analysis_of(Release(name, version), given.cache, given.fresh)
        except NotHad as error:
            print(f"{name} {version}: NOT HAD: {error}", file=sys.stderr)
            failed = 1
            continue
        counts = Counter(finding["confidence"] for finding in found.findings)
        levels = ", ".join(f"{counts[level]} {level}" for level in LEVELS)
        print(f"{name} {version}: {found.files} files, {found.reaching} functions that reach collectives, ", end="")
        print(f"{found.seconds:.0f} s; {levels}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
