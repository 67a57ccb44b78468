"""Run the whole analysis: files in, findings out. The only room, with ``source`` below it, that reads files.

Each step's own decisions are in its room: :mod:`collint.outcome` knows what the checks say, from an earlier run or by
:mod:`collint.building` and :mod:`collint.judging`; :mod:`collint.scope` limits what is reported.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from collint.cache import NOTHING_KEPT, Cache
from collint.checks.merging import parts
from collint.config import Settings
from collint.findings import Finding, Place, Run
from collint.outcome import outcome
from collint.scope import Asked, Scope, below, changed
from collint.source import Changes, Problem, belongs, changes_since
from collint.sources import ChangedMeanwhile, Progress, Sources, on_disk, silently, sources_of

if TYPE_CHECKING:
    from collint.building import Engine
    from collint.checks.context import Context


def analyse(
    root: Path,
    paths: Sequence[Path],
    settings: Settings,
    scope: Scope | None = None,
    progress: Progress = silently,
    engine: Engine | None = None,
    cache: Cache = NOTHING_KEPT,
) -> tuple[Run, tuple[Problem, ...]]:
    """The run over the project at ``root``, its findings limited to ``paths``, to what ``settings`` want and ``scope``.

    Also the files that were left out, each with its reason. Raises :class:`ConfigError` for a knowledge pack that
    cannot be used, and :class:`RevisionError` for a revision that git does not know.
    """
    scope = scope or Scope()
    with _collection_paused():
        sources = on_disk(root, paths, settings, scope.texts, cache)
        try:
            return _analysed(sources, root, paths, settings, scope, progress, engine, cache)
        except ChangedMeanwhile:  # what was remembered of a file holds no more: all are read first, then
            sources = on_disk(root, paths, settings, scope.texts, whole=True)
            return _analysed(sources, root, paths, settings, scope, progress, engine, cache)


def _analysed(
    sources: Sources,
    root: Path,
    paths: Sequence[Path],
    settings: Settings,
    scope: Scope,
    progress: Progress,
    engine: Engine | None,
    cache: Cache,
) -> tuple[Run, tuple[Problem, ...]]:
    asked = Asked(root, paths)
    changes = changes_since(root, scope.revision, sources.files.values()) if scope.revision else None
    files = asked.among(sources)
    limited = files if scope.is_local and len(files) < len(sources.files) else None
    worked_out = partial(outcome, sources, settings, progress, engine, cache)
    whole = worked_out(limited)
    if limited is not None and scope.known is not None and scope.known.may_have_moved(whole.findings):
        whole = worked_out(None)
    findings = list(whole.findings) if scope.known is None else scope.known.new(whole.findings, asked.hold)
    wanted = [f for f in findings if _wanted(f, settings) and below(f, asked, scope.touching)]
    if changes is not None:
        before = partial(_fingerprints, settings=settings, progress=progress, cache=cache)
        wanted = changed(wanted, changes, before, _lines_of(sources))
    run = Run(
        findings=tuple(sorted(wanted, key=lambda finding: finding.sort_key)),
        suppressed=tuple(
            entry
            for entry in whole.suppressed
            if _wanted(entry.finding, settings) and below(entry.finding, asked, scope.touching)
        ),
        not_analysed=whole.not_analysed,
        stats=whole.stats,
        packs=whole.packs,
    )
    return run, whole.problems


def analyse_tree(root: Path) -> Run:
    """The run over everything below ``root``, at every confidence."""
    run, _ = analyse(root, (root,), Settings(select=("ALL",), min_confidence="low"))
    return run


def build(root: Path, paths: Sequence[Path], settings: Settings) -> tuple[Context, tuple[Problem, ...], dict[str, int]]:
    """Read, index and link the project at ``root``; also the unreadable files, and counts for ``Run.stats``."""
    from collint.building import link

    return link(on_disk(root, paths, settings, whole=True), settings)


def _wanted(finding: Finding, settings: Settings) -> bool:
    return settings.shows(finding.severity, finding.confidence) and not settings.ignores(finding.path, finding.rule)


def _fingerprints(changes: Changes, settings: Settings, progress: Progress, cache: Cache) -> Counter[str]:
    """The findings of the revision, by an analysis of its own; each of those that were joined counts."""
    progress("reading the revision")
    sources = sources_of(changes.before(path) for path in sorted(changes.base) if belongs(path, settings.exclude))
    findings = outcome(sources, settings, progress, cache=cache).findings
    return Counter(part.fingerprint for finding in findings for part in parts(finding))


def _lines_of(sources: Sources) -> Callable[[Place], str]:
    def line(place: Place) -> str:
        file = sources.files.get(place.path)
        lines = file.lines if file is not None else []
        return lines[place.line - 1] if 1 <= place.line <= len(lines) else ""

    return line


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Cyclic garbage collection costs as much as indexing itself and finds next to nothing to collect."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
