"""One step of the backward walk through an attribute: pack rows, properties, and everything that writes it.

An attribute is the join of all its writers, whichever thread or method they run in, and of what decides whether they
run. What fills the container that an attribute holds is not here, see :mod:`collint.uniformity.mutations`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from collint.ir.expressions import Attr, Name
from collint.ir.graph import successors
from collint.ir.node import replace
from collint.ir.values import AttributeStore, CallSiteNode, Value
from collint.linking.evaluate import leaves
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import ClassIs, ExternalIs, ModuleIs, ObjectIs, Ref
from collint.project.decorators import is_self, is_static
from collint.project.modules import is_test
from collint.record import Record
from collint.uniformity.places import is_place
from collint.uniformity.states import CONFIDENCE_NAMES, HIGH, LOW, MEDIUM, Born, Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

# Functions asked for the calls that make objects of a class.
MAX_CALLERS = 24
MAX_WRITERS = 16
MAX_CHECKS = 3


class Stored(Record, frozen=True):
    """Who stores an attribute of a class, ``inside`` it: of all that are ``known`` as many as are asked.

    Those of them count as ``raised`` that only raise a flag which another one raises as well.
    """

    inside: tuple[str, ...]
    raised: frozenset[str]
    known: frozenset[str]


class Attributes:
    """Transfer functions of attributes."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.program = flow.program
        self.evaluator = flow.evaluator
        self.vocabulary = flow.vocabulary
        self._known: dict[tuple[str, str], Stored] = {}
        self._outside: dict[tuple[str, str, bool], list[str]] = {}

    def outcomes(self, state: State, body: Body, base: int, name: str, value: Value) -> Iterator[Outcome]:
        """``base.name``: pack rows, properties, writers; what nobody explains, a hint, else the object itself."""
        refs = self.evaluator.of_value(body, base)
        line = value.span.line if value.span else body.function.span.line
        modules = frozenset(ref for ref in refs if isinstance(ref, (ModuleIs, ExternalIs, ClassIs)))
        settled = False
        for ref in sorted(refs, key=repr):
            known, outcomes = self._member(state, ref, name, body, base, line)
            settled = settled or known
            yield from outcomes
        if modules:
            yield from self._module_attribute(state, body, modules, name, line)
            return
        if settled:
            return
        hint = self.vocabulary.attribute_hint(name)
        if hint is not None:
            yield from self.flow.declared.hinted(state, hint, name, body, line)
        if not self._is_self_node(body, base) and state.side != "kind":
            yield Next(replace(state, node=base, part=True, truth=False), HIGH)

    def _module_attribute(
        self, state: State, body: Body, modules: frozenset[Ref], name: str, line: int
    ) -> Iterator[Outcome]:
        """A name of a module: a pack's row, or a variable of a module of the program."""
        for ref in sorted(modules, key=repr):
            if isinstance(ref, ExternalIs):
                row = self.vocabulary.source(f"{ref.name}.{name}", "attribute")
                if row is not None and state.side in row.sides:
                    confidence = CONFIDENCE_NAMES.index(row.confidence)
                    yield Born(frozenset(row.axes), row.what, body.path, line, confidence)
            elif isinstance(ref, ModuleIs):
                yield from self.flow.outside.variables(state, frozenset(), ref.name, name)
            elif isinstance(ref, ClassIs):
                yield from self._writers(state, ObjectIs(ref.id), name)

    def _is_self_node(self, body: Body, node: int) -> bool:
        facts = self.program.facts(body.id)
        value = body.values[node]
        return value.kind == "parameter" and facts is not None and is_self(facts, str(value.label))

    def _member(
        self, state: State, ref: Ref, name: str, body: Body, base: int, line: int
    ) -> tuple[bool, list[Outcome]]:
        """Whether one reference settles the attribute, and what follows."""
        row_found, outcomes = self._rank_of_handle(state, ref, name, body, base, line)
        if row_found:
            return True, outcomes
        for class_name in self.flow.declared.classes(ref):
            if self.vocabulary.uniform(f"{class_name}.{name}", "attribute") is not None:
                return True, []
            row = self.vocabulary.rank(f"{class_name}.{name}", "attribute")
            if row is not None:
                axes = frozenset(self.vocabulary.axes_of(row.of))
                return True, [
                    Born(axes, f"this process's rank in {row.of}", body.path, line, is_rank=True)
                ] if state.side == "data" else []
            source = self.vocabulary.source(f"{class_name}.{name}", "attribute")
            if source is not None:
                born = Born(
                    frozenset(source.axes), source.what, body.path, line, CONFIDENCE_NAMES.index(source.confidence)
                )
                return True, [born] if state.side in source.sides else []
        for outcome in self.flow.declared.typed_ref(state, ref, body, line):
            return True, [outcome] if outcome is not None else []
        if isinstance(ref, ObjectIs):
            found = list(self._writers(state, ref, name))
            return bool(found) or bool(self.program.project.writers(ref.class_id, name)), found
        return False, []

    def _rank_of_handle(
        self, state: State, ref: Ref, name: str, body: Body, base: int, line: int
    ) -> tuple[bool, list[Outcome]]:
        members = self.evaluator.members
        handle = members.handle(ref)
        if handle is None:
            return False, []
        if name in handle.ranks or name in handle.leaders:
            groups = self.flow.agreements.outward(self.flow.groups.of_value(body, base), state)
            what = f"this process's place in {', '.join(sorted({g.display for g in groups}))}"
            axes = frozenset(axis for group in groups for axis in self.flow.groups.axes(group))
            return True, [Born(axes, what, body.path, line, is_rank=True)] if state.side == "data" else []
        return name in handle.uniform or name in handle.channels, []

    def _writers(self, state: State, ref: ObjectIs, name: str) -> Iterator[Outcome]:
        """All stores of the attribute, and for a dataclass the arguments of its constructor."""
        inside = replace(state, stack=())
        for method in self.evaluator.members.methods(ref, name):
            yield from self._property(state, method)
        stored = self._stored(ref.class_id, name)
        for function_id in stored.inside:
            yield from self.stores_of(inside, function_id, name, doubtful=function_id in stored.raised)
        for function_id in self._elsewhere(ref.class_id, name, is_test(state.body), stored.known):
            yield from self.stores_of(inside, function_id, name)
        if stored.known:
            yield from self.flow.given.outcomes(inside, ref.class_id, name)
        if state.side in ("extent", "data"):
            yield from self.flow.mutations.of_attribute(inside, ref.class_id, name)

    def _stored(self, class_id: str, name: str) -> Stored:
        """The functions of a class that store one of its attributes."""
        found = self._known.get((class_id, name))
        if found is None:
            functions = list(dict.fromkeys(write.function_id for write in self.program.project.writers(class_id, name)))
            inside = tuple(functions[:MAX_WRITERS])
            raised = self._raised_by_several(inside, name)
            found = self._known[class_id, name] = Stored(inside, raised, frozenset(functions))
        return found

    def _raised_by_several(self, functions: Sequence[str], name: str) -> frozenset[str]:
        """The functions that only store a literal that another one stores as well: a flag that is raised in any case.

        Whether it is raised at all is then not decided by what leads to one of them.
        """
        literals: dict[str, frozenset[str]] = {}
        for function_id in functions:
            body = self.program.body(function_id)
            if body is None or function_id.endswith(".__init__"):
                continue
            values = [body.values[store.value] for store in body.values.stores if store.name == name]
            if values and all(value.kind == "const" for value in values):
                literals[function_id] = frozenset(str(value.label) for value in values)
        return frozenset(
            function_id
            for function_id, stored in literals.items()
            if all(any(text in also for other, also in literals.items() if other != function_id) for text in stored)
        )

    def _elsewhere(self, class_id: str, name: str, in_tests: bool, known: Collection[str]) -> Sequence[str]:
        """The functions with ``other.attr = value`` outside the class, ``other`` being known as such an object."""
        found = self._outside.get((class_id, name, in_tests))
        if found is not None:
            return found
        found = self._outside[class_id, name, in_tests] = []
        writers = self.program.project.attribute_writers_by_name(name)
        others = dict.fromkeys(w.function_id for w in writers if in_tests or not is_test(w.function_id))
        lineage = {*self.program.project.mro(class_id), *self.program.project.subclasses(class_id)}
        for function_id in [f for f in others if f not in known][:MAX_WRITERS]:
            if self._stores_in_another(function_id, name, lineage):
                continue
            body = self.program.body(function_id)
            for store in body.values.stores if body is not None else ():
                assert body is not None
                if store.name == name and any(
                    isinstance(r, ObjectIs) and r.class_id in lineage for r in self.evaluator.of_value(body, store.base)
                ):
                    found.append(function_id)
                    break
        return found

    def _stores_in_another(self, function_id: str, name: str, lineage: Collection[str]) -> bool:
        """Whether a method stores the attribute in its own object alone, which is of no class of the lineage."""
        facts = self.program.facts(function_id)
        if facts is None or facts.owner is None or f"{facts.module}:{facts.owner}" in lineage or is_static(facts):
            return False
        targets = (assign.target for assign in facts.assigns)
        bases = (target.base for target in targets if isinstance(target, Attr) and target.name == name)
        return bool(facts.parameters) and all(base == Name(facts.parameters[0].name) for base in bases)

    def _property(self, state: State, method: str) -> Iterator[Outcome]:
        body = self.program.body(method)
        if body is None:
            return
        for _, node in body.values.returns:
            yield Next(replace(state, body=body.id, node=node, stack=()))
        if len(body.values.returns) > 1:
            blocks = (block for block, _ in body.values.returns)
            yield from self.flow.control.over(replace(state, body=body.id, stack=()), body, *blocks)

    def stores_of(self, state: State, function_id: str, name: str, doubtful: bool = False) -> Iterator[Outcome]:
        """What one function stores in attributes of this name, and what decides whether it does.

        ``doubtful`` says that what decides may not matter: others store the same.
        """
        body = self.program.body(function_id)
        if body is None:
            return
        written = [store for store in body.values.stores if store.name == name]
        stores = [s for place, s in enumerate(written) if not self._is_replaced(body, s, written[place + 1 :])]
        inside = replace(state, body=body.id, stack=())
        for store in stores:
            yield from self.flow.control.use(replace(inside, node=store.value), body, store.block)
        blocks = tuple(store.block for store in stores)
        if self._is_decided(state, body, stores):
            # At the end of a constructor's chain of checks a flag says that all passed: each alone is a weak reason.
            chain = function_id.endswith("__init__") and len(_deciding(body, stores)) > MAX_CHECKS
            # Whether there is an object says little of how large what it makes is.
            made = state.side == "extent" and state.part
            confidence = LOW if chain or doubtful or made else MEDIUM
            kept = frozenset() if function_id.endswith("__init__") else self._left_alone(body, blocks)
            nothing = self._met_before(body, stores) | self._evened(state, body, stores)
            for outcome in self.flow.control.over(inside, body, *blocks, but=nothing):
                # Whoever called a function that failed is told, and has the object as it was.
                most = LOW if isinstance(outcome, Born) and outcome.line in kept else confidence
                yield replace(outcome, confidence=min(most, outcome.confidence))

    def _left_alone(self, body: Body, blocks: Sequence[int]) -> frozenset[int]:
        """Lines that may fail before some stores, where all handlers tell the caller and come to none of the stores."""
        found = set()
        for number in {number for block in blocks for number in body.interrupters()[block]}:
            failing = self.flow.failures.swallowed(body, number)
            entries = [handler.entry for handler in self.flow.failures.handlers(body, number)]
            stores = any(entry == block or leads(body, entry, block) for entry in entries for block in blocks)
            if failing is not None and not stores and all(self._tells(body, entry) for entry in entries):
                found.add(failing.span.line)
        return frozenset(found)

    def _is_decided(self, state: State, body: Body, stores: Sequence[AttributeStore]) -> bool:
        """Whether it matters which of the stores of a function runs, or whether one does."""
        values = [store.value for store in stores]
        conditional = not body.id.endswith("__init__") and bool(_deciding(body, stores))
        if state.side == "kind":
            kinds = self.flow.kinds
            return kinds.differ(state, body, values) or (conditional and kinds.singles_out(state, body, values))
        if state.side == "presence" or (state.side == "extent" and is_place(state.entry)):
            # Copied from another such object it tells of that what was asked of this one.
            values = [n for store, n in zip(stores, values, strict=True) if not _is_copied(body, store)]
            return bool(values) and (conditional or self.flow.joins.differ(state, body, tuple(values)))
        return conditional or len(set(values)) > 1

    def _evened(self, state: State, body: Body, stores: Sequence[AttributeStore]) -> frozenset[int]:
        """The branches of which every arm stores what is the same value to whoever asks.

        ``self.steps += 1`` on both, or ``self.batches = tqdm(batches)`` on one and ``self.batches = batches`` on the
        other.
        """
        controllers, extents = body.controllers(), self.flow.extents
        alike = extents.root if state.side == "extent" else extents.same_object
        found = set()
        for branch in {branch for store in stores for branch in controllers[store.block]}:
            decided = [store for store in stores if branch in controllers[store.block]]
            blocks = {store.block for store in decided}
            if len(blocks) > 1 and len({alike(body, store.value) for store in decided}) == 1:
                arms = successors(body.graph, branch)
                if all(arm in blocks or not leads(body, arm, body.graph.exit, *blocks) for arm in arms):
                    found.add(branch)
        return frozenset(found)

    def _met_before(self, body: Body, stores: Sequence[AttributeStore]) -> frozenset[int]:
        """The branches behind which the function makes the object itself: ranks that turn off there have none."""
        made = [body.values[leaf] for store in stores for leaf in leaves(body, store.base)]
        if not made or any(value.kind != "call" for value in made):
            return frozenset()
        return frozenset.intersection(*(body.controllers()[value.block] for value in made))

    def _tells(self, body: Body, entry: int) -> bool:
        """Whether a handler ends in a return of something, or does not return."""
        nothing = [node for _, node in body.values.returns if self.flow.presence.is_none(body, node)]
        met = [node for block, node in body.values.returns if entry == block or leads(body, entry, block)]
        return bool(met) and not set(met) & set(nothing)

    def _is_replaced(self, body: Body, store: AttributeStore, later: Sequence[AttributeStore]) -> bool:
        """Whether a function always stores another value in its place before it returns, and nobody looks between."""
        key = self.flow.conditions.key
        return any(
            key(body, other.base) == key(body, store.base)
            and (other.block == store.block or not leads(body, store.block, body.graph.exit, other.block))
            and not any(self._looks(body, site, store, other) for site in body.values.calls)
            for other in later
        )

    def _looks(self, body: Body, site: CallSiteNode, store: AttributeStore, other: AttributeStore) -> bool:
        """Whether a call of the object's own methods may stand between two stores."""
        if not store.span.line < site.call.span.line < other.span.line:
            return False
        function = body.values[body.values[site.node].arguments[0]]
        key = self.flow.conditions.key
        return function.kind == "attr" and key(body, function.arguments[0]) == key(body, store.base)


def _deciding(body: Body, stores: Sequence[AttributeStore]) -> frozenset[int]:
    """The blocks that decide whether, and which of, some stores run."""
    found = (body.controllers()[store.block] | body.interrupters()[store.block] for store in stores)
    return frozenset(block for blocks in found for block in blocks)


def _is_copied(body: Body, store: AttributeStore) -> bool:
    """``self.rows = other.rows``, ``self.rows = torch.cat((self.rows, other.rows))``."""
    work = [(store.value, 0)]
    while work:
        node, depth = work.pop()
        value = body.values[node]
        if value.kind == "attr" and value.label == store.name:
            return True
        if value.kind in ("call", "display", "phi") and depth < 3:
            work += [(part, depth + 1) for part in value.arguments[value.kind == "call" :]]
    return False
