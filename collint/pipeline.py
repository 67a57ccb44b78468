"""Run the whole analysis: files in, findings out. The only room, with ``source`` below it, that reads files.

Each step's own decisions are in its room: :mod:`collint.building` indexes and links, :mod:`collint.judging` runs the
checks and reads comments, :mod:`collint.scope` limits what is reported.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collint.building import WHOLE, Engine, Progress, Sources, left_out, link, on_disk, silently, sources_of
from collint.checks.context import Context
from collint.checks.merging import parts
from collint.config import Settings
from collint.findings import Finding, Place, Run
from collint.judging import judged
from collint.knowledge.load import packs_used
from collint.scope import Scope, below, changed
from collint.source import Changes, Problem, belongs, changes_since


def analyse(
    root: Path,
    paths: Sequence[Path],
    settings: Settings,
    scope: Scope | None = None,
    progress: Progress = silently,
    engine: Engine = WHOLE,
) -> tuple[Run, tuple[Problem, ...]]:
    """The run over the project at ``root``, its findings limited to ``paths``, to what ``settings`` want and ``scope``.

    Also the files that were left out, each with its reason. Raises :class:`ConfigError` for a knowledge pack that
    cannot be used, and :class:`RevisionError` for a revision that git does not know.
    """
    scope = scope or Scope()
    asked = [path.resolve() for path in paths]
    with _collection_paused():
        sources = on_disk(root, paths, settings, scope.texts)
        changes = changes_since(root, scope.revision, sources.files.values()) if scope.revision else None
        context, problems, stats = link(sources, settings, progress, engine)
        progress("checking")
        findings, suppressed = judged(context, settings)
        if scope.known is not None:
            findings = scope.known.new(findings)
        wanted = [f for f in findings if _wanted(f, settings) and below(f, root, asked, scope.touching)]
        if changes is not None:
            wanted = changed(wanted, changes, lambda base: _fingerprints(base, settings, progress), _lines_of(sources))
        run = Run(
            findings=tuple(sorted(wanted, key=lambda finding: finding.sort_key)),
            suppressed=tuple(
                entry
                for entry in suppressed
                if _wanted(entry.finding, settings) and below(entry.finding, root, asked, scope.touching)
            ),
            not_analysed=left_out(context),
            stats=stats,
            packs=packs_used(context.vocabulary),
        )
        return run, problems


def analyse_tree(root: Path) -> Run:
    """The run over everything below ``root``, at every confidence."""
    run, _ = analyse(root, (root,), Settings(select=("ALL",), min_confidence="low"))
    return run


def build(root: Path, paths: Sequence[Path], settings: Settings) -> tuple[Context, tuple[Problem, ...], dict[str, int]]:
    """Read, index and link the project at ``root``; also the unreadable files, and counts for ``Run.stats``."""
    return link(on_disk(root, paths, settings), settings)


def _wanted(finding: Finding, settings: Settings) -> bool:
    return settings.shows(finding.severity, finding.confidence) and not settings.ignores(finding.path, finding.rule)


def _fingerprints(changes: Changes, settings: Settings, progress: Progress) -> Counter[str]:
    """The findings of the revision, by an analysis of its own; each of those that were joined counts."""
    progress("reading the revision")
    sources = sources_of(changes.before(path) for path in sorted(changes.base) if belongs(path, settings.exclude))
    context, _, _ = link(sources, settings, progress)
    progress("checking the revision")
    findings, _ = judged(context, settings)
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
