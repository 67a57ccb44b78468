"""Which process group a function or class holds: a parameter, or an attribute that its methods pass on.

Whether a call should have named it is :mod:`collint.checks.missing_group`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from collint.checks import origins, provenance
from collint.checks.context import Context
from collint.checks.origins import Origin
from collint.checks.sites import Site, argument, sites_of, step
from collint.findings import Because
from collint.knowledge.rows import PointToPoint
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import ExternalObject, ObjectIs, Ref
from collint.record import Record
from collint.uniformity.states import HIGH, LOW, MEDIUM

MODULE_BODY = "<module>"
TESTS = frozenset({"is", "is not", "==", "!=", "not"})


class Holder(Record, frozen=True):
    """A parameter or attribute that holds a group.

    ``certainty`` that calls around it mean it: high where others name it, low where it is only handed on.
    ``names_peers``: ranks are counted in it, or other point-to-point calls name it.
    """

    kind: str
    owner: str
    name: str
    words: str
    origin: Origin
    certainty: int
    names_peers: bool
    because: tuple[Because, ...] = ()


class _Use(Record, frozen=True):
    """A call that names an attribute of its own object as its group, in a method of ``owner``."""

    attribute: str
    body: Body
    node: int
    is_p2p: bool
    because: tuple[Because, ...]


class Owners:
    """Holders of groups, for the functions and classes of a run."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._uses: dict[str, tuple[_Use, ...]] = {}
        self._parameters: dict[str, Holder | None] = {}
        self._attributes: dict[str, Holder | None] = {}

    def of(self, site: Site) -> Holder | None:
        """The group at hand where the call stands: a parameter of a function around it, or the object's."""
        for body in self._around(site.body):
            holder = self._parameter_of(body)
            if holder is not None:
                return holder
        method = provenance.method_around(self.context, site.body)
        return self._attribute_of(method.rpartition(".")[0]) if method else None

    def asks_for_none(self, site: Site, holder: Holder) -> bool:
        """Whether the call stands behind a test of the held group, as in ``if group is None: ... else: ...``."""
        for block in site.body.controllers()[site.block]:
            condition = site.body.values.conditions.get(block)
            if condition is not None and self._tests(site.body, condition, holder):
                return True
        return False

    def _tests(self, body: Body, condition: int, holder: Holder) -> bool:
        """Whether a condition compares the held group with something, or takes it as a truth."""
        value = body.values[condition]
        tested = value.arguments if value.kind == "op" and value.label in TESTS else (condition,)
        return any(self._is_holder(body, leaf, holder) for node in tested for leaf in leaves(body, node))

    def _is_holder(self, body: Body, node: int, holder: Holder) -> bool:
        value = body.values[node]
        if holder.kind == "parameter":
            return value.kind in ("parameter", "name") and value.label == holder.name
        own = value.kind == "attr" and provenance.is_own_object(self.context, body, value.arguments[0])
        return own and f"self.{value.label}" == holder.name

    def _around(self, body: Body) -> Iterator[Body]:
        """A function and those it is nested in."""
        module, _, qualname = body.id.partition(":")
        while qualname and qualname != MODULE_BODY:
            current = self.context.program.body(f"{module}:{qualname}")
            if current is not None:
                yield current
            qualname = qualname.rpartition(".")[0]

    # -------------------------------------------------------------------------------------------------- parameters

    def _parameter_of(self, body: Body) -> Holder | None:
        if body.id not in self._parameters:
            self._parameters[body.id] = self._find_parameter(body)
        return self._parameters[body.id]

    def _find_parameter(self, body: Body) -> Holder | None:
        passed = self._named_groups(body)
        for parameter in body.function.parameters:
            name = parameter.name
            places = passed.get(name, ())
            typed = self._is_group_typed(body, name)
            if not places and not typed:
                continue
            by_events = tuple(because for is_event, because in places if is_event)
            what = (
                "other calls here name it"
                if by_events
                else "ranks are counted in it"
                if places
                else "no call here names it"
            )
            words = f"`{body.qualname.rpartition('.')[2]}` was given the group `{name}` ({what})"
            shown = by_events or tuple(because for _, because in places)
            certainty = HIGH if by_events else MEDIUM if places or not self._is_handed_on(body, name) else LOW
            origin = self._origin_of_parameter(body, name)
            return Holder("parameter", body.id, name, words, origin, certainty, bool(places), shown[:2])
        return None

    def _named_groups(self, body: Body) -> dict[str, tuple[tuple[bool, Because], ...]]:
        """Parameters that calls here take as their group, with those calls; true for the calls that peers see."""
        found: dict[str, tuple[tuple[bool, Because], ...]] = {}
        for place in body.values.calls:
            meaning = self.context.meanings.of_call(body, place.node)
            event = meaning.collective or meaning.p2p
            spellings = [row.group for row in (event, meaning.rank) if row is not None]
            sizes = (self.context.vocabulary.size(name) for name in meaning.names)
            spellings += [size.group for size in sizes if size is not None]
            for spelling in filter(None, spellings):
                node = self.context.meanings.argument(body, place.node, spelling)
                for leaf in leaves(body, node) if node is not None else ():
                    if body.values[leaf].kind == "parameter" and not provenance.is_own_object(self.context, body, leaf):
                        name = str(body.values[leaf].label)
                        steps = step(self.context, body, place.call.span)
                        found[name] = (*found.get(name, ()), *((event is not None, because) for because in steps))
        return found

    def _is_handed_on(self, body: Body, name: str) -> bool:
        """Whether a parameter goes to some other call, which may do what the group is for."""
        for place in body.values.calls:
            for argument_node in body.values[place.node].arguments[1:]:
                if any(body.values[leaf].label == name for leaf in leaves(body, argument_node)):
                    return True
        return False

    def _is_group_typed(self, body: Body, name: str) -> bool:
        facts = self.context.program.facts(body.id)
        if facts is None:
            return False
        annotations = self.context.evaluator.members.annotations
        for parameter in facts.parameters:
            if parameter.name == name and parameter.annotation is not None:
                refs = annotations.objects(facts.module, facts.qualname, parameter.annotation)
                return any(self._is_group(ref) for ref in refs)
        return False

    def _is_group(self, ref: Ref) -> bool:
        return isinstance(ref, (ObjectIs, ExternalObject)) and self.context.evaluator.members.handle(ref) is not None

    def _origin_of_parameter(self, body: Body, name: str) -> Origin:
        for node, value in enumerate(body.values.nodes):
            if value.kind == "parameter" and value.label == name:
                return origins.of_value(self.context, body, node)
        return Origin(frozenset({origins.UNKNOWN}))

    # -------------------------------------------------------------------------------------------------- attributes

    def _uses_in(self, class_id: str) -> tuple[_Use, ...]:
        """The calls in methods of a class that name an attribute of their object as their group."""
        if class_id not in self._uses:
            inside = self.context.bodies_of(lambda function_id: function_id.startswith(f"{class_id}."))
            each = (site for body in inside for site in sites_of(self.context, body))
            self._uses[class_id] = tuple(use for site in each for use in self._use(class_id, site))
        return self._uses[class_id]

    def _use(self, class_id: str, site: Site) -> Iterator[_Use]:
        place = argument(self.context, site, site.row.group) if site.row.group else None
        method = provenance.method_around(self.context, site.body)
        if place is None or method is None or method.rpartition(".")[0] != class_id:
            return
        for leaf in leaves(site.body, place):
            value = site.body.values[leaf]
            if value.kind == "attr" and provenance.is_own_object(self.context, site.body, value.arguments[0]):
                because = step(self.context, site.body, site.call.span)
                is_p2p = isinstance(site.row, PointToPoint)
                yield _Use(str(value.label), site.body, leaf, is_p2p, because)

    def _attribute_of(self, class_id: str) -> Holder | None:
        if class_id not in self._attributes:
            self._attributes[class_id] = self._find_attribute(class_id)
        return self._attributes[class_id]

    def _find_attribute(self, class_id: str) -> Holder | None:
        name = class_id.rpartition(":")[2]
        for owner in self.context.evaluator.project.mro(class_id):
            uses = self._uses_in(owner)
            if uses:
                use = uses[0]
                where = (
                    "its other methods pass" if owner == class_id else f"methods of `{owner.rpartition(':')[2]}` pass"
                )
                words = f"`{name}` holds a group that {where} (`self.{use.attribute}`)"
                origin = origins.of_value(self.context, use.body, use.node)
                because = (*self._stores(class_id, use.attribute), *use.because)
                names_peers = any(other.is_p2p for other in uses)
                # With several groups at hand, which one was meant is the reader's guess as much as ours.
                certainty = HIGH if len(self._distinct(uses)) == 1 else MEDIUM
                return Holder(
                    "attribute", class_id, f"self.{use.attribute}", words, origin, certainty, names_peers, because
                )
        return self._held(class_id, name)

    def _distinct(self, uses: Sequence[_Use]) -> set[Hashable]:
        """The different groups among the attributes that are passed; channels of one handle are one."""
        found: set[Hashable] = set()
        for use in uses:
            origin = origins.of_value(self.context, use.body, use.node)
            own = {place for place in origin.places if isinstance(place, tuple) and place[0] == "own"}
            found.add(frozenset(own) or use.attribute)
        return found

    def _held(self, class_id: str, name: str) -> Holder | None:
        """A group that the class keeps and that none of the calls in its methods names."""
        handle = self.context.evaluator.members.handle(ObjectIs(class_id))
        channels = handle.channels if handle is not None else {}
        for owner in self.context.evaluator.project.mro(class_id):
            klass = self.context.evaluator.project.klass(owner)
            for _, qualname in klass.methods if klass is not None else ():
                body = self.context.program.body(f"{owner.partition(':')[0]}:{qualname}")
                for store in body.values.stores if body is not None else ():
                    assert body is not None
                    if not provenance.is_own_object(self.context, body, store.base):
                        continue
                    if store.name in channels or self._keeps_group(body, store.value):
                        words = f"`{name}` holds a group of its own (`self.{store.name}`)"
                        origin = origins.of_value(self.context, body, store.value)
                        because = step(self.context, body, store.span)
                        return Holder(
                            "attribute", class_id, f"self.{store.name}", words, origin, MEDIUM, False, because
                        )
        return None

    def _keeps_group(self, body: Body, node: int) -> bool:
        """Whether a stored value is a process group that the class made, or was given under that type."""
        for leaf in leaves(body, node):
            value = body.values[leaf]
            if value.kind == "call" and self.context.meanings.of_call(body, leaf).new_group is not None:
                return True
            if value.kind == "parameter" and self._is_group_typed(body, str(value.label)):
                return True
        return False

    def _stores(self, class_id: str, attribute: str) -> tuple[Because, ...]:
        found: list[Because] = []
        for write in self.context.evaluator.project.writers(class_id, attribute):
            body = self.context.program.body(write.function_id)
            for store in body.values.stores if body is not None else ():
                if store.name == attribute and body is not None:
                    found += step(self.context, body, store.span)
        return tuple(found[:1])
