"""``collint rule`` and ``collint models``: what collint knows, for people. Nothing is analysed."""

from __future__ import annotations

from pathlib import Path

import click

from collint.commands import CLEAN, FAILED


@click.command()
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


@click.command()
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
