"""collint reports where ranks of one process group can issue different collective sequences.

This module holds the version only; the command starts in :mod:`collint.cli`.
"""

__version__ = "0.1.0"
