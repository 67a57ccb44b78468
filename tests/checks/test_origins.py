"""Which group a value is, and what is known of its members."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint.checks import made_of, origins
from tests.checks.programs import argument, context_of


def origin(folder: Path, source: str) -> origins.Origin:
    context = context_of(folder, source)
    return origins.of_value(context, *argument(context, "sink"))


@pytest.mark.parametrize(
    ("expression", "world"),
    [
        ("None", True),
        ("dist.group.WORLD", True),
        ("dist.new_group()", True),
        ("dist.new_group(None)", True),
        ("dist.new_group(list(range(dist.get_world_size())))", True),
        ("dist.new_group([0, 1])", False),
        ("dist.new_group(list(range(1, dist.get_world_size())))", False),
        ("dist.new_group(list(range(dist.get_world_size() // 2)))", False),
    ],
)
def test_the_whole_job_is_known_by_all_its_spellings(tmp_path: Path, expression: str, world: bool) -> None:
    found = origin(tmp_path, f"def f():\n    sink({expression})\n    dist.barrier()\n")
    assert world == found.is_world
    assert world != found.is_subgroup


def test_a_group_is_followed_through_callers_attributes_and_returns(tmp_path: Path) -> None:
    source = """
    class Held:
        def __init__(self, group):
            self.group = group

    def make():
        return dist.new_group([1, 2])

    def f():
        held = Held(make())
        sink(held.group)
        dist.barrier()
    """
    found = origin(tmp_path, source)
    assert {"made"} == {end.kind for end in found.ends}


def test_a_parameter_that_nobody_hands_over_is_unknown(tmp_path: Path) -> None:
    found = origin(tmp_path, "def f(group=None):\n    sink(group)\n    dist.barrier()\n")
    assert not found.is_known
    assert found.optional


@pytest.mark.parametrize(
    ("ranks", "rank", "held"),
    [
        ("[0, 1]", 0, True),
        ("(0, 1)", 2, False),
        ("list(range(1, n))", 0, False),
        ("list(range(1, n))", 1, True),
        ("list(range(1, n))", 2, None),
        ("range(0, n, 2)", 0, True),
        ("list(range(n, 2 * n))", 0, None),
        ("ranks", 0, None),
        ("[n, 1]", 1, None),
    ],
)
def test_members_are_read_off_the_call_that_makes_the_group(
    tmp_path: Path, ranks: str, rank: int, held: bool | None
) -> None:
    context = context_of(tmp_path, f"def f(ranks, n):\n    sink(dist.new_group({ranks}))\n    dist.barrier()\n")
    assert held is made_of.members_of(context, *argument(context, "sink")).holds(rank)
