"""The closure that an earlier run found, where nothing that it is made of changed since; else what of it still holds.

It is made of the index alone, of no places in it, and of the answers to the questions that were asked of it: a change
that concerns none of them leaves it as it is. Which files changed is told by their digests, what changed in them by the
facts that the earlier run kept, what that concerns by :mod:`collint.linking.answers`. Where it concerns some, the
:mod:`collint.linking.ledger` tells which of the answers hold. Who calls a function is opened when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from collint.cache import Shelf, digest
from collint.ir.node import Node, Reader, replace, written
from collint.linking.answers import questions_changed
from collint.linking.ledger import BASES, SITES, Answer, Ledger, Page
from collint.linking.resting import rests_on_any
from collint.linking.sites import moved
from collint.linking.uses import lambdas_in
from collint.project.asked import HEIRS, LINEAGE, MODULE, NAME, mark
from collint.project.facts import ModuleFacts
from collint.project.lineage import KnownClass, KnownClasses
from collint.project.project import Project
from collint.project.steps import Step

# Calls by the place of the function that each stands in and by their place among its calls.
_Calls = tuple[tuple[int, int], ...]


class _Shelved(Node, frozen=True):
    """A ledger: where its pages are kept, and the marks of the questions that each is made of."""

    pages: tuple[bytes, ...]
    asked: tuple[bytes, ...]


class _Kept(Node, frozen=True):
    """A closure, and each file that it was found in by its path: the digest of its text, and the module's name.

    ``otherwise`` stands for the modules that have another name in their own package.
    ``lambdas`` are those within each of its ``functions``, in their order; ``callers`` the calls of each; ``ending``
    the places of those that may end a group. The ledger is kept by itself, as what is ``known`` of classes, and on what
    that rests (``bases``); modules that ``moved`` have changed since.
    """

    files: dict[str, tuple[bytes, str]]
    otherwise: bytes
    functions: tuple[str, ...]
    lambdas: tuple[tuple[str, ...], ...]
    callers: tuple[_Calls, ...]
    ending: tuple[int, ...]
    ledger: _Shelved
    known: bytes
    bases: _Shelved
    moved: tuple[str, ...] = ()


class _Classes(Node, frozen=True):
    """What there is to know of the classes of all modules."""

    known: dict[str, dict[str, KnownClass]]


_READER: Reader[_Kept] = Reader(_Kept)
_CLASSES: Reader[_Classes] = Reader(_Classes)
_PAGE: Reader[Page] = Reader(Page)
_T = TypeVar("_T")
_Changes = Sequence[tuple[ModuleFacts, ModuleFacts]]
"""The facts of each file that changed, before and now."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Functions from which an event can be reached, those of them that may end a group, the lambdas within them, and
    the calls of each, as they are kept."""

    functions: frozenset[str]
    ending: frozenset[str]
    lambdas: frozenset[str]
    sites: Callable[[str], Answer | None]


@dataclass(slots=True)
class _Now:
    """What is kept, the facts of the files that changed since, and the marks of the questions that these answer
    otherwise."""

    kept: _Kept
    changes: _Changes
    marks: Collection[int]


@dataclass(slots=True)
class Earlier:
    """What was kept under ``key``, which stands for all that a closure depends on besides the files.

    ``digests`` are those of the files now, ``before`` gives the facts of a file that had this name and a text of that
    digest, where they were kept. Calls of ``passing`` names may return what they are given.
    """

    shelf: Shelf
    key: bytes
    digests: Mapping[str, bytes]
    before: Callable[[str, str, bytes], ModuleFacts | None]
    passing: frozenset[str]
    _now: _Now | None = None
    _known: bytes = b""
    _bases: _Shelved | None = None

    def closure(self, project: Project) -> Closure | None:
        """What was found in these files, where it holds as a whole; what is known of classes is told to the project."""
        kept = self._read(_READER, self.key)
        changes = self._changes(kept, project) if kept is not None else None
        if kept is None or changes is None or not len(kept.functions) == len(kept.callers) == len(kept.lambdas):
            return None
        marks = self._questions(kept.files, changes, project)
        if marks is None:
            return None
        self._now = _Now(kept, changes, marks)
        if not self._holds(self._now):
            return None
        found = self._taken_over(self._now, project)
        if found is None:
            self._now = None
        return found

    def ledger(self, project: Project) -> Ledger:
        """The answers that hold, none where that cannot be told; what is known of classes is told to the project.

        To be called where the closure does not hold as a whole, before anything else is asked.
        """
        if self._now is not None:
            found = self._opened(self._now, project)
            if found is not None:
                return found
        everything = Ledger(project.asked)
        self._keep_classes(everything, None, project)
        return Ledger(project.asked)

    def _opened(self, now: _Now, project: Project) -> Ledger | None:
        classes = self._read(_CLASSES, now.kept.known)
        bases = self._pages(now.kept.bases, project)
        book = self._pages(now.kept.ledger, project, _sites(now.kept, _moves(now)))
        if classes is None or bases is None or book is None or book.is_used_up() or bases.is_used_up():
            return None
        changed = {facts.name for _, facts in now.changes}
        bases.touch(now.marks)
        bases.drop_in({*changed, *now.kept.moved})
        again: set[str] = set()
        while len(again) < len(bases.dropped(BASES)):
            again = {class_id for _, class_id in bases.dropped(BASES)}
            bases.touch(mark(LINEAGE, class_id) for class_id in again)
        modules = {*changed, *now.kept.moved, *(class_id.partition(":")[0] for class_id in again)}
        bases.drop_in(modules)
        project.believe_classes(_without(classes.known, modules))
        known = self._keep_classes(bases, modules, project)
        book.touch(now.marks)
        book.touch(_lineages_changed(classes.known, known, modules))
        book.drop_in(changed)
        return book

    def lambdas(self) -> Mapping[str, Sequence[str]]:
        """Those within functions of the closure that was kept, of files that did not change."""
        if self._now is None:
            return {}
        kept, changed = self._now.kept, {facts.name for _, facts in self._now.changes}
        pairs = zip(kept.functions, kept.lambdas, strict=True)
        return {function_id: each for function_id, each in pairs if function_id.partition(":")[0] not in changed}

    def _pages(
        self, shelved: _Shelved, project: Project, sites: Callable[[str], Answer | None] = lambda function_id: None
    ) -> Ledger | None:
        """A ledger as it was kept; None where it is no more, or is of our form and yet not ours."""
        pages = [self._read(_PAGE, key) for key in shelved.pages]
        with suppress(ValueError, IndexError):
            return Ledger(project.asked, [page for page in pages if page is not None], sites) if all(pages) else None
        return None

    def _taken_over(self, now: _Now, project: Project) -> Closure | None:
        """A closure that these changes do not concern, as it is now, with what was known of classes."""
        kept = now.kept
        names = {facts.name for _, facts in now.changes}
        if names:
            places = {function_id: place for place, function_id in enumerate(kept.functions)}
            moves = {places[each]: found for each, found in _moves(now).items() if each in places}
            kept = replace(
                kept,
                files=self._files(project),
                lambdas=_lambdas_now(kept, project, names),
                callers=tuple(
                    tuple((caller, moves[caller].get(at, -1) if caller in moves else at) for caller, at in calls)
                    for calls in kept.callers
                ),
                moved=tuple(sorted({*kept.moved, *names})),
            )
        found = _closure(kept, project)
        classes = self._read(_CLASSES, kept.known)
        if found is not None and classes is not None:
            project.believe_classes(_without(classes.known, kept.moved))
        if found is not None and names:
            self._write(kept)
        return found

    def _changes(self, kept: _Kept, project: Project) -> _Changes | None:
        """What changed since; None where that cannot be told."""
        files = self._files(project)
        others = kept.files.keys() ^ files.keys()
        if any(path.endswith("__init__.py") for path in others) or kept.otherwise != _otherwise(project):
            return None
        changes = []
        for path in sorted(
            path for path in kept.files.keys() | files.keys() if kept.files.get(path) != files.get(path)
        ):
            (text, name), (_, now_name) = kept.files.get(path, (b"", "")), files.get(path, (b"", ""))
            before = self.before(path, name, text) if name else None
            now = project.module(now_name) if now_name else None
            before = _without_contents(now) if now is not None and not name else before
            now = _without_contents(before) if before is not None and not now_name else now
            if before is None or now is None or before.name != now.name:
                return None
            changes.append((before, now))
        return changes

    def _files(self, project: Project) -> dict[str, tuple[bytes, str]]:
        return {path: (text, project.name_at(path) or "") for path, text in self.digests.items()}

    def _questions(self, files: Collection[str], changes: _Changes, project: Project) -> Collection[int] | None:
        """The questions to which the files answer otherwise now than those did; None where it may be any."""
        marks: set[int] = set()
        names = {now.name for _, now in changes}
        for before, now in changes:
            questions = questions_changed(before, now, self.passing, lambda question: project.settles(question, names))
            if questions is None:
                return None
            marks.update(questions)
            if now.path not in files or now.path not in self.digests:
                marks.update(_marks_of_file(now, project))
        return marks

    def _holds(self, now: _Now) -> bool:
        """Whether none of the questions that have another answer was among those that were asked."""
        if not now.marks:
            return True
        asked = [self.shelf.get(key) for key in (*now.kept.ledger.asked, *now.kept.bases.asked)]
        return all(marks is not None and not rests_on_any(marks, now.marks) for marks in asked)

    def _keep_classes(self, bases: Ledger, modules: Collection[str] | None, project: Project) -> KnownClasses:
        """What there is to know of the classes of all modules; what those of some rest on is noted, None for all."""
        aside = project.asked.enter(Step())
        known = project.known_classes()
        project.asked.leave(aside)
        for module in known if modules is None else modules:
            for qualname in known.get(module, ()):
                class_id = f"{module}:{qualname}"
                bases.note((BASES, class_id), (), project.step_of_bases(class_id))
        with suppress(ValueError):  # a name that no encoding holds: not kept
            self._known = self._put(written(_Classes(known)))
            self._bases = self._shelved(bases, self._now.kept.bases if modules is not None and self._now else None)
        return known

    def keep(
        self,
        book: Ledger,
        lambdas: Mapping[str, Sequence[str]],
        ending: Collection[str],
        project: Project,
    ) -> None:
        """Keep a closure of the files as they are now: its functions with their ``lambdas``, and the answers that it is
        put together of. Nothing is kept of one that asked for more than these.
        """
        if project.asked.rest or self._bases is None:
            return
        functions = sorted(lambdas)
        places = {function_id: place for place, function_id in enumerate(functions)}
        callers = []
        for function_id in functions:
            calls = book.known((SITES, function_id)) or ()
            callers.append(tuple(zip(map(places.__getitem__, calls[::2]), map(int, calls[1::2]), strict=True)))
        with suppress(ValueError):
            self._write(
                _Kept(
                    self._files(project),
                    _otherwise(project),
                    tuple(functions),
                    tuple(tuple(lambdas[function_id]) for function_id in functions),
                    tuple(callers),
                    tuple(sorted(places[function_id] for function_id in ending)),
                    self._shelved(book, self._now.kept.ledger if self._now is not None else None),
                    self._known,
                    self._bases,
                )
            )

    def _shelved(self, book: Ledger, before: _Shelved | None) -> _Shelved:
        """Keep a ledger; its first page is that of ``before`` where it was made of that. ValueError for odd names."""
        *first, last = book.kept()
        page = self._put(written(last))
        asked = self._put(last.resting.marks)
        if not first or before is None:
            return _Shelved((page,), (asked,))
        return _Shelved((before.pages[0], page), (before.asked[0], asked))

    def _read(self, reader: Reader[_T], key: bytes) -> _T | None:
        data = self.shelf.get(key)
        return reader.read(data) if data is not None else None

    def _put(self, data: bytes) -> bytes:
        place = digest(self.key, data)
        self.shelf.put(place, data)
        return place

    def _write(self, kept: _Kept) -> None:
        with suppress(ValueError):  # a path that no encoding holds: not kept
            self.shelf.put(self.key, written(kept))


def _otherwise(project: Project) -> bytes:
    return digest(
        *(f"{module} {name}".encode("utf-8", "surrogatepass") for module, name in project.spelled_otherwise())
    )


def _without_contents(facts: ModuleFacts) -> ModuleFacts:
    """A file that is not there."""
    return replace(facts, imports=(), functions=(), classes=(), lines=0)


def _marks_of_file(facts: ModuleFacts, project: Project) -> Iterator[int]:
    """The marks of the questions that a file answers otherwise by coming or going."""
    for name in project.names_around(facts.path, facts.name):
        yield mark(MODULE, name)
    for beside in project.beside(facts.path):
        other = project.module(beside)
        for function in other.functions if other is not None else ():
            yield from (mark(NAME, beside, function.qualname, local) for local, _ in function.imports)
        yield from (mark(NAME, beside, "", local) for local, _ in (other.imports if other is not None else ()))


def _without(known: KnownClasses, modules: Collection[str]) -> KnownClasses:
    return {module: classes for module, classes in known.items() if module not in modules}


def _lineages_changed(before: KnownClasses, now: KnownClasses, modules: Iterable[str]) -> Iterator[int]:
    """The marks of the questions about what the classes of some modules are built on, where that changed."""
    for module in modules:
        earlier, later = before.get(module, {}), now.get(module, {})
        for qualname in earlier.keys() | later.keys():
            one, other = (classes[qualname].bases if qualname in classes else None for classes in (earlier, later))
            if one != other:
                yield mark(LINEAGE, f"{module}:{qualname}")
                yield from (mark(HEIRS, base) for base in (*(one or ()), *(other or ())))


def lambdas_of(project: Project, function_id: str) -> Iterator[str]:
    """The lambdas in a function's text, whose calls count as its own."""
    facts = project.function(function_id)
    for qualname in lambdas_in(facts) if facts is not None else ():
        yield f"{function_id.partition(':')[0]}:{qualname}"


