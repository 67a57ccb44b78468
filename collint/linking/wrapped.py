"""Objects whose calls are collectives: what a library's wrapper returned, or what it changed in place.

``DistributedDataParallel(net)`` returns such an object, ``fully_shard(net)`` makes ``net`` itself one. The first kind
is found like any other value; the second, and the names by which both are called, are found here, on the index alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from collint.ir.expressions import Argument, Attr, CallExpr, Display, Expr, Index, Name, last_name
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Accessor
from collint.linking.binding import argument_at, bind
from collint.linking.program import Program
from collint.linking.references import ExternalIs, ExternalObject, FunctionIs, Ref, Refs, object_of
from collint.project.asked import ALIAS, BASE, GIVE, IN_PLACE, WRAP
from collint.project.decorators import is_self
from collint.project.facts import CallSite, FunctionFacts
from collint.project.targets import ExternalTarget

# Rounds of "a function that returns what a wrapper returned is a wrapper too".
MAX_ROUNDS = 4

ValueOf = Callable[[str, str, Expr], Refs]


class Wrapped:
    """Which names and attributes hold wrapped objects. ``value_of`` evaluates an index expression in a scope."""

    def __init__(self, program: Program, value_of: ValueOf) -> None:
        self.program = program
        self.project = program.project
        self.vocabulary = program.vocabulary
        self.value_of = value_of
        self._names: dict[tuple[str, str], set[ExternalObject]] | None = None
        self._attributes: dict[str, set[ExternalObject]] = {}

    # ---------------------------------------------------------------------------------------------- in place

    def local(self, function_id: str, name: str) -> Refs:
        """What a wrapper made of a local name of a function, in place."""
        return frozenset(self._found().get((function_id, name), ()))

    def attribute(self, class_names: tuple[str, ...], name: str) -> Refs:
        """What a wrapper made of an attribute of an object of these classes, in place."""
        self._found()
        keys = (f"{class_name}.{name}" for class_name in class_names)
        return frozenset(made for key in keys for made in self._attributes.get(key, ()))

    def spelled(self) -> Iterator[str]:
        """All that is wrapped in place, as it is kept."""
        for (function_id, name), made in self._found().items():
            yield from (f"{function_id} {name} {each!r}" for each in made)
        for name, made in self._attributes.items():
            yield from (f"{name} {each!r}" for each in made)

    def _found(self) -> dict[tuple[str, str], set[ExternalObject]]:
        self.project.asked.note(IN_PLACE)
        if self._names is None:
            self._names = {}
            work: deque[tuple[str, str]] = deque()
            for function_id, held, made in self._direct():
                self._note(function_id, held, made, work)
            while work:
                self._to_callers(*work.popleft(), work)
        return self._names

    def _direct(self) -> Iterator[tuple[str, Expr, ExternalObject]]:
        for row in self.vocabulary.in_place:
            for qualified in (row.name, *row.also):
                for function_id, site in self._calls(qualified.rpartition(".")[2]):
                    module, _, scope = function_id.partition(":")
                    held = _argument(site, row)
                    if held is not None and ExternalIs(qualified) in self.value_of(module, scope, site.function):
                        yield function_id, held, object_of(row)

    def _calls(self, name: str) -> Sequence[tuple[str, CallSite]]:
        """The calls of a name, with what they are given."""
        self.project.asked.note(GIVE, name)
        return self.project.calls_named(name)

    def _note(self, function_id: str, held: Expr, made: ExternalObject, work: deque[tuple[str, str]]) -> None:
        assert self._names is not None
        facts = self.project.function(function_id)
        if isinstance(held, Name):
            known = self._names.setdefault((function_id, held.id), set())
            if made not in known:
                known.add(made)
                work.append((function_id, held.id))
        elif isinstance(held, Attr) and facts is not None and _is_receiver(held.base, facts):
            self._attributes.setdefault(f"{facts.module}.{facts.owner}.{held.name}", set()).add(made)

    def _to_callers(self, function_id: str, name: str, work: deque[tuple[str, str]]) -> None:
        """A parameter that is wrapped in place: so is what the callers hand over, called by the function's name."""
        assert self._names is not None
        facts = self.project.function(function_id)
        if facts is None or not any(parameter.name == name for parameter in self.project.parameters(facts)):
            return
        for caller_id, site in self._calls(facts.name):
            held = _handed(facts, site, name)
            if held is not None:
                for made in tuple(self._names[function_id, name]):
                    self._note(caller_id, held, made, work)

    @property
    def is_used(self) -> bool:
        """Whether the program wraps anything in place."""
        return bool(self._found())

    def by_call(self, targets: Refs, arguments: Sequence[Argument], places: Collection[int]) -> Refs:
        """What a call of ``targets`` makes, in place, of the arguments at ``places``."""
        found: set[Ref] = set()
        for ref in targets:
            row = self.vocabulary.accessor(ref.name) if isinstance(ref, ExternalIs) else None
            if row is not None and row.in_place and argument_at(parse_argument(row.in_place), arguments) in places:
                found.add(object_of(row))
            facts = self.project.function(ref.id) if isinstance(ref, FunctionIs) else None
            if facts is not None and isinstance(ref, FunctionIs):
                bound = bind(self.project.parameters(facts), arguments, int(ref.bound))
                found.update(made for name, at in bound.items() if at in places for made in self.local(facts.id, name))
        return frozenset(found)

    # -------------------------------------------------------------------------------------------------- names

    def held_names(self) -> frozenset[str]:
        """Names of variables and attributes that may hold a wrapped object, for a prefilter by the name called."""
        own: dict[str, set[str]] = {}
        for function_id, name in self._found():
            own.setdefault(function_id, set()).add(name)
        attributes = {key.rpartition(".")[2] for key in self._attributes}
        makers = set(self.vocabulary.wrapper_names)
        makers.update(self._subclasses())
        makers.update(other for name in sorted(makers) for other in self.project.imported_as(name))
        for _ in range(MAX_ROUNDS):
            functions = self._calling(makers)
            for facts, target in _held(functions, makers):
                if isinstance(target, Name):
                    own.setdefault(facts.id, set()).add(target.id)
                else:
                    attributes.add(last_name(target))
            functions += self._functions(own)
            more = {f.name for f in functions if any(_made_by(v, makers, own.get(f.id, ())) for v in f.returned)}
            if more <= makers:
                break
            makers |= more
        self._note_asked(makers, own)
        return frozenset(attributes.union(*own.values())) - {""}

    def _calling(self, makers: Iterable[str]) -> list[FunctionFacts]:
        """The functions that call something of one of these names."""
        return self._functions(caller for name in sorted(makers) for caller, _ in self.project.calls_named(name))

    def _functions(self, function_ids: Iterable[str]) -> list[FunctionFacts]:
        return [facts for each in dict.fromkeys(function_ids) if (facts := self.project.function(each)) is not None]

    def _note_asked(self, makers: Iterable[str], own: Mapping[str, Iterable[str]]) -> None:
        asked = self.project.asked
        for name in makers:
            asked.note(ALIAS, name)
            asked.note(BASE, name)
            asked.note(WRAP, name)
        for function_id, names in own.items():
            for name in names:
                asked.note(WRAP, function_id, name)

    def _subclasses(self) -> Iterator[str]:
        for class_id in self.project.classes():
            bases = (base.qualified for base in self.project.bases(class_id) if isinstance(base, ExternalTarget))
            if any(map(self.vocabulary.is_wrapper, bases)):
                for each in (class_id, *self.project.subclasses(class_id)):
                    yield each.rpartition(":")[2].rpartition(".")[2]


