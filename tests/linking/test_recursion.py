"""Recursive answers are those of a fresh start, whatever was asked before."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from random import Random

import pytest

from collint.linking.recursion import MAX_ANSWERS, Recursion

Graph = dict[str, tuple[str, ...]]


class Words:
    """What each node says: its name around what the nodes say that it calls."""

    def __init__(self, graph: Graph, limit: int = 100) -> None:
        self.graph = graph
        self.answers = Recursion("", limit)
        self.worked_out: Counter[str] = Counter()

    def of(self, node: str) -> str:
        return self.answers.run(node, node, lambda: self._work_out(node))

    def _work_out(self, node: str) -> str:
        self.worked_out[node] += 1
        return f"{node}({''.join(self.of(other) for other in self.graph[node])})"


def alone(graph: Graph, node: str, limit: int = 100) -> str:
    return Words(graph, limit).of(node)


def test_a_cycle_says_what_its_way_in_leaves_of_it() -> None:
    graph: Graph = {"a": ("b",), "b": ("c",), "c": ("a", "d"), "d": ()}
    words = Words(graph)
    assert words.of("a") == "a(b(c(d())))"
    assert words.of("b") == "b(c(a()d()))"
    assert words.of("c") == "c(a(b())d())"
    assert words.worked_out == {"a": 3, "b": 3, "c": 3, "d": 1}


@pytest.mark.parametrize("seed", range(20))
def test_no_answer_hangs_on_those_before_it(seed: int) -> None:
    random = Random(seed)
    graph: Graph = {node: tuple(random.sample("abcd", random.randint(0, 2))) for node in "abcd"}
    for order in permutations("abcd"):
        words = Words(graph)
        assert {node: words.of(node) for node in order} == {node: alone(graph, node) for node in graph}


@pytest.mark.parametrize("order", ["abcde", "edcba", "cabed"])
def test_what_was_cut_for_its_depth_is_no_answer_elsewhere(order: str) -> None:
    graph: Graph = {"a": ("b", "d"), "b": ("c",), "c": ("d",), "d": ("e",), "e": ()}
    words = Words(graph, limit=2)
    assert [words.of(node) for node in order] == [alone(graph, node, limit=2) for node in order]
    assert words.of("a") == "a(b(c())d(e()))"


@pytest.mark.parametrize("degree", [3, 20])
def test_a_dense_cycle_is_not_walked_on_every_way(degree: int) -> None:
    nodes = [f"n{number}" for number in range(20)]
    answers = Recursion[int](0, 100)
    worked_out: Counter[str] = Counter()

    def longest(node: str) -> int:
        return answers.run(node, node, lambda: work_out(node))

    def work_out(node: str) -> int:
        worked_out[node] += 1
        return 1 + max(longest(other) for other in nodes[:degree])

    for node in nodes:
        longest(node)
    assert max(worked_out.values()) <= MAX_ANSWERS + 1
