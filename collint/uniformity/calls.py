"""One step of the backward walk through a call: what its result, or a changed argument, depends on.

In order of authority: pack rows (rank, source, uniform, agreement, collective, transfer), builtins, functions of the
program (the walk goes into them and remembers the call site), and for everything else the receiver and the arguments,
side by side. The last of these, and transfer rows, are not here but in :mod:`collint.uniformity.transfer`; what an
operation makes equal is in :mod:`collint.uniformity.agreements`, what it leaves each rank of its own in
:mod:`collint.uniformity.parts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Collective, Source
from collint.knowledge.vocabulary import CALLED
from collint.linking.binding import bind
from collint.linking.callers import skipped
from collint.linking.evaluate import leaves
from collint.linking.meaning import Meaning, is_by_value
from collint.linking.program import Body
from collint.linking.references import AppliedBy, ClassIs, FunctionIs
from collint.uniformity.agreements import agrees_on, is_agreed
from collint.uniformity.installed import looks_into_package
from collint.uniformity.lone import alone
from collint.uniformity.presence import looks_up
from collint.uniformity.states import CONFIDENCE_NAMES, HIGH, LOW, MEDIUM, Axis, Born, Next, Outcome, State, together

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

MAX_STACK = 5
MAX_CALLEES = 6
# Groups of which a rank may be; past these many it is one of them all, and which one is a guess.
MAX_ALTERNATIVES = 3


class CallFlow:
    """Transfer functions of calls."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.groups = flow.groups
        self.meanings = flow.meanings
        self.program = flow.program

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What the result of the call at ``state.node`` depends on."""
        meaning = self.meanings.of_call(body, state.node)
        line = value.span.line if value.span else 0
        if state.truth and not _hands_on(meaning):
            state = replace(state, truth=False)
        if meaning.uniform is not None or meaning.is_accessor or meaning.new_group is not None:
            return
        if meaning.rank is not None:
            if state.side == "data":
                yield from self._rank(state, body, meaning, line)
        elif meaning.source is not None and _is_excepted(body, value, meaning.source):
            return
        elif meaning.source is not None and state.side in meaning.source.sides:
            row = meaning.source
            if looks_into_package(self.flow, body, value):
                return
            if state.side == "extent" and self._is_shared_out(body, state.node, row):
                return
            what = row.what or f"{_short(row.name)}() on this rank"
            own = self.meanings.argument(body, state.node, row.own) if row.own else None
            same = own is not None and body.values[own].kind == "const"
            certain = LOW if same else CONFIDENCE_NAMES.index(row.confidence)
            marks = {"is_passing": row.passing, "is_mostly_alike": row.mostly_alike}
            yield Born(frozenset(row.axes), what, body.path, line, certain, **marks)
        elif meaning.agreement is not None:
            yield from self._agreement(state, body, meaning)
        elif meaning.collective is not None:
            yield from self._collective(state, body, meaning.collective, line)
        elif meaning.transfer is not None:
            yield from self.flow.transfers.outcomes(state, body, value, meaning.transfer)
        elif meaning.functions:
            yield from self._into(state, body, value, meaning)
        elif self._makes_object(body, value):
            return  # what varies is in the object's attributes
        elif state.side != "presence" or looks_up(value):
            asked = replace(state, side="data", keys=True) if state.side == "presence" else state
            yield from self.flow.transfers.unknown(asked, body, value)

    def _is_shared_out(self, body: Body, node: int, row: Source) -> bool:
        """Whether something that gives each rank as much decides how large it is."""
        place = self.meanings.argument(body, node, row.shared_by) if row.shared_by else None
        made = [leaf for leaf in leaves(body, place) if body.values[leaf].kind == "call"] if place is not None else []
        return any(set(self.meanings.of_call(body, leaf).names) & set(row.makers) for leaf in made)

    def _makes_object(self, body: Body, value: Value) -> bool:
        refs = self.flow.evaluator.of_value(body, value.arguments[0])
        return bool(refs) and all(isinstance(ref, ClassIs) for ref in refs)

    def _rank(self, state: State, body: Body, meaning: Meaning, line: int) -> Iterator[Born]:
        """A rank; one in some of many groups is known to differ only along what all of them span."""
        communicators = self.flow.agreements.outward(self.groups.of_rank(body, state.node, meaning), state)
        each = [frozenset(self.groups.axes(communicator)) for communicator in communicators]
        names = ", ".join(sorted(communicator.display for communicator in communicators))
        axes, what = frozenset[Axis]().union(*each), f"this process's rank in {names}"
        shared = frozenset.intersection(*each) if len(each) > MAX_ALTERNATIVES else axes
        if shared:
            yield Born(shared, what, body.path, line, is_rank=True)
        if shared != axes:
            yield Born(axes, what, body.path, line, LOW, is_rank=True)

    # -------------------------------------------------------------------------------------------- agreements

    def _agreement(self, state: State, body: Body, meaning: Meaning) -> Iterator[Outcome]:
        row = meaning.agreement
        assert row is not None
        axes = self.flow.agreements.agreed_axes(self.groups.of_agreement(body, state.node, meaning), state)
        if agrees_on(row, state.side) and any(
            parse_argument(s).role == "result" and not parse_argument(s).path for s in row.agrees
        ):
            state = replace(state, agreed=together(state.agreed, axes))
        if meaning.functions:
            yield from self._into(state, body, body.values[state.node], meaning)
        else:
            yield from self.flow.transfers.unknown(state, body, body.values[state.node])

    def _collective(self, state: State, body: Body, row: Collective, line: int) -> Iterator[Outcome]:
        communicators = self.groups.of_collective(body, state.node, row)
        axes = self.flow.agreements.agreed_axes(communicators, state)
        if "result" in row.agrees and agrees_on(row, state.side):
            state = replace(state, agreed=together(state.agreed, axes))
        elif row.name.endswith(CALLED) and state.side == "data" and state.read:
            yield Born(axes, "what the model made of this rank's own batch", body.path, line, MEDIUM)
        else:
            yield from self.flow.parts.of_result(state, body, state.node, row)
        yield from self._payload(state, body, state.node, row)

    def _payload(self, state: State, body: Body, call: int, row: Collective) -> Iterator[Outcome]:
        places = [self.meanings.argument(body, call, spelling) for spelling in row.payload]
        nodes = tuple(place for place in places if place is not None)
        yield from self.flow.all(state, nodes or body.values[call].arguments[1:])

    def argument_after(self, state: State, body: Body, before: int, call: int, effect: Effect) -> Iterator[Outcome]:
        """What an argument holds after the call that received it."""
        meaning = self.meanings.of_call(body, call)
        row = meaning.collective or meaning.agreement
        site = body.values[call].label
        assert isinstance(site, Call)
        if row is not None and agrees_on(row, state.side) and is_agreed(row, site, effect):
            agreements = self.flow.agreements
            axes = agreements.agreed_axes(agreements.where(body, call, meaning), state)
            agreed = replace(state, agreed=together(state.agreed, axes))
            yield Next(replace(agreed, node=before))
            if isinstance(row, Collective):
                yield from self._payload(replace(agreed, truth=False), body, call, row)
            return
        yield from self.flow.parts.of_argument(state, body, call, effect)
        if row is None and meaning.functions and self._may_change(meaning):
            found = list(self._out_of(state, body, before, call, effect, meaning))
            if found:
                yield from found
                return
        yield Next(replace(state, node=before))

    def _may_change(self, meaning: Meaning) -> bool:
        reaching = self.program.memo.get("reaching", frozenset())
        return any(function_id in reaching for function_id, _ in meaning.functions)  # type: ignore[operator]

    def _out_of(
        self, state: State, body: Body, before: int, call: int, effect: Effect, meaning: Meaning
    ) -> Iterator[Outcome]:
        """The parameter's last value in each callee that changes it."""
        site = body.values[call].label
        assert isinstance(site, Call)
        for function_id, ref in meaning.functions[:MAX_CALLEES]:
            callee = self.program.body(function_id)
            facts = self.program.facts(function_id)
            if callee is None or facts is None:
                continue
            bound = bind(facts.parameters, site.arguments, skipped(self.flow.evaluator, facts, ref))
            names = [name for name, position in bound.items() if position == effect.position]
            for name in names:
                final = callee.values.finals.get(name)
                if final is not None and len(state.stack) < MAX_STACK:
                    stack = (*state.stack, (body.id, call))
                    yield Next(replace(state, body=callee.id, node=final, stack=stack))
                else:
                    yield Next(replace(state, node=before))

    # ------------------------------------------------------------------------------------------ into callees

    def _into(self, state: State, body: Body, value: Value, meaning: Meaning) -> Iterator[Outcome]:
        confidence = HIGH if len(meaning.functions) == 1 else MEDIUM
        if is_by_value(body, state.node, meaning):
            confidence = LOW  # each caller hands over one of these
        for function_id, ref in meaning.functions[:MAX_CALLEES]:
            callee = self.program.body(function_id)
            if callee is None or (isinstance(ref, AppliedBy) and ref.each):
                yield from self.flow.transfers.unknown(state, body, value)
            elif not isinstance(ref, FunctionIs) and function_id.endswith(("__init__", "__new__", "__post_init__")):
                continue  # an object: what varies is in its attributes
            else:
                yield from self._returned(state, body, callee, confidence)

    def _returned(self, state: State, body: Body, callee: Body, confidence: int) -> Iterator[Outcome]:
        for outcome in self.enter(state, body, callee):
            yield replace(outcome, confidence=min(confidence, outcome.confidence))

    def enter(self, state: State, body: Body, callee: Body) -> Iterator[Outcome]:
        """From the call at ``state.node`` to what its callee returns, or what decides how much a generator yields."""
        stack = (*state.stack, (body.id, state.node))
        if len(stack) > MAX_STACK or stack[-1] in state.stack:
            return
        inside = replace(state, body=callee.id, stack=stack)
        if callee.function.is_generator and state.side == "extent":
            for block, _ in callee.values.yields:
                yield from self.flow.control.over(inside, callee, block)
            return
        ways_out = callee.values.returns or callee.values.yields
        returns = [pair for pair in ways_out if not self.flow.ruled_out.block(inside, callee, pair[0])]
        for block, node in returns:
            lone = alone(self.flow.conditions, callee, block)
            yield from self.flow.control.use(
                replace(inside, node=node, agreed=together(inside.agreed, lone)), callee, block
            )
        nodes = tuple(dict.fromkeys(node for _, node in returns))
        if len(nodes) > 1 and self.flow.joins.differ(inside, callee, nodes):
            yield from self._which(inside, callee, *zip(*returns, strict=True))

    def yielded(self, state: State, body: Body) -> Iterator[Outcome]:
        """The same side of each element that the generators at ``state.node`` yield."""
        stack = (*state.stack, (body.id, state.node))
        if len(stack) > MAX_STACK or stack[-1] in state.stack:
            return
        for function_id, _ in self.meanings.of_call(body, state.node).functions[:MAX_CALLEES]:
            callee = self.program.body(function_id)
            inside = replace(state, body=function_id, stack=stack)
            for block, node in callee.values.yields if callee is not None else ():
                assert callee is not None
                yield from self.flow.control.use(replace(inside, node=node), callee, block)

    def _which(self, inside: State, callee: Body, blocks: tuple[int, ...], nodes: tuple[int, ...]) -> Iterator[Outcome]:
        """What decides which of several returns is taken; not seen where each returns what was agreed on."""
        # A return that only a group of one takes has no peers to differ from.
        met = [
            self.flow.agreements.agreed_by(inside, callee, node)
            for block, node in zip(blocks, nodes, strict=True)
            if not self.flow.vocabulary.mesh_axes <= alone(self.flow.conditions, callee, block)
        ]
        agreed = frozenset.intersection(*met) if met else frozenset()
        most = self.flow.joins.certainty_of_extents(callee, nodes) if inside.side == "extent" else HIGH
        deciding = {branch for block in blocks for branch in callee.controllers()[block]}
        idle = frozenset(b for b in deciding if not self.flow.joins.parts_returns(callee, b, blocks, nodes))
        for outcome in self.flow.control.over(
            replace(inside, agreed=together(inside.agreed, agreed)), callee, *blocks, but=idle
        ):
            yield Next(outcome.state, min(most, outcome.confidence)) if isinstance(outcome, Next) else outcome

    def returns_tuple(self, body: Body, call: int, position: int) -> bool:
        """Whether the functions that a call runs return literal tuples that have this component."""
        meaning = self.meanings.of_call(body, call)
        if meaning.collective or meaning.source or meaning.uniform or meaning.transfer or not meaning.functions:
            return False
        for function_id, _ in meaning.functions[:MAX_CALLEES]:
            callee = self.program.body(function_id)
            if callee is None or not callee.values.returns:
                return False
            tuples = [_tuples(callee, node, block) for block, node in callee.values.returns]
            if any(not found or any(position >= len(one.arguments) for _, one in found) for found in tuples):
                return False
        return True

    def component(self, state: State, body: Body, call: int, position: int) -> Iterator[Outcome]:
        """One component of the tuple that a call returns."""
        meaning = self.meanings.of_call(body, call)
        if meaning.agreement is not None:
            wanted = {parse_argument(s).path for s in meaning.agreement.agrees if parse_argument(s).role == "result"}
            if () in wanted or (position,) in wanted:
                axes = self.flow.agreements.agreed_axes(self.groups.of_agreement(body, call, meaning), state)
                state = replace(state, agreed=together(state.agreed, axes))
        stack = (*state.stack, (body.id, call))
        if len(stack) > MAX_STACK or stack[-1] in state.stack:
            return
        for function_id, _ in meaning.functions[:MAX_CALLEES]:
            callee = self.program.body(function_id)
            assert callee is not None
            inside = replace(state, body=callee.id, stack=stack)
            parts = [
                (way, one.arguments[position])
                for block, node in callee.values.returns
                for way, one in _tuples(callee, node, block)
                if not self.flow.ruled_out.block(inside, callee, way)
            ]
            for block, node in parts:
                lone = alone(self.flow.conditions, callee, block)
                yield from self.flow.control.use(
                    replace(inside, node=node, agreed=together(inside.agreed, lone)), callee, block
                )
            nodes = tuple(dict.fromkeys(node for _, node in parts))
            if len(nodes) > 1 and self.flow.joins.differ(inside, callee, nodes):
                for block, node in callee.values.returns:
                    if callee.values[node].kind == "choose":
                        test = replace(inside, node=callee.values[node].arguments[0], side="data", truth=True)
                        yield from self.flow.control.use(test, callee, block)
                yield from self._which(inside, callee, *zip(*parts, strict=True))


