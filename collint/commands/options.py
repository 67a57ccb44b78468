"""Options that several commands share, and the settings that they and the settings files make together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from collint.formats import FORMATS

if TYPE_CHECKING:
    from collint.config import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def rules_and_thresholds(command: Command) -> Command:
    """Which rules run, and how certain and severe a finding must be."""
    return _all(
        click.option("--select", multiple=True, metavar="CODES", help="Only these rules: codes, beginnings, or ALL."),
        click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules; the longest match decides."),
        click.option("--extend-select", multiple=True, metavar="CODES", help="These rules as well."),
        click.option("--min-confidence", type=click.Choice(["low", "medium", "high"]), help="Default: medium."),
        click.option("--min-severity", type=click.Choice(["note", "warning", "error"]), help="Default: note."),
    )(command)


def output(command: Command) -> Command:
    """Where findings go, and in which shape."""
    return _all(
        click.option("--output-format", type=click.Choice(FORMATS), help="Default: full."),
        click.option("--output-file", type=click.Path(path_type=Path), help="Write there instead of stdout."),
        click.option("--also", multiple=True, metavar="FORMAT=FILE", callback=_also, help="Write this as well."),
        click.option("--statistics", is_flag=True, help="Count findings by rule, on stderr."),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings."),
    )(command)


def settings_file(command: Command) -> Command:
    """Which settings file is read."""
    return _all(
        click.option("--config", type=click.Path(path_type=Path), help="Read settings from this file."),
        click.option("--isolated", is_flag=True, help="Read no settings file at all."),
        click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave these files out, as in .gitignore."),
        click.option("--force-exclude", is_flag=True, default=None, help="Leave them out even where PATHS names them."),
    )(command)


def settings_for(start: Path, config: Path | None, isolated: bool, options: dict[str, Any]) -> Settings:
    """The settings that count for ``start``, a file or folder, with the options given on top.

    Raises a usage error or a ClickException for settings that cannot be used.
    """
    from collint.config import ConfigError, Settings, load, with_command_line

    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    start = start.resolve()
    try:
        settings = Settings() if isolated else load(start if start.is_dir() else start.parent, config)
        return with_command_line(settings, options)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def _also(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """``sarif=collint.sarif`` as a format and a file."""
    found = []
    for text in given:
        name, equal, file = text.partition("=")
        if not equal or not file or name not in FORMATS:
            raise click.BadParameter(f"'{text}' is not FORMAT=FILE with one of {', '.join(FORMATS)}")
        found.append((name, Path(file)))
    return tuple(found)


def _all(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def apply(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return apply
