"""What the checks say of a whole program: worked out now, or by an earlier run over equal files and settings.

Which of it is reported is for :mod:`collint.pipeline`. Nothing that analyses is imported where an earlier run knows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from collint.cache import NOTHING_KEPT, Cache, contents, digest
from collint.config import Settings
from collint.findings import Finding, NotAnalysed, PackUsed, Suppressed
from collint.ir.node import Reader, written
from collint.record import Record
from collint.source import Problem
from collint.sources import Progress, Sources, silently

if TYPE_CHECKING:
    from collint.building import Engine

DEEPEST = 3_000
"""Frames of Python's stack. A frame is small enough for as many of them on the smallest stack of a main thread."""


class Outcome(Record, frozen=True):
    """All findings of the enabled rules, what comments silence, and what a report tells besides."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    problems: tuple[Problem, ...]
    not_analysed: tuple[NotAnalysed, ...]
    stats: dict[str, int]
    packs: tuple[PackUsed, ...]


_READER: Reader[Outcome] = Reader(Outcome)


def outcome(
    sources: Sources,
    settings: Settings,
    progress: Progress = silently,
    engine: Engine | None = None,
    cache: Cache = NOTHING_KEPT,
    asked: frozenset[str] | None = None,
) -> Outcome:
    """What the enabled rules say of ``sources``, in the files ``asked`` about or (None) in all of them.

    A question about some files is answered by work on these, never out of an answer about all: equal questions have
    equal answers, whatever was asked before. Raises :class:`ConfigError` for a pack that cannot be used.
    """
    shelf = None if engine is not None else cache.shelf("outcomes")
    if shelf is None:
        return _worked_out(sources, settings, progress, engine, cache, asked)
    key = _key(sources, settings, asked)
    data = shelf.get(key)
    found = _READER.read(data) if data is not None else None
    if found is None:
        found = _worked_out(sources, settings, progress, engine, cache, asked)
        with suppress(RecursionError, ValueError):  # a name that no encoding holds: not kept
            shelf.put(key, written(found))
    cache.save()
    return found


def _key(sources: Sources, settings: Settings, asked: frozenset[str] | None) -> bytes:
    """The input of the analysis: its files, the rules that run, the user's own packs, the question."""
    rules = (settings.select, settings.ignore, settings.extend_select)
    parts = [repr((rules, None if asked is None else sorted(asked))).encode(), contents(settings.models)]
    for path in sources.files:
        parts += [path.encode(errors="surrogatepass"), sources.about(path).digest]
    parts += [str(problem).encode(errors="surrogatepass") for problem in sources.problems]
    return digest(*parts)


def _worked_out(
    sources: Sources,
    settings: Settings,
    progress: Progress,
    engine: Engine | None,
    cache: Cache,
    asked: frozenset[str] | None,
) -> Outcome:
    from collint.building import WHOLE, link
    from collint.judging import judged
    from collint.knowledge.load import packs_used

    with deep_enough():
        context, problems, stats = link(sources, settings, progress, engine or WHOLE, cache, asked)
        progress("checking")
        findings, suppressed = judged(context, settings)
        return Outcome(
            tuple(findings), tuple(suppressed), problems, context.left_out(), stats, packs_used(context.vocabulary)
        )


@contextmanager
def deep_enough() -> Iterator[None]:
    """Room for the longest chain of calls that summaries follow, each of a few frames, and for what is asked there."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
