"""Answer what a qualified name means, from the rows of all packs. Reading and checking packs is elsewhere.

Lookups are exact and by dictionary, a row's ``name`` and ``also`` alike. Of two rows of one kind and name the later
pack's wins. A method row (``pkg.mod.Class.method``) is found under that name only: whoever asks walks the class's
ancestors.

Axes leave this room expanded (:mod:`collint.knowledge.axes`); :meth:`Vocabulary.shown_axes` undoes it for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from typing import Literal, TypeVar

import msgspec

from collint.knowledge.axes import Axes
from collint.knowledge.calling import Application, Delegate, Dispatcher, Entry, Handed, Registration
from collint.knowledge.pack import Pack
from collint.knowledge.rows import (
    Accessor,
    Agreement,
    Array,
    Collective,
    Counterpart,
    Ending,
    Failure,
    Group,
    Handle,
    Hint,
    Named,
    NewGroup,
    PointToPoint,
    Rank,
    Size,
    Source,
    Transfer,
    Uniform,
)

NamedRow = TypeVar("NamedRow", bound=Named)
KindedRow = TypeVar("KindedRow", Accessor, Failure, Rank, Size, Source, Uniform)
SourceOrHint = TypeVar("SourceOrHint", Source, Hint)
CallOrAttribute = Literal["call", "attribute"]
Kind = Literal["call", "attribute", "type"]

CALLED = ".__call__"


class Vocabulary:
    """What the loaded packs know. Immutable once built; every lookup returns a row or None."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        """Merge ``packs``, general ones first: a later row replaces an earlier one of its kind and name."""
        self.packs = tuple(packs)
        self.axes = Axes([mesh for pack in packs for mesh in pack.mesh])
        self._groups = {"world": Group(name="world", axes=("*",))}
        self._groups.update((group.name, group) for pack in packs for group in pack.group)
        self._group_axes = {name: self.expand(group.axes) for name, group in self._groups.items()}
        self._collectives = _by_name(pack.collective for pack in packs)
        self.lifetime_families = {row.family: row.lifetime for row in self._collectives.values() if row.lifetime}
        """Families of collectives that begin or end groups, each with which of the two."""
        ending = (name for name, row in self._collectives.items() if self.lifetime_families.get(row.family) == "end")
        self.ending_names = frozenset(map(_last, ending))
        """Last name components of collectives that end groups."""
        self._p2p = _by_name(pack.p2p for pack in packs)
        self._accessors = _by_kind(pack.accessor for pack in packs)
        self._ranks = _by_kind(pack.rank for pack in packs)
        self._sizes = _by_kind(pack.size for pack in packs)
        self._agreements = _by_name(pack.agreement for pack in packs)
        self._sources = _by_kind(map(self._with_axes, pack.source) for pack in packs)
        self._uniforms = _by_kind(pack.uniform for pack in packs)
        self._transfers = _by_name(pack.transfer for pack in packs)
        self._new_groups = _by_name(pack.new_group for pack in packs)
        self._dispatchers = _by_name(pack.dispatcher for pack in packs)
        self._registrations = _by_name(pack.registration for pack in packs)
        self._entries = _by_name(pack.entry for pack in packs)
        self._delegates = _by_name(pack.delegate for pack in packs)
        self._handed = _by_name(pack.handed for pack in packs)
        self._applications = _by_name(pack.application for pack in packs)
        self.arrays: tuple[Array, ...] = tuple(row for pack in packs for row in pack.array)
        self._handles = _by_name(pack.handle for pack in packs)
        self._failures = _by_kind(pack.failure for pack in packs)
        self._endings = _by_name(pack.ending for pack in packs)
        self._hints = [self._with_axes(hint) for pack in reversed(packs) for hint in pack.hint]
        self._parameter_hints: dict[str, Hint | None] = {}
        self._attribute_hints: dict[str, Hint | None] = {}
        by_entry = {counterpart.real: counterpart for pack in packs for counterpart in pack.counterpart}
        self.counterparts: tuple[Counterpart, ...] = tuple(by_entry.values())
        self._event_names = self._last_names_of_events()
        self._event_methods = self._rows_of_methods()
        called = {name.rpartition(".")[0] for name in self._collectives if name.endswith(CALLED)}
        self.in_place = tuple({id(row): row for row in self._accessors.values() if row.in_place}.values())
        made = {name for (kind, name), row in self._accessors.items() if kind == "call" and row.handle in called}
        self.wrapper_names = frozenset(_last(name.partition("[")[0]) for name in called | made)
        self._called_classes = frozenset(called)
        stand_ins = {name for name, row in self._transfers.items() if row.same.endswith("@0")}
        self.passing_names = frozenset(name.rpartition(".")[2] for name in stand_ins)
        self.general_classes = frozenset(name for row in self._handles.values() for name in row.among)
        self.registered_names = frozenset(name for row in self._handles.values() for name in row.named_by)

    # ------------------------------------------------------------------------------------------------------- events

    def collective(self, qualified: str) -> Collective | None:
        """The call in which every rank of a group must take part."""
        return self._collectives.get(qualified)

    def p2p(self, qualified: str) -> PointToPoint | None:
        """The send, receive, batch or operation object between two ranks."""
        return self._p2p.get(qualified)

    def new_group(self, qualified: str) -> NewGroup | None:
        """The call that creates a group."""
        return self._new_groups.get(qualified)

    def dispatcher(self, qualified: str) -> Dispatcher | None:
        """The call that runs a method by its name."""
        return self._dispatchers.get(qualified)

    def registration(self, qualified: str) -> Registration | None:
        """The call that registers a function as a custom operation."""
        return self._registrations.get(qualified)

    def delegate(self, qualified: str) -> Delegate | None:
        """The method of a library's class that runs another method of a subclass."""
        return self._delegates.get(qualified)

    def delegates_to(self, method: str) -> tuple[str, ...]:
        """The qualified names of library methods that run a subclass's ``method``."""
        return tuple(name for name, row in self._delegates.items() if row.runs == method)

    def handed(self, qualified: str) -> Handed | None:
        """The method that a library calls with data of this rank."""
        return self._handed.get(qualified)

    def application(self, qualified: str) -> Application | None:
        """The call that runs a function it is handed."""
        return self._applications.get(qualified)

    def registrations(self) -> tuple[Registration, ...]:
        """Every call that registers functions, once each."""
        return tuple({row.name: row for row in self._registrations.values()}.values())

    def entry(self, qualified: str) -> Entry | None:
        """The call, class or ``.method`` that has a function run by somebody else."""
        return self._entries.get(qualified)

    def entries(self) -> tuple[tuple[str, Entry], ...]:
        """Every row about functions that somebody else runs, under each of its names."""
        return tuple(self._entries.items())

    def called_families(self) -> frozenset[str]:
        """Families of collectives that calls of objects are: of modules that a wrapper shares out."""
        return frozenset(row.family for name, row in self._collectives.items() if name.endswith(CALLED))

    def is_wrapper(self, class_qualified: str) -> bool:
        """Whether calls of objects of this class are collectives."""
        return class_qualified in self._called_classes

    def called_object(self, class_qualified: str) -> str | None:
        """The name of the row for calls of objects of this class."""
        return class_qualified + CALLED if class_qualified in self._called_classes else None

    def computed_method(self, name: str) -> Collective | None:
        """The row for a method that is a collective where its receiver was computed by certain calls."""
        row = self._collectives.get("." + name)
        return row if row is not None and row.computed_by else None

    def event_names(self) -> frozenset[str]:
        """Last name components of collectives, p2p, group creation and dispatchers, for a prefilter."""
        return self._event_names

    def p2p_names(self) -> frozenset[str]:
        """Last name components of what sends and receives, for a prefilter."""
        return frozenset(map(_last, self._p2p))

    def event_methods(self, name: str) -> tuple[Collective | PointToPoint, ...]:
        """Collective and p2p rows whose name ends in ``.name`` and stands in a class, for receivers without a type.

        Implicit collectives are not among them: their names (``state_dict``) are those of many local methods.
        """
        return self._event_methods.get(name, ())

    # ------------------------------------------------------------------------------------------------------- groups

    def group(self, name: str) -> Group | None:
        """The named group; ``world`` always exists."""
        return self._groups.get(name)

    def axes_of(self, group_name: str) -> frozenset[str]:
        """The axes that a group spans, expanded; every axis when the group is not known."""
        return self._group_axes.get(group_name, self.mesh_axes)

    def accessor(self, qualified: str, kind: CallOrAttribute = "call") -> Accessor | None:
        """The function or attribute whose value is a group."""
        return self._accessors.get((kind, qualified))

    def handle(self, class_qualified: str) -> Handle | None:
        """The class whose objects stand for a group."""
        return self._handles.get(class_qualified)

    @cached_property
    def kinds_of_groups(self) -> frozenset[str]:
        """Named groups that stand for every object of some class, so that the name does not tell which one it is."""
        whole = {row.group for row in self._handles.values() if row.group} - {"world"}
        return frozenset(whole - {row.group for row in self._accessors.values()})

    # ------------------------------------------------------------------------------------------------------- values

    def rank(self, qualified: str, kind: CallOrAttribute | Literal["decorator"] = "call") -> Rank | None:
        """The call or attribute that tells this process's place in a group."""
        return self._ranks.get((kind, qualified))

    def size(self, qualified: str, kind: CallOrAttribute = "call") -> Size | None:
        """The call or attribute that tells how many ranks a group has."""
        return self._sizes.get((kind, qualified))

    def agreement(self, qualified: str) -> Agreement | None:
        """The wrapper whose results are uniform over a group."""
        return self._agreements.get(qualified)

    def source(self, qualified: str, kind: Kind = "call") -> Source | None:
        """Where variation is born; its axes are expanded."""
        return self._sources.get((kind, qualified))

    def source_method(self, name: str) -> Source | None:
        """The source row for a method of this name on a receiver that nothing else explains."""
        return self._sources.get(("call", f".{name}"))

    def uniform(self, qualified: str, kind: Kind = "call") -> Uniform | None:
        """A value that is the same on every rank by contract."""
        return self._uniforms.get((kind, qualified))

    def transfer(self, qualified: str) -> Transfer | None:
        """How the result of a call depends on its arguments."""
        return self._transfers.get(qualified)

    def transfer_method(self, name: str) -> Transfer | None:
        """How the result of a method depends on its receiver, whatever the receiver's class."""
        return self._transfers.get(f".{name}")

    def failure(self, qualified: str, kind: Literal["call", "exception"] = "call") -> Failure | None:
        """A call that can fail on one rank alone, or an exception class that says so."""
        return self._failures.get((kind, qualified))

    def ending(self, qualified: str) -> Ending | None:
        """The call that never returns."""
        return self._endings.get(qualified)

    def parameter_hint(self, name: str) -> Hint | None:
        """The first guess for a parameter of this name, libraries before general packs; axes expanded."""
        if name not in self._parameter_hints:
            self._parameter_hints[name] = _first(self._hints, name, "parameter")
        return self._parameter_hints[name]

    def attribute_hint(self, name: str) -> Hint | None:
        """The first guess for an attribute of this name, libraries before general packs; axes expanded."""
        if name not in self._attribute_hints:
            self._attribute_hints[name] = _first(self._hints, name, "attribute")
        return self._attribute_hints[name]

    # --------------------------------------------------------------------------------------------------------- axes

    @property
    def mesh_axes(self) -> frozenset[str]:
        """All axes, expanded."""
        return self.axes.every

    def expand(self, axes: Iterable[str]) -> frozenset[str]:
        """Axes as a row writes them, with ``*`` and sub-axes spelled out."""
        return self.axes.expand(axes)

    def shown_axes(self, axes: Iterable[str]) -> tuple[str, ...]:
        """Expanded axes as people write them: sorted, a sub-axis left out where its parent stands, ``*`` for all.

        Several sub-axes of different parents have no short name; a group that spans just these lends its own.
        """
        shown = self.axes.outermost(axes)
        if self.axes.is_mixed(shown):
            lender = next((group for group in self._groups.values() if set(group.axes) == shown), None)
            if lender is not None:
                return (lender.display or lender.name,)
        return tuple(sorted(shown))

    @property
    def digest(self) -> str:
        """Identity of the knowledge, for caches: equal packs in equal order give equal hex digits."""
        return hashlib.sha256(msgspec.json.encode(self.packs)).hexdigest()

    # ------------------------------------------------------------------------------------------------------ helpers

    def _with_axes(self, row: SourceOrHint) -> SourceOrHint:
        return msgspec.structs.replace(row, axes=tuple(sorted(self.expand(row.axes))))

    def _last_names_of_events(self) -> frozenset[str]:
        names = chain(self._collectives, self._p2p, self._new_groups, self._dispatchers)
        return frozenset(_last(name) for name in names if not name.endswith(CALLED))

    def _rows_of_methods(self) -> dict[str, tuple[Collective | PointToPoint, ...]]:
        found: dict[str, dict[int, Collective | PointToPoint]] = {}
        collectives = [(key, row) for key, row in self._collectives.items() if not row.implicit]
        methods: list[tuple[str, Collective | PointToPoint]] = [*collectives, *self._p2p.items()]
        for key, row in methods:
            if _is_in_class(key):
                found.setdefault(_last(key), {})[id(row)] = row
        return {name: tuple(rows.values()) for name, rows in found.items()}


def _is_in_class(qualified: str) -> bool:
    return qualified.rpartition(".")[0].rpartition(".")[2][:1].isupper()


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _by_name(rows_of_packs: Iterable[Iterable[NamedRow]]) -> dict[str, NamedRow]:
    found: dict[str, NamedRow] = {}
    for row in chain.from_iterable(rows_of_packs):
        found.update(dict.fromkeys((row.name, *row.also), row))
    return found


def _by_kind(rows_of_packs: Iterable[Iterable[KindedRow]]) -> dict[tuple[str, str], KindedRow]:
    found: dict[tuple[str, str], KindedRow] = {}
    row: KindedRow
    for row in chain.from_iterable(rows_of_packs):
        for name in (row.name, *row.also):
            found[row.kind, name] = row
    return found


def _first(hints: Iterable[Hint], name: str, place: Literal["parameter", "attribute"]) -> Hint | None:
    for hint in hints:
        globs = hint.parameter if place == "parameter" else hint.attribute
        if any(fnmatchcase(name, glob) for glob in globs):
            return hint
    return None
