"""Dominators and parts without a way out, over plain adjacency lists. What the nodes are is not known here.

Graphs of functions are small and many: building a library's graph object costs more than the answer. Dominators are
those of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

Edges = Sequence[Sequence[int]]


def immediate_dominators(edges: Edges, start: int) -> list[int | None]:
    """The immediate dominator of each node; None for ``start`` and for what cannot be reached from it.

    Rounds go on while a parent moves towards the start, which each can do only as often as there are nodes above it.
    """
    order = postorder(edges, (start,))
    number = {node: position for position, node in enumerate(order)}
    before: dict[int, list[int]] = {node: [] for node in order}
    for node in order:
        for following in edges[node]:
            before[following].append(node)
    parents: dict[int, int] = {start: start}
    changed = True
    while changed:
        changed = False
        for node in reversed(order[:-1]):
            known = [one for one in before[node] if one in parents]
            parent = known[0]
            for other in known[1:]:
                parent = _common(parents, number, parent, other)
            if parents.get(node) != parent:
                parents[node] = parent
                changed = True
    return [None if node == start else parents.get(node) for node in range(len(edges))]


def _common(parents: dict[int, int], number: dict[int, int], one: int, other: int) -> int:
    """The nearest node above both, as far as parents are known."""
    while one != other:
        if number[one] < number[other]:
            one = parents[one]
        else:
            other = parents[other]
    return one


def closed_parts(edges: Edges, nodes: Collection[int]) -> list[set[int]]:
    """The groups of ``nodes`` that reach each other and nothing else. No edge of theirs leads out of ``nodes``.

    A walk forwards that begins where the backward walk ended last stays in such a group (Kosaraju).
    """
    backward: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for following in edges[node]:
            backward[following].append(node)
    order = postorder(backward, sorted(nodes))
    found: list[set[int]] = []
    seen: set[int] = set()
    for node in reversed(order):
        if node not in seen:
            part = set(postorder(edges, (node,), seen))
            seen |= part
            if all(following in part for member in part for following in edges[member]):
                found.append(part)
    return found


def postorder(edges: Edges | dict[int, list[int]], starts: Sequence[int], seen: Collection[int] = ()) -> list[int]:
    """What can be reached from ``starts`` without passing ``seen``, each node after those that it leads to."""
    met = set(seen)
    order: list[int] = []
    for start in starts:
        if start in met:
            continue
        met.add(start)
        path = [(start, iter(edges[start]))]
        while path:
            node, following = path[-1]
            onward = next((one for one in following if one not in met), None)
            if onward is None:
                order.append(node)
                path.pop()
            else:
                met.add(onward)
                path.append((onward, iter(edges[onward])))
    return order
