"""Which groups a place that no pack names may hold, by what flows into it; whether two such places may hold one.

Which communicators a value names is not found here but in :mod:`collint.linking.groups`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from collint.ir.expressions import Attr, Name
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.binding import bind, is_spread
from collint.linking.callers import caller_sites, skipped
from collint.linking.evaluate import is_only_none
from collint.linking.groups import Groups
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol
from collint.project.facts import CallSite, FunctionFacts

# Places that a trace looks at, and callers of a function whose parameter is one; what lies beyond counts as unrelated.
MAX_PLACES = 24
MAX_CALLERS = 8
# Names that say no more than "a group".
GENERAL = frozenset({"group", "process_group", "pg", "comm", "communicator", "device_group", "cpu_group", "mesh"})


class Kinship:
    """The places that a group may have come from, and the names it had there. Answers are kept for the run."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.evaluator = groups.evaluator
        self.program = groups.evaluator.program
        self._known: dict[Symbol, frozenset[Hashable]] = {}
        self._axes: dict[Symbol, frozenset[str] | None] = {}

    def are_related(self, one: Symbol, other: Symbol) -> bool:
        """Whether two symbols have a place, or a name that tells groups apart, in common."""
        return one == other or bool(self._origins(one) & self._origins(other))

    def axes(self, symbol: Symbol) -> frozenset[str] | None:
        """The axes of all groups that come to a place, where packs name every one of them; None where they do not."""
        if symbol not in self._axes:
            self._axes[symbol] = self._named_axes(symbol)
        return self._axes[symbol]

    def _named_axes(self, symbol: Symbol) -> frozenset[str] | None:
        work, seen = [symbol], {symbol}
        found: set[str] = set()
        while work:
            place = work.pop()
            facts = self.program.facts(place.owner) if place.kind == "parameter" else None
            held = [group for body, node in self._sources(place) for group in self._held(body, node)]
            if not held or (facts is not None and len(self._givers(facts, place)) > MAX_CALLERS):
                return None
            for group in held:
                if isinstance(group.group, Symbol):
                    fresh = {group.group} - seen
                    seen |= fresh
                    work += fresh
                else:
                    found |= {axis for axis in self.groups.axes(group) if isinstance(axis, str)}
                    if not all(isinstance(axis, str) for axis in self.groups.axes(group)):
                        return None
            if len(seen) > MAX_PLACES:
                return None
        return frozenset(found)

    def _held(self, body: Body, node: int) -> frozenset[Communicator]:
        """The groups that a value may be; none where it only says that there is no group yet."""
        return frozenset() if is_only_none(body, node) else self.groups.of_value(body, node)

    def _origins(self, symbol: Symbol) -> frozenset[Hashable]:
        found = self._known.get(symbol)
        if found is None:
            found = self._known[symbol] = frozenset(self._traced(symbol))
        return found

    def _traced(self, symbol: Symbol) -> Iterator[Hashable]:
        work, seen = [symbol], {symbol}
        while work:
            current = work.pop()
            yield current
            name = self._told_name(current)
            if name and name.lstrip("_") not in GENERAL:
                yield ("name", name.lstrip("_"))
            for body, node in self._sources(current):
                for group in (communicator.group for communicator in self.groups.of_value(body, node)):
                    if not isinstance(group, Symbol):
                        yield group
                    elif group not in seen and len(seen) < MAX_PLACES:
                        seen.add(group)
                        work.append(group)

    def _told_name(self, symbol: Symbol) -> str:
        """The name under which a group is held; of what has no place, the attribute or entry that was read."""
        if symbol.kind in ("attribute", "parameter", "variable"):
            return symbol.name
        node = symbol.name.partition("@")[0]
        body = self.program.body(symbol.owner) if symbol.kind == "object" and node.isdigit() else None
        return "" if body is None else _read_name(body, body.values[int(node)])

    def _sources(self, symbol: Symbol) -> Iterator[tuple[Body, int]]:
        if symbol.kind == "attribute":
            for write in self.evaluator.project.writers(symbol.owner, symbol.name):
                yield from self._stored(write.function_id, symbol.name)
        elif symbol.kind == "parameter":
            yield from self._handed(symbol)
        elif symbol.kind == "variable":
            for write in self.evaluator.project.module_writers(symbol.owner, symbol.name):
                body = self.program.body(write.function_id)
                for _, node in body.values.globals_written.get(symbol.name, ()) if body is not None else ():
                    assert body is not None
                    yield body, node

    def _givers(self, facts: FunctionFacts, symbol: Symbol) -> list[str]:
        """The functions that call a function and may hand something over for its parameter."""
        sites = caller_sites(self.evaluator, symbol.owner)
        return list(dict.fromkeys(caller for caller, site in sites if _may_give(site, facts, symbol.name)))

    def _stored(self, function_id: str, name: str) -> Iterator[tuple[Body, int]]:
        body = self.program.body(function_id)
        for store in body.values.stores if body is not None else ():
            assert body is not None
            if store.name == name:
                yield body, store.value

    def _handed(self, symbol: Symbol) -> Iterator[tuple[Body, int]]:
        facts = self.program.facts(symbol.owner)
        if facts is None:
            return
        for caller in (self.program.body(caller_id) for caller_id in self._givers(facts, symbol)[:MAX_CALLERS]):
            for site in caller.values.calls if caller is not None else ():
                assert caller is not None
                for function_id, ref in self.groups.meanings.of_call(caller, site.node).functions:
                    if function_id == symbol.owner:
                        skips = skipped(self.evaluator, facts, ref)
                        place = bind(facts.parameters, site.call.arguments, skips).get(symbol.name)
                        if place is not None:
                            yield caller, caller.values[site.node].arguments[1 + place]


def _may_give(site: CallSite, facts: FunctionFacts, name: str) -> bool:
    """Whether a call may hand something over for a parameter, as far as its shape tells."""
    place = [parameter.name for parameter in facts.parameters].index(name)
    positional = sum(argument.name is None for argument in site.arguments)
    named = any(argument.name == name for argument in site.arguments)
    return named or is_spread(site.arguments) or positional >= max(place, 1)


def _read_name(body: Body, value: Value) -> str:
    """The name in ``held.tp``, ``held["tp"]``, ``getattr(held, "tp", None)``."""
    if value.kind == "attr":
        return str(value.label)
    key = -1
    if value.kind == "index":
        key = value.arguments[1]
    elif value.kind == "call" and isinstance(value.label, Call) and len(value.arguments) > 2:
        function = value.label.function
        is_read = isinstance(function, Name) and function.id == "getattr"
        if is_read or (isinstance(function, Attr) and function.name == "get"):
            key = value.arguments[2 if is_read else 1]
    literal = str(body.values[key].label) if key >= 0 and body.values[key].kind == "const" else ""
    return literal.strip("'\"") if literal[:1] in "'\"" else ""
