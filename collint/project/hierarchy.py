"""Classes and their bases: method resolution order, descendants, and which method a call can mean.

Bases outside the project end a chain; they are reported by name. Attributes of objects are
:mod:`collint.project.usage`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from collint.ir.expressions import CallExpr, Expr, Index, Name, dotted
from collint.project.asked import BASE, BASES, HEIRS, LINEAGE, NAME
from collint.project.concordance import base_names
from collint.project.facts import ClassFacts, enclosing, short_name
from collint.project.lineage import KnownClass, KnownClasses, Lineage, spelled
from collint.project.steps import Answers, Step
from collint.project.targets import ClassTarget, ExternalTarget, FunctionTarget, Target, VariableTarget

if TYPE_CHECKING:
    from collint.project.names import Names

# These say how a class is typed or made; nothing is inherited from them that a name could mean.
EMPTY_BASES = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
)
_ALIAS_DEPTH = 5


class Hierarchy:
    """The class graph of a project, computed as it is asked for."""

    def __init__(self, names: Names) -> None:
        self._names = names
        asked = names.files.asked
        self._bases: Answers[str, tuple[Target, ...]] = Answers(asked)
        self._orders: Answers[str, tuple[str, ...]] = Answers(asked)
        self._methods: Answers[tuple[str, str], str | None] = Answers(asked)
        self._overrides: Answers[tuple[str, str], tuple[str, ...]] = Answers(asked)
        self._families: Answers[str, frozenset[str]] = Answers(asked)
        self._outside: Answers[tuple[str, ...], tuple[str, ...]] = Answers(asked)
        self._under_way: set[str] = set()
        self._children: Answers[str, tuple[str, ...]] = Answers(asked)
        self._lineage = Lineage({})
        self._heirs: dict[str, list[str]] | None = None

    def believe(self, known: KnownClasses) -> None:
        """Take over what is known of the classes of these modules. To be called before anything is asked."""
        self._lineage = Lineage(known)

    def known(self) -> dict[str, dict[str, KnownClass]]:
        """What there is to know of the classes of all modules."""
        believed = self._lineage.known
        files = self._names.files
        return {name: dict(believed[name]) if name in believed else self._known_in(name) for name in files}

    def _known_in(self, module: str) -> dict[str, KnownClass]:
        return {facts.qualname: self._known(facts) for facts in self._names.files[module].classes}

    def _known(self, facts: ClassFacts) -> KnownClass:
        scopes = self._names.scopes(facts.module)
        functions = scopes.functions_in(facts.qualname)
        own = {name: qualname for name, qualname in functions.items() if qualname == f"{facts.qualname}.{name}"}
        renamed = (assign for assign in facts.assigns if isinstance(assign.value, Name))
        assigned = (assign.target.id for assign in renamed if isinstance(assign.target, Name))
        return KnownClass(
            spelled(self.bases(facts.id)),
            tuple(own),
            tuple((name, qualname) for name, qualname in functions.items() if name not in own),
            tuple(dict.fromkeys(name for name in assigned if name not in functions)),
        )

    def facts(self, class_id: str) -> ClassFacts | None:
        """The class of that id."""
        module, _, qualname = class_id.partition(":")
        return self._names.scopes(module).classes.get(qualname) if module in self._names.files else None

    def bases(self, class_id: str) -> tuple[Target, ...]:
        """The bases it names, each a ClassTarget or ExternalTarget; what cannot be followed is left out."""
        self._names.files.asked.note(LINEAGE, class_id)
        found = self._bases.get(class_id)
        if class_id in self._under_way:
            self._names.cuts += 1
        if found is None:
            found = self._lineage.bases(class_id)
            if found is not None:
                self._bases[class_id] = found
        if found is None:
            self._bases[class_id] = ()  # a base that is looked up through this very class ends here
            self._under_way.add(class_id)
            facts = self.facts(class_id)
            with self._bases.finding(class_id):
                found = self._bases[class_id] = self._resolve_bases(facts) if facts else ()
            self._under_way.discard(class_id)
        return found

    def step_of_bases(self, class_id: str) -> Step:
        """On what the answer of :meth:`bases` rests, where it was found out and not believed."""
        return self._bases.step(class_id)

    def mro(self, class_id: str) -> tuple[str, ...]:
        """The project's classes in the order in which Python searches them, itself first.

        C3 linearisation (Barrett et al., 1996); where alternatives of a base make that inconsistent, depth first.
        """
        found = self._orders.look_up(class_id)
        if found is None:
            self._orders[class_id] = (class_id,)  # ends a cycle
            with self._orders.finding(class_id):
                found = self._linearise(class_id)
            self._orders[class_id] = found
            if self._under_way:  # some bases are still unknown: good enough to go on, not to keep
                del self._orders[class_id]
        return found

    def external_bases(self, class_id: str) -> tuple[str, ...]:
        """Every ancestor outside the project, by qualified name, nearest first."""
        order = self.mro(class_id)
        found = self._outside.look_up(order)
        if found is None:
            with self._outside.finding(order):
                bases = (base for name in order for base in self.bases(name))
                found = tuple(dict.fromkeys(base.qualified for base in bases if isinstance(base, ExternalTarget)))
            if not self._under_way:
                self._outside[order] = found
        return found

    def subclasses(self, class_id: str) -> tuple[str, ...]:
        """Every class of the project that descends from it, sorted."""
        found: set[str] = set()
        waiting = list(self._built_on(class_id))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._built_on(name)
        return tuple(sorted(found - {class_id}))

    def family(self, class_id: str) -> frozenset[str]:
        """The classes whose code can touch an object of this class: of every descendant, all that it inherits."""
        found = self._families.look_up(class_id)
        if found is None:
            with self._families.finding(class_id):
                concrete = (class_id, *self.subclasses(class_id))
                found = self._families[class_id] = frozenset(name for c in concrete for name in self.mro(c))
        return found

    def find_method(self, class_id: str, name: str) -> str | None:
        """The function that ``name`` means on an instance of exactly this class; None outside the project."""
        key = (class_id, name)
        found = self._methods.look_up(key)
        if key in self._methods:
            return found
        with self._methods.finding(key):
            methods = (self._own_method(owner, name) for owner in self.mro(class_id))
            found = next((method for method in methods if method is not None), None)
        if not self._under_way:
            self._methods[key] = found
        return found

    def overrides(self, class_id: str, name: str) -> tuple[str, ...]:
        """The functions that ``name`` can mean on an instance of this class or of one that descends from it."""
        key = (class_id, name)
        found = self._overrides.look_up(key)
        if found is None:
            with self._overrides.finding(key):
                candidates = (self.find_method(owner, name) for owner in (class_id, *self.subclasses(class_id)))
                found = self._overrides[key] = tuple(dict.fromkeys(method for method in candidates if method))
        return found

    def members(self, class_id: str, name: str) -> tuple[Target, ...]:
        """What ``Class.name`` stands for, inherited members included."""
        for owner in self.mro(class_id):
            found = self._own_members(owner, name)
            if found:
                return found
        outside = (base for base in self.external_bases(class_id) if base not in EMPTY_BASES)
        return tuple(ExternalTarget(f"{base}.{name}") for base in outside)

    # ------------------------------------------------------------------------------------------------------------

    def _linearise(self, class_id: str) -> tuple[str, ...]:
        parents = [base.id for base in self.bases(class_id) if isinstance(base, ClassTarget)]
        orders = [list(self.mro(parent)) for parent in parents]
        merged = _merge([*orders, parents])
        if merged is None:
            merged = list(dict.fromkeys(name for order in orders for name in order))
        return (class_id, *(name for name in merged if name != class_id))

    def _own_members(self, class_id: str, name: str) -> tuple[Target, ...]:
        facts = self.facts(class_id)
        if facts is None:
            return ()
        scopes = self._names.scopes(facts.module)
        found: tuple[Target, ...] = scopes.definitions(facts.qualname, name)
        if found:
            return found
        for value in scopes.aliased(facts.qualname, name):  # forward_cuda = forward_native
            if isinstance(value, Name) and value.id != name:
                found = scopes.definitions(facts.qualname, value.id)
                if found:
                    return found
        if not scopes.assigns(facts.qualname, name):
            return ()
        return (VariableTarget(facts.module, f"{facts.qualname}.{name}"),)

    def _own_method(self, class_id: str, name: str) -> str | None:
        if self._lineage.has(class_id, name):
            module, _, qualname = class_id.partition(":")
            self._names.files.asked.note(NAME, module, qualname, name)
            return self._lineage.method(class_id, name)
        members = self._own_members(class_id, name)
        return next((target.id for target in members if isinstance(target, FunctionTarget)), None)

    def _resolve_bases(self, facts: ClassFacts) -> tuple[Target, ...]:
        found: list[Target] = []
        self._names.files.asked.note(BASES, facts.id)
        for base in facts.bases:
            found += self._classes_meant(facts.module, enclosing(facts.qualname), base, _ALIAS_DEPTH)
        return tuple(target for target in dict.fromkeys(found) if target != ClassTarget(facts.id))

    def _classes_meant(self, module: str, scope: str, base: Expr, depth: int) -> Iterable[Target]:
        while isinstance(base, Index):  # Base[T]
            base = base.base
        if isinstance(base, CallExpr):  # with_metaclass(Meta, Base), as_embedding_model(Base): made from its arguments
            for argument in base.arguments:
                yield from self._classes_meant(module, scope, argument.value, depth - 1)
        chain = dotted(base)
        if chain is None or depth == 0:
            return
        for target in self._names.resolve(module, scope, chain):
            if isinstance(target, (ClassTarget, ExternalTarget)):
                yield target
            elif isinstance(target, VariableTarget):  # Base = other.Base
                holder, _, name = target.name.rpartition(".")
                for value in self._names.scopes(target.module).aliased(holder, name):
                    yield from self._classes_meant(target.module, holder, value, depth - 1)

    def _built_on(self, class_id: str) -> tuple[str, ...]:
        """The classes that have this one for a base: of those that name one under any name it may have."""
        found = self._children.look_up(class_id)
        if found is None:
            find = self._known_to_build_on if self._lineage.known else self._found_to_build_on
            with self._children.finding(class_id):
                self._names.files.asked.note(HEIRS, class_id)
                found = self._children[class_id] = find(class_id)
        return found

    def _known_to_build_on(self, class_id: str) -> tuple[str, ...]:
        files = self._names.files
        if files.asked.is_on:
            files.concordance.ask_by_any_name(BASE, short_name(class_id.rpartition(":")[2]))
        return tuple(self._all_heirs().get(class_id, ()))

    def _found_to_build_on(self, class_id: str) -> tuple[str, ...]:
        target = ClassTarget(class_id)
        files = self._names.files
        names, modules = files.concordance.building_on(short_name(class_id.rpartition(":")[2]))
        candidates = (
            facts
            for module in modules
            for facts in files[module].classes
            if any(name in names for base in facts.bases for name in base_names(base))
        )
        return tuple(facts.id for facts in candidates if target in self.bases(facts.id))

    def _all_heirs(self) -> dict[str, list[str]]:
        """The classes that are built on each class, in no order."""
        if self._heirs is None:
            self._heirs = self._lineage.heirs()
            for module in self._names.files:
                for facts in self._names.files[module].classes if module not in self._lineage.known else ():
                    for base in self.bases(facts.id):
                        if isinstance(base, ClassTarget):
                            self._heirs.setdefault(base.id, []).append(facts.id)
        return self._heirs


def _merge(orders: list[list[str]]) -> list[str] | None:
    """The merge step of C3: repeatedly take the first head that is in no other tail; None when there is none."""
    merged: list[str] = []
    waiting = [order for order in orders if order]
    while waiting:
        tails = {name for order in waiting for name in order[1:]}
        head = next((order[0] for order in waiting if order[0] not in tails), None)
        if head is None:
            return None
        merged.append(head)
        waiting = [rest for order in waiting if (rest := [name for name in order if name != head])]
    return merged
