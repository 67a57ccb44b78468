"""Writes a run: one file per format, each with ``write_NAME(run, stream, look)``. Decides nothing about findings.

A new format is one file here, one line in :data:`WRITERS`, and its name in ``collint.formats.FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TextIO

from collint.findings import Run
from collint.report.look import Look

WRITERS = {
    "full": "collint.report.text:write_full",
    "concise": "collint.report.text:write_concise",
    "json": "collint.report.json:write_json",
    "json-lines": "collint.report.json:write_json_lines",
    "sarif": "collint.report.sarif:write_sarif",
    "github": "collint.report.github:write_github",
    "gitlab": "collint.report.gitlab:write_gitlab",
    "rdjson": "collint.report.rdjson:write_rdjson",
    "markdown": "collint.report.markdown:write_markdown",
    "html": "collint.report.html:write_html",
}
"""Per format its writer; the modules are imported when they are used."""


BESIDE = {"github": "GITHUB_STEP_SUMMARY"}
"""Per format that says more in a file beside its stream, the environment variable that names this file."""

_BESIDE_WRITERS = {"github": "collint.report.github:write_step_summary"}


def write(run: Run, output_format: str, stream: TextIO, look: Look) -> None:
    """Writes ``run`` to ``stream``. Raises KeyError for a format that is not in :data:`WRITERS`."""
    _writer(WRITERS[output_format])(run, stream, look)


def write_beside(run: Run, output_format: str, stream: TextIO, look: Look) -> None:
    """Writes what a format in :data:`BESIDE` says in its second file. Raises KeyError for the others."""
    _writer(_BESIDE_WRITERS[output_format])(run, stream, look)


def _writer(name: str) -> Callable[[Run, TextIO, Look], None]:
    module, _, function = name.partition(":")
    found: Callable[[Run, TextIO, Look], None] = getattr(import_module(module), function)
    return found
