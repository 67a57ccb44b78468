"""One step of the backward walk from a place in a body to what decides there: conditions, and the turns of loops.

What chooses between the operands of a join is not here, see :mod:`collint.uniformity.joins`. A value changed in a loop
depends on what ends the loop (temporal dependence), as in Karrenberg and Hack, "Whole-Function Vectorization" (CGO
2011), and LLVM's uniformity analysis. Tests inside a ``try`` decide nothing after its handler; that an exception was
caught does, and is a source of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.graph import BranchOn, NextOf, normal_successors
from collint.ir.node import replace
from collint.ir.values import Effect, Value
from collint.linking.paths import is_guard, must_pass
from collint.linking.program import Body
from collint.linking.retries import is_poll, tries_again
from collint.linking.turns import is_left_out
from collint.uniformity.lone import alone, between_tests
from collint.uniformity.states import HIGH, LOW, Born, Next, Outcome, State, together

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Nodes whose value is made anew each time that control passes: those of a loop show how often it did.
MADE_ANEW = frozenset({"phi", "after", "stored", "collected", "call", "element"})


class Control:
    """What decides whether, and how often, a place in a body is passed."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.conditions = flow.conditions

    def use(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """A value looked at in ``block``. From outside a loop, a value made inside shows how many turns there were."""
        yield Next(state)
        if state.side == "kind":
            return  # an object of the same class every time
        value = body.values[self.flow.extents.same_object(body, state.node)]
        if value.kind not in MADE_ANEW or (state.side == "extent" and not self._grows(state, body, value)):
            return
        for head in body.graph.blocks[value.block].loops:
            if head not in body.graph.blocks[block].loops:
                most = LOW if state.part and self._is_handed_on(body, head, state.node) else HIGH
                for branch in self._exits(body, head):
                    for outcome in self.condition(state, body, branch):
                        yield replace(outcome, confidence=min(most, outcome.confidence))

    def _is_handed_on(self, body: Body, head: int, node: int) -> bool:
        """Whether all that happens to an object in a loop is that calls receive it: what they do to it is a guess."""
        work, seen = [node], {node}
        while work:
            value = body.values[work.pop()]
            if head not in body.graph.blocks[value.block].loops:
                continue
            if value.kind == "after" and isinstance(value.label, Effect) and value.label.role == "argument":
                before = value.arguments[:1]
            elif value.kind == "phi":
                before = value.arguments
            else:
                return False
            work += [other for other in before if other not in seen]
            seen.update(before)
        return True

    def _grows(self, state: State, body: Body, value: Value) -> bool:
        """Whether the extent of a value made in a loop can change from turn to turn."""
        if value.kind == "phi":
            return self.flow.joins.differ(state, body, value.arguments)
        return value.kind == "collected" or (isinstance(value.label, Effect) and value.label.role == "receiver")

    def _exits(self, body: Body, head: int) -> list[int]:
        """The branches by which a loop can be left."""
        memo: dict[int, list[int]] = body.memo.setdefault("exits", {})  # type: ignore[assignment]
        if head not in memo:
            memo[head] = self._found_exits(body, head)
        return memo[head]

    def _found_exits(self, body: Body, head: int) -> list[int]:
        return [
            block.number
            for block in body.graph.blocks
            if head in block.loops
            and isinstance(block.terminator, (BranchOn, NextOf))
            and any(head not in body.graph.blocks[f].loops for f in normal_successors(body.graph, block))
        ]

    def condition(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """What decides at the end of a block: a condition's data, or how many elements a loop finds.

        What is only asked where a group has one member does not differ within it. A rank's test for membership
        (``rank in ranks``) decides which group is its own, and so nothing within a group.
        """
        node = body.values.conditions.get(block)
        if node is None or self._is_membership(body, node) or is_guard(body, block):
            return
        agreed = together(state.agreed, alone(self.conditions, body, block))
        agreed = together(agreed, between_tests(self.conditions, body, block))
        state = replace(state, node=node, agreed=agreed, entry="", keys=False, kinds=())
        loops = isinstance(body.graph.blocks[block].terminator, NextOf)
        yield from self.use(replace(state, side="extent" if loops else "data", truth=not loops), body, block)

    def _is_membership(self, body: Body, node: int) -> bool:
        value = body.values[node]
        if value.kind != "op" or value.label not in ("in", "not in"):
            return False
        if body.values[value.arguments[1]].kind == "display":  # ``rank in (0, 1)`` picks ranks out, no group
            return False
        key = self.conditions.key(body, value.arguments[0])
        name = str(body.values[value.arguments[0]].label).rpartition(".")[2]
        return key[0] == "rank" or name in ("rank", "global_rank", "world_rank")

    def _keeps_polling(self, body: Body, branch: int) -> bool:
        """Whether a branch only decides whether a loop that polls goes on."""
        end = body.graph.blocks[branch].terminator
        loops = body.graph.blocks[branch].loops
        return (
            isinstance(end, BranchOn) and end.is_loop and bool(loops) and is_poll(self.flow.failures, body, loops[-1])
        )

    def caught(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """What a block may raise on this rank alone, into a handler that swallows it: a branch like any other.

        Where the handler only tries again, what counts is how often it succeeds, and that is for others to decide.
        Which of two values is kept, or what is left out of one, is no order.
        """
        if state.side == "order":
            return
        failing = self.flow.failures.swallowed(body, block)
        axes = self.flow.vocabulary.mesh_axes - state.agreed
        if failing is not None and axes and not tries_again(self.flow.failures, body, block):
            what = f"decided by an exception that this rank alone may catch ({failing.what})"
            # Whichever way made an object of an unknown kind, what it is asked for is mostly the same; and what could
            # be read or reached when a program starts, mostly could be everywhere.
            certain = LOW if state.part else failing.confidence
            yield Born(axes, what, body.path, failing.span.line, certain, is_mostly_alike=True)

    def over(self, state: State, body: Body, *blocks: int, but: frozenset[int] = frozenset()) -> Iterator[Outcome]:
        """Everything that decides whether, and which of, some blocks run, apart from the branches of ``but``."""
        controllers = body.deciders()
        deciding = {b for block in blocks for b in controllers[block] - but if not must_pass(body, b, block)}
        for branch in sorted(branch for branch in deciding if not is_left_out(body, branch)):
            # A loop that polls turns as often as it likes; what it comes to do, it does once for all that has come.
            most = LOW if self._keeps_polling(body, branch) else HIGH
            for outcome in self.condition(state, body, branch):
                yield replace(outcome, confidence=min(most, outcome.confidence))
        for raising in sorted({raising for block in blocks for raising in body.interrupters()[block]}):
            yield from self.caught(state, body, raising)
