"""What must have been passed, what cannot be avoided any more, and which branches decide whether a block runs.

Works on the edges of a graph, exceptional ones included; what the blocks do is not looked at.

Control dependence is that of Ferrante, Ottenstein and Warren, "The Program Dependence Graph and Its Use in
Optimization" (TOPLAS 1987): a block depends on a branch when one arm cannot avoid the block and another arm can.
"""

from __future__ import annotations

import networkx as nx

from collint.ir.graph import Graph, successors

_Edges = list[tuple[int, ...]]


def dominators(graph: Graph) -> tuple[int | None, ...]:
    """The immediate dominator of each block; None for the entry and for an end that is never reached."""
    forward = nx.DiGraph()
    forward.add_node(0)
    forward.add_edges_from((block, following) for block, ends in enumerate(_edges(graph)) for following in ends)
    return _parents(nx.immediate_dominators(forward, 0), len(graph.blocks))


def post_dominators(graph: Graph) -> tuple[int | None, ...]:
    """The immediate post-dominator of each block; None where that is the virtual end of everything.

    The virtual end follows ``exit``, ``failure`` and, so that each block has a way to it, every loop that has no way
    out, at its first block.
    """
    return _post_dominators(graph, _edges(graph))


def control_dependence(graph: Graph) -> tuple[frozenset[int], ...]:
    """For each block the branching blocks that it directly depends on, itself included for the head of a loop."""
    edges = _edges(graph)
    parents = _post_dominators(graph, edges)
    depends: list[set[int]] = [set() for _ in edges]
    for branch, following in enumerate(edges):
        if len(following) < 2:
            continue
        for start in following:
            block: int | None = start
            while block is not None and block != parents[branch]:
                depends[block].add(branch)
                block = parents[block]
    return tuple(frozenset(branches) for branches in depends)


def _edges(graph: Graph) -> _Edges:
    return [successors(graph, number) for number in range(len(graph.blocks))]


def _post_dominators(graph: Graph, edges: _Edges) -> tuple[int | None, ...]:
    end = len(edges)
    backward = nx.DiGraph()
    backward.add_nodes_from(range(end + 1))
    backward.add_edges_from((following, block) for block, ends in enumerate(edges) for following in ends)
    backward.add_edges_from(((end, graph.exit), (end, graph.failure)))
    backward.add_edges_from((end, block) for block in _endless(edges, (graph.exit, graph.failure)))
    return _parents(nx.immediate_dominators(backward, end), end)


def _endless(edges: _Edges, ends: tuple[int, int]) -> list[int]:
    """The first block of each loop that nothing leaves."""
    stuck = set(range(len(edges))) - _reaching(edges, ends)
    if not stuck:
        return []
    forward = nx.DiGraph()
    forward.add_nodes_from(stuck)
    forward.add_edges_from((block, following) for block in stuck for following in edges[block])
    components = nx.strongly_connected_components(forward)
    return sorted(min(part) for part in components if all(set(edges[block]) <= part for block in part))


def _reaching(edges: _Edges, ends: tuple[int, int]) -> set[int]:
    before: list[list[int]] = [[] for _ in edges]
    for block, following in enumerate(edges):
        for successor in following:
            before[successor].append(block)
    found = set(ends)
    pending = list(ends)
    while pending:
        for block in before[pending.pop()]:
            if block not in found:
                found.add(block)
                pending.append(block)
    return found


def _parents(immediate: dict[int, int | None], size: int) -> tuple[int | None, ...]:
    """``immediate`` by number; what releases of networkx say of the root differs, and the virtual end has no number."""
    found = (immediate.get(block) for block in range(size))
    return tuple(
        None if parent is None or parent == block or parent >= size else parent for block, parent in enumerate(found)
    )
