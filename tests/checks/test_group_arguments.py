"""Roots, list lengths and left-out groups: confidence, words and proofs beyond what the fixtures show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.programs import findings_of


def levels(folder: Path, source: str, rule: str) -> list[str]:
    return [finding.confidence for finding in findings_of(folder, source, rule)]


@pytest.mark.parametrize(
    ("group", "level"),
    [
        ("dist.new_group([1, 2])", ["high"]),
        ("dist.new_group(list(range(1, n)))", ["high"]),
        ("dist.new_group(list(range(n, 2 * n)))", ["medium"]),
        ("dist.new_group([0, 2])", []),
        ("dist.new_group(list(range(n)))", []),
        ("groups[n]", ["low"]),
        ("given", ["medium"]),
        ("optional", ["low"]),
        ("None", []),
    ],
)
def test_a_literal_root_is_as_certain_as_its_absence_from_the_group(
    tmp_path: Path, group: str, level: list[str]
) -> None:
    source = f"""
    def f(x, n, groups, given, optional=None):
        dist.broadcast(x, src=0, group={group})
    """
    assert level == levels(tmp_path, source, "COL203")


def test_a_default_root_on_a_group_that_the_caller_cannot_choose(tmp_path: Path) -> None:
    source = """
    class Held:
        def __init__(self, group: dist.ProcessGroup) -> None:
            self.group = group

        def share(self, x, src=0):
            dist.broadcast(x, src=src, group=self.group)


    def share(x, group, src=0):
        dist.broadcast(x, src=src, group=group)


    def share_some(x, src=0, some=False):
        group = None
        if some:
            group, src = dist.new_group([2, 3]), 2
        dist.broadcast(x, src=src, group=group)
    """
    [finding] = findings_of(tmp_path, source, "COL203")
    assert finding.function == "Held.share"
    assert finding.confidence == "medium"


def test_a_global_rank_where_the_group_counts(tmp_path: Path) -> None:
    source = """
    def f(x):
        group = dist.new_group([2, 3])
        dist.broadcast(x, group_src=dist.get_rank(), group=group)
        dist.broadcast(x, group_src=dist.get_rank(group), group=group)
    """
    [finding] = findings_of(tmp_path, source, "COL203")
    assert finding.line == 7
    assert finding.message.startswith("`group_src` of broadcast counts within the group, but `dist.get_rank()` is")
    assert [step.text for step in finding.because] == ["dist.get_rank()"]


def test_a_list_of_the_job_on_a_group_that_may_be_the_job(tmp_path: Path) -> None:
    source = """
    def f(x, group, maybe=None):
        rows = [None] * dist.get_world_size()
        dist.all_gather_object(rows, x, group=group)
        dist.all_gather_object(rows, x, group=maybe)
        dist.all_gather_object(rows, x, group=dist.new_group([0, 2]))
    """
    assert levels(tmp_path, source, "COL204") == ["medium", "low", "high"]


def test_what_the_others_pass_to_a_rooted_call_is_free(tmp_path: Path) -> None:
    source = """
    def f(x, group):
        rows = [None] * dist.get_world_size(group) if dist.get_rank(group) == 0 else [None]
        dist.gather_object(x, rows, group_dst=0, group=group)
    """
    assert levels(tmp_path, source, "COL204") == []


def test_a_literal_list_fits_a_literal_group(tmp_path: Path) -> None:
    source = """
    def f(x):
        pair = dist.new_group([0, 1])
        dist.all_gather_object([None, None], x, group=pair)
        dist.all_gather_object([None] * 3, x, group=pair)
        dist.all_gather_object([None], x, group=dist.new_group([4]))
    """
    [finding] = findings_of(tmp_path, source, "COL204")
    assert (finding.line, finding.confidence) == (8, "high")


@pytest.mark.parametrize(
    ("call", "level"),
    [
        ("dist.all_reduce(x)", ["high"]),
        ("dist.all_reduce(x, group=None)", ["low"]),
        ("dist.barrier()", ["low"]),
        ("dist.send(x, dst=peer)", ["medium"]),
        ("dist.all_reduce(x, group=dist.group.WORLD)", []),
        ("dist.all_reduce(x, *rest)", []),
        ("dist.all_reduce(x, **options)", []),
        ("dist.all_reduce(x) if group is None else None", []),
    ],
)
def test_a_left_out_group_is_as_certain_as_the_calls_around_it(tmp_path: Path, call: str, level: list[str]) -> None:
    source = f"""
    def f(x, peer, group, rest, options):
        dist.broadcast(x, src=dist.get_global_rank(group, 0), group=group)
        {call}
    """
    assert level == levels(tmp_path, source, "COL205")


def test_a_group_that_is_only_handed_on_is_weak_evidence(tmp_path: Path) -> None:
    source = """
    def reduce_in(x, group: dist.ProcessGroup):
        dist.all_reduce(x, group=group)


    def both(x, group: dist.ProcessGroup):
        reduce_in(x, group)
        dist.all_reduce(x)


    def neither(x, group: dist.ProcessGroup):
        dist.all_reduce(x)
    """
    found = {finding.function: finding.confidence for finding in findings_of(tmp_path, source, "COL205")}
    assert found == {"both": "low", "neither": "medium"}


def test_peers_of_a_class_need_more_than_a_group_for_its_reductions(tmp_path: Path) -> None:
    source = """
    class Stage:
        def __init__(self, group: dist.ProcessGroup, peer: int) -> None:
            self.group = group
            self.peer = peer

        def reduce(self, x):
            dist.all_reduce(x, group=self.group)

        def forward(self, x):
            dist.send(x, dst=self.peer)
    """
    assert levels(tmp_path, source, "COL205") == []


def test_the_proof_shows_where_the_group_is_kept_and_passed(tmp_path: Path) -> None:
    source = """
    class Held:
        def __init__(self, group: dist.ProcessGroup) -> None:
            self.group = group

        def reduce(self, x):
            dist.all_reduce(x, group=self.group)

        def forget(self, x):
            dist.all_reduce(x)
    """
    [finding] = findings_of(tmp_path, source, "COL205")
    assert [step.text for step in finding.because] == ["self.group = group", "dist.all_reduce(x, group=self.group)"]
    assert finding.predicate == "dist.all_reduce(x)"
    assert finding.groups == ("world",)
    assert "pass `group=self.group`" in finding.help
    assert [(event.op, event.group) for event in finding.collectives] == [("all_reduce", "world")]


def test_a_class_that_holds_the_whole_job_misses_nothing(tmp_path: Path) -> None:
    source = """
    class Held:
        def __init__(self) -> None:
            self.group = dist.group.WORLD

        def reduce(self, x):
            dist.all_reduce(x, group=self.group)

        def other(self, x):
            dist.all_reduce(x)
    """
    assert levels(tmp_path, source, "COL205") == []
