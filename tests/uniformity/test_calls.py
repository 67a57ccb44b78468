"""What crosses calls: arguments belong to their own call, and what a callee does to what it was handed."""

from __future__ import annotations

from pathlib import Path

from tests.uniformity.support import answers


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


def test_a_number_handed_to_a_call_stays_what_it_is(tmp_path: Path) -> None:
    source = """
    def f(steps: int, rows):
        if dist.get_rank() == 0:
            rows.append(steps)
        data(steps)
        extent(rows)
    """
    assert answers(tmp_path, source) == ["uniform", "varies"]


def test_an_entry_that_a_callee_returns_is_its_own(tmp_path: Path) -> None:
    source = """
    def made(rank, steps):
        plan = {"steps": steps}
        plan["rank"] = rank
        return plan, 1

    def f(steps):
        plan, _ = made(dist.get_rank(), steps)
        data(plan["steps"])
        data(plan["rank"])
        data(plan)
    """
    found = answers(tmp_path, source)
    assert found[0] == "uniform"
    assert "uniform" not in found[1:]
