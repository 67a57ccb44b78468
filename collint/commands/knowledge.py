"""``collint rule`` and ``collint models``: what collint knows, for people. Nothing is analysed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from collint.commands import CLEAN, FAILED, FOUND

if TYPE_CHECKING:
    from collint.knowledge.pack import Pack


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


FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option("--check", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Validate FILE.")
@click.option("--against", type=FOLDER, help="Compare names and arguments with the package unpacked at this folder.")
@click.option("--release", default="", help="With --against: the release it is, for rows with since and until.")
@click.option("--verify", type=FOLDER, help="Compare declared collectives with what the source at this folder does.")
def models(name: str | None, file: Path | None, against: Path | None, release: str, verify: Path | None) -> int:
    """List the knowledge packs, or the rows of the pack NAME; validate a pack, or compare packs with a library.

    With --check, NAME may be left out: the file's own pack is compared.
    """
    from collint.knowledge.load import default_pack_paths, load_packs, row_count

    shipped = [path for path in default_pack_paths() if file is None or path.resolve() != file.resolve()]
    vocabulary, problems = load_packs(shipped, [file] if file else [])
    if file is not None:
        problems = tuple(line for line in problems if line.startswith(f"{file.as_posix()}:"))
    for line in problems:
        click.echo(line, err=True)
    if problems:
        return FAILED
    if file is not None:
        click.echo(f"{file}: no problems", err=True)
    packs = [pack for pack in vocabulary.packs if name is None or pack.library == name]
    if name is not None and not packs:
        known = ", ".join(sorted({pack.library for pack in vocabulary.packs}))
        raise click.ClickException(f"there is no pack '{name}' (known: {known})")
    if against is not None or verify is not None:
        return _compare(packs, against, release, verify)
    for pack in packs if file is None else ():
        if name is None:
            click.echo(f"{pack.library:<16} {row_count(pack):>5} rows  {pack.about}".rstrip())
        else:
            _show_rows(pack)
    return CLEAN


def _show_rows(pack: Pack) -> None:
    from collint.knowledge.listing import lines

    for line in lines(pack):
        click.echo(line)


def _compare(packs: list[Pack], against: Path | None, release: str, verify: Path | None) -> int:
    """Print what a package does not confirm; packs that say nothing of it are passed over."""
    from collint.against import compare, index_package

    found = False
    project = index_package(against) if against is not None else None
    for pack in packs if project is not None else ():
        assert project is not None
        compared = compare(pack, project, release)
        for doubt in compared.doubts:
            bounds = f" ({doubt.bounds})" if doubt.bounds else ""
            click.echo(f"{pack.library}: {doubt.place} {doubt.name}{bounds}: {doubt.what}")
        if compared.rows:
            rest = f", {compared.elsewhere} rows name other packages" if compared.elsewhere else ""
            click.echo(f"{pack.library}: {compared.rows} rows compared, {len(compared.doubts)} doubts{rest}", err=True)
        found = found or bool(compared.doubts)
    return FOUND if _verify(packs, verify) or found else CLEAN


def _verify(packs: list[Pack], folder: Path | None) -> bool:
    if folder is None:
        return False
    from collint.verify import context_of, differences

    context = context_of(folder)
    found = False
    for pack in packs:
        for difference in differences(pack, context):
            found = True
            derived = ", ".join(difference.derived) or "nothing"
            click.echo(
                f"{pack.library}: {difference.place} {difference.name}: declared {difference.declared}, "
                f"its source issues {derived}"
            )
    return found
