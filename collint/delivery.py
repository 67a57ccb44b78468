"""Brings a finished run to its readers: stdout, an output file, the summary of a CI job. Their text is ``report``'s.

The only place that knows where a format is shown: its width, its colours, the environment, the repository around it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from collint.config import Settings
from collint.findings import Run
from collint.report import BESIDE, output, write, write_beside
from collint.report.look import MAX_WIDTH, MIN_WIDTH, Look, clamp_width, wants_colour
from collint.source import SourceFile, read, repository_prefix


class DeliveryError(Exception):
    """A file that cannot be written; the text names the option or variable, the file and the reason."""


def deliver(
    run: Run, root: Path, settings: Settings, environment: Mapping[str, str], texts: Mapping[str, str] | None = None
) -> None:
    """Write ``run`` as ``settings`` ask: to stdout, or atomically to the output file, and to the job's summary.

    Files in ``texts`` are quoted from there instead of from disk. Raises :class:`DeliveryError`.
    """
    look = Look(_lines_below(root, texts or {}), prefix=repository_prefix(root))
    if settings.output_file is None:
        _to_stdout(run, settings.output_format, look, environment)
    else:
        try:
            with output.replacing(settings.output_file) as stream:
                write(run, settings.output_format, stream, look)
        except OSError as error:
            raise DeliveryError(f"--output-file {settings.output_file}: {error.strerror or error}") from None
    if file := environment.get(BESIDE.get(settings.output_format, "")):
        _append(run, settings.output_format, Path(file), look)


def let_go_of_stdout() -> None:
    """The reader (``head``, a pager) has seen enough: what is still buffered goes nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _to_stdout(run: Run, output_format: str, look: Look, environment: Mapping[str, str]) -> None:
    seen = Look(look.lines, _width(environment), wants_colour(sys.stdout, environment), look.prefix)
    try:
        write(run, output_format, sys.stdout, seen)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_stdout()


def _width(environment: Mapping[str, str]) -> int:
    """What a terminal has, a comfortable width elsewhere; what pre-commit collects is shown in a terminal after all."""
    if sys.stdout.isatty():
        import shutil

        return clamp_width(shutil.get_terminal_size().columns)
    return MIN_WIDTH if environment.get("PRE_COMMIT") else MAX_WIDTH


def _append(run: Run, output_format: str, file: Path, look: Look) -> None:
    """Other steps of the job write to the same file, so nothing in it is replaced."""
    try:
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            write_beside(run, output_format, stream, look)
    except OSError as error:
        raise DeliveryError(f"{BESIDE[output_format]}: {file}: {error.strerror or error}") from None


def _lines_below(root: Path, texts: Mapping[str, str]) -> Callable[[str], Sequence[str]]:
    @lru_cache(maxsize=8)  # findings come sorted by path
    def lines(path: str) -> list[str]:
        file = SourceFile(path, texts[path]) if path in texts else read(root, path)
        return file.lines if isinstance(file, SourceFile) else []

    return lines
