"""Programs of odd shapes: twice as many of one thing is about twice the work, and what a bound cuts off is told of.

Work is counted in lines of collint that are executed, on any machine the same. What runs repeat is ``test_work``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from collint.checks import measuring
from collint.pipeline import analyse_tree
from collint.sequences import spending

OWN = str(Path(analyse_tree.__code__.co_filename).parent)
HEAD = "import threading\nimport torch.distributed as dist\n\n"


def _appended(count: int) -> str:
    lines = "".join(f"    held.append(x[{n}])\n" for n in range(count))
    return f"def send(x):\n    held = []\n{lines}    for each in held:\n        dist.all_reduce(each)\n"


def _gathered(count: int) -> str:
    lines = "".join(f"    held.append(q[{n}])\n    dist.all_gather(held, x)\n" for n in range(count))
    return f"def send(x, q):\n    held = []\n{lines}"


def _stored(count: int) -> str:
    lines = "".join(f"    o.a{n} = x.b{n}\n" for n in range(count))
    return f"def send(x, o):\n{lines}    if o.a1:\n        dist.all_reduce(x)\n"


def _chained(count: int) -> str:
    methods = (f"    def m{n}(self, t):\n        self.m{n + 1}(t)\n        dist.all_reduce(t)\n" for n in range(count))
    return f"class Sender:\n{''.join(methods)}    def m{count}(self, t):\n        dist.barrier()\n"


@pytest.fixture
def lines_of(tmp_path: Path) -> Callable[[str], int]:
    """How many lines of collint an analysis of a program executes, beyond those of an empty one."""

    def lines(program: str) -> int:
        counted = 0

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal counted
            if not frame.f_code.co_filename.startswith(OWN):
                return None
            counted += event == "line"
            return trace

        (tmp_path / "shape.py").write_text(HEAD + program)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            analyse_tree(tmp_path)
        finally:
            sys.settrace(before)
        return counted

    analyse_tree(tmp_path)  # what is imported or read once is not counted
    empty = lines("")
    return lambda program: lines(program) - empty


@pytest.mark.parametrize(("shape", "count"), [(_appended, 150), (_gathered, 24), (_stored, 300), (_chained, 60)])
def test_twice_as_many_are_about_twice_the_work(
    shape: Callable[[int], str], count: int, lines_of: Callable[[str], int]
) -> None:
    few, many = lines_of(shape(count)), lines_of(shape(2 * count))
    assert 0 < many < 2.7 * few, (few, many)


def _reasons(folder: Path, program: str) -> dict[str, str]:
    (folder / "shape.py").write_text(HEAD + program)
    return {entry.what: entry.reason for entry in analyse_tree(folder).not_analysed}


def test_callees_share_what_may_be_asked_of_their_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callee = "def send{0}(x):\n    if dist.get_rank() == {0}:\n        dist.all_reduce(x)\n\n"
    calls = "".join(f"    if dist.get_rank() == {n}:\n        send{n}(x)\n" for n in range(4))
    program = "".join(callee.format(n) for n in range(4)) + f"def main(x):\n{calls}"
    assert _reasons(tmp_path, program) == {}
    monkeypatch.setattr(spending, "MAX_BLOCKS_COMPARED", 20)
    told = _reasons(tmp_path, program)
    assert {f"send{n}" for n in range(4)} <= told.keys()
    assert "not all of its rank classes were compared" in told["send1"]


def test_sizes_of_many_payloads_share_what_they_may_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loops = "    while q.empty():\n        if q.full():\n            break\n        dist.all_reduce(x)\n" * 5
    program = f"def main(x, q):\n{loops}"
    assert _reasons(tmp_path, program) == {}
    monkeypatch.setattr(measuring, "MAX_STEPS_OF_A_BODY", 50)
    assert "the size of what it sends" in _reasons(tmp_path, program)["main"]


def test_each_pair_of_threads_is_asked_little(tmp_path: Path) -> None:
    starts = "".join(f"    threading.Thread(target=send{n}, args=(x,)).start()\n" for n in range(9))
    senders = "".join(f"def send{n}(x):\n    dist.all_reduce(x)\n\n" for n in range(9))
    (tmp_path / "shape.py").write_text(f"{HEAD}{senders}def main(x):\n{starts}    dist.all_reduce(x)\n")
    found = [finding for finding in analyse_tree(tmp_path).findings if finding.rule == "COL401"]
    assert len(found) == 9
