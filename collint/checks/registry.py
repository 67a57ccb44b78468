"""Find the checks: every module of this room that has ``CODES`` and ``check``. Adding a rule is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import collint.checks
from collint.checks.context import Context
from collint.findings import Finding


@dataclass(frozen=True, slots=True)
class Check:
    """One family of rules: the codes it may report, and the function that does."""

    codes: tuple[str, ...]
    run: Callable[[Context], Iterator[Finding]]


def checks() -> tuple[Check, ...]:
    """All checks, in the order of their first code."""
    found = []
    for entry in pkgutil.iter_modules(collint.checks.__path__):
        module = importlib.import_module(f"collint.checks.{entry.name}")
        if hasattr(module, "CODES") and hasattr(module, "check"):
            found.append(Check(module.CODES, module.check))
    return tuple(sorted(found, key=lambda check: check.codes))
