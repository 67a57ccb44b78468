"""Which communicators a function drives, itself and through what it calls: collectives, sends and receives.

In which order they come is :mod:`collint.sequences`; who calls the function is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collint.checks.context import Context
from collint.checks.sites import Site, communicators, site_at, sites_of
from collint.findings import Event
from collint.knowledge.rows import PointToPoint
from collint.linking.program import Body
from collint.linking.recursion import Recursion
from collint.record import Mutable, field
from collint.sequences.calls import Callee
from collint.sequences.events import CREATION, YIELD, Letter, Origin

Driven = Mapping[Letter, tuple[Origin, ...]]
Letters = dict[Letter, tuple[Origin, ...]]
# Calls deeper than this are not followed for sends and receives; places kept per letter.
MAX_DEPTH = 40
MAX_ORIGINS = 12


class Driving(Mutable):
    """Answers for one run. Letters are in the terms of the function that is asked about."""

    context: Context
    _known: dict[str, dict[Letter, tuple[Origin, ...]]] = field(default_factory=dict)
    _exchanged: Recursion[Driven] = field(default_factory=lambda: Recursion[Driven]({}, MAX_DEPTH))

    def of_function(self, function_id: str) -> Driven:
        """All that a call of the function can issue; group creation and the ends of groups are not traffic."""
        found = self._known.get(function_id)
        if found is None:
            found = self._known[function_id] = self._of_function(function_id)
        return found

    def ends(self, function_id: str) -> Driven:
        """What a call of the function issues to end groups."""
        if function_id not in self.context.ending:
            return {}
        lifetime = self.context.vocabulary.lifetime_families
        body = self.context.program.body(function_id)
        said = self._said(body) if body is not None else {}
        return {letter: places for letter, places in said.items() if lifetime.get(letter.op) == "end"}

    def may_end(self, body: Body, node: int) -> bool:
        """Whether one call may end a group: by who can reach such an end, no sequence is looked at."""
        event = self.context.summaries.events.of_call(body, node)
        if event.letter is not None and self.context.vocabulary.lifetime_families.get(event.letter.op) == "end":
            return True
        return any(callee.function_id in self.context.ending for callee in event.callees)

    def lifetimes(self, body: Body, node: int) -> Driven:
        """What one call issues to begin, make or end groups, in the terms of the body around it."""
        lifetime = self.context.vocabulary.lifetime_families
        event = self.context.summaries.events.of_call(body, node)
        found: Letters = {}
        if event.letter is not None:
            found[event.letter] = (Origin(body.path, _line(body, node), (), event.doubt),)
        for callee in event.callees:
            inner = self.context.program.body(callee.function_id)
            said = self._said(inner) if inner is not None else {}
            self._add(found, said, body, node, callee, max(event.doubt, int(len(event.callees) > 1)))
        return {letter: places for letter, places in found.items() if letter.op in lifetime or letter.op == CREATION}

    def of_call(self, body: Body, node: int) -> Driven:
        """What one call issues, in the terms of the body around it."""
        memo: dict[int, Driven] = body.memo.setdefault("driven", {})  # type: ignore[assignment]
        if node not in memo:
            memo[node] = self._of_call(body, node)
        return memo[node]

    def _of_call(self, body: Body, node: int) -> Driven:
        found: Letters = {}
        event = self.context.summaries.events.of_call(body, node)
        if event.letter is not None:
            found[event.letter] = (Origin(body.path, _line(body, node), (), event.doubt),)
        for callee in event.callees:
            doubt = max(event.doubt, int(len(event.callees) > 1))
            self._add(found, self.of_function(callee.function_id), body, node, callee, doubt)
        site = site_at(self.context, body, node)
        if site is not None and _is_exchange(site):
            found[self._letter(site)] = (Origin(body.path, site.call.span.line),)
        return self._traffic(found)

    def _add(self, found: Letters, said: Driven, body: Body, node: int, callee: Callee, doubt: int) -> None:
        """Add a callee's letters in its caller's terms."""
        name = callee.function_id.partition(":")[2]
        for letter, origins in said.items():
            translated = self.context.summaries.events.translate(letter, body, node, callee)
            below = tuple(Origin(o.path, o.line, (name, *o.via), max(o.doubt, doubt)) for o in origins)
            found[translated] = (*found.get(translated, ()), *below)[:MAX_ORIGINS]

    def _of_function(self, function_id: str) -> dict[Letter, tuple[Origin, ...]]:
        body = self.context.program.body(function_id)
        if body is None:
            return {}
        found = self._said(body)
        for letter, origins in self._exchanges(function_id).items():
            found.setdefault(letter, origins)
        return self._traffic(found)

    def _said(self, body: Body) -> Letters:
        """The collectives of a body on any way through it; its summary has those only from which it returns."""
        found: Letters | None = body.memo.get("said")  # type: ignore[assignment]
        if found is None:
            every = [block.number for block in body.graph.blocks]
            found = body.memo["said"] = self.context.summaries.letters_in(body, every)
        return found

    def _traffic(self, letters: Driven) -> dict[Letter, tuple[Origin, ...]]:
        lifetime = self.context.vocabulary.lifetime_families
        return {
            letter: origins
            for letter, origins in letters.items()
            if letter != YIELD and letter.op != CREATION and letter.op not in lifetime
        }

    def _exchanges(self, function_id: str) -> Driven:
        """Sends and receives: they are no part of sequences, but traffic all the same. Recursion adds nothing."""
        return self._exchanged.run(function_id, function_id, lambda: self._all_exchanged(function_id))

    def _all_exchanged(self, function_id: str) -> Driven:
        body = self.context.program.body(function_id)
        kept: dict[Letter, dict[Origin, None]] = {}
        for letter, origin in self._exchanged_in(body) if body is not None else ():
            kept.setdefault(letter, {})[origin] = None
        return {letter: tuple(origins)[:MAX_ORIGINS] for letter, origins in kept.items()}

    def _exchanged_in(self, body: Body) -> Iterator[tuple[Letter, Origin]]:
        for site in sites_of(self.context, body):
            if _is_exchange(site):
                yield self._letter(site), Origin(body.path, site.call.span.line)
        events = self.context.summaries.events
        for called in body.values.calls:
            callees = events.of_call(body, called.node).callees
            for callee in callees:
                name = callee.function_id.partition(":")[2]
                for letter, origins in self._exchanges(callee.function_id).items():
                    translated = events.translate(letter, body, called.node, callee)
                    for o in origins:
                        yield translated, Origin(o.path, o.line, (name, *o.via), max(o.doubt, int(len(callees) > 1)))

    def _letter(self, site: Site) -> Letter:
        return Letter(site.op, tuple(sorted(communicators(self.context, site), key=repr)))


def _is_exchange(site: Site) -> bool:
    """Whether a call is a send or receive. A batch runs on the groups of its operations, which are sites too."""
    return isinstance(site.row, PointToPoint) and site.row.direction != "batch"


def _line(body: Body, node: int) -> int:
    span = body.values[node].span
    return span.line if span is not None else 0


def event(letter: Letter, origin: Origin) -> Event:
    """One event as a finding shows it."""
    return Event(letter.op, letter.group, origin.path, origin.line, origin.via)


def shown(letter: Letter, origins: Sequence[Origin]) -> str:
    """A letter in a message, with its first place and the functions on the way: ``barrier (store.py:12)``."""
    first = origins[0]
    through = f", through {' -> '.join(name.rpartition('.')[2] for name in first.via)}" if first.via else ""
    return f"{letter.op} on {letter.group} ({first.path.rpartition('/')[2]}:{first.line}{through})"


def events(driven: Driven) -> tuple[Event, ...]:
    """Everything that is driven, at every place, as a finding lists it."""
    return tuple(event(letter, origin) for letter in sorted(driven, key=repr) for origin in driven[letter])


def group_names(driven: Driven) -> tuple[str, ...]:
    """The groups that are driven, as a finding names them."""
    return tuple(sorted({c.group_name for letter in driven for c in letter.communicators}))


def doubt(driven: Driven) -> int:
    """The least doubt of any place that drives something."""
    return min((origin.doubt for origins in driven.values() for origin in origins), default=0)


def driving(context: Context) -> Driving:
    """The answers of this run, shared by the rules that ask."""
    found = context.memo.get("driving")
    if found is None:
        found = context.memo["driving"] = Driving(context)
    return found  # type: ignore[return-value]
