"""One command's wall time, CPU time and memory, and many of them summed up. What is run is decided elsewhere."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.05
"""Seconds between two looks at the memory of a command's processes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds; ``memory`` is the most that all its processes held at once, in megabytes."""

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


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], codes: Iterable[int] = (0, 1)) -> Sample:
    """Run ``command`` to its end, its output thrown away. Raises :class:`Failed` for an exit code not in ``codes``."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        watch = Watch(process.pid)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    together = watch.ended()
    if process.returncode not in codes:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or [""]
        raise Failed(f"{command[0]} exited with {process.returncode}: {last[0]}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss / unit, together))


def spread(values: Sequence[float]) -> Spread:
    """The middle, least and greatest of ``values``, of which there is at least one."""
    return Spread(statistics.median(values), min(values), max(values))


class Watch:
    """Looks at a process and its descendants while they run, where there is a ``/proc`` to look at.

    Of one process alone the system knows its peak better than looks now and then do: only where there are several are
    they added up, each page that they share counted once.
    """

    def __init__(self, process: int, proc: Path = Path("/proc")) -> None:
        self._process = process
        self._proc = proc
        self._most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self) -> float:
        """The most megabytes that several processes held together; 0 where there never were several."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._ended.wait(PAUSE):
            every = family(self._process, self._proc)
            if len(every) > 1:
                self._most = max(self._most, sum(held(process, self._proc) for process in every))


def family(process: int, proc: Path = Path("/proc")) -> list[int]:
    """A process and its descendants, as far as the system tells."""
    found = [process]
    for one in found:  # grows as it is walked
        for file in (proc / str(one) / "task").glob("*/children"):
            found += map(int, _text(file).split())
    return found


def held(process: int, proc: Path = Path("/proc")) -> float:
    """The megabytes of a process, pages shared with others in parts; 0 where it has ended or is not ours."""
    for line in _text(proc / str(process) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # it has ended meanwhile
        return ""
