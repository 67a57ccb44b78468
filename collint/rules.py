"""Finds the ``rules`` folder and reads the front lines of its pages. What a rule looks for is in ``collint/checks``.

A page ``COLnnn.md`` begins with ``# COL101: divergent-branch``; the next line that is not empty holds its metadata,
``severity: error · default: on · confidence: high or medium``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_TITLE = re.compile(r"#\s*(COL\d{3})\s*:\s*([a-z0-9-]+)\s*")
_CODE = re.compile(r"COL\d{3}")


class Page(NamedTuple):
    """A rule as its page presents it; ``text`` is the whole page, in Markdown."""

    code: str
    name: str
    severity: str
    on_by_default: bool
    confidence: str
    text: str


@lru_cache(maxsize=1)
def folder() -> Path:
    """The folder with the pages and ``models/``: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def codes() -> tuple[str, ...]:
    """The codes of all rules, sorted; no page is read."""
    return tuple(sorted(file.stem for file in folder().glob("COL*.md") if _CODE.fullmatch(file.stem)))


@lru_cache(maxsize=1)
def pages() -> tuple[Page, ...]:
    """Every rule page, by code. Raises ValueError for a page without its two front lines."""
    return tuple(parse_page((folder() / f"{code}.md").read_text(encoding="utf-8"), code) for code in codes())


def find_page(code_or_name: str) -> Page | None:
    """The page called ``COL101`` (in any case) or ``divergent-branch``."""
    wanted = code_or_name.strip().lower()
    return next((page for page in pages() if wanted in (page.code.lower(), page.name)), None)


def parse_page(text: str, code: str) -> Page:
    """A page's front lines as values. Raises ValueError when they are missing or name another ``code``."""
    front = [line.strip() for line in text.splitlines() if line.strip()][:2]
    title = _TITLE.fullmatch(front[0]) if front else None
    if title is None or title[1] != code:
        raise ValueError(f"the page of {code} must begin with '# {code}: its-name'")
    facts = dict(_facts(front[1])) if len(front) > 1 else {}
    if "severity" not in facts:
        raise ValueError(f"the page of {code} needs 'severity: ... · default: on · confidence: ...' below its title")
    on = facts.get("default", "on") == "on"
    return Page(code, title[2], facts["severity"], on, facts.get("confidence", ""), text)


def _facts(line: str) -> list[tuple[str, str]]:
    """``a: b · c: d`` as pairs; emphasis and code marks around them are decoration."""
    pairs = (part.partition(":") for part in re.sub(r"[*`_]", "", line).split("·"))
    return [(key.strip().lower(), value.strip().rstrip(".")) for key, _, value in pairs]
