"""Functions that are called under another name: handed over, kept in a variable, an attribute or a table, returned.

Follows a function forwards through the index, by names, to the functions that may call it; an over-approximation, for
the closure of what can reach an event. What such a call really runs is found backwards, by the evaluator.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from collint.ir.expressions import Attr, CallExpr, Expr, Index, Name, last_name
from collint.knowledge.arguments import parse_argument
from collint.linking.binding import argument_at
from collint.linking.callers import bound_at, caller_sites, functions_of
from collint.linking.evaluate import Evaluator
from collint.linking.handing import handing
from collint.linking.references import ClassIs, ExternalIs, Refs
from collint.linking.uses import Found, Uses, referred_to
from collint.project.asked import CALLERS, MENTION, RESULT, USE
from collint.project.facts import MODULE_BODY, CallSite, FunctionFacts, is_within
from collint.record import Record

# Places that one function is followed to; one that is handed on further is a plug-in system, not a call.
MAX_HOLDERS = 48
# Calls of one attribute's name that are looked at.
MAX_SITES = 200
PARTIAL = "partial"

Matches = Callable[[Expr], bool]


class Holder(Record, frozen=True):
    """What holds a function: a ``local`` name of the function ``owner``, an ``attribute`` of that name of any object,
    or the ``result`` of calling ``owner``."""

    kind: str
    owner: str
    name: str = ""


class Carried:
    """Who may call a function that is used as a value. Kept for the run."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.project = evaluator.project
        self.vocabulary = evaluator.program.vocabulary
        self._passing = frozenset({PARTIAL, *self.vocabulary.passing_names})
        self._uses: dict[str, Uses] = {}
        self._mentions: dict[str, list[tuple[FunctionFacts, Found]]] = {}

    def callers(self, name: str, is_it: Callable[[Refs], bool]) -> tuple[str, ...]:
        """The functions that may call something other than directly: it has this last name, and passes ``is_it``."""
        found: dict[str, None] = {}
        work: deque[Holder] = deque()
        seen: set[Holder] = set()

        def note(holder: Holder) -> None:
            if holder not in seen and len(seen) < MAX_HOLDERS:
                seen.add(holder)
                work.append(holder)

        for facts, uses in self._mentioning(name):
            self._follow(facts, uses, partial(self._is, facts, name, is_it), found, note, directly=False)
        while work:
            self._onward(work.popleft(), is_it, found, note)
        return tuple(found)

    def _is(self, facts: FunctionFacts, name: str, is_it: Callable[[Refs], bool], expression: Expr) -> bool:
        return referred_to(expression) == name and is_it(
            self.evaluator.of_expression(facts.module, facts.qualname, expression)
        )

    def _onward(
        self, holder: Holder, is_it: Callable[[Refs], bool], found: dict[str, None], note: Callable[[Holder], None]
    ) -> None:
        if holder.kind == "attribute":
            for caller, site in self.project.calls_named(holder.name)[:MAX_SITES]:
                module, _, scope = caller.partition(":")
                refs = self.evaluator.of_expression(module, scope, site.function)
                if not refs or is_it(refs):
                    found[caller] = None
            return
        if holder.kind == "result":
            self.project.asked.note(CALLERS, holder.owner)
            for caller, site in caller_sites(self.evaluator, holder.owner)[:MAX_SITES]:
                facts = self.project.function(caller)
                if facts is not None:
                    uses = self._uses_in(facts).made(last_name(site.function))
                    self.project.asked.note(RESULT, facts.module, last_name(site.function))
                    self._follow(facts, uses, partial(_is_made_by, site.function), found, note)
            return
        self.project.asked.note(USE, holder.owner.partition(":")[0], holder.name)
        for facts in self._seeing(holder.owner):
            self._follow(facts, self._uses_in(facts).named(holder.name), partial(_is_named, holder.name), found, note)

    def _seeing(self, function_id: str) -> Iterator[FunctionFacts]:
        """The functions that see a local name of a function: itself, and those within."""
        module, _, qualname = function_id.partition(":")
        facts = self.project.module(module)
        for function in facts.functions if facts is not None else ():
            if qualname == MODULE_BODY or is_within(function.qualname, qualname):
                yield function

    def _follow(
        self,
        facts: FunctionFacts,
        uses: Found,
        matches: Matches,
        found: dict[str, None],
        note: Callable[[Holder], None],
        directly: bool = True,
    ) -> None:
        for use, expressions in uses:
            if not any(map(matches, expressions)):
                continue
            if use.kind == "called":
                if directly or not matches(use.site.function):  # type: ignore[union-attr]
                    found[facts.id] = None
            elif use.kind == "returned":
                note(Holder("result", facts.id))
            elif use.kind == "assigned":
                _hold(facts, use.target, note)
            elif use.site is not None:
                self._hand_over(facts, use.site, use.position, found, note)

    def _hand_over(
        self,
        facts: FunctionFacts,
        site: CallSite,
        position: int,
        found: dict[str, None],
        note: Callable[[Holder], None],
    ) -> None:
        """The parameter that an argument becomes; some outside functions call it there and then."""
        for ref in self.evaluator.of_expression(facts.module, facts.qualname, site.function):
            for function_id in functions_of(self.evaluator, ref):
                callee = self.project.function(function_id)
                bound = bound_at(self.evaluator, callee, site, ref) if callee is not None else {}
                for parameter, place in bound.items():
                    if place == position:
                        note(Holder("local", function_id, parameter))
            row = self.vocabulary.application(ref.name) if isinstance(ref, ExternalIs) else None
            if row is not None and argument_at(parse_argument(row.function), site.arguments) == position:
                found[facts.id] = None
            field = site.arguments[position].name
            if field is not None and isinstance(ref, ClassIs):
                note(Holder("attribute", "", field))  # a dataclass has a field of that name

    # -------------------------------------------------------------------------------------------------- the index

    def _mentioning(self, name: str) -> list[tuple[FunctionFacts, Found]]:
        """The functions whose text uses something of this last name as a value, in the order of their ids, with these
        uses. Many methods have one name."""
        self.project.asked.note(MENTION, name)
        found = self._mentions.get(name)
        if found is None:
            ids = sorted(handing(self.evaluator.program).mentions.get(name, ()))
            every = [facts for function_id in ids if (facts := self.project.function(function_id)) is not None]
            found = self._mentions[name] = [(facts, self._uses_in(facts).named(name)) for facts in every]
        return found

    def _uses_in(self, facts: FunctionFacts) -> Uses:
        found = self._uses.get(facts.id)
        if found is None:
            found = self._uses[facts.id] = Uses(facts, self._passing)
        return found


def _is_named(name: str, expression: Expr) -> bool:
    return isinstance(expression, Name) and expression.id == name


def _is_made_by(function: Expr, expression: Expr) -> bool:
    return isinstance(expression, CallExpr) and expression.function == function


def _hold(facts: FunctionFacts, target: Expr | None, note: Callable[[Holder], None]) -> None:
    while isinstance(target, Index):
        target = target.base
    if isinstance(target, Attr):
        note(Holder("attribute", "", target.name))
    elif isinstance(target, Name):
        is_global = target.id in facts.globals or facts.qualname == MODULE_BODY
        note(Holder("local", f"{facts.module}:{MODULE_BODY}" if is_global else facts.id, target.id))
