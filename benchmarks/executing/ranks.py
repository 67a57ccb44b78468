"""Starts the ranks' processes and runs one program on them: gathers what each rank says, and notices when all wait.

What a rank does is ``worker.py``; what its end means is ``outcomes.py``. A hang is noticed by quiet: some rank has not
finished, and for a while no rank has used the processor.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.executing.outcomes import Execution, RankEnd
from benchmarks.executing.programs import MOST_RANKS, Program

LONGEST = 60.0
"""Seconds after which nothing is known of ranks that are still busy."""
BUSY_TICKS = 2
"""Ticks of the processor in one window above which ranks are at work."""


class Workers:
    """One process per rank, each with its own seed for the order of sets, as processes of a real job have."""

    def __init__(self, ranks: int = MOST_RANKS) -> None:
        root = Path(__file__).resolve().parents[2]
        self._lock = threading.Lock()
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.executing.worker"],
                cwd=root,
                env={**os.environ, "PYTHONHASHSEED": str(rank), "OMP_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            for rank in range(ranks)
        ]
        for process in self._processes:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("a rank's process did not start: is torch installed?")

    def give(self, rank: int, job: Mapping[str, Any]) -> None:
        """Hands one rank its part of a program."""
        with self._lock:
            to = self._processes[rank].stdin
            assert to is not None
            to.write(json.dumps(job) + "\n")
            to.flush()

    def close(self) -> None:
        """Ends every process that was started, and what they run."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


@dataclass
class _Rank:
    """What is known of one rank while its program runs."""

    channel: socket.socket
    number: int = -1
    pid: int = 0
    heard: bytes = b""
    state: str = "waits"
    facts: dict[str, Any] = field(default_factory=dict)

    def end(self) -> RankEnd:
        facts = self.facts
        error, message = facts.get("error", ""), facts.get("message", "")
        return RankEnd(self.state, error, message, facts.get("value"), tuple(facts.get("problems", ())))


def run(workers: Workers, program: Program, environment: Mapping[str, str], quiet: float) -> Execution:
    """Runs ``program`` once on fresh ranks; they wait when nothing moved for ``quiet`` seconds."""
    with tempfile.TemporaryDirectory(prefix="executed-") as name, socket.socket(socket.AF_UNIX) as door:
        folder = Path(name)
        door.bind(str(folder / "door"))
        door.listen(program.ranks)
        (folder / "work").mkdir()
        store = _store()
        for rank, job in enumerate(_jobs(program, {"MASTER_PORT": str(store.port), **environment}, folder)):
            workers.give(rank, job)
        with _connected(door, program.ranks) as ranks:
            _follow(ranks, quiet)
            _ask_where(ranks, folder)
            return Execution(tuple(rank.end() for rank in sorted(ranks, key=lambda rank: rank.number)))


def _jobs(program: Program, environment: Mapping[str, str], folder: Path) -> Iterator[dict[str, Any]]:
    size = program.ranks
    for rank in range(size):
        launcher = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
        yield {
            "rank": rank,
            "ranks": program.ranks,
            "top": str(program.top),
            "module": program.module,
            "makes_group": program.makes_group,
            "socket": str(folder / "door"),
            "folder": str(folder / "work"),
            "output": str(folder / f"rank{rank}.log"),
            "environment": {"MASTER_ADDR": "127.0.0.1", "TORCHELASTIC_USE_AGENT_STORE": "True"}
            | {"TMPDIR": str(folder / "work")}
            | {key: str(value) for key, value in launcher.items()}
            | dict(environment),
        }


def _store() -> Any:
    """A store of its own for the program's ranks to meet in, held here as a launcher does: it outlives any rank."""
    from torch.distributed import TCPStore

    return TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)


@contextlib.contextmanager
def _connected(door: socket.socket, size: int) -> Iterator[list[_Rank]]:
    """The ranks that came through the door; their processes are killed when the block ends."""
    door.settimeout(LONGEST)
    ranks: list[_Rank] = []
    try:
        while len(ranks) < size:
            ranks.append(_Rank(door.accept()[0]))
        yield ranks
    finally:
        for rank in ranks:
            if rank.pid and rank.state != "gone":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rank.pid, signal.SIGKILL)
            rank.channel.close()