def _is_excepted(body: Body, value: Value, row: Source) -> bool:
    """Whether a literal argument says that the call is no source: a place that is the kernel's own, say."""
    literals = (body.values[node] for node in value.arguments[1:] if row.except_for)
    return any(literal.kind == "const" and str(literal.label)[1:].startswith(row.except_for) for literal in literals)


def _hands_on(meaning: Meaning) -> bool:
    """Whether a call's result is one that it was given, or that its function returns."""
    row = meaning.transfer
    return meaning.collective is None and (bool(meaning.functions) if row is None else bool(row.same))


def _tuples(callee: Body, node: int, block: int) -> list[tuple[int, Value]]:
    """The literal tuples that a value is, each with the block that brings it; empty where it may be anything else."""
    value = callee.values[node]
    if value.kind == "display":
        return [(block, value)]
    if value.kind == "choose":
        ways = [(block, callee.values[part]) for part in value.arguments[1:]]
    elif value.kind == "phi":
        before = callee.values.predecessors[value.block]
        ways = [(edge, callee.values[part]) for part, edge in zip(value.arguments, before, strict=True)]
    else:
        return []
    return ways if all(arm.kind == "display" for _, arm in ways) else []


def _short(name: str) -> str:
    return ".".join(name.split(".")[-2:])
