"""Writes a run: one file per format, each with ``write_NAME(run, stream, look)``. Decides nothing about findings.

A new format is one file here, one line in :data:`WRITERS`, and its name in ``collint.config.FORMATS``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TextIO

from collint.findings import Run
from collint.report.look import Look

WRITERS = {
    "full": "collint.report.text:write_full",
    "concise": "collint.report.text:write_concise",
    "json": "collint.report.json:write_json",
}


def write(run: Run, output_format: str, stream: TextIO, look: Look) -> None:
    """Writes ``run`` to ``stream``. Raises KeyError for a format that is not in :data:`WRITERS`."""
    module, _, function = WRITERS[output_format].partition(":")
    getattr(import_module(module), function)(run, stream, look)
