"""Dominance and control dependence against their definitions, on random graphs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collint.ir.dominance import any_dependence, attempts, control_dependence, dominators, post_dominators
from collint.ir.graph import BasicBlock, Dispatch, Graph, Leave, normal_successors, successors
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


def _normal_edges(subject: Graph) -> Edges:
    ends = (subject.exit, subject.failure)
    return [[] if block.number in ends else list(normal_successors(subject, block)) for block in subject.blocks]


def _gated_edges(subject: Graph) -> Edges:
    """The edges without those of exceptions, with a gate before the start of each ``try``: on, or to the handlers."""
    edges = _normal_edges(subject)
    whole = _edges(subject)
    starts: dict[int, list[int]] = {}
    for handler in {block.handler for block in subject.blocks if block.handler is not None}:
        raising = [block.number for block in subject.blocks if block.handler == handler]
        passed = [over for over in range(len(whole)) if not any(_avoidable(whole, 0, it, over) for it in raising)]
        start = next(it for it in passed if all(not _avoidable(whole, 0, it, over) for over in passed))
        if start != handler:
            starts.setdefault(start, []).append(handler)
    for start, handlers in starts.items():
        gate = len(edges)
        edges = [[gate if end == start else end for end in ends] for ends in edges]
        edges.append([start, *handlers])
    return edges


def _with_one_end(edges: Edges, ends: tuple[int, int]) -> Edges:
    """The edges, and those to a virtual end that exit, failure and each loop without a way out lead to."""
    end = len(edges)
    reach = [set(_reachable(edges, block)) for block in range(end)]
    closed = [block for block in range(end) if all(block in reach[other] for other in reach[block])]
    firsts = {min(reach[block]) for block in closed} | set(ends)
    return [[*following, *([end] if block in firsts else [])] for block, following in enumerate(edges)] + [[]]


def _avoidable(edges: Edges, start: int, goal: int, block: int) -> bool:
    return goal in _reachable(edges, start, without=block)


def _immediate(sets: list[set[int]], block: int) -> int | None:
    strict = sets[block] - {block}
    return next((item for item in strict if strict <= sets[item]), None)


def _post_dominance(subject: Graph, edges: Edges) -> list[set[int]]:
    whole = _with_one_end(edges, (subject.exit, subject.failure))
    blocks = range(len(edges))
    return [{over for over in blocks if not _avoidable(whole, block, len(blocks), over)} for block in blocks]


def _dependence(subject: Graph, edges: Edges) -> list[set[int]]:
    """By the definition: some arm of the branch cannot avoid the block, and the branch itself can."""
    sets = _post_dominance(subject, edges)
    return [
        {
            branch
            for branch, ends in enumerate(edges)
            if len(ends) > 1 and any(block in sets[end] for end in ends) and block not in sets[branch] - {branch}
        }
        for block in range(len(edges))
    ]


def _without_gates(depends: list[set[int]], size: int) -> list[frozenset[int]]:
    """What a gate depends on takes its place."""
    while any(branch >= size for blocks in depends for branch in blocks):
        gate = max(branch for blocks in depends for branch in blocks)
        depends = [blocks - {gate} | (depends[gate] - {gate} if gate in blocks else set()) for blocks in depends]
    return [frozenset(blocks) for blocks in depends[:size]]


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
    sets = _post_dominance(subject, _normal_edges(subject))
    assert [_immediate(sets, block) for block in range(len(sets))] == list(post_dominators(subject))


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_a_block_depends_on_the_branches_that_decide_whether_it_runs(subject: Graph) -> None:
    expected = _without_gates(_dependence(subject, _gated_edges(subject)), len(subject.blocks))
    assert expected == list(control_dependence(subject))


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_a_block_depends_on_what_raises_as_on_a_branch(subject: Graph) -> None:
    edges = _edges(subject)
    going_on = {block for block in range(len(edges)) if subject.exit in _reachable(edges, block)}
    kept = [[end for end in ends if block not in going_on or end in going_on] for block, ends in enumerate(edges)]
    assert [frozenset(it) for it in _dependence(subject, kept)] == list(any_dependence(subject))


def _calls(subject: Graph) -> dict[str, int]:
    """The block of each call, by the name of what it calls."""
    named = ((getattr(getattr(step, "function", None), "id", ""), b.number) for b in subject.blocks for step in b.steps)
    return dict(named)


def test_a_test_inside_a_try_decides_nothing_after_its_handler() -> None:
    subject = graph("try:\n    if a: b()\nexcept E:\n    return\nc()")
    at = _calls(subject)
    assert frozenset() == control_dependence(subject)[at["c"]]
    assert at["b"] in any_dependence(subject)[at["c"]]


def test_a_handler_depends_on_what_decides_about_its_try() -> None:
    subject = graph("if a:\n    try:\n        if b: c()\n    except E:\n        d()")
    depends = control_dependence(subject)
    (dispatch,) = depends[_calls(subject)["d"]]
    assert frozenset({0}) == depends[dispatch]


def test_a_try_begins_before_its_first_test() -> None:
    subject = graph("a()\ntry:\n    if b: c()\nexcept E:\n    d()")
    assert list(attempts(subject)) == [0]


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
