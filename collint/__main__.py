"""``python -m collint`` is the ``collint`` command. Nothing else is here."""

from __future__ import annotations

import sys

from collint.cli import main

if __name__ == "__main__":
    sys.exit(main())
