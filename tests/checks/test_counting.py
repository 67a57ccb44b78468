"""What numbers and lists count, on expressions in one function ``f`` of a small program."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint.checks.counting import numbers
from collint.checks.lengths import lengths
from tests.checks.programs import argument, context_of

FUNCTION = """
def f(group: dist.ProcessGroup, other: dist.ProcessGroup, items: list, offset: int):
    rank = dist.get_rank(group)
    size = dist.get_world_size(group)
    mine = dist.get_rank()
    sink({expression})
"""


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("rank", "rank"),
        ("group.rank()", "rank"),
        ("(rank + 1) % size", "rank"),
        ("rank ^ 1", "rank"),
        ("rank - rank % size", "rank"),
        ("size - 1", "rank"),
        ("min(rank + 1, size - 1)", "rank"),
        ("size", "size"),
        ("len(dist.get_process_group_ranks(group))", "size"),
        ("mine", "global"),
        ("mine + 1", "global"),
        ("dist.get_world_size() - 1", "global"),
        ("3", "constant"),
        # What may translate from one numbering into the other is not guessed at.
        ("offset + rank", "unknown"),
        ("rank * 2", "unknown"),
        ("mine // size", "unknown"),
        ("mine % size", "unknown"),
        ("mine - rank", "unknown"),
        ("rank - dist.get_rank(other)", "unknown"),
        ("dist.get_global_rank(group, rank)", "global"),
        ("dist.get_process_group_ranks(group)[rank]", "global"),
    ],
)
def test_arithmetic_keeps_a_numbering_or_forgets_it(tmp_path: Path, expression: str, kind: str) -> None:
    context = context_of(tmp_path, FUNCTION.format(expression=expression) + "    dist.barrier()\n")
    assert [kind] == list(dict.fromkeys(number.kind for number in numbers(context, *argument(context, "sink"))))


def test_going_through_a_range_of_the_size_counts_members(tmp_path: Path) -> None:
    source = """
    def f(group):
        for i in range(dist.get_world_size(group)):
            sink(i)
            dist.barrier()
    """
    context = context_of(tmp_path, source)
    assert [number.kind for number in numbers(context, *argument(context, "sink"))] == ["rank"]


def test_an_attribute_counts_what_its_class_stores(tmp_path: Path) -> None:
    source = """
    class Held:
        def __init__(self, group):
            self.place = dist.get_rank(group)

    def f():
        held = Held(dist.new_group([1, 2]))
        sink(held.place)
        dist.barrier()
    """
    context = context_of(tmp_path, source)
    [number] = numbers(context, *argument(context, "sink"))
    assert number.kind == "rank"
    assert number.origin.is_subgroup


@pytest.mark.parametrize(
    ("expression", "kind", "count"),
    [
        ("[mine]", "exact", 1),
        ("[mine, mine]", "exact", 2),
        ("[None] * 3", "exact", 3),
        ("[None] * size", "group", 0),
        ("size * [None]", "group", 0),
        ("[None for _ in range(size)]", "group", 0),
        ("list(range(size))", "group", 0),
        ("[None for _ in dist.get_process_group_ranks(group)]", "group", 0),
        ("[item for item in items]", "counted", 0),
        ("[None] * len(items)", "counted", 0),
        ("[None] * torch.cuda.device_count()", "counted", 0),
        # Filtered, nested, spread, cut or made elsewhere: nobody has counted these.
        ("[item for item in range(size) if item]", "unknown", 0),
        ("[item for _ in range(size) for item in items]", "unknown", 0),
        ("[*items]", "unknown", 0),
        ("items", "unknown", 0),
        ("items[:2]", "unknown", 0),
        ("torch.ones(2).chunk(size)", "group", 0),
        ("[None] * offset", "unknown", 0),
    ],
)
def test_lists_are_counted_where_their_making_shows_it(tmp_path: Path, expression: str, kind: str, count: int) -> None:
    context = context_of(tmp_path, FUNCTION.format(expression=expression) + "    dist.barrier()\n")
    found = lengths(context, *argument(context, "sink"))
    assert [(kind, count)] == [(length.kind, length.count) for length in found]


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        ("rows.append(i)", "group"),
        ("if i:\n            rows.append(i)", "unknown"),
        ("rows.append(i)\n        rows.append(i)", "unknown"),
        ("rows.append(i)\n        rows.pop()", "unknown"),
    ],
)
def test_a_loop_that_appends_once_per_turn_is_counted(tmp_path: Path, turn: str, kind: str) -> None:
    source = f"""
def f(group):
    rows = []
    for i in range(dist.get_world_size(group)):
        {turn}
    sink(rows)
    dist.barrier()
"""
    context = context_of(tmp_path, source)
    assert kind in [length.kind for length in lengths(context, *argument(context, "sink"))]


def test_one_process_without_a_group_is_not_a_list_of_one(tmp_path: Path) -> None:
    source = """
    def f(group, rows):
        size = dist.get_world_size(group) if group is not None else 1
        dist.all_gather_object([None] * size, rows, group=group)
        sink([None] * size)
    """
    context = context_of(tmp_path, source)
    assert [length.kind for length in lengths(context, *argument(context, "sink"))] == ["group"]
