"""Find the checks: every module of this room that has ``CODES`` and ``check``. Adding a rule is adding a file.

``BY_FILE`` says that a check looks at no other function than those of the files asked about, each by itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable

import collint.checks
from collint.checks.context import Context
from collint.findings import Finding
from collint.record import Record

Findings = Iterable[Finding]


class Check(Record, frozen=True):
    """One family of rules: the codes it may report, and the function that does.

    Where the functions of one file can be looked at apart from all others, ``gather`` does, for the files that are
    asked about, and ``settle`` decides among everything that was gathered.
    """

    codes: tuple[str, ...]
    run: Callable[[Context], Findings]
    gather: Callable[[Context], Findings] | None = None
    settle: Callable[[Findings], Findings] = lambda findings: findings


def checks() -> tuple[Check, ...]:
    """All checks, in the order of their first code."""
    found = []
    for entry in pkgutil.iter_modules(collint.checks.__path__):
        module = importlib.import_module(f"collint.checks.{entry.name}")
        if hasattr(module, "CODES") and hasattr(module, "check"):
            gather = getattr(module, "gather", module.check if getattr(module, "BY_FILE", False) else None)
            settle = {"settle": module.settle} if hasattr(module, "settle") else {}
            found.append(Check(module.CODES, module.check, gather, **settle))
    return tuple(sorted(found, key=lambda check: check.codes))
