"""Dominators and closed parts of random graphs, against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from collint.ir.flowgraph import closed_parts, immediate_dominators, postorder

Edges = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    size = draw(st.integers(1, 9))
    return [draw(st.lists(st.integers(0, size - 1), max_size=4)) for _ in range(size)]


def known(edges: Edges) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(edges)))
    graph.add_edges_from((node, following) for node, ends in enumerate(edges) for following in ends)
    return graph


@given(graphs())
def test_dominators_are_those_of_networkx(edges: Edges) -> None:
    expected = nx.immediate_dominators(known(edges), 0)
    expected.pop(0, None)  # releases differ in what they say of the start
    assert immediate_dominators(edges, 0) == [expected.get(node) for node in range(len(edges))]


@given(graphs())
def test_closed_parts_are_components_without_a_way_out(edges: Edges) -> None:
    graph = known(edges)
    parts = [part for part in nx.strongly_connected_components(graph) if all(set(edges[n]) <= part for n in part)]
    assert sorted(map(sorted, closed_parts(edges, range(len(edges))))) == sorted(map(sorted, parts))


@given(graphs())
def test_every_node_that_can_be_reached_comes_once(edges: Edges) -> None:
    order = postorder(edges, (0,))
    assert sorted(order) == sorted({0} | nx.descendants(known(edges), 0))
    assert order[-1] == 0


def test_a_long_path_does_not_recurse() -> None:
    edges = [[node + 1] for node in range(20_000)] + [[]]
    assert immediate_dominators(edges, 0)[-1] == 19_999
