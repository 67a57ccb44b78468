"""``collint audit``: everything that is known of a project or a published package, for somebody who must know.

All rules, every confidence, silenced findings with their reasons. What a report looks like is ``report``'s.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collint.commands import CLEAN, FAILED, FOUND, options

if TYPE_CHECKING:
    from collint.config import Settings

BY_SUFFIX = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".sarif": "sarif", ".txt": "full"}
"""The format of an output file where none is asked for."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--package", metavar="NAME==VERSION", help="Audit this published package; pip fetches its wheel.")
@options.output
@options.settings_file
def audit(
    paths: tuple[Path, ...],
    package: str | None,
    statistics: bool,
    exit_zero: bool,
    also: tuple[tuple[str, Path], ...],
    config: Path | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Report everything about PATHS (default: here) or a package: all rules, every confidence, what is suppressed.

    The report is Markdown; an --output-file that ends in .html makes it a page. Of a package only the Python files are
    unpacked, into a cache; nothing of it is installed or run.
    """
    from collint.commands.running import analysed, refuse_empty, refuse_unwritable, reported
    from collint.scope import Scope
    from collint.source import find_root

    if package is not None and paths:
        raise click.UsageError("--package and PATHS exclude each other")
    if package is not None:
        root = _fetched(package)
        paths = (root,)
        isolated = isolated or config is None  # the package is not this project, whose settings say nothing about it
    else:
        paths = paths or (Path("."),)
        root = find_root(paths)
    settings = _everything(options.settings_for(paths[0], config, isolated, given), given)
    refuse_unwritable("--output-file", settings.output_file)
    for _, file in also:
        refuse_unwritable("--also", file)
    refuse_empty(paths)
    run, problems = analysed(root, paths, settings, Scope())
    reported(run, problems, root, settings, statistics, also)
    if run.stats.get("files") == 0:
        return FAILED
    return FOUND if run.findings and not exit_zero else CLEAN


def _everything(settings: Settings, given: dict[str, Any]) -> Settings:
    """``settings`` with nothing left out but files; the format follows the file's name where it is not given."""
    from collint.record import replace

    suffix = settings.output_file.suffix.lower() if settings.output_file else ".md"
    return replace(
        settings,
        select=("ALL",),
        ignore=(),
        extend_select=(),
        per_file_ignores=(),
        baseline=None,
        min_confidence="low",
        min_severity="note",
        output_format=given.get("output_format") or BY_SUFFIX.get(suffix, "markdown"),
    )


def _fetched(package: str) -> Path:
    from collint.releases import FetchError, fetch

    name, equal, version = package.partition("==")
    if not equal:
        raise click.UsageError(f"--package {package}: write NAME==VERSION, such as vllm==0.18.1")
    click.echo(f"fetching {name} {version} ...", err=True)
    try:
        return fetch(name.strip(), version.strip())
    except FetchError as error:
        raise click.ClickException(f"--package {package}: {error}") from None
    except OSError as error:
        where = os.fspath(error.filename) if error.filename else "the cache"
        raise click.ClickException(f"--package {package}: {where}: {error.strerror or error}") from None
