"""What ``check`` and ``audit`` have in common: refuse early, analyse while a person watches, tell the outcome."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collint.record import replace

if TYPE_CHECKING:
    from collint.config import Settings
    from collint.findings import Run
    from collint.scope import Scope
    from collint.source import Problem

MOST_PROCESSES = 2
"""Unless a user asks for more: each works out, and holds, part of what the others do."""


def refuse_unwritable(option: str, file: Path | None) -> None:
    """Raises a ClickException for a file that cannot be written, before a long analysis."""
    from collint.report import output

    if file is not None and (reason := output.refusal(file)):
        raise click.ClickException(f"{option} {file}: {reason}")


def refuse_empty(paths: tuple[Path, ...]) -> None:
    """Raises a ClickException where there is nothing to analyse."""
    from collint.source import holds_python

    empty = [str(path) for path in paths if path.is_dir() and not holds_python(path)]
    if len(empty) == len(paths):
        raise click.ClickException(f"no Python files in {', '.join(empty)}")


def analysed(
    root: Path, paths: tuple[Path, ...], settings: Settings, scope: Scope, keeps: bool = True
) -> tuple[Run, tuple[Problem, ...]]:
    """The run, and the files that were left out; raises a ClickException for what the user can mend."""
    from collint import pipeline
    from collint.cache import NOTHING_KEPT, open_cache
    from collint.commands.progress import watched
    from collint.config import ConfigError
    from collint.processes import cores
    from collint.source import RevisionError

    settings = settings if settings.jobs else replace(settings, jobs=min(cores(), MOST_PROCESSES))
    try:
        with watched() as progress:
            cache = open_cache(root, settings.cache_dir) if keeps else NOTHING_KEPT
            return pipeline.analyse(root, paths, settings, scope, progress, None, cache)
    except (ConfigError, RevisionError) as error:
        raise click.ClickException(str(error)) from None


def reported(
    run: Run,
    problems: tuple[Problem, ...],
    root: Path,
    settings: Settings,
    statistics: bool,
    also: Sequence[tuple[str, Path]] = (),
    texts: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> None:
    """The findings to their readers, ``also`` to further files, everything else to stderr, ``notes`` first."""
    from collint.delivery import DeliveryError, deliver
    from collint.report import summary

    try:
        deliver(run, root, settings, os.environ, texts)
        for output_format, file in also:
            # No environment: what a format says beside its stream has been said.
            deliver(run, root, replace(settings, output_format=output_format, output_file=file), {}, texts)
    except DeliveryError as error:
        raise click.ClickException(str(error)) from None
    for line in (*notes, *summary.lines(run, problems, statistics)):
        click.echo(line, err=True)