def _lambdas_now(kept: _Kept, project: Project, modules: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The lambdas of each function, named by where they stand now in the modules that changed."""
    return tuple(
        tuple(lambdas_of(project, function_id)) if function_id.partition(":")[0] in modules else lambdas
        for function_id, lambdas in zip(kept.functions, kept.lambdas, strict=True)
    )


def _moves(now: _Now) -> dict[str, dict[int, int]]:
    """For the functions of changed files, the places of their calls before to those that these have now."""
    found: dict[str, dict[int, int]] = {}
    for before, after in now.changes:
        calls = {function.qualname: function.calls for function in after.functions}
        for function in before.functions:
            found[function.id] = moved(function.calls, calls.get(function.qualname, ()))
    return found


def _closure(kept: _Kept, project: Project) -> Closure | None:
    """None where the bytes are of our form and yet not ours: of other functions."""
    if not all(map(project.defines, kept.functions)):
        return None
    if not all(0 <= place < len(kept.functions) for place in kept.ending):
        return None
    ending = frozenset(kept.functions[place] for place in kept.ending)
    lambdas = frozenset(each for lambdas in kept.lambdas for each in lambdas)
    return Closure(frozenset(kept.functions), ending, lambdas, _sites(kept, {}))


def _sites(kept: _Kept, moves: Mapping[str, Mapping[int, int]]) -> Callable[[str], Answer | None]:
    """The calls of each function of a closure, as they are kept; nothing is known of others.

    ``moves`` are the places that calls have now in functions that changed. None where a call is gone, or a function is
    not there.
    """
    places = {function_id: place for place, function_id in enumerate(kept.functions)}

    def sites(function_id: str) -> Answer | None:
        place = places.get(function_id)
        if place is None:
            return None
        found: list[str] = []
        for caller, at in kept.callers[place]:
            if not 0 <= caller < len(kept.functions):
                return None
            calling = kept.functions[caller]
            now = moves[calling].get(at, -1) if calling in moves else at
            found += (calling, str(now))
        return tuple(found)

    return sites
