"""Names that discovery passes over, wherever it gets its list from. No I/O."""

from __future__ import annotations

SKIPPED = frozenset({"venv", "node_modules", "__pycache__"})


def skipped_folder(name: str) -> bool:
    """Hidden folders (``.git``, ``.venv``, ``.tox`` ...) and those that hold other people's or generated code."""
    return name in SKIPPED or (name.startswith(".") and name not in (".", ".."))