def _argument(site: CallSite, row: Accessor) -> Expr | None:
    place = argument_at(parse_argument(row.in_place), site.arguments)
    return None if place is None else site.arguments[place].value


def _is_receiver(base: Expr, facts: FunctionFacts) -> bool:
    return isinstance(base, Name) and is_self(facts, base.id)


def _handed(facts: FunctionFacts, site: CallSite, name: str) -> Expr | None:
    names = [p.name for p in facts.parameters if p.kind == "positional"]
    skip = int(facts.owner is not None and isinstance(site.function, Attr))
    for position, argument in enumerate(site.arguments):
        own = argument.name or (names[position + skip] if position + skip < len(names) else None)
        if own == name and not argument.star:
            return argument.value
    return None


def _made_by(value: Expr, makers: set[str], held: Collection[str]) -> bool:
    if isinstance(value, CallExpr):
        return last_name(value.function) in makers
    if isinstance(value, Display):
        return any(_made_by(item, makers, held) for item in value.items)
    return isinstance(value, Name) and value.id in held


def _held(functions: Iterable[FunctionFacts], makers: set[str]) -> Iterator[tuple[FunctionFacts, Expr]]:
    for facts in functions:
        for assign in facts.assigns:
            value = assign.value.base if isinstance(assign.value, Index) else assign.value
            if isinstance(value, CallExpr) and last_name(value.function) in makers:
                yield facts, assign.target
