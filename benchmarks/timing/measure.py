"""One command's wall time, CPU time and memory, and many of them summed up. What is run is decided elsewhere."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds; ``memory`` is the largest process's resident set in megabytes."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of several values, with the least and the greatest."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


class Failed(Exception):
    """A command that could not be run, or ended in a way that says so; the text is its last line."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Sample:
    """Run ``command`` to its end, its output thrown away. Raises :class:`Failed` for exit codes past 1."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # tools that find something exit with 1
        last = said.decode(errors="replace").strip().splitlines()[-1:] or [""]
        raise Failed(f"{command[0]} exited with {process.returncode}: {last[0]}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def spread(values: Sequence[float]) -> Spread:
    """The middle, least and greatest of ``values``, of which there is at least one."""
    return Spread(statistics.median(values), min(values), max(values))
