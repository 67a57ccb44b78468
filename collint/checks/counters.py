"""COL406's judgement: does a counter or flag that decides about a collective advance on some ranks only?

Where such state is kept and who writes it is :mod:`collint.checks.kept`; that it decides about a collective at all is
found by :mod:`collint.checks.divergence`, which reports it under this rule. A counter that is set from an agreed value
from time to time counts in lock step by the program's own protocol.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.kept import Place, Write, is_counter, is_flag, places_in, writes_of
from collint.checks.provenance import calls_to
from collint.findings import Because
from collint.ir.graph import BranchOn, NextOf, successors
from collint.ir.statements import Span
from collint.linking.describe import excerpt
from collint.linking.paths import is_guard, leads
from collint.linking.program import Body
from collint.linking.retries import tries_again
from collint.record import Record, replace
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Variation

MAX_HOPS = 3


class Advance(Record, frozen=True):
    """Why a counter differs between ranks: the variation of what decides whether ``write`` runs.

    ``asked`` are the body and place of the deciding branch, or of the call that some ranks leave by an exception.
    """

    place: Place
    write: Write
    variation: Variation
    asked: tuple[Body, Span]


class Counters:
    """Judgements about counters, kept for the run."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def in_condition(self, body: Body, node: int) -> tuple[Place, ...]:
        """The counters and flags that a condition reads."""
        return tuple(p for p in places_in(self.context, body, node) if is_counter(self.context, p))

    def advance(self, body: Body, node: int, over: frozenset[Axis]) -> Advance | None:
        """The most certain reason for which a counter in a condition differs over ``over``, if there is one."""
        found: list[Advance] = []
        for place in self.in_condition(body, node):
            found.extend(self._of_place(place, over))
        return max(found, key=lambda one: one.variation.confidence, default=None)

    def starts_again(self, body: Body, block: int) -> bool:
        """Whether the branch that ends a block also decides when the counter that it reads starts again."""
        places = self.in_condition(body, body.values.conditions[block])
        stores = [w for place in places for w in writes_of(self.context, place) if w.body.id == body.id]
        return any(write.kind == "constant" and block in body.controllers()[write.block] for write in stores)

    def is_lock_step(self, place: Place, over: frozenset[Axis]) -> bool:
        """Whether something agreed on over ``over`` sets the counter, or decides when it starts again."""
        return any(self._is_agreed_reset(write, over) for write in writes_of(self.context, place) if not write.is_setup)

    def is_agreed_anew(self, body: Body, node: int, at: int, variation: Variation, over: frozenset[Axis]) -> bool:
        """Whether each turn of the loop around a condition sets what it asks from something agreed on over ``over``.

        What a rank's own number makes another function set in between is part of that protocol, as far as can be told;
        a file, a clock or a signal is not.
        """
        loops = set(body.graph.blocks[at].loops)
        if variation.is_circumstance or not loops or all(state.body == body.id for state in variation.path):
            return False
        written = (w for place in places_in(self.context, body, node) for w in writes_of(self.context, place))
        return any(
            w.kind == "other"
            and w.body.id == body.id
            and not loops.isdisjoint(body.graph.blocks[w.block].loops)
            and self.context.uniformity.meets(body.id, w.value, over, at=w.block)
            for w in written
        )

    def _is_agreed_reset(self, write: Write, over: frozenset[Axis]) -> bool:
        uniformity = self.context.uniformity
        if write.kind == "advance":
            return False
        if write.kind == "other" and uniformity.meets(write.body.id, write.value, over, at=write.block):
            return True
        deciding = [b for b in sorted(write.body.controllers()[write.block]) if b in write.body.values.conditions]
        conditions = write.body.values.conditions
        agreed = [b for b in deciding if uniformity.meets(write.body.id, conditions[b], over, at=b)]
        if not agreed:
            return False
        # What ranks agree on resets nothing where one of them has left before, unless that was agreed on as well.
        alone = (branch for branch in deciding if _leaves(write, branch, agreed))
        reasons = (self._varies(write.body, branch, over) for branch in alone)
        return not any(reason is not None and reason.confidence >= HIGH for reason in reasons)

    # ---------------------------------------------------------------------------------------------- one place

    def _of_place(self, place: Place, over: frozenset[Axis]) -> Iterator[Advance]:
        key = ("advances", place, over)
        found: tuple[Advance, ...] | None = self.context.memo.get(key)  # type: ignore[assignment]
        if found is None:
            found = self.context.memo[key] = tuple(self._advances(place, over))
        yield from found

    def _advances(self, place: Place, over: frozenset[Axis]) -> Iterator[Advance]:
        later = [write for write in writes_of(self.context, place) if not write.is_setup]
        lock_step = self.is_lock_step(place, over)
        for write in later:
            if write.kind not in ("advance", "constant") or self._is_agreed_reset(write, over):
                continue
            for variation, span in self._apart(place, write, later, over):
                # A flag that others raise too may be up on all ranks in the end.
                most = LOW if is_flag(self.context, place) and _is_repeated(write, later) else HIGH
                lower = replace(variation, confidence=min(variation.confidence, most))
                yield Advance(place, write, lower, (write.body, span))
            if not lock_step and write.kind == "advance":
                yield from self._from_callers(place, write, over)

    def _apart(
        self, place: Place, write: Write, later: list[Write], over: frozenset[Axis]
    ) -> Iterator[tuple[Variation, Span]]:
        """What keeps some ranks from a write in its own function: branches, and exceptions that a handler swallows."""
        body = write.body
        for branch in self._deciding(body, write.block, place):
            end = body.graph.blocks[branch].terminator
            variation = self._varies(body, branch, over)
            if variation is not None and isinstance(end, BranchOn) and not _is_evened(write, later, branch):
                yield variation, end.span
        failures = self.context.uniformity.flow.failures
        for raising in sorted(body.interrupters()[write.block]) if write.kind == "advance" else ():
            failing = failures.swallowed(body, raising)
            if failing is None or tries_again(failures, body, raising):
                continue
            what = f"an exception that this rank alone may catch ({failing.what})"
            yield Variation(over, failing.confidence, what, _step(self.context, body, failing.span)), failing.span

    def _from_callers(self, place: Place, write: Write, over: frozenset[Axis]) -> Iterator[Advance]:
        """Callers that come to the write on some ranks only: of two kinds of steps one is skipped."""
        seen = {write.body.id}
        layer = [write.body]
        several = False
        for _ in range(MAX_HOPS):
            callers = [(c, c.values[node].block) for inner in layer for c, node, _ in calls_to(self.context, inner.id)]
            several = several or len({caller.id for caller, _ in callers}) > 1
            most = MEDIUM if several and not is_flag(self.context, place) else LOW
            for caller, block in callers:
                for branch in self._deciding(caller, block, place):
                    variation = self._varies(caller, branch, over)
                    end = caller.graph.blocks[branch].terminator
                    if variation is not None and isinstance(end, BranchOn):
                        lower = min(variation.confidence, most)
                        yield Advance(place, write, replace(variation, confidence=lower), (caller, end.span))
            layer = _fresh(callers, seen)

    def _deciding(self, body: Body, block: int, place: Place) -> list[int]:
        """The branches that decide whether a block runs; how often a loop turns is the loop's own matter."""
        found = []
        for branch in sorted(body.controllers()[block]):
            end = body.graph.blocks[branch].terminator
            node = body.values.conditions.get(branch)
            if node is None or isinstance(end, NextOf) or (isinstance(end, BranchOn) and end.is_loop):
                continue
            if not is_guard(body, branch) and place not in places_in(self.context, body, node):
                found.append(branch)
        return found

    def _varies(self, body: Body, branch: int, over: frozenset[Axis]) -> Variation | None:
        return self.context.uniformity.varies(body.id, body.values.conditions[branch], over, at=branch)

    # -------------------------------------------------------------------------------------------------- words

    def because(self, advance: Advance) -> tuple[Because, ...]:
        """The steps of the proof: what decides, and the store that it decides about."""
        return (*advance.variation.because, *_step(self.context, advance.write.body, advance.write.span))

    def note(self, advance: Advance) -> str:
        """What the counter is, and where it goes another way."""
        body, span = advance.asked
        file = body.path.rpartition("/")[2]
        written = advance.write
        at = f"{written.body.path.rpartition('/')[2]}:{written.span.line if written.span else 0}"
        verb = "changes" if written.kind == "constant" else "advances"
        condition = excerpt(self.context.program, body.path, span)
        return (
            f"`{advance.place.name}` is kept by each rank for itself and never agreed on: whether it {verb} at {at} "
            f"depends on `{condition}` ({file}:{span.line})."
        )


