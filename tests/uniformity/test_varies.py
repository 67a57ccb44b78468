"""What varies between ranks: what a process knows alone, until an agreement, and whatever such values decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uniformity.support import answers, variations

BORN = {
    "the rank varies": ("data(dist.get_rank())", "varies"),
    "a random number varies": ("data(random.random())", "varies"),
    "what is computed from the rank varies": ("data(dist.get_rank() % 2 == 0)", "varies"),
    "the size of the world does not": ("data(dist.get_world_size())", "uniform"),
    "a parameter that nobody passes does not": ("data(steps)", "uniform"),
    "a literal does not": ("data(3)", "uniform"),
    "a list of local numbers varies": ("data([random.random()])", "varies"),
    "its length does not": ("extent([random.random()])", "uniform"),
    "neither does len() of it": ("data(len([random.random()]))", "uniform"),
    "as many turns as the rank says": ("extent(range(dist.get_rank()))", "varies"),
    "a list repeated as often as the rank says": ("extent([0] * dist.get_rank())", "varies"),
    "a tensor of local numbers has a fixed shape": ("data(torch.tensor([random.random()]).shape)", "uniform"),
    "an element chosen by the rank": ("data(steps[dist.get_rank()])", "varies"),
    "a choice by the rank": ("data(1 if dist.get_rank() == 0 else 2)", "varies"),
}


@pytest.mark.parametrize(("look", "expected"), BORN.values(), ids=BORN)
def test_birth(tmp_path: Path, look: str, expected: str) -> None:
    assert answers(tmp_path, f"def f(steps):\n    {look}\n") == [expected]


AGREED = {
    "a reduced tensor is the same everywhere": """
        t = torch.tensor([random.random()])
        data(t)
        dist.all_reduce(t)
        data(t)
        data(t.item())
    """,
    "an object broadcast to all is the same everywhere": """
        box = [random.random()]
        data(box)
        dist.broadcast_object_list(box, src=0)
        data(box)
        data(box[0])
    """,
}


@pytest.mark.parametrize("source", AGREED.values(), ids=AGREED)
def test_agreement(tmp_path: Path, source: str) -> None:
    assert answers(tmp_path, "def f():" + source) == ["varies", "uniform", "uniform"]


def test_gathered_values_are_equal_but_for_the_entry_that_one_picks(tmp_path: Path) -> None:
    source = """
    def f():
        parts = [None] * dist.get_world_size()
        dist.all_gather_object(parts, random.random())
        data(max(parts))
        data(parts[0])
        data(parts[dist.get_rank()])
    """
    assert answers(tmp_path, source) == ["uniform", "uniform", "varies"]


def test_an_agreement_in_one_arm_leaves_the_other(tmp_path: Path) -> None:
    source = """
    def f(steps):
        t = torch.tensor([random.random()])
        if steps > 3:
            dist.all_reduce(t)
        data(t)
    """
    assert answers(tmp_path, source) == ["varies"]


def test_what_is_assigned_under_a_varying_branch_varies_after_it(tmp_path: Path) -> None:
    source = """
    def f(config):
        level = 0
        if dist.get_rank() == 0:
            level = 1
            data(level)
        data(level)
    """
    assert answers(tmp_path, source) == ["uniform", "varies"]


def test_not_where_the_arms_assign_the_same(tmp_path: Path) -> None:
    source = """
    def f(config):
        if dist.get_rank() == 0:
            level = config
        else:
            level = config
        data(level)
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_not_where_the_branch_is_uniform(tmp_path: Path) -> None:
    source = """
    def f(config):
        level = 0
        if config > 3:
            level = 1
        data(level)
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_a_count_of_varying_turns_varies_after_the_loop_alone(tmp_path: Path) -> None:
    source = """
    def f():
        count = 0
        while random.random() < 0.5:
            count = count + 1
            data(count)
        data(count)
    """
    assert answers(tmp_path, source) == ["uniform", "varies"]


def test_a_value_of_the_turn_before_varies_as_it_did(tmp_path: Path) -> None:
    source = """
    def f(steps):
        last = 0
        for step in range(steps):
            data(last)
            last = random.random()
    """
    assert answers(tmp_path, source) == ["varies"]


def test_arguments_belong_to_their_own_call(tmp_path: Path) -> None:
    source = """
    def same(value):
        return value

    def f(config):
        data(same(config))
        data(same(dist.get_rank()))
    """
    assert answers(tmp_path, source) == ["uniform", "varies"]


def test_a_parameter_is_what_any_caller_passes(tmp_path: Path) -> None:
    source = """
    def f(value, other):
        data(value)
        data(other)

    def first():
        f(1, 2)

    def second():
        f(dist.get_rank(), 2)
    """
    assert answers(tmp_path, source) == ["varies", "uniform"]


def test_which_return_a_function_takes_is_in_its_result(tmp_path: Path) -> None:
    source = """
    def is_leader():
        if dist.get_rank() == 0:
            return True
        return False

    def f():
        data(is_leader())
    """
    assert answers(tmp_path, source) == ["varies"]


def test_a_helper_that_agrees_in_place_agrees_for_its_caller(tmp_path: Path) -> None:
    source = """
    def agree(tensor):
        dist.all_reduce(tensor)

    def f():
        t = torch.tensor([random.random()])
        agree(t)
        data(t.item())
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_an_attribute_is_what_any_method_writes(tmp_path: Path) -> None:
    source = """
    class Job:
        def __init__(self, config):
            self.leader = dist.get_rank() == 0
            self.limit = config

        def f(self):
            data(self.leader)
            data(self.limit)
    """
    assert answers(tmp_path, source, "Job.f") == ["varies", "uniform"]


