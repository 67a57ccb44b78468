"""``collint debug``: print what is known of one function. The printers are in :mod:`collint.debug`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
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
