"""Compares every pack with pinned releases of its library: ``python -m benchmarks.pack_rows [--write]``.

Releases are fetched, unpacked, never imported. Which ones, and what is known of names that they do not confirm, is
:mod:`benchmarks.pack_releases`. ``--write`` puts the table into ``rules/models/README.md``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.analysed import NotHad, tree_of
from benchmarks.fetch_release import default_cache
from benchmarks.pack_releases import EXPLAINED, PINNED, Pin
from benchmarks.pins import pin_of
from collint.against import Comparison, Doubt, compare, index_package
from collint.knowledge.load import default_pack_paths, load_packs, row_count
from collint.knowledge.pack import Pack

README = Path(__file__).resolve().parent.parent / "rules/models/README.md"
START, END = "<!-- compared with releases: begin -->", "<!-- compared with releases: end -->"
HEAD = (
    "| pack | rows | release | digest | rows compared | names in doubt | which, and why |",
    "|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; ``skipped`` says why a release was not compared, ``digest`` what its files are."""

    pin: Pin
    rows: int
    compared: Comparison | None
    digest: str = ""
    skipped: str = ""

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Names in doubt for which no reason is known."""
        doubts = self.compared.doubts if self.compared else ()
        return tuple(sorted({doubt.name for doubt in doubts if not reason_of(self.pin, doubt)}))

    def __str__(self) -> str:
        head = f"| `{self.pin.library}` | {self.rows} | {self.pin.release} |"
        if self.compared is None:
            return f"{head} – | – | – | not compared: {self.skipped} |"
        names = {doubt.name for doubt in self.compared.doubts}
        reasons = Counter(reason for doubt in self.compared.doubts if (reason := reason_of(self.pin, doubt)))
        which = [f"{reason}" for reason in reasons]
        which += [f"`{name.rpartition('.')[2]}`: not known" for name in self.unexplained[:6]]
        return f"{head} `{self.digest}` | {self.compared.rows} | {len(names)} | {'; '.join(which)} |"


def reason_of(pin: Pin, doubt: Doubt) -> str:
    """Why a release does not confirm a name that exists; empty when nobody knows."""
    text = f"{doubt.name} {doubt.what}"
    known = (one.reason for one in EXPLAINED if one.library == pin.library and re.search(one.pattern, text))
    return next(known, "")


def lines(cache: Path, only: str = "") -> Iterator[Line]:
    """One line per pinned release, ``only`` those of one library."""
    packs = {pack.library: pack for pack in load_packs(default_pack_paths())[0].packs}
    for pin in PINNED:
        if not only or pin.library == only:
            yield _line(packs[pin.library], pin, cache)


def _line(pack: Pack, pin: Pin, cache: Path) -> Line:
    rows = row_count(pack)
    if pin.unpublished:
        return Line(pin, rows, None, skipped=pin.unpublished)
    try:
        folder = tree_of(pin.release, cache)
    except NotHad as error:
        return Line(pin, rows, None, skipped=str(error))
    found = pin_of(folder).sha256[:12]
    if found != pin.digest:
        return Line(pin, rows, None, found, f"its files are {found}, not the {pin.digest or 'ones'} that are pinned")
    version = pin.version if pin.release.commit else pin.release.version
    return Line(pin, rows, compare(pack, index_package(folder), version), found)


def with_table(text: str, table: str, start: str = START, end: str = END) -> str:
    """``text`` with what stands between the two marks replaced. Raises ValueError where the marks are missing."""
    found = re.subn(
        f"{re.escape(start)}.*?{re.escape(end)}", lambda _: f"{start}\n{table}\n{end}", text, flags=re.DOTALL
    )
    if found[1] != 1:
        raise ValueError(f"the text has no place between '{start}' and '{end}'")
    return found[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table, and writes it into the packs' page when asked to; 1 where a release was skipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into rules/models/README.md")
    parser.add_argument("--library", default="", help="compare this pack only")
    asked = parser.parse_args(arguments)
    if asked.write and asked.library:
        parser.error("--write needs the whole table: leave --library out")
    table, skipped = list(HEAD), []
    for line in lines(default_cache(), asked.library):
        table.append(str(line))
        print(table[-1], file=sys.stderr, flush=True)
        if line.skipped and not line.pin.unpublished:
            skipped.append(f"SKIPPED {line.pin.release}: {line.skipped}")
    print("\n".join(table))
    print("\n".join([*skipped, f"{len(skipped)} of {len(table) - len(HEAD)} releases SKIPPED"]), file=sys.stderr)
    if asked.write and skipped:
        print("the table is not written: releases are missing", file=sys.stderr)
    elif asked.write:
        README.write_text(with_table(README.read_text("utf-8"), "\n".join(table)), "utf-8")
    return 1 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
