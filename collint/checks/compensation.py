"""What can make a mismatch harmless from outside the function: a caller, a partner, a declared counterpart.

A caller that tests the same atom may balance what its callee leaves open; a context manager's enter and exit balance
each other; a driver may run a stand-in for a step that had nothing to do. The first two are proved and silence a
finding, the last is only declared and lowers its confidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from collint.checks.context import Context
from collint.checks.wording import collectives
from collint.findings import Event
from collint.ir.statements import Call
from collint.linking.callers import callers_of
from collint.linking.keys import Key, normal
from collint.linking.program import Body
from collint.record import Record
from collint.sequences.arms import pair_is_balanced
from collint.sequences.mismatch import Mismatch
from collint.uniformity.states import HIGH, MEDIUM

MAX_CALLERS = 8
MAX_HOPS = 3
PARTNERS = {"__enter__": "__exit__", "__exit__": "__enter__", "__aenter__": "__aexit__", "__aexit__": "__aenter__"}


class Verdict(Record, frozen=True):
    """Whether a finding is balanced from outside, the confidence it can have at most, and what to add to its words."""

    balanced: bool = False
    at_most: int = HIGH
    notes: tuple[str, ...] = ()


class Compensation:
    """Judgements about callers, kept for the run."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def judge(self, body: Body, key: Key, mismatch: Mismatch) -> Verdict:
        """What the outside of ``body`` does about a mismatch."""
        if self._partner_balances(body, key) or self._callers_balance(body, key):
            return Verdict(balanced=True)
        if self._is_stand_in(body, mismatch) or self.is_above(body, collectives(mismatch)):
            return Verdict(balanced=True)
        silent = not mismatch.if_true.word or not mismatch.if_false.word
        driver = self._stepping.get(body.id)
        if driver is not None and silent:
            real, dummy, name = driver
            stand_in = f"{name or 'the driver'} runs {dummy} where {real} did nothing"
            words = f"A caller may compensate: {stand_in}; unless the caller compensates, they hang."
            return Verdict(at_most=MEDIUM, notes=(words,))
        if silent and self._result_is_tested(body):
            return Verdict(
                at_most=MEDIUM,
                notes=(
                    "This holds unless the caller compensates: it tests what this function returns, "
                    "and may issue the missing calls itself.",
                ),
            )
        return Verdict()

    # ------------------------------------------------------------------------------------------- counterparts

    @cached_property
    def _stepping(self) -> dict[str, tuple[str, str, str]]:
        """Functions that a declared real step runs, a few calls deep, with the names of the counterpart."""
        found: dict[str, tuple[str, str, str]] = {}
        for row in self.context.vocabulary.counterparts:
            for target in self.context.program.project.lookup_all(row.real):
                real = getattr(target, "id", "")
                names = (_last(row.real), _last(row.dummy), _last(row.driver))
                layer = set(self._overrides(real))
                for _ in range(MAX_HOPS):
                    for function_id in layer:
                        found.setdefault(function_id, names)
                    layer = {callee for function_id in layer for callee in self._same_step(function_id)} - found.keys()
        return found

    def is_above(self, body: Body, events: tuple[Event, ...]) -> bool:
        """Whether all events come from declared real steps that ``body`` only drives.

        A driver that does not step has a stand-in; the step's own mismatch is reported in the step.
        """
        if body.id in self._stepping or not events:
            return False
        real = {_last(row.real) for row in self.context.vocabulary.counterparts if row.driver}
        return all(any(_last(name) in real for name in event.via) for event in events)

    def _overrides(self, method: str) -> set[str]:
        facts = self.context.program.facts(method)
        if facts is None or facts.owner is None:
            return {method} if method else set()
        return {method, *self.context.program.project.overrides(f"{facts.module}:{facts.owner}", facts.name)}

    def _same_step(self, function_id: str) -> set[str]:
        """Callees of the same name: a step delegates to the step of the object below."""
        body = self.context.program.body(function_id)
        if body is None:
            return set()
        found = set()
        for site in body.values.calls:
            for callee, _ in self.context.meanings.of_call(body, site.node).functions:
                if _last(callee.replace(":", ".")) == _last(function_id.replace(":", ".")):
                    found.add(callee)
        return found

    def _is_stand_in(self, body: Body, mismatch: Mismatch) -> bool:
        """Whether the events in question are a driver's declared stand-in step."""
        for row in self.context.vocabulary.counterparts:
            if row.driver and row.driver == self.context.program.project.qualified_name(body.id):
                dummy = _last(row.dummy)
                origins = [o for _, places in mismatch.letters for o in places]
                if origins and all(any(_last(name) == dummy for name in origin.via) for origin in origins):
                    return True
        return False

    # ------------------------------------------------------------------------------------------------ callers

    def _callers_balance(self, body: Body, key: Key) -> bool:
        """Whether every caller issues the same sequences whichever way the atom is, while itself testing it."""
        if not _meaningful_outside(key):
            return False
        callers = callers_of(self.context.evaluator, body.id)
        if not callers or len(callers) > MAX_CALLERS:
            return False
        return all(self._balances(caller, body, key) for caller in callers)

    def _balances(self, caller_id: str, body: Body, key: Key) -> bool:
        caller = self.context.program.body(caller_id)
        if caller is None:
            return False
        for site in caller.values.calls:
            for function_id, ref in self.context.meanings.of_call(caller, site.node).functions:
                if function_id == body.id:
                    outer = normal(self.context.conditions.substitute(key, caller, site.node, body, ref)).key
                    if outer[0] == "const":
                        continue
                    if self._times_tested(caller, outer) < 2:
                        return False  # nobody else in the caller depends on the atom: there is nothing to balance with
                    compare = self.context.comparison.on_behalf_of(body, len(self._asking(caller)))
                    pair = compare.classes(caller, outer)
                    if pair is None or pair[0].is_silent:
                        return False
                    if compare.mismatches(caller, outer) or compare.hidden(caller, outer):
                        return False
        return True

    def _asking(self, caller: Body) -> frozenset[str]:
        """The functions that may ask what a caller makes of them."""
        found: frozenset[str] | None = caller.memo.get("asking")  # type: ignore[assignment]
        if found is None:
            called = (self.context.meanings.of_call(caller, site.node).functions for site in caller.values.calls)
            found = frozenset(function_id for functions in called for function_id, _ in functions)
            found = caller.memo["asking"] = found & self.context.reaching
        return found

    def _times_tested(self, caller: Body, key: Key) -> int:
        """How many places of a caller depend on an atom: its own branches, and calls of functions that test it."""
        found: Counter[Key] | None = caller.memo.get("tested by callees")  # type: ignore[assignment]
        if found is None:
            found = caller.memo["tested by callees"] = Counter(self._tested_by_callees(caller))
        return len(self.context.branches(caller).get(key, ())) + found[key]

    def _tested_by_callees(self, caller: Body) -> Iterator[Key]:
        """The atoms that each call's functions test, in the caller's terms."""
        substitute = self.context.conditions.substitute
        for site in caller.values.calls:
            for function_id, ref in self.context.meanings.of_call(caller, site.node).functions:
                callee = self.context.program.body(function_id) if function_id in self.context.reaching else None
                if callee is not None:
                    atoms = self.context.summaries.of_function(function_id).atoms
                    yield from {normal(substitute(atom, caller, site.node, callee, ref)).key for atom in atoms}

    def _partner_balances(self, body: Body, key: Key) -> bool:
        """Whether ``__enter__`` and ``__exit__`` of one class together are balanced."""
        facts = self.context.program.facts(body.id)
        if facts is None or facts.owner is None or facts.name not in PARTNERS:
            return False
        other_id = self.context.program.project.find_method(f"{facts.module}:{facts.owner}", PARTNERS[facts.name])
        other = self.context.program.body(other_id) if other_id else None
        if other is None:
            return False
        first, second = (body, other) if "enter" in facts.name else (other, body)
        return pair_is_balanced(self.context.summaries, first, second, key)

    def _result_is_tested(self, body: Body) -> bool:
        """Whether a caller branches on what the function returns."""
        if not body.values.returns:
            return False
        for caller_id in callers_of(self.context.evaluator, body.id):
            caller = self.context.program.body(caller_id)
            if caller is not None and body.id in self._tested_results(caller):
                return True
        return False

    def _tested_results(self, caller: Body) -> frozenset[str]:
        """The functions whose result some condition of a caller is made of; asked by each of them."""
        found: frozenset[str] | None = caller.memo.get("tested results")  # type: ignore[assignment]
        if found is None:
            calls = {node for condition in caller.values.conditions.values() for node in _made_of(caller, condition)}
            functions = (self.context.meanings.of_call(caller, node).functions for node in sorted(calls))
            found = frozenset(function_id for called in functions for function_id, _ in called)
            caller.memo["tested results"] = found
        return found


def _made_of(body: Body, node: int) -> Iterator[int]:
    """The calls that a value is made of, a few steps back."""
    work, seen = [(node, 0)], {node}
    while work:
        current, depth = work.pop()
        value = body.values[current]
        if value.kind == "call":
            yield current
        if depth < 6 and not (isinstance(value.label, Call) and depth > 2):
            fresh = [argument for argument in value.arguments if argument not in seen]
            seen.update(fresh)
            work.extend((argument, depth + 1) for argument in fresh)


def _meaningful_outside(key: object) -> bool:
    """Whether a key can be said in a caller's terms: nothing local in it."""
    if not isinstance(key, tuple):
        return True
    if key and key[0] == "local":
        return False
    return all(_meaningful_outside(part) for part in key)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
