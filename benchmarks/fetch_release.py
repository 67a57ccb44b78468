"""Fetches the Python files of a published release: ``python benchmarks/fetch_release.py NAME VERSION``.

How, and what is refused, is :mod:`collint.releases`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from collint.releases import FetchError, default_cache, fetch

__all__ = ["FetchError", "default_cache", "fetch", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Prints the folder; 2 when there is none."""
    parser = argparse.ArgumentParser(description="Fetch the Python files of a published release.")
    parser.add_argument("name")
    parser.add_argument("version")
    parser.add_argument("--cache", type=Path, help=f"default: {default_cache()}")
    given = parser.parse_args(arguments)
    try:
        print(fetch(given.name, given.version, given.cache))
    except FetchError as error:
        print(f"fetch_release: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
