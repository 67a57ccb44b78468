"""``collint check``: report hazards below some paths. What is analysed and reported is decided below this room."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collint.commands import CLEAN, FAILED, FOUND, options

if TYPE_CHECKING:
    from collint.config import Settings
    from collint.findings import Run
    from collint.scope import Scope
    from collint.source import Problem

STDIN = Path("-")
UNNAMED = Path("stdin.py")
"""What text from stdin is called where nobody says."""
MAX_EXPIRED = 10
"""Expired entries of a baseline that are told one by one."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@options.rules_and_thresholds
@options.output
@options.settings_file
@click.option("--baseline", type=click.Path(path_type=Path), help="Do not report what this file holds.")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="Write the findings to this file and stop.")
@click.option("--diff-base", metavar="REV", help="Only what the changes since this git revision touch or bring about.")
@click.option("--touching", is_flag=True, help="Also findings elsewhere that have a step of their proof in PATHS.")
@click.option("--stdin-filename", type=click.Path(path_type=Path), help="The file that '-' (stdin) stands for.")
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Keep what a run works out here.")
@click.option("--no-cache", is_flag=True, help="Use nothing of earlier runs and keep nothing of this one.")
@click.option("--jobs", type=click.IntRange(0, 64), metavar="N", help="Processes to check with; default: 2 at most.")
@click.option("--show-settings", is_flag=True, help="Print the settings in use and stop.")
@click.option("--show-files", is_flag=True, help="Print the files that would be analysed and stop.")
def check(
    paths: tuple[Path, ...],
    statistics: bool,
    exit_zero: bool,
    also: tuple[tuple[str, Path], ...],
    config: Path | None,
    isolated: bool,
    write_baseline: Path | None,
    diff_base: str | None,
    touching: bool,
    stdin_filename: Path | None,
    no_cache: bool,
    show_settings: bool,
    show_files: bool,
    **given: Any,
) -> int:
    """Report hazards below PATHS (default: here; '-' reads stdin). The whole project around them is analysed."""
    from collint.commands.running import analysed, refuse_empty, refuse_unwritable, reported
    from collint.source import find_root

    stdin = STDIN in paths
    paths = _paths(paths, stdin, stdin_filename)
    settings = options.settings_for(paths[0], config, isolated, given)
    root = find_root(paths)
    if show_settings:
        return _show_settings(settings)
    if show_files:
        return _show_files(root, paths, settings)
    files = [("--output-file", settings.output_file), ("--write-baseline", write_baseline)]
    for option, file in (*files, *(("--also", file) for _, file in also)):
        refuse_unwritable(option, file)
    refuse_empty(paths)
    scope = _scope(root, paths, settings, stdin, touching, diff_base, write_baseline is not None)
    run, problems = analysed(root, paths, settings, scope, not no_cache)
    if write_baseline is not None:
        return _write_baseline(run, write_baseline)
    notes = _about_baseline(scope, settings, problems)
    reported(run, problems, root, settings, statistics, also, scope.texts, notes)
    if _nothing_analysed(root, paths, settings, run, problems):
        return FAILED
    return FOUND if run.findings and not exit_zero else CLEAN


def _paths(paths: tuple[Path, ...], stdin: bool, stdin_filename: Path | None) -> tuple[Path, ...]:
    if stdin and len(paths) > 1:
        raise click.UsageError("'-' (stdin) stands alone: it takes no other paths beside it")
    if stdin_filename is not None and not stdin:
        raise click.UsageError("--stdin-filename says what '-' stands for, which is not among the paths")
    if not stdin:
        return paths or (Path("."),)
    file = stdin_filename or UNNAMED
    if file.is_dir() or not file.resolve().parent.is_dir():
        raise click.UsageError(f"--stdin-filename {file}: must be a file in a folder that exists")
    return (file,)


def _scope(
    root: Path,
    paths: tuple[Path, ...],
    settings: Settings,
    stdin: bool,
    touching: bool,
    diff_base: str | None,
    writes_baseline: bool,
) -> Scope:
    """What limits the report; what cannot be used is told before a long analysis."""
    from collint.baseline import BaselineError, read_baseline
    from collint.scope import Scope

    known = None
    if settings.baseline is not None and not writes_baseline:
        try:
            known = read_baseline(settings.baseline)
        except BaselineError as error:
            raise click.ClickException(str(error)) from None
    texts = _stdin_text(root, paths[0]) if stdin else {}
    return Scope(touching=touching, known=known, revision=_revision(root, diff_base), texts=texts)


def _revision(root: Path, diff_base: str | None) -> str:
    if diff_base is None:
        return ""
    from collint.source import RevisionError, base_commit

    try:
        return base_commit(root, diff_base)
    except RevisionError as error:
        raise click.ClickException(f"--diff-base: {error}") from None


def _stdin_text(root: Path, file: Path) -> dict[str, str]:
    from collint.source import Problem, decoded

    name = Path(os.path.relpath(os.path.abspath(file), root)).as_posix()
    text = decoded(name, sys.stdin.buffer.read())
    if isinstance(text, Problem):
        raise click.ClickException(f"stdin, as {text}")
    return {name: text.text}


def _write_baseline(run: Run, file: Path) -> int:
    from collint.baseline import write_baseline
    from collint.report import output
    from collint.report.summary import count

    try:
        with output.replacing(file) as stream:
            written = write_baseline(run.findings, stream)
    except OSError as error:
        raise click.ClickException(f"--write-baseline {file}: {error.strerror or error}") from None
    click.echo(f"{count(written, 'finding')} written to {file}.", err=True)
    return CLEAN


def _about_baseline(scope: Scope, settings: Settings, problems: tuple[Problem, ...]) -> list[str]:
    """What became of the baseline's entries, the expired ones by name."""
    known = scope.known
    if known is None:
        return []
    from collint.report.look import visible
    from collint.report.summary import count
    from collint.rules import pages

    ran = [page.code for page in pages() if settings.enables(page.code, page.on_by_default)]
    expired = known.expired(ran, {problem.path for problem in problems})
    lines = [f"{known.file}: {count(known.met, 'known finding')} not reported."] if known.met else []
    if expired:
        many = "1 entry is" if len(expired) == 1 else f"{len(expired):,} entries are"
        lines.append(f"{known.file}: {many} expired, found no more (--write-baseline makes a new one):")
        lines += [visible(f"  {entry}") for entry in expired[:MAX_EXPIRED]]
        lines += [f"  and {len(expired) - MAX_EXPIRED} more"] if len(expired) > MAX_EXPIRED else []
    return lines


def _nothing_analysed(
    root: Path, paths: tuple[Path, ...], settings: Settings, run: Run, problems: tuple[Problem, ...]
) -> bool:
    """Whether the run says nothing: no file could be analysed, or none of the files that were asked for."""
    if run.stats.get("files") == 0:
        return not (settings.force_exclude and all(path.is_file() for path in paths))
    failed = {problem.path for problem in problems}
    return all(path.is_file() and Path(os.path.relpath(path, root)).as_posix() in failed for path in paths)


def _show_settings(settings: Settings) -> int:
    from collint.config import shown

    for line in shown(settings):
        click.echo(line)
    return CLEAN


def _show_files(root: Path, paths: tuple[Path, ...], settings: Settings) -> int:
    from collint.source import discover

    for name in discover(root, paths, settings.exclude, settings.force_exclude):
        click.echo(Path(os.path.relpath(root / name)).as_posix())
    return CLEAN
