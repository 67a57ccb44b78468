"""Which process groups a value can be, traced to where they were made: the whole job, a library's group, a call.

Two values are the same group when they share a place on the way (an attribute, a parameter, the call that made it).
What a rule concludes is decided there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Literal

from collint.checks import provenance
from collint.checks.context import Context
from collint.checks.made_of import members_of
from collint.checks.provenance import Sources
from collint.checks.sites import Site, step
from collint.findings import Because
from collint.ir.values import Value
from collint.linking.evaluate import is_none, is_only_none, leaves
from collint.linking.program import Body
from collint.linking.references import Symbol, in_order
from collint.record import Record

# A trace looks at this many values at most; what lies beyond counts as unknown.
MAX_VALUES = 120


class End(Record, frozen=True):
    """Where a trace ends. ``named`` is a library's group, ``made`` a call (``body``, ``node``) that creates one."""

    kind: Literal["world", "named", "made", "unknown"]
    name: str = ""
    body: str = ""
    node: int = -1


WORLD = End("world")
UNKNOWN = End("unknown")


class Origin(Record, frozen=True):
    """All ends of a trace, the places it went through, and whether a None was among the values on the way.

    ``is_foreign`` tells that a call which nobody knows made it: perhaps with a numbering of its own.
    """

    ends: frozenset[End]
    places: frozenset[Hashable] = frozenset()
    optional: bool = False
    is_foreign: bool = False

    @property
    def is_world(self) -> bool:
        """Whether it is the whole job, as far as can be seen."""
        return self.ends <= {WORLD}

    @property
    def is_known(self) -> bool:
        """Whether every end is understood."""
        return UNKNOWN not in self.ends

    @property
    def is_subgroup(self) -> bool:
        """Whether no end is the whole job or unknown."""
        return self.is_known and WORLD not in self.ends

    def is_same(self, other: Origin) -> bool:
        """Whether both are one group by construction."""
        made = {end for end in self.ends & other.ends if end.kind != "unknown"}
        return bool(made or self.places & other.places)


OF_WORLD = Origin(frozenset({WORLD}))


def of_site(context: Context, site: Site) -> Origin:
    """The group a call runs on."""
    return of_argument(context, site.body, site.node, site.row.group, site.row.default_group)


def of_argument(context: Context, body: Body, node: int, spelling: str, default: str) -> Origin:
    """The group that a row's group argument names at a call; the row's default where it is left out."""
    place = context.meanings.argument(body, node, spelling) if spelling else None
    return named(default) if place is None else of_value(context, body, place, default)


def named(group: str) -> Origin:
    """A group of a pack, by name."""
    return OF_WORLD if group == "world" else Origin(frozenset({End("named", group)}))


def of_value(context: Context, body: Body, node: int, default: str = "world") -> Origin:
    """The groups that a value can be."""
    key = ("origin", body.id, node, default)
    if key not in context.memo:
        context.memo[key] = _Trace(context, default).run(body, node)
    return context.memo[key]  # type: ignore[return-value]


def of_symbol(context: Context, symbol: Symbol) -> Origin:
    """The groups behind a symbol: a parameter's, an attribute's, or the one that a call made."""
    body = context.program.body(symbol.owner)
    found: list[Origin] = []
    if symbol.kind == "attribute":
        found = [of_value(context, *stored) for stored in provenance.stores_of(context, symbol.owner, symbol.name)]
    elif symbol.kind == "variable":
        found = [of_value(context, *written) for written in provenance.writes_of(context, symbol.owner, symbol.name)]
    elif symbol.kind == "created" and body is not None:
        made = [site.node for site in body.values.calls if str(site.call.span.line) == symbol.name]
        made = [node for node in made if context.meanings.of_call(body, node).new_group is not None]
        found = [Origin(frozenset({made_by(context, body, node)})) for node in made]
    elif symbol.kind == "parameter" and body is not None:
        sources = provenance.of_parameter(context, body, symbol.name)
        found = [of_value(context, *source) for source in sources.nodes] if sources.complete else []
    return Origin(frozenset(end for origin in found for end in origin.ends) or frozenset({UNKNOWN}))


