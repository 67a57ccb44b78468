"""The subcommands, one module each: arguments in, exit code out. What they print comes from the rooms below.

Each imports what it needs when it is run, so that ``--help`` and editors' probes stay fast.
"""

from __future__ import annotations

CLEAN, FOUND, FAILED = 0, 1, 2
"""Exit codes: nothing found; something found; usage, configuration or internal error, or nothing could be analysed."""
