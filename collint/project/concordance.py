"""In which files a name is called, written or built upon, so that few files need be opened to find out who does it.

Names count here, as they are spelled; what they stand for is found out by whoever asks, in the files named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from collint.ir.expressions import Attr, CallExpr, Expr, Index, Name, called_name, last_name
from collint.ir.node import Later, Node
from collint.project.asked import ALIAS, BASE, CALL, COUNT, METHOD, WRITE, Asked
from collint.project.decorators import decorator_names, is_property, receiver
from collint.project.facts import MODULE_BODY, FunctionFacts, LocalAssign, ModuleFacts
from collint.project.tables import Tables
from collint.record import field

Pairs = tuple[tuple[str, str], ...]
MOST_CALLS = 600
"""Calls of one name that are looked at one by one: more of them, and the name says too little."""
TABLES = ("methods", "decorators", "called", "owned", "given", "bases")
"""The kinds of words of which tables are made."""


class Words(Node, frozen=True):
    """The names that tell in which files to look, each once.

    ``methods`` are the names of the functions that a class owns, ``decorators`` the last names of what decorates any,
    ``called`` the names of its calls (:func:`called_name`) with the number of each. ``owned`` are the attributes that
    class bodies bind and methods write on their own object, ``given`` those that it writes on any other. ``bases`` are
    the last names in what its classes are built upon.
    """

    methods: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    called: dict[str, int] = field(default_factory=dict)
    owned: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


class WordsLater(Later[Words]):
    """The names of a file, which nobody asks for where an earlier run has made tables of them."""

    __slots__ = ()
    kind = Words


class Entry(Node, frozen=True):
    """What one file says, each name once.

    ``problem`` is that of its facts, ``functions`` the qualnames of its functions and of its body in order, with blanks
    between them, ``properties`` the qualnames of those that reading an attribute runs.
    ``roots`` are the first components of the modules it imports. ``imported`` and ``assigned`` pair a last name with
    another under which the file knows it, by ``import ... as`` anywhere and by an assignment in the body of the module
    or of a class.
    """

    problem: str | None
    functions: str
    properties: tuple[str, ...]
    roots: tuple[str, ...]
    imported: Pairs
    assigned: Pairs
    words: WordsLater


def entry_of(facts: ModuleFacts) -> Entry:
    """What is to be known of a file without its facts."""
    functions = {function.qualname: function for function in facts.functions}
    imports = facts.every_import
    bound = (assign.target for klass in facts.classes for assign in klass.assigns)
    owned = {target.id: None for target in bound if isinstance(target, Name)}
    given: dict[str, None] = {}
    for function in facts.functions:
        for name, assign in attributes_written(function):
            (given if own_class(function, assign, functions) is None else owned)[name] = None
    words = Words(
        _once(function.name for function in facts.functions if function.owner is not None),
        _once(name for function in facts.functions for name in decorator_names(function)),
        _counted(called_name(site.function) for function in facts.functions for site in function.calls),
        tuple(owned),
        tuple(given),
        _once(name for klass in facts.classes for base in klass.bases for name in base_names(base)),
    )
    return Entry(
        facts.problem,
        " ".join(function.qualname for function in facts.functions),
        tuple(function.qualname for function in facts.functions if is_property(function)),
        _once(name.partition(".")[0] for name in (*facts.stars, *(qualified for _, qualified in imports))),
        tuple(dict.fromkeys((last, local) for local, name in imports if (last := name.rpartition(".")[2]) != local)),
        tuple(dict.fromkeys(renamed(facts))),
        WordsLater(words),
    )


class Concordance:
    """The entries of all files by module name, and the tables made of them; each is made when it is first asked for."""

    def __init__(self, entries: Mapping[str, Entry], asked: Asked, kept: Tables | None = None) -> None:
        """Questions are noted in ``asked``; ``kept`` are tables of :data:`TABLES` for some of the entries."""
        self._asked = asked
        self._kept = kept
        self.entries = {name: entries[name] for name in sorted(entries)}
        self._tables: dict[str, dict[str, list[str]]] = {}
        self._functions: dict[str, frozenset[str]] = {}
        self._counts: dict[str, int] = {}
        self._aliases: dict[str, tuple[str, ...]] | None = None
        self._renamed: dict[str, set[str]] | None = None

    def defines(self, module: str, qualname: str) -> bool:
        """Whether a module has a function, or a body, of that qualname."""
        found = self._functions.get(module)
        if found is None:
            entry = self.entries.get(module)
            found = self._functions[module] = frozenset(entry.functions.split() if entry is not None else ())
        return qualname in found

    def calling(self, name: str) -> Sequence[str]:
        """The modules with a call of that name, sorted."""
        self._asked.note(CALL, name)
        return self._having("called", name)

    def is_common(self, name: str) -> bool:
        """Whether more calls have that name than are looked at one by one."""
        self._asked.note(COUNT, name)
        found = self._counts.get(name)
        if found is None:
            found = self._counts[name] = self.count_calls(name)
        return found > MOST_CALLS

    def count_calls(self, name: str, besides: Collection[str] = ()) -> int:
        """How many calls have that name in all modules ``besides`` some; the question is not noted."""
        return sum(self._calls(module, name) for module in self._having("called", name) if module not in besides)

    def owning(self, attribute: str) -> Sequence[str]:
        """The modules with a class body that binds the attribute, or a method that writes it on its own object."""
        self._asked.note(WRITE, attribute)
        return self._having("owned", attribute)

    def giving(self, attribute: str) -> Sequence[str]:
        """The modules that write the attribute on some object that is not a method's own."""
        self._asked.note(WRITE, attribute)
        return self._having("given", attribute)

    def defining(self, method: str) -> Sequence[str]:
        """The modules with a method of that name."""
        self._asked.note(METHOD, method)
        return self._having("methods", method)

    def building_on(self, class_name: str) -> tuple[frozenset[str], Sequence[str]]:
        """All names under which some file may know a class, and the modules with a class that names one as its base."""
        names = self.ask_by_any_name(BASE, class_name)
        return names, sorted({module for name in names for module in self._having("bases", name)})

    def decorating(self, name: str) -> frozenset[str]:
        """The modules with a decorator of that name, or of another under which some file may know it."""
        return frozenset(module for known in self._known_as(name) for module in self._having("decorators", known))

    def ask_by_any_name(self, kind: str, name: str) -> frozenset[str]:
        """Note a question about what has this last name, under all names by which some file may know it; these."""
        names = self._known_as(name)
        for known in names:
            self._asked.note(kind, known)
        return names

    def _known_as(self, name: str) -> frozenset[str]:
        """A last name, and all others that imports and assignments give to what it may stand for."""
        if self._renamed is None:
            self._renamed = {}
            for entry in self.entries.values():
                for last, other in (*entry.imported, *entry.assigned):
                    self._renamed.setdefault(last, set()).add(other)
        names = {name}
        waiting = [name]
        while waiting:
            known = waiting.pop()
            self._asked.note(ALIAS, known)
            more = self._renamed.get(known, set()) - names
            names |= more
            waiting += more
        return frozenset(names)

    def imported_as(self, name: str) -> tuple[str, ...]:
        """The other names under which ``import ... as`` binds this last name anywhere, in the order of the files."""
        self._asked.note(ALIAS, name)
        if self._aliases is None:
            pairs: dict[str, dict[str, None]] = {}
            for entry in self.entries.values():
                for last, local in entry.imported:
                    pairs.setdefault(last, {})[local] = None
            self._aliases = {last: tuple(locals_) for last, locals_ in pairs.items()}
        return self._aliases.get(name, ())

    def _calls(self, module: str, name: str) -> int:
        return self.entries[module].words.value().called[name]

    def _having(self, table: str, name: str) -> Sequence[str]:
        """The modules that have a name among words of that kind, sorted."""
        own = self._table(table).get(name, ())
        kept = self._kept.find(table, name) if self._kept is not None else ()
        return sorted((*own, *kept)) if own and kept else own or kept

    def _table(self, table: str) -> dict[str, list[str]]:
        """What no earlier run knows."""
        found = self._tables.get(table)
        if found is None:
            found = self._tables[table] = {}
            new = self._kept.others if self._kept is not None and self._kept.has(table) else self.entries.keys()
            for module in sorted(new):
                for name in getattr(self.entries[module].words.value(), table):
                    if name in found:
                        found[name].append(module)
                    else:
                        found[name] = [module]
        return found