class _Trace:
    """One walk backwards from a value."""

    def __init__(self, context: Context, default: str) -> None:
        self.context = context
        self.default = default
        self.ends: set[End] = set()
        self.places: set[Hashable] = set()
        self.optional = False
        self.is_foreign = False
        self.work: list[tuple[Body, int]] = []

    def run(self, body: Body, node: int) -> Origin:
        seen = {(body.id, node)}
        self.work = [(body, node)]
        absent = is_only_none(body, node)
        while self.work:
            current, place = self.work.pop()
            if len(seen) > MAX_VALUES:
                self.ends.add(UNKNOWN)
                break
            for leaf in leaves(current, place):
                before = len(self.work)
                self._leaf(current, leaf)
                fresh = [entry for entry in self.work[before:] if (entry[0].id, entry[1]) not in seen]
                seen.update((entry[0].id, entry[1]) for entry in fresh)
                self.work[before:] = fresh
        if absent or not self.ends:
            self.ends.add(_end(self.default))
        return Origin(frozenset(self.ends), frozenset(self.places), self.optional, self.is_foreign)

    def _leaf(self, body: Body, leaf: int) -> None:
        value = body.values[leaf]
        if is_none(body, leaf):
            self.optional = True
            return
        groups = self.context.groups.of_refs(self.context.evaluator.of_value(body, leaf))
        known = {group.group for group in groups if not isinstance(group.group, Symbol)}
        self.places.update(group.group for group in groups if isinstance(group.group, Symbol) and group.group.name)
        if known:
            self.ends.update(_end(group) for group in known if isinstance(group, str))
            return
        made = value.arguments[0] if value.kind == "index" else leaf  # some make several groups at a time
        if body.values[made].kind == "call" and self.context.meanings.of_call(body, made).new_group is not None:
            self.ends.add(made_by(self.context, body, made))
            return
        sources = self._sources(body, leaf, value)
        self.is_foreign = self.is_foreign or (value.kind == "call" and not sources.nodes and not sources.complete)
        self._follow(sources)

    def _sources(self, body: Body, leaf: int, value: Value) -> Sources:
        label = str(value.label)
        if provenance.is_own_object(self.context, body, leaf):
            self.places.add(("own", self._own_class(body, leaf)))
            return Sources()
        if value.kind == "parameter":
            self.places.add(("parameter", body.id, label))
            return self._handed(body, label)
        if value.kind == "name":
            self.places.add(("variable", body.id.rpartition(".")[0], label))
            return provenance.of_name(self.context, body, label)
        if value.kind == "attr":
            self.places.update(("attribute", owner, label) for owner in self._owners(body, value))
            if self._is_channel(body, value):  # the group of the object before the dot, whichever attribute names it
                self.places.update(of_value(self.context, body, value.arguments[0], self.default).places)
            return provenance.of_attribute(self.context, body, value)
        if value.kind == "call":
            return provenance.of_call(self.context, body, leaf)
        if value.kind == "index":
            return provenance.of_component(self.context, body, leaf)
        return Sources()

    def _own_class(self, body: Body, leaf: int) -> str:
        """The handle that a class belongs to, so that base and subclass are one object; else the class."""
        members = self.context.evaluator.members
        for ref in sorted(self.context.evaluator.of_value(body, leaf), key=repr):
            handle = members.handle(ref)
            return handle.name if handle is not None else repr(ref)
        return body.id

    def _is_channel(self, body: Body, value: Value) -> bool:
        members = self.context.evaluator.members
        handles = (members.handle(ref) for ref in self.context.evaluator.of_value(body, value.arguments[0]))
        return any(handle is not None and value.label in handle.channels for handle in handles)

    def _handed(self, body: Body, name: str) -> Sources:
        sources = provenance.of_parameter(self.context, body, name)
        if not sources.nodes and any(p.name == name and _may_be_none(p.default) for p in body.function.parameters):
            self.optional = True
        return sources

    def _owners(self, body: Body, value: Value) -> Iterator[str]:
        """The most basic classes that may hold the attribute, so that base and subclass name one place."""
        for ref in in_order(self.context.evaluator.of_value(body, value.arguments[0])):
            class_id = getattr(ref, "class_id", "")
            if class_id:
                writers = self.context.evaluator.project.writers(class_id, str(value.label))
                names = {write.function_id.rpartition(".")[0] for write in writers}
                lineage = [owner for owner in self.context.evaluator.project.mro(class_id) if owner in names]
                yield lineage[-1] if lineage else class_id

    def _follow(self, sources: Sources) -> None:
        if sources.absent:
            self.optional = True
            self.ends.add(_end(self.default))
        if not sources.complete:
            self.ends.add(UNKNOWN)
        self.work.extend(sources.nodes)


def _end(group: str) -> End:
    return WORLD if group == "world" else End("named", group)


def _may_be_none(default: object) -> bool:
    return getattr(default, "text", "") == "None"


def made_by(context: Context, body: Body, node: int) -> End:
    """The end for a call that makes a group: the whole job where it was made of all ranks."""
    return WORLD if members_of(context, body, node).all else End("made", body=body.id, node=node)


def steps(context: Context, origin: Origin) -> tuple[Because, ...]:
    """Where the groups of an origin were made, for a proof."""
    found: list[Because] = []
    for end in sorted(origin.ends, key=lambda end: (end.body, end.node)):
        body = context.program.body(end.body) if end.kind == "made" else None
        if body is not None:
            found += step(context, body, body.values[end.node].span)
    return tuple(found[:3])


def shown(origin: Origin) -> str:
    """A group in the words of the source: its name, or the place that holds it."""
    names = sorted(end.name for end in origin.ends if end.kind == "named")
    if names:
        return " or ".join(names)
    if origin.is_world:
        return "the whole job"
    symbols = sorted(place.name for place in origin.places if isinstance(place, Symbol) and place.kind != "object")
    held = sorted(str(place[2]) for place in origin.places if isinstance(place, tuple) and len(place) == 3)
    return f"`{(symbols or held)[0]}`" if symbols or held else "its own group"
