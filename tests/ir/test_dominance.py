"""Dominance and control dependence against their definitions, on random graphs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collint.ir.dominance import control_dependence, dominators, post_dominators
from collint.ir.graph import BasicBlock, Dispatch, Graph, Leave, successors
from collint.ir.statements import Span
from tests.ir.support import graph

HERE = Span(1, 0, 1, 1)
Edges = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Blocks that can all be reached; some return, some fail, some may raise to another one."""
    size = draw(st.integers(1, 7))
    block = st.integers(0, size - 1)
    drawn = [(draw(st.lists(block, max_size=3)), draw(st.none() | block), draw(st.booleans())) for _ in range(size)]
    order = _reachable([[*ends, *([] if handler is None else [handler])] for ends, handler, _ in drawn])
    number = {old: new for new, old in enumerate(order)}
    blocks: list[BasicBlock] = []
    for old in order:
        ends, handler, fails = drawn[old]
        leave = Leave("raise" if fails else "end", None, HERE)
        end = Dispatch(tuple(number[target] for target in ends)) if ends else leave
        blocks.append(BasicBlock(number[old], (), end, None if handler is None else number[handler], ()))
    for at in range(len(order), len(order) + 2):
        blocks.append(BasicBlock(at, (), Leave("end", None, HERE), None, ()))
    return Graph("f", (), tuple(blocks), len(order), len(order) + 1)


def _reachable(edges: Edges, start: int = 0, without: int = -1) -> list[int]:
    found = [] if start == without else [start]
    for block in found:
        found.extend(dict.fromkeys(end for end in edges[block] if end != without and end not in found))
    return found


def _edges(subject: Graph) -> Edges:
    return [list(successors(subject, number)) for number in range(len(subject.blocks))]


def _with_one_end(subject: Graph) -> Edges:
    """The edges, and those to a virtual end that exit, failure and each loop without a way out lead to."""
    edges = _edges(subject)
    end = len(edges)
    reach = [set(_reachable(edges, block)) for block in range(end)]
    closed = [block for block in range(end) if all(block in reach[other] for other in reach[block])]
    firsts = {min(reach[block]) for block in closed}
    return [[*ends, *([end] if block in firsts else [])] for block, ends in enumerate(edges)] + [[]]


def _avoidable(edges: Edges, start: int, goal: int, block: int) -> bool:
    return goal in _reachable(edges, start, without=block)


def _immediate(sets: list[set[int]], block: int) -> int | None:
    strict = sets[block] - {block}
    return next((item for item in strict if strict <= sets[item]), None)


def _post_dominance(subject: Graph) -> list[set[int]]:
    edges = _with_one_end(subject)
    blocks = range(len(subject.blocks))
    return [{over for over in blocks if not _avoidable(edges, block, len(blocks), over)} for block in blocks]


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_a_dominator_is_passed_on_every_way_from_the_entry(subject: Graph) -> None:
    edges = _edges(subject)
    reached = _reachable(edges)
    sets = [
        {over for over in reached if block in reached and not _avoidable(edges, 0, block, over)}
        for block in range(len(edges))
    ]
    assert [_immediate(sets, block) for block in range(len(edges))] == list(dominators(subject))


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_a_post_dominator_is_passed_on_every_way_to_the_end(subject: Graph) -> None:
    sets = _post_dominance(subject)
    assert [_immediate(sets, block) for block in range(len(sets))] == list(post_dominators(subject))


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_a_block_depends_on_the_branches_that_decide_whether_it_runs(subject: Graph) -> None:
    sets = _post_dominance(subject)
    edges = _edges(subject)
    expected = [
        frozenset(
            branch
            for branch, ends in enumerate(edges)
            if len(ends) > 1 and any(block in sets[end] for end in ends) and block not in sets[branch] - {branch}
        )
        for block in range(len(edges))
    ]
    assert expected == list(control_dependence(subject))


def test_an_arm_depends_on_its_condition_and_the_join_does_not() -> None:
    subject = graph("if a:\n    b()\nelse:\n    c()\nd()")
    assert (frozenset(), frozenset({0}), frozenset({0}), frozenset()) == control_dependence(subject)[:4]


def test_what_follows_an_early_return_depends_on_it() -> None:
    subject = graph("if a: return\nb()")
    assert frozenset({0}) == control_dependence(subject)[2]


def test_the_head_of_a_loop_depends_on_itself() -> None:
    subject = graph("while a: b()")
    assert frozenset({1}) == control_dependence(subject)[1] == control_dependence(subject)[2]


def test_an_endless_loop_has_an_end_too() -> None:
    subject = graph("while True:\n    if a: b()")
    assert post_dominators(subject)[:4] == (1, None, 1, None)
    assert control_dependence(subject)[2] == frozenset({1})
