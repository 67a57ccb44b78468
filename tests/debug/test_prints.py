"""What ``collint debug axes`` and ``collint debug sequences`` print of small programs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from collint.debug import render


def shown(kind: str, folder: Path, source: str, function: str = "f") -> str:
    """The print of one function of a program, its imports left out of the source."""
    program = "import torch\nimport torch.distributed as dist\n" + dedent(source)
    (folder / "pyproject.toml").write_text("")
    (folder / "a.py").write_text(program)
    return render(kind, folder / "a.py", function)


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_axes_of_conditions_loops_and_names(tmp_path: Path) -> None:
    source = """
        def f(samples, steps):
            rank = dist.get_rank()
            mine = samples[rank::8]
            for sample in mine:
                total = sample.sum()
            for _ in range(steps):
                if rank == 0:
                    break
    """
    assert shown("axes", tmp_path, source) == expected("""
        axes f
            5  rank = dist.get_rank()   data: every axis, high (this process's rank in world)
            6  mine = samples[rank::8]  data, extent: every axis, high (this process's rank in world)
            7  for ... in mine          extent: every axis, high (this process's rank in world)
            7  sample                   data, extent: every axis, high (this process's rank in world)
            8  total = sample.sum()     data: every axis, high (this process's rank in world)
            9  _                        uniform
            9  for ... in range(steps)  uniform
           10  if rank == 0             data: every axis, high (this process's rank in world)
    """)


def test_an_agreement_ends_variation_from_there_on(tmp_path: Path) -> None:
    source = """
        def f(group):
            flag = torch.tensor([dist.get_rank()])
            if flag.item():
                pass
            dist.broadcast(flag, src=0)
            if flag.item():
                pass
    """
    assert shown("axes", tmp_path, source) == expected("""
        axes f
            5  flag = torch.tensor([dist.get_rank()])  data: every axis, medium (this process's rank in world)
            6  if flag.item()                          data: every axis, medium (this process's rank in world)
            9  if flag.item()                          uniform
    """)


def test_a_tensor_has_contents_and_an_extent(tmp_path: Path) -> None:
    source = """
        def f(rows):
            rank = dist.get_rank()
            mine = torch.ones(rank)
            same = rows * rank
            picked = same.nonzero()
            length = len(picked)
    """
    assert shown("axes", tmp_path, source) == expected("""
        axes f
            5  rank = dist.get_rank()   data: every axis, high (this process's rank in world)
            6  mine = torch.ones(rank)  extent: every axis, high (this process's rank in world)
            7  same = rows * rank       data: every axis, high (this process's rank in world)
            8  picked = same.nonzero()  data, extent: every axis, high (this process's rank in world)
            9  length = len(picked)     data: every axis, high (this process's rank in world)
    """)


def test_sequences_have_one_line_per_transition(tmp_path: Path) -> None:
    source = """
        def helper(x):
            dist.all_reduce(x)


        def f(x, group, early):
            helper(x)
            if early:
                return
            while x.any():
                dist.barrier(group)
            dist.broadcast(x, src=0)
    """
    assert shown("sequences", tmp_path, source) == expected("""
        sequences f
        state 0
          all_reduce [world] -> 1  a.py:5 through helper
        state 1, may end here
          barrier [group] -> 2  a.py:13
          broadcast [world] root=0 -> 3  a.py:14
        state 2
          barrier [group] -> 2  a.py:13
          broadcast [world] root=0 -> 3  a.py:14
        state 3, may end here
    """)


def test_a_context_manager_shows_its_yield(tmp_path: Path) -> None:
    source = """
        import contextlib


        @contextlib.contextmanager
        def f():
            dist.barrier()
            yield
            dist.barrier()
    """
    assert shown("sequences", tmp_path, source) == expected("""
        sequences f
        state 0
          barrier [world] -> 1  a.py:9
        state 1
          yield -> 2
        state 2
          barrier [world] -> 3  a.py:9
        state 3, may end here
    """)


def test_a_function_without_events_has_one_state(tmp_path: Path) -> None:
    assert shown("sequences", tmp_path, "def f():\n    print(1)\n") == expected("""
        sequences f
        state 0, may end here
    """)


def test_an_unknown_function_is_named_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"a.py has no function 'g' \(it has: <module>, f\)"):
        shown("axes", tmp_path, "def f(): pass\n", "g")
