"""What a value is computed from within its own function: a backward slice over the value graph.

What comes from outside of the function, through parameters, attributes or calls, is not followed.
"""

from __future__ import annotations

from collint.linking.program import Body

_ANONYMOUS = frozenset({"const", "name", "import", "function", "unknown"})
"""Kinds of values that say nothing about what is computed from them."""


def slice_of(body: Body, node: int) -> frozenset[int]:
    """Everything of its own function that a value is computed from, itself included; literals and names left out."""
    seen, work = {node}, [node]
    while work:
        value = body.values[work.pop()]
        for other in value.arguments:
            if other not in seen and body.values[other].kind not in _ANONYMOUS:
                seen.add(other)
                work.append(other)
    return frozenset(seen)