def _is_evened(write: Write, later: list[Write], branch: int) -> bool:
    """Whether ranks that take the other arm of a branch count as well: there, and not on this arm."""
    body = write.body
    arms = successors(body.graph, branch)
    mine = [arm for arm in arms if arm == write.block or leads(body, arm, write.block, branch)]
    others = [arm for arm in arms if arm not in mine]
    if write.kind != "advance" or not mine or not others:
        return False
    counted = {
        w.block for w in later if w.body.id == body.id and w.kind == "advance" and _step_of(w) == _step_of(write)
    }
    there = {at for at in counted if at not in mine and not any(leads(body, arm, at, branch) for arm in mine)}
    return bool(there) and not any(
        arm not in there and leads(body, arm, body.graph.exit, *there, branch) for arm in others
    )


def _leaves(write: Write, branch: int, agreed: list[int]) -> bool:
    """Whether a branch leads past a write, to the end or to the next turn, without asking any of the ``agreed``."""
    body = write.body
    away = (body.graph.exit, *body.graph.blocks[write.block].loops)
    arms = [arm for arm in successors(body.graph, branch) if arm not in (write.block, *agreed)]
    return any(arm == end or leads(body, arm, end, write.block, *agreed) for arm in arms for end in away)


def _step_of(write: Write) -> tuple[object, ...]:
    """By how much a counter goes on, and in which direction."""
    value = write.body.values[write.value]
    parts = (write.body.values[argument] for argument in value.arguments)
    return (value.label, *(part.label for part in parts if part.kind == "const"))


def _is_repeated(write: Write, others: list[Write]) -> bool:
    """Whether another function stores the same literal."""
    label = write.body.values[write.value].label
    return any(w.body.id != write.body.id and w.body.values[w.value].label == label for w in others)


def _fresh(callers: list[tuple[Body, int]], seen: set[str]) -> list[Body]:
    """The callers that were not met before, each once."""
    found = []
    for caller, _ in callers:
        if caller.id not in seen:
            seen.add(caller.id)
            found.append(caller)
    return found


def _step(context: Context, body: Body, span: Span | None) -> tuple[Because, ...]:
    return () if span is None else (Because(body.path, span.line, excerpt(context.program, body.path, span)),)
