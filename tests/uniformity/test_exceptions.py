"""Exceptions that one rank alone may catch: what a handler sets differs, what merely stands in a try does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uniformity.support import answers

CAUGHT = {
    "a flag that a handler sets after a failed read": ("open('x')", "OSError", "varies"),
    "one after an exception that says little": ("steps()", "Exception", "perhaps"),
    "one after an exception that all ranks get": ("steps()", "ImportError", "uniform"),
    "one after an exception that the call does not raise": ("open('x')", "KeyError", "uniform"),
}


@pytest.mark.parametrize(("call", "caught", "expected"), CAUGHT.values(), ids=CAUGHT)
def test_what_is_caught_is_a_source(tmp_path: Path, call: str, caught: str, expected: str) -> None:
    source = f"""
    def f(steps):
        ok = True
        try:
            {call}
        except {caught}:
            ok = False
        data(ok)
    """
    assert answers(tmp_path, source) == [expected]


def test_a_handler_that_raises_or_ends_the_process_leaves_nobody_to_differ(tmp_path: Path) -> None:
    source = """
    import sys

    def f():
        done = None
        try:
            done = open("x")
        except FileNotFoundError:
            sys.exit(1)
        except OSError as error:
            raise RuntimeError from error
        data(done is None)
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_what_comes_after_an_agreement_on_both_ways_is_equal(tmp_path: Path) -> None:
    source = """
    def f():
        box = [None]
        try:
            box = [open("x").read()]
        except OSError:
            box = ["nothing"]
        dist.broadcast_object_list(box, src=0)
        data(box[0])
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_a_rank_test_inside_a_try_does_not_decide_what_follows_its_handler(tmp_path: Path) -> None:
    source = """
    def meet(store):
        try:
            if dist.get_rank() == 0:
                store.close_all()
            return True
        except NotImplementedError:
            return False

    def f(store):
        data(meet(store))
    """
    assert answers(tmp_path, source) == ["uniform"]