def attributes_written(function: FunctionFacts) -> Iterator[tuple[str, LocalAssign]]:
    """The assignments of a function to attributes, each with the attribute's name."""
    for assign in function.assigns:
        if isinstance(assign.target, Attr):
            yield assign.target.name, assign


def own_class(function: FunctionFacts, assign: LocalAssign, functions: Mapping[str, FunctionFacts]) -> str | None:
    """The id of the class whose method's own object an assignment writes to; ``functions`` are the file's by qualname.

    None where the object is another one.
    """
    base = assign.target.base if isinstance(assign.target, Attr) else None
    own = receiver(function, functions) if isinstance(base, Name) else None
    return own[1] if own is not None and isinstance(base, Name) and base.id == own[0] else None


def base_names(base: Expr) -> Iterator[str]:
    """The last names of the classes that a base is made of: ``Base[T]``, ``with_metaclass(Meta, Base)``."""
    while isinstance(base, Index):
        base = base.base
    if isinstance(base, CallExpr):
        for argument in base.arguments:
            yield from base_names(argument.value)
    elif name := last_name(base):
        yield name


def renamed(facts: ModuleFacts) -> Iterator[tuple[str, str]]:
    """The last names that an assignment in the body of the module or of a class gives another, each with that one."""
    in_module = [function.assigns for function in facts.functions if function.qualname == MODULE_BODY]
    for assign in chain(*in_module, *(klass.assigns for klass in facts.classes)):
        last = last_name(assign.value) if isinstance(assign.value, (Name, Attr)) else ""
        if last and isinstance(assign.target, Name) and assign.target.id != last:
            yield last, assign.target.id


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        if name:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
