"""Shares numbered pieces of work between this process and forks of it; their answers come back as bytes.

What the pieces are, and whether sharing pays, others know. Where a process cannot be forked, all is done in this one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from struct import Struct
from typing import IO

import msgspec

from collint.record import Record

_ENDS = Struct("=QQ")
_WRITER = msgspec.msgpack.Encoder()
_READER = msgspec.msgpack.Decoder(tuple[dict[int, bytes], bytes])


class Work(Record, frozen=True):
    """``count`` pieces, numbered from 0, which ``piece`` answers; ``rest`` is what each process adds at its end."""

    count: int
    piece: Callable[[int], bytes]
    rest: Callable[[], bytes]


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared(work: Work, jobs: int) -> tuple[list[bytes], list[bytes]]:
    """The answers of all pieces in their order, and the ``rest`` of each process, this one's first.

    Neighbouring pieces stay in one process as far as they can: one begins at the front, the next at the back. What a
    fork does not bring back is worked out here, so that an error shows as it would without any forks.
    """
    answers: dict[int, bytes] = {}
    rests: list[bytes] = []
    if jobs > 1 and work.count > 1 and _can_fork():
        import tempfile  # where there is one process nothing is shared

        with tempfile.TemporaryFile() as ends:
            pieces = _Pieces(ends, work.count)
            forks = [_Fork(work, pieces, bool(number % 2)) for number in range(1, min(jobs, work.count))]
            try:
                while (number := pieces.take(from_the_end=False)) is not None:
                    answers[number] = work.piece(number)
                for fork in forks:
                    theirs, rest = fork.brought()
                    answers.update(theirs)
                    rests += [rest] if theirs else []
            finally:
                for fork in forks:
                    fork.end()
    for number in range(work.count):
        if number not in answers:
            answers[number] = work.piece(number)
    return [answers[number] for number in range(work.count)], [work.rest(), *rests]


def _can_fork() -> bool:
    """Another thread may hold a lock that its copy would wait for; on Windows there are no forks."""
    return hasattr(os, "fork") and sys.platform != "win32" and threading.active_count() == 1


class _Pieces:
    """The numbers that no process has taken yet, in a file that all of them see; a process that dies holds no lock."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._handle = file.fileno()
        os.pwrite(self._handle, _ENDS.pack(0, count), 0)

    def take(self, from_the_end: bool) -> int | None:
        import fcntl

        fcntl.lockf(self._handle, fcntl.LOCK_EX)
        try:
            first, last = _ENDS.unpack(os.pread(self._handle, _ENDS.size, 0))
            if first == last:
                return None
            left = (first, last - 1) if from_the_end else (first + 1, last)
            os.pwrite(self._handle, _ENDS.pack(*left), 0)
            return int(last - 1 if from_the_end else first)
        finally:
            fcntl.lockf(self._handle, fcntl.LOCK_UN)


class _Fork:
    """A copy of this process that works on pieces until none is left, writes its answers to a file, and ends."""

    def __init__(self, work: Work, pieces: _Pieces, from_the_end: bool) -> None:
        import tempfile

        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open until the answers are in
        parent = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            status = 1
            with suppress(BaseException):  # whatever went wrong goes wrong again in the process that can tell of it
                found = {}
                # One whose parent was killed has nobody to work for.
                while os.getppid() == parent and (number := pieces.take(from_the_end)) is not None:
                    found[number] = work.piece(number)
                self._file.write(_WRITER.encode((found, work.rest())))
                self._file.flush()
                status = 0
            os._exit(status)

    def brought(self) -> tuple[dict[int, bytes], bytes]:
        """What it found out, and its rest; nothing where it failed."""
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        if status == 0:
            self._file.seek(0)
            with suppress(msgspec.MsgspecError):
                return _READER.decode(self._file.read())
        return {}, b""

    def end(self) -> None:
        """Ends it if it still runs: nobody waits for its answers any more."""
        self._file.close()
        if self._pid:
            with suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
