"""Which values the source claims to be uniform, and over which axes: ``# collint: uniform[dp] reason``.

A claim is about the conditions and the outermost expressions of its statement, not about their parts: ``n = own +
shared()`` says nothing about ``own``. Equal values of one function are one node, so that it holds for all of them.
Whether a claim was needed is found out in :mod:`collint.uniformity.query`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collint.ir.graph import BranchOn, NextOf
from collint.ir.statements import Span
from collint.knowledge.vocabulary import Vocabulary
from collint.linking.program import Body
from collint.source import Directive
from collint.uniformity.states import Axis

EVERY = frozenset({"*", "world"})


class Claims:
    """The claims of all files, by path; looked up by value."""

    def __init__(self, vocabulary: Vocabulary, by_path: Mapping[str, Sequence[Directive]]) -> None:
        self.vocabulary = vocabulary
        self.by_path = by_path

    def about(self, body: Body, node: int) -> tuple[Directive, ...]:
        """The claims about a value."""
        claims = self.by_path.get(body.path)
        if not claims:
            return ()
        found = body.memo.get("claims")
        if found is None:
            found = body.memo["claims"] = self._by_value(body, claims)
        return found.get(node, ())  # type: ignore[attr-defined, no-any-return]

    def axes(self, claim: Directive, over: frozenset[Axis]) -> frozenset[Axis]:
        """What a claim names, as axes: names of axes and groups, ``*``, or a group without a pack by its shown name."""
        if EVERY & set(claim.names):
            return over | self.vocabulary.mesh_axes
        named = frozenset(axis for name in claim.names for axis in named_axes(self.vocabulary, name) or ())
        return named | frozenset(axis for axis in over if str(axis) in claim.names)

    def _by_value(self, body: Body, claims: Sequence[Directive]) -> dict[int, tuple[Directive, ...]]:
        """The values that each claim is about: conditions, and those that are part of no other one of its statement."""
        found: dict[int, dict[Directive, None]] = {}
        spans = [(number, value.span) for number, value in enumerate(body.values.nodes) if value.span is not None]
        for claim in claims:
            inside = [(number, span) for number, span in spans if claim.covers(span.line)]
            outermost = [number for number, span in inside if not any(_within(span, other) for _, other in inside)]
            for number in (*outermost, *self._decided(body, claim)):
                found.setdefault(number, {})[claim] = None
        return {number: tuple(about) for number, about in found.items()}

    def _decided(self, body: Body, claim: Directive) -> Iterator[int]:
        """What branches and loops on the claim's lines look at; it may have been computed elsewhere."""
        for block, node in body.values.conditions.items():
            end = body.graph.blocks[block].terminator
            if isinstance(end, (BranchOn, NextOf)) and claim.covers(end.span.line):
                yield node


def named_axes(vocabulary: Vocabulary, name: str) -> frozenset[str] | None:
    """The axes that a claim means by ``name``; None when no pack knows an axis or group of this name."""
    if name in EVERY:
        return vocabulary.mesh_axes
    if name in vocabulary.mesh_axes:
        return vocabulary.expand((name,))
    return vocabulary.axes_of(name) if vocabulary.group(name) is not None else None


def _within(inner: Span, outer: Span) -> bool:
    start, stop = (inner.line, inner.column), (inner.end_line, inner.end_column)
    first, last = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return first <= start and stop <= last and (first, last) != (start, stop)
