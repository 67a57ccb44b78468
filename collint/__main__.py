"""``python -m collint`` is the ``collint`` command. Nothing else is here."""

from __future__ import annotations

from collint.cli import run

if __name__ == "__main__":
    run()