def _follow(ranks: list[_Rank], quiet: float) -> None:
    """Listens until the ranks have ended or wait. All have to come through a step before any begins the next."""
    steps = ("waits", "returned", "checked", "ended")
    for now, then in itertools.pairwise(steps):
        if not _step(ranks, now, then, quiet) or then == "ended":
            return
        for rank in ranks:
            rank.channel.sendall(b"go on\n")


def _step(ranks: list[_Rank], now: str, then: str, quiet: float) -> bool:
    """Whether every rank went from ``now`` to ``then``."""
    started = last = time.monotonic()
    used = _ticks(ranks)
    with selectors.DefaultSelector() as selector:
        for rank in ranks:
            selector.register(rank.channel, selectors.EVENT_READ, rank)
        while any(rank.state == now for rank in ranks):
            for key, _ in selector.select(timeout=0.1):
                last = time.monotonic()
                if not _listen(key.data, then):
                    selector.unregister(key.fileobj)
            if time.monotonic() - last > quiet:
                busy, last = _ticks(ranks) - used > BUSY_TICKS or _runs(ranks), time.monotonic()
                used = _ticks(ranks)
                if not busy:
                    break
                if last - started > LONGEST:
                    _rename(ranks, now, "busy")
    for rank in ranks:
        if rank.state == now == "returned":
            rank.facts["problems"] = [*rank.facts.get("problems", ()), "what was sent after its end did not arrive"]
        elif rank.state == now:
            rank.state = "waits"
    return all(rank.state == then for rank in ranks)


def _rename(ranks: list[_Rank], now: str, then: str) -> None:
    for rank in ranks:
        if rank.state == now:
            rank.state = then


def _listen(rank: _Rank, then: str) -> bool:
    """Takes in what a rank says. False when it says nothing more."""
    try:
        text = rank.channel.recv(1 << 16)
    except ConnectionError:
        text = b""
    if not text:
        rank.state = "gone" if rank.state not in ("raised", "ended") else rank.state
        return False
    *lines, rank.heard = (rank.heard + text).split(b"\n")
    for line in lines:
        _take(rank, json.loads(line), then)
    return True


def _take(rank: _Rank, words: dict[str, Any], then: str) -> None:
    if "pid" in words:
        rank.number, rank.pid = words["rank"], words["pid"]
        return
    problems = [*rank.facts.get("problems", ()), *words.pop("problems", ())]
    rank.facts.update(words, problems=problems)
    rank.state = "raised" if "error" in words else then


def _ask_where(ranks: list[_Rank], folder: Path) -> None:
    """Has every waiting rank print its stack, and keeps the line of the program that it waits in."""
    waiting = [rank for rank in ranks if rank.state == "waits" and rank.pid]
    for rank in waiting:
        os.kill(rank.pid, signal.SIGUSR1)
    if waiting:
        time.sleep(0.2)
    for rank in waiting:
        stack = (folder / f"rank{rank.number}.log").read_text("utf-8", "replace").rpartition("most recent call first")
        place = re.search(r'File "[^"]*/fixtures/[^"]*/([^"/]+)", line (\d+)', stack[2])
        rank.facts["message"] = f"[{place[1]}:{place[2]}]" if place else ""


def _ticks(ranks: list[_Rank]) -> int:
    """The processor time that the ranks' own threads have used so far, as the system counts it."""
    return sum(int(fields[11]) + int(fields[12]) for fields in _stat(ranks))


def _runs(ranks: list[_Rank]) -> bool:
    """Whether some rank would go on, if only it got the processor."""
    return any(fields[0] in "RD" for fields in _stat(ranks))


def _stat(ranks: list[_Rank]) -> Iterator[list[str]]:
    """The fields after the name in each rank's ``stat``, see proc(5); nothing where the system has none.

    Of the first thread alone: where a message was lost, gloo's own thread may look for it for ever.
    """
    for rank in ranks:
        with contextlib.suppress(OSError, IndexError):
            yield Path(f"/proc/{rank.pid}/task/{rank.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
