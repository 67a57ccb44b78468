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
