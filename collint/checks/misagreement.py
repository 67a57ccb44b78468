"""COL106's judgement: a deciding value was agreed on, but over the wrong group, too late, or not at all.

That the value still varies for the ranks of a collective is found by :mod:`collint.uniformity`; here the way of that
search is read again for the agreement that somebody believed in. Reported by :mod:`collint.checks.divergence`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from collint.checks.context import Context
from collint.checks.origins import End, Origin, of_symbol
from collint.checks.sites import Site, argument, communicators, sites_of
from collint.checks.wording import listed
from collint.ir.statements import Call
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.meaning import called_name
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol
from collint.record import Record, replace
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Born, Next, State, Variation

MAX_DEPTH = 6
ANSWERS = frozenset("== != < <= > >= not in is and or".split()) | {"not in", "is not"}
READS = frozenset("item tolist bool int float len any all".split())
PLACELESS = frozenset({"const", "parameter", "name", "import", "function", "attr", "phi"})


class Misagreement(Record, frozen=True):
    """What went wrong with an agreement, in words, and how the value varies in spite of it."""

    note: str
    variation: Variation


class Misagreements:
    """Answers about conditions that vary."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.flow = context.uniformity.flow

    def of(self, body: Body, block: int, over: frozenset[Axis], variation: Variation) -> Misagreement | None:
        """The agreement that fails the condition at the end of ``block``; None when none was tried."""
        return (
            self._other_group(over, variation)
            or self._own_entry(over, variation)
            or self._too_late(body, block, over, variation)
            or self._barrier(body, block, over, variation)
        )

    # ------------------------------------------------------------------------------------------- another group

    def _other_group(self, over: frozenset[Axis], variation: Variation) -> Misagreement | None:
        path = variation.path
        for before, state in pairwise(path):
            inner = self.context.program.body(state.body)
            if before.agreed == state.agreed or inner is None:
                continue
            call = self._agreement(inner, state)
            if call is None:
                continue
            met = self.flow.agreements.outward(
                self.flow.agreements.where(inner, call, self.context.meanings.of_call(inner, call)), state
            )
            if not met or over <= frozenset(axis for c in met for axis in self.context.groups.axes(c)):
                continue
            names = listed(sorted({communicator.group_name for communicator in met}))
            note = (
                f"Agreed on over {names} ({_at(inner, call)}), which says nothing about ranks that differ beyond "
                f"{names}."
            )
            sure = self._certainty(variation, met, over)
            return Misagreement(note, replace(variation, confidence=max(variation.confidence, sure)))
        return None

    def _agreement(self, body: Body, state: State) -> int | None:
        """The call that made the value of a state equal on some group."""
        node = state.node
        for _ in range(MAX_DEPTH):
            value = body.values[node]
            if value.kind in ("index", "attr"):
                node = value.arguments[0]
                continue
            call = value.arguments[1] if value.kind == "after" else node
            if body.values[call].kind != "call":
                return None
            meaning = self.context.meanings.of_call(body, call)
            return call if meaning.collective is not None or meaning.agreement is not None else None
        return None

    def _certainty(self, variation: Variation, met: frozenset[Communicator], over: frozenset[Axis]) -> int:
        """How certain it is that the group of an agreement leaves out peers, where the search could not tell."""
        origins = [of_symbol(self.context, c.group) for c in met if isinstance(c.group, Symbol)]
        if len(origins) < len(met) or not all(self._is_part(origin) for origin in origins):
            return 0
        others = [of_symbol(self.context, axis) for axis in over if isinstance(axis, Symbol)]
        if any(not other.is_known or other.is_same(origin) for other in others for origin in origins):
            return 0
        return min(self._walked(variation), MEDIUM if others else HIGH)

    def _is_part(self, origin: Origin) -> bool:
        return origin.is_subgroup and not any(self._is_whole(end) for end in origin.ends)

    def _is_whole(self, end: End) -> bool:
        """Whether a group was made of all ranks: of no list, or of as many as there are."""
        body = self.context.program.body(end.body)
        if end.kind != "made" or body is None:
            return False
        row = self.context.meanings.of_call(body, end.node).new_group
        handed = self.context.meanings.argument(body, end.node, row.ranks) if row is not None and row.ranks else None
        if handed is None or body.values[handed].label == "None":
            return True
        work = [handed]
        for _ in range(MAX_DEPTH):
            node = work.pop()
            if self.context.conditions.key(body, node)[:1] == ("size",) or "world_size" in str(body.values[node].label):
                return True
            value = body.values[node]
            if value.kind != "call" or len(value.arguments) != 2:
                return False
            work.append(value.arguments[1])
        return False

    def _walked(self, variation: Variation) -> int:
        """The certainty of the way alone, with what the source is and without what the groups are."""
        source = [o for o in self.flow.outcomes(variation.path[0]) if isinstance(o, Born) and o.what == variation.what]
        certain = max((born.confidence for born in source), default=0)
        for before, state in pairwise(variation.path):
            steps = [o.confidence for o in self.flow.outcomes(state) if isinstance(o, Next) and o.state == before]
            certain = min([certain, *([max(steps)] if steps else [])])
        return certain

    # ---------------------------------------------------------------------------------------------- own entry

    def _own_entry(self, over: frozenset[Axis], variation: Variation) -> Misagreement | None:
        """``sizes[rank]`` of a gathered vector: agreed, and then each rank looks at an entry of its own."""
        for before, state in pairwise(variation.path):
            body = self.context.program.body(state.body)
            value = body.values[state.node] if body is not None else None
            if body is None or value is None or value.kind != "index" or before.body != state.body:
                continue
            vector, index = value.arguments
            if before.node == index and self._is_agreed(body, vector, over, value.block):
                shown = shortened(describe(body, state.node))
                note = f"`{shortened(describe(body, vector))}` is agreed on, but each rank asks for its own `{shown}`."
                # Who looks for the entries of all in a table finds them where the others find theirs, in other order.
                mirrored = self._is_beside_others(state, vector, over, variation)
                return Misagreement(note, replace(variation, confidence=LOW) if mirrored else variation)
        return None

    def _is_beside_others(self, own: State, vector: int, over: frozenset[Axis], variation: Variation) -> bool:
        """Whether an own entry is looked at as one part of a whole that holds the entry of another rank as well."""
        for part, whole in pairwise(variation.path):
            body = self.context.program.body(whole.body)
            value = body.values[whole.node] if body is not None else None
            if value is None or value.kind != "display":
                continue
            for node in value.arguments:
                other = None
                if node != part.node:
                    asked = State(whole.body, node, stack=whole.stack, agreed=whole.agreed)
                    other = self.context.uniformity.of_state(asked, over, at=value.block)
                if other is not None and any(self._is_entry_of(state, own, vector) for state in other.path):
                    return True
        return False

    def _is_entry_of(self, state: State, own: State, vector: int) -> bool:
        """Whether a state is another entry of the vector from which a rank takes its own."""
        body = self.context.program.body(state.body)
        value = body.values[state.node] if body is not None else None
        if value is None or value.kind != "index" or state.body != own.body or state.node == own.node:
            return False
        return value.arguments[0] == vector

    def _is_agreed(self, body: Body, node: int, over: frozenset[Axis], at: int) -> bool:
        uniformity = self.context.uniformity
        return uniformity.varies(body.id, node, over, at=at) is None and uniformity.meets(body.id, node, over, at=at)

    # ---------------------------------------------------------------------------------- too late, or a barrier

    def _local_states(self, body: Body, variation: Variation) -> list[State]:
        """What the variation went through in ``body`` itself, unless that is a rank: nobody agrees on ranks."""
        states = [s for s in variation.path if s.body == body.id and not s.stack and s.side == "data"]
        if not states or any(self._is_rank(body, state) for state in states):
            return []
        return states

    def _is_rank(self, body: Body, state: State) -> bool:
        value = body.values[state.node]
        hint = self.context.vocabulary.parameter_hint(str(value.label)) if value.kind == "parameter" else None
        born = (outcome for outcome in self.flow.outcomes(state) if isinstance(outcome, Born))
        return (hint is not None and bool(hint.rank_of)) or any(outcome.is_rank for outcome in born)

    def _too_late(self, body: Body, block: int, over: frozenset[Axis], variation: Variation) -> Misagreement | None:
        """The same value is agreed on, but only after it has decided."""
        nodes = {s.node for s in self._local_states(body, variation) if self._is_answer(body, s.node)}
        if not nodes:
            return None
        for site in sites_of(self.context, body):
            if not isinstance(site.row, Collective) or not site.row.agrees or site.block == block:
                continue
            if body.dominates(site.block, block) or not leads(body, block, site.block):
                continue
            if self._covers(site, over) and any(self._is_made_of(body, node, nodes) for node in self._handed(site)):
                note = (
                    f"It is agreed on only after it has decided ({_at(body, site.node)}); ask what that call returns."
                )
                return Misagreement(note, variation)
        return None

    def _is_answer(self, body: Body, node: int) -> bool:
        """Whether a value is one that Python branches on: a comparison, a number read from a tensor."""
        value = body.values[node]
        if value.kind == "op":
            return str(value.label) in ANSWERS
        if value.kind != "call" or not isinstance(value.label, Call):
            return False
        names = self.context.meanings.of_call(body, node).names
        return called_name(value.label) in READS or any(name in READS for name in names)

    def _handed(self, site: Site) -> Iterator[int]:
        spellings = (*site.row.payload, *(s for s in getattr(site.row, "agrees", ()) if s != "result"))
        for spelling in spellings:
            if parse_argument(spelling).role == "argument":
                node = argument(self.context, site, spelling)
                if node is not None:
                    yield node

    def _is_made_of(self, body: Body, node: int, wanted: set[int], depth: int = 0) -> bool:
        if node in wanted:
            return True
        value = body.values[node]
        if depth > MAX_DEPTH or value.kind in PLACELESS:
            return False
        if value.kind == "call" and self.context.meanings.of_call(body, node).functions:
            return False
        through = value.arguments[value.kind == "call" : 1 if value.kind == "after" else None]
        return any(self._is_made_of(body, part, wanted, depth + 1) for part in through)

    def _covers(self, site: Site, over: frozenset[Axis]) -> bool:
        return all(over <= self.context.groups.axes(c) for c in communicators(self.context, site))

    def _barrier(self, body: Body, block: int, over: frozenset[Axis], variation: Variation) -> Misagreement | None:
        """A barrier between the value and the branch: all ranks wait for each other, and agree on nothing."""
        states = [s for s in self._local_states(body, variation) if body.values[s.node].kind not in PLACELESS]
        if not states:
            return None
        first = body.values[states[0].node]
        before = [site for site in sites_of(self.context, body) if body.dominates(site.block, block)]
        if not before or first.span is None:
            return None
        last = max(before, key=lambda site: site.call.span.line)
        is_barrier = isinstance(last.row, Collective) and not last.row.agrees and not last.row.payload
        end = body.graph.blocks[block].terminator
        line = getattr(getattr(end, "span", None), "line", 0)
        between = first.span.line < last.call.span.line <= line and body.dominates(first.block, last.block)
        if not is_barrier or not between or not self._covers(last, over):
            return None
        note = f"The {last.op} before it ({_at(body, last.node)}) makes ranks wait for each other, not agree."
        return Misagreement(note, variation)


def _at(body: Body, call: int) -> str:
    value = body.values[call]
    assert isinstance(value.label, Call)
    line = value.span.line if value.span else 0
    return f"{called_name(value.label)}, {body.path.rpartition('/')[2]}:{line}"
