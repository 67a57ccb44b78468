"""The process of one rank: imports torch once and forks itself for every program that it is given.

It decides nothing: what a rank did goes to ``ranks.py`` as JSON lines. A fork is a rank as fresh as a new process (its
environment, modules, exit hooks and threads are its own) without the seconds that importing torch takes.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

Job = dict[str, Any]
DIGITS = 5
"""Numbers are compared to so many significant digits: reductions may add up in another order."""


def serve() -> None:
    """Runs the jobs that come as JSON lines, each in a fork; ends, with every fork, when there is no more input."""
    import torch
    import torch._dynamo  # with its first use, DistributedDataParallel would import it in every fork
    import torch.distributed.checkpoint
    import torch.distributed.fsdp

    torch.set_num_threads(1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        if os.fork() == 0:
            try:
                _run(json.loads(line))
            finally:
                os._exit(1)
    os.killpg(0, signal.SIGKILL)


def _run(job: Job) -> None:
    """One rank of one program. Each step waits for the word that every rank has come so far."""
    said = socket.socket(socket.AF_UNIX)
    said.connect(job["socket"])
    words = said.makefile("r")
    unseen: list[BaseException] = []
    sys.unraisablehook = lambda report: unseen.append(report.exc_value or report.exc_type())
    threading.excepthook = lambda report: unseen.append(report.exc_value or report.exc_type())
    try:
        _say(said, rank=job["rank"], pid=os.getpid())
        _prepare(job)
        _say(said, **_call_main(job))
        words.readline()
        _say(said, problems=_leftovers())
        words.readline()
        atexit._run_exitfuncs()
        gc.collect()
        if unseen:
            raise unseen[0]
        _say(said, ended=True)
        words.readline()
    except BaseException as error:
        _say(said, **_described(error, job))
        words.readline()


def _say(said: socket.socket, **words: Any) -> None:
    said.sendall(json.dumps(words).encode() + b"\n")


def _prepare(job: Job) -> None:
    """The surroundings that a launcher gives a rank: its output, its folder and its environment."""
    import torch.distributed as dist

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=False)
    os.chdir(job["folder"])
    os.environ.update(job["environment"])
    tempfile.tempdir = None  # asked for while torch was imported
    sys.path.insert(0, job["top"])
    sys.argv = [job["module"]]
    sys.dont_write_bytecode = True
    dist.set_debug_level_from_env()


def _call_main(job: Job) -> Job:
    import torch.distributed as dist

    module = importlib.import_module(job["module"])
    if not job["makes_group"]:
        dist.init_process_group("gloo", rank=job["rank"], world_size=job["ranks"])
    value = plain(module.main(job["rank"], job["ranks"]))
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()  # as the interpreter does at its end
    if not hasattr(module, "expected"):
        return {"value": value}
    right = plain(module.expected(job["rank"], job["ranks"]))
    return {"value": None, "problems": [] if value == right else [f"value {value}, expected {right}"]}


def plain(value: Any) -> Any:
    """What a rank computed as JSON, so that ranks can be compared: arrays as lists, numbers to a few digits."""
    if hasattr(value, "full_tensor"):
        value = value.full_tensor()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return value if isinstance(value, (bool, int, str, type(None))) else type(value).__name__


def _described(error: BaseException, job: Job) -> Job:
    """The error in one line, with the last line of the program that led to it."""
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stderr.flush()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(job["top"])]
    place = f" [{Path(frames[-1].filename).name}:{frames[-1].lineno}]" if frames else ""
    first = (str(error).strip().splitlines() or [""])[0]
    return {"error": type(error).__name__, "message": first[:200] + place}


def _leftovers() -> list[str]:
    """Sends a token round every group, collectively and from each rank to each: what was left over meets it instead.

    Not under DETAIL, whose count of operations differs between ranks after sends and receives that are not symmetric.
    """
    import torch.distributed as dist

    if not dist.is_initialized() or dist.get_debug_level() == dist.DebugLevel.DETAIL:
        return []
    groups = sorted(dist.distributed_c10d._world.pg_names.items(), key=lambda entry: entry[1])
    return [problem for group, name in groups for problem in _leftovers_of(group, name)]


def _leftovers_of(group: Any, name: str) -> list[str]:
    import torch
    import torch.distributed as dist

    size, rank = dist.get_world_size(group), dist.get_rank(group)
    if size < 2 or rank < 0:
        return []
    try:
        tokens = torch.zeros(size, 3, dtype=torch.int64)
        dist.all_gather(list(tokens), _token(rank), group=group)
        peers = [peer for peer in range(size) if peer != rank]
        works = [dist.isend(_token(rank), group=group, group_dst=peer) for peer in peers]
        received = [torch.zeros(3, dtype=torch.int64) for _ in peers]
        works += [dist.irecv(one, group=group, group_src=peer) for one, peer in zip(received, peers, strict=True)]
        for work in works:
            work.wait()
    except RuntimeError as error:
        return [f"group {name}: {str(error).splitlines()[0][:200]}"]
    right = [_token(peer).tolist() for peer in range(size)]
    if tokens.tolist() != right or [one.tolist() for one in received] != [right[peer] for peer in peers]:
        return [f"group {name}: an operation of the program met what came after it"]
    return []


def _token(rank: int) -> Any:
    import torch

    return torch.tensor([rank, 7919, -rank], dtype=torch.int64)


if __name__ == "__main__":
    serve()
