"""One step of the backward walk through a join: the operands of a phi, and what chooses between them.

What the number of a loop's turns decides is not here, see :mod:`collint.uniformity.control`. A phi also depends on the
conditions whose arms bring different operands (sync dependence), as in Karrenberg and Hack, "Whole-Function
Vectorization" (CGO 2011), and LLVM's uniformity analysis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.graph import BranchOn, NextOf, successors
from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.keys import Key
from collint.linking.paths import leads, reaches
from collint.linking.program import Body
from collint.linking.references import ClassIs
from collint.uniformity.lone import alone, between_ends
from collint.uniformity.places import asked, is_place
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Next, Outcome, State, together

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Joins on the way to a join that are looked through.
MAX_NESTING = 3


class Joins:
    """Transfer functions of phis."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.conditions = flow.conditions
        self.meanings = flow.meanings

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """The operands of a phi, and the conditions that choose between them."""
        state = replace(state, agreed=together(state.agreed, self._sized(state, body, value)))
        ways = zip(value.arguments, body.values.predecessors[value.block], strict=True)
        incoming = [(self.flow.extents.same_object(body, node), before) for node, before in ways]
        ruled_out = self.flow.ruled_out.edge
        incoming = [
            (node, before)
            for node, before in incoming
            if node != state.node and not ruled_out(state, body, before, value.block)
        ]
        edges = [(n, before) for n, before in incoming if not self._is_settled(state, body, n, before, value.block)]
        operands = tuple(dict.fromkeys(node for node, _ in edges))
        received = state.side == "extent" and self._filled_from_exchange(state, body, operands, value.block)
        for node, before in edges:
            lone = alone(self.conditions, body, before, value.block)
            yield Next(replace(state, node=node, agreed=together(state.agreed, lone)), LOW if received else HIGH)
        present = state.side == "presence" and len(edges) < len(incoming)
        if len(operands) < 2 - present or not self.differ(state, body, operands):
            return
        # Arms that each end in an agreement meet in it: which arm a rank took no longer shows.
        agreed = frozenset.intersection(*(self.flow.agreements.agreed_by(state, body, node) for node, _ in incoming))
        for raising in self.choosing(body, value.block, body.interrupters()):
            if body.graph.blocks[raising].handler is not None and self._parts(body, value.block, raising, edges):
                yield from self.flow.control.caught(
                    replace(state, agreed=together(state.agreed, agreed)), body, raising
                )
        for branch in self.choosing(body, value.block, body.controllers()):
            if state.side == "extent":
                most = None if self._lengthens_alike(body, value.block, branch, edges) else HIGH
            else:
                most = self._decides(body, value.block, branch, edges)
            if most is not None:
                if received or self._exchanged(body, branch, value.block):
                    most = LOW
                elif state.side == "extent":
                    most = self.certainty_of_extents(body, operands)
                for outcome in self.flow.control.condition(
                    replace(state, agreed=together(state.agreed, agreed)), body, branch
                ):
                    yield Next(outcome.state, min(most, outcome.confidence)) if isinstance(outcome, Next) else outcome

    def _sized(self, state: State, body: Body, value: Value) -> frozenset[Axis]:
        """``is_first and is_last``: asks for the size of a group, which its members answer alike."""
        if state.side != "data" or len(value.arguments) != 2:
            return frozenset()
        for first, before in zip(value.arguments, body.values.predecessors[value.block], strict=True):
            atom = self.conditions.atom(body, first)
            if (atom.key, not atom.positive) in self.flow.presence.way_along(body, before, value.block):
                last = next(node for node in (*value.arguments, first) if node != first)
                return between_ends(self.conditions, body, first, last)
        return frozenset()

    def _is_settled(self, state: State, body: Body, node: int, before: int, block: int) -> bool:
        """Whether an operand comes along the arm of ``if x is not None:`` that has no ``x``: nothing to ask of it.

        And the other way round: whether it is None is not asked of what comes where a test has found that it is not.
        """
        if state.side == "presence":
            return self.flow.presence.is_tested(body, node, before, block)
        end = body.graph.blocks[before].terminator
        if not isinstance(end, BranchOn) or end.then == end.other:
            return False
        test = body.values[body.values.conditions[before]]
        if test.kind != "op" or test.label not in ("is", "is not") or test.arguments[0] != node:
            return False
        absent = end.then if test.label == "is" else end.other
        return absent == block and self.flow.presence.is_none(body, test.arguments[1]) is True

    def choosing(self, body: Body, block: int, controllers: tuple[frozenset[int], ...]) -> list[int]:
        """The branches, or the blocks that raise, which decide along which edge a join is reached.

        At the head of a loop the turns themselves do not count: ranks that are still inside it have made equally many.
        Who looks at the value from outside the loop adds that, see :mod:`collint.uniformity.control`.
        """
        above = body.values.dominators[block]
        found: set[int] = set()
        turning: dict[int, set[int]] = {}
        for before in body.values.predecessors[block]:
            deciding = set(controllers[before])
            if len(successors(body.graph, before)) > 1:
                deciding.add(before)
            if block in body.graph.blocks[before].loops:
                turning[before] = deciding
            found |= deciding
        together = set.intersection(*turning.values()) if turning else set()
        shared = set(controllers[block]) - {block}
        shared |= {branch for branch in together if self._turns(body, block, branch, tuple(turning))}
        return sorted(
            branch for branch in found - shared if above is None or body.dominates(above, branch) or branch == block
        )

    def _turns(self, body: Body, head: int, branch: int, backs: tuple[int, ...]) -> bool:
        """Whether a branch inside a loop only decides whether there is another turn: one arm leads to all ways back."""
        ways = []
        for back in backs:
            arms = successors(body.graph, branch)
            direct = {arm for arm in arms if arm == head} if back == branch else set()
            ways.append(direct | {arm for arm in arms if arm != head and reaches(body, arm, back, branch, head)})
        return len(ways[0]) == 1 and all(way == ways[0] for way in ways)

    def _exchanged(self, body: Body, branch: int, block: int) -> bool:
        """Whether both arms before a join take part in an exchange: what is sent, and what the others received."""
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop:
            return False
        rows = ((site.block, self.meanings.of_call(body, site.node).collective) for site in body.values.calls)
        blocks = {number for number, row in rows if row is not None and row.agrees}
        arms = (end.then, end.other)
        return block not in arms and all(any(body.dominates(arm, number) for number in blocks) for arm in arms)

    def certainty_of_extents(self, body: Body, operands: tuple[int, ...]) -> int:
        """How certain it is that alternatives differ in extent.

        Of two containers chosen by rank one may be filled later, to the other's size. And what two functions compute
        is as a rule of one shape: a part of a value, or sizes that are spelled out, tell more.
        """
        made = [self.flow.extents.root(body, node) for node in operands]
        if any(self._is_changed_in_place(body, node, made) for node in made):
            return LOW
        told = any(body.values[node].kind != "call" or self._is_sized(body, node) for node in made)
        return MEDIUM if told else LOW

    def _is_changed_in_place(self, body: Body, node: int, others: list[int]) -> bool:
        """``x = x + y``, beside ``x``: as a rule ``y`` is as large, or is stretched to be."""
        value = body.values[node]
        if value.kind != "op" or value.label not in ("+", "-", "*", "/") or len(value.arguments) != 2:
            return False
        lists = any(body.values[part].kind in ("display", "collected", "const") for part in value.arguments)
        return not lists and any(self.flow.extents.root(body, part) in others for part in value.arguments)

    def _filled_from_exchange(self, state: State, body: Body, operands: tuple[int, ...], block: int) -> bool:
        """Whether one of several containers was filled in a loop over what the ranks exchanged: to the others' size."""
        around = body.graph.blocks[block].loops
        work, seen = list(operands), set(operands)
        while work:
            value = body.values[work.pop()]
            if value.kind not in ("phi", "after", "stored"):
                continue
            for head in body.graph.blocks[value.block].loops if value.kind != "phi" else ():
                counted = body.values.conditions.get(head)
                if head not in around and counted is not None and self.flow.agreements.agreed_by(state, body, counted):
                    return True
            fresh = [node for node in value.arguments[: None if value.kind == "phi" else 1] if node not in seen]
            seen.update(fresh)
            work.extend(fresh)
        return False

    def _is_sized(self, body: Body, node: int) -> bool:
        row = self.meanings.of_call(body, node).transfer
        return row is not None and bool(row.extent_from_data or row.shape_from_data)

    def _decides(self, body: Body, block: int, branch: int, edges: list[tuple[int, int]]) -> int | None:
        """How certain it is that the arms of a branch bring different values to a join; None if they bring the same.

        Where both bring the same alternatives, other conditions choose among them: perhaps the same ones in both arms.
        """
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or block == branch:
            return HIGH
        edges = self._spread(body, branch, edges)
        brought = self._brought(body, block, branch, (end.then,), edges)
        if brought != self._brought(body, block, branch, (end.other,), edges):
            return HIGH
        if len(brought) < 2:
            return None
        chosen = [self._chosen(body, block, branch, arm, edges) for arm in (end.then, end.other)]
        return None if chosen[0] == chosen[1] else MEDIUM

    def _lengthens_alike(self, body: Body, block: int, branch: int, edges: list[tuple[int, int]]) -> bool:
        """Whether both arms of a branch append as many elements to one list: ``xs.append(a if own else b)``."""
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or block == branch:
            return False
        ways = [
            {
                self.flow.extents.appended(body, node)
                for node, before in edges
                if (arm == block if before == branch else arm != block and leads(body, arm, before, branch, block))
            }
            for arm in (end.then, end.other)
        ]
        return ways[0] == ways[1] and len(ways[0]) == 1

    def parts_returns(self, body: Body, branch: int, blocks: tuple[int, ...], nodes: tuple[int, ...]) -> bool:
        """Whether the arms of a branch lead to different returns; not where one only raises, or makes a detour.

        How many elements a generator yields does not tell what each of them is.
        """
        end = body.graph.blocks[branch].terminator
        if body.function.is_generator and (isinstance(end, NextOf) or (isinstance(end, BranchOn) and end.is_loop)):
            return False
        if not isinstance(end, BranchOn) or end.is_loop:
            return True
        returned = list(zip(blocks, nodes, strict=True))
        ways = [
            {self._shape(body, node) for block, node in returned if leads(body, arm, block)}
            for arm in (end.then, end.other)
        ]
        return ways[0] != ways[1] or len(ways[0]) > 1

    def _chosen(
        self, body: Body, block: int, branch: int, arm: int, edges: list[tuple[int, int]]
    ) -> set[tuple[object, frozenset[Key]]]:
        """What an arm brings to a join, each with the conditions inside the arm that decide about it."""
        controllers = body.controllers()
        found = set()
        for node, before in edges:
            if before == branch or not leads(body, arm, before, branch, block):
                continue
            inside = [b for b in controllers[before] if body.dominates(arm, b) and b in body.values.conditions]
            keys = (self.conditions.atom(body, body.values.conditions[b]).key for b in inside)
            found.add((self._shape(body, node), frozenset(keys)))
        return found

    def _parts(self, body: Body, block: int, raising: int, edges: list[tuple[int, int]]) -> bool:
        """Whether a handler brings other values to a join than going on does."""
        graph = body.graph
        handler = graph.blocks[raising].handler
        assert handler is not None
        normal = tuple(arm for arm in successors(graph, raising) if arm != handler)
        return self._brought(body, block, raising, (handler,), edges) != self._brought(
            body, block, raising, normal, edges
        )

    def _brought(
        self, body: Body, block: int, branch: int, arms: tuple[int, ...], edges: list[tuple[int, int]]
    ) -> set[object]:
        """What a join receives over some arms of a branch."""
        return {
            self._shape(body, node)
            for node, before in edges
            for arm in arms
            if (arm == block if before == branch else arm != block and leads(body, arm, before, branch, block))
        }

    def _shape(self, body: Body, node: int) -> object:
        """What makes two values alike for a join: the same literal, objects of one class, results of one function.

        Its literal arguments must be the same; others may be two versions of one object. A function outside the program
        must be given the same in all.
        """
        value = body.values[node]
        if value.kind == "const":
            return value.label
        if value.kind == "call":
            meaning = self.meanings.of_call(body, node)
            keys = [self.conditions.key(body, argument) for argument in value.arguments]
            if meaning.functions:
                call = value.label
                assert isinstance(call, Call)
                given = (argument.name or position for position, argument in enumerate(call.arguments))
                literal = frozenset(pair for pair in zip(given, keys[1:], strict=True) if pair[1][0] == "const")
                return (*(ref if isinstance(ref, ClassIs) else name for name, ref in meaning.functions), literal)
            return node if meaning.is_event or meaning.source or meaning.rank else tuple(keys)
        return node

    def _spread(self, body: Body, branch: int, edges: list[tuple[int, int]], depth: int = 0) -> list[tuple[int, int]]:
        """The ways into a join, those through joins on the way to it (between it and ``branch``) one by one."""
        found: list[tuple[int, int]] = []
        for node, before in edges:
            value = body.values[node]
            inner = value.kind == "phi" and value.block not in body.graph.blocks[value.block].loops
            if inner and depth < MAX_NESTING and value.block != branch and body.dominates(branch, value.block):
                ways = list(zip(value.arguments, body.values.predecessors[value.block], strict=True))
                found += self._spread(body, branch, ways, depth + 1)
            else:
                found.append((node, before))
        return found

    def differ(self, state: State, body: Body, operands: tuple[int, ...]) -> bool:
        """Whether it matters, for this side, which of the operands a join receives."""
        if state.side == "extent":  # None has no extent: where one is asked for, no rank holds it
            return (
                len(
                    {
                        self.flow.extents.root(body, node)
                        for node in operands
                        if not self.flow.presence.is_none(body, node)
                    }
                )
                > 1
            )
        if state.side == "kind":
            return self.flow.kinds.differ(state, body, operands)
        if state.side == "presence" and is_place(state.entry):
            return len({self._lacks(body, node, state.entry) for node in operands}) > 1
        if state.side == "presence":
            return len({self.flow.presence.is_none(body, node) for node in operands} | {False}) > 1
        return True

    def _lacks(self, body: Body, node: int, entry: str) -> bool:
        """Whether the component of a value that is asked about is None; who takes one out of None does not go on."""
        display = body.values[node]
        found = asked(display, entry, False) if display.kind == "display" else None
        return found is not None and not found[1] and any(self.flow.presence.is_none(body, part) for part in found[0])
