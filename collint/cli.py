"""The ``collint`` command: arguments in, exit code out. It wires the rooms together and analyses nothing itself.

Exit codes: 0 clean, 1 findings, 2 usage, configuration or internal error, or nothing could be analysed. Nothing heavy
is imported before it is used, so that ``--help`` and editors' probes stay fast.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collint import __version__
from collint.config import FORMATS

if TYPE_CHECKING:
    from collint.config import Settings
    from collint.findings import Run
    from collint.source import Problem

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
DEBUG_VARIABLE = "COLLINT_DEBUG_TRACEBACK"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code; never raises for what a user can do."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names and excerpts may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        code = group.main(arguments, prog_name="collint", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("collint: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        from collint.delivery import let_go_of_stdout

        let_go_of_stdout()
        return CLEAN
    except Exception as error:
        return _internal_error(error, arguments if arguments is not None else sys.argv[1:])
    return code if isinstance(code, int) else CLEAN


@click.group(name="collint", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="collint")
@click.option("--debug-traceback", is_flag=True, help="Show the whole traceback of an internal error.")
def group(debug_traceback: bool) -> None:
    """Find, before anything runs, where ranks of one process group can issue different collectives."""


@group.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules: codes, beginnings of codes, or ALL.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules; the longest match decides.")
@click.option("--extend-select", multiple=True, metavar="CODES", help="These rules as well.")
@click.option("--min-confidence", type=click.Choice(["low", "medium", "high"]), help="Default: medium.")
@click.option("--min-severity", type=click.Choice(["note", "warning", "error"]), help="Default: note.")
@click.option("--output-format", type=click.Choice(FORMATS), help="Default: full.")
@click.option("--output-file", type=click.Path(path_type=Path), help="Write findings there instead of stdout.")
@click.option("--statistics", is_flag=True, help="Count findings by rule, on stderr.")
@click.option("--config", type=click.Path(path_type=Path), help="Read settings from this file.")
@click.option("--isolated", is_flag=True, help="Read no settings file at all.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings.")
def check(
    paths: tuple[Path, ...], statistics: bool, config: Path | None, isolated: bool, exit_zero: bool, **options: Any
) -> int:
    """Report hazards below PATHS (default: here). The whole project around them is analysed."""
    from collint.report import output, summary
    from collint.source import find_root, holds_python

    paths = paths or (Path("."),)
    settings = _settings(paths, config, isolated, options)
    if settings.output_file is not None and (reason := output.refusal(settings.output_file)):
        raise click.ClickException(f"--output-file {settings.output_file}: {reason}")
    empty = [str(path) for path in paths if path.is_dir() and not holds_python(path)]
    if len(empty) == len(paths):
        raise click.ClickException(f"no Python files in {', '.join(empty)}")

    from collint.delivery import DeliveryError, deliver
    from collint.pipeline import analyse

    root = find_root(paths)
    run, problems = analyse(root, paths, settings)
    try:
        deliver(run, root, settings, os.environ)
    except DeliveryError as error:
        raise click.ClickException(str(error)) from None
    for line in summary.lines(run, problems, statistics):
        click.echo(line, err=True)
    if _nothing_analysed(root, paths, run, problems):
        return FAILED
    return FOUND if run.findings and not exit_zero else CLEAN


@group.command()
@click.argument("code", required=False)
def rule(code: str | None) -> None:
    """Print the page of the rule CODE (or its name), or list all rules."""
    from collint.rules import find_page, pages

    if code is None:
        for page in pages():
            click.echo(f"{page.code}  {page.name:<28} {page.severity:<8} {'on' if page.on_by_default else 'off'}")
        return
    found = find_page(code)
    if found is None:
        known = ", ".join(page.code for page in pages())
        raise click.ClickException(f"there is no rule '{code}' (known: {known})")
    click.echo(found.text.rstrip())


@group.command()
@click.option("--check", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Validate FILE.")
def models(file: Path | None) -> int:
    """List the knowledge packs and how many rows they hold, or validate one with --check."""
    from collint.knowledge.load import default_pack_paths, load_packs, row_count

    shipped = [path for path in default_pack_paths() if file is None or path.resolve() != file.resolve()]
    vocabulary, problems = load_packs([*shipped, *([file] if file else [])])
    if file is not None:
        problems = tuple(line for line in problems if line.startswith(f"{file.as_posix()}:"))
    for pack in vocabulary.packs if file is None else ():
        click.echo(f"{pack.library:<16} {row_count(pack):>5} rows  {pack.about}".rstrip())
    for line in problems:
        click.echo(line, err=True)
    if file is not None and not problems:
        click.echo(f"{file}: no problems", err=True)
    return FAILED if problems else CLEAN


@group.command()
@click.argument("kind", type=click.Choice(["ir", "cfg", "axes", "sequences"]))
@click.argument("target", metavar="FILE:FUNCTION")
def debug(kind: str, target: str) -> None:
    """Print what collint knows of one function: its IR, graph, axes or event sequences."""
    file, colon, function = target.partition(":")
    if not colon or not function:
        raise click.UsageError(f"'{target}' must be FILE:FUNCTION, such as worker.py:Runner.step")
    if not Path(file).is_file():
        raise click.ClickException(f"{file} does not exist")

    from collint.debug import render

    try:
        click.echo(render(kind, Path(file), function).rstrip("\n"))
    except LookupError as error:
        if type(error) is not LookupError:  # a KeyError or IndexError is a mistake of ours, not an unknown function
            raise
        raise click.ClickException(str(error)) from None


def _settings(paths: tuple[Path, ...], config: Path | None, isolated: bool, options: dict[str, Any]) -> Settings:
    from collint.config import ConfigError, Settings, load, with_command_line

    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    start = paths[0].resolve()
    try:
        settings = Settings() if isolated else load(start if start.is_dir() else start.parent, config)
        return with_command_line(settings, options)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def _nothing_analysed(root: Path, paths: tuple[Path, ...], run: Run, problems: tuple[Problem, ...]) -> bool:
    """Whether the run says nothing: no file could be analysed, or none of the files that were asked for."""
    if run.stats.get("files") == 0:
        return True
    failed = {problem.path for problem in problems}
    return all(path.is_file() and Path(os.path.relpath(path, root)).as_posix() in failed for path in paths)


def _internal_error(error: Exception, arguments: list[str]) -> int:
    """One line with the place, and how to see more."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
    if "--debug-traceback" in arguments or os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    text = " ".join(str(error).split())
    click.echo(
        f"collint: internal error at {place}: {type(error).__name__}: {text}\n"
        f"This is a bug in collint, not in your code. Please report it with the output of the same command after "
        f"'export {DEBUG_VARIABLE}=1'.",
        err=True,
    )
    return FAILED