def test_a_module_variable_is_what_any_function_writes(tmp_path: Path) -> None:
    source = """
    count = 0

    def note():
        global count
        count = random.randint(0, 9)

    def f():
        data(count)
    """
    assert answers(tmp_path, source) == ["varies"]


def test_a_closure_sees_the_variables_around_it(tmp_path: Path) -> None:
    source = """
    def f(config):
        rank = dist.get_rank()
        def inner():
            data(rank)
            data(config)
        inner()
    """
    assert answers(tmp_path, source, "f.inner") == ["varies", "uniform"]


def test_a_proof_leads_from_the_source_to_the_value(tmp_path: Path) -> None:
    source = """
    def f():
        mine = dist.get_rank()
        first = mine == 0
        data(first)
    """
    (variation,) = variations(tmp_path, source)
    assert variation is not None
    assert [step.line for step in variation.because] == sorted(step.line for step in variation.because)
    assert "rank" in variation.because[0].text


def test_a_test_against_literal_ranks_decides_a_value(tmp_path: Path) -> None:
    source = """
    def f():
        level = 0
        if dist.get_rank() in (0, 1):
            level = 1
        data(level)
    """
    assert answers(tmp_path, source) == ["varies"]


def test_arms_that_bring_the_same_alternatives_chosen_otherwise(tmp_path: Path) -> None:
    source = """
    def f(config, steps):
        level = config
        if (dist.get_rank() == 0 and 22 < steps) or steps >= 23:
            level = steps
        data(level)
    """
    assert answers(tmp_path, source) == ["varies"]


def test_a_value_handed_round_a_loop_unchanged_is_one_value(tmp_path: Path) -> None:
    source = """
    def note(number):
        dist.barrier()
        return number

    def f(steps, items):
        for item in items:
            if dist.get_rank() == 0:
                note(steps)
        data(steps)
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_a_callee_that_only_rebinds_its_parameter_changes_nothing(tmp_path: Path) -> None:
    source = """
    def noisy(number):
        number = random.random()
        dist.barrier()

    def f(steps):
        noisy(steps)
        data(steps)
    """
    assert answers(tmp_path, source) == ["uniform"]


def test_a_callee_that_only_hands_its_parameter_on_changes_nothing(tmp_path: Path) -> None:
    source = """
    def note(number):
        pass

    def step(number):
        dist.barrier()
        if dist.get_rank() > 7:
            note(number)

    def f(steps):
        step(steps)
        data(steps)
    """
    assert answers(tmp_path, source) == ["uniform"]


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
