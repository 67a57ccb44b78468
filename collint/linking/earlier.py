"""The closure that an earlier run found, where nothing that it is made of has changed since. ``closure`` finds it.

It is made of the index alone, of no places in it, and of the answers to the questions that were asked of it: a change
that concerns none of them leaves it as it is. Which files changed is told by their digests, what changed in them by the
facts that the earlier run kept, what that concerns by :mod:`collint.linking.answers`. Who calls a function is opened
when it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from collint.cache import Shelf, digest
from collint.ir.expressions import called_name
from collint.ir.node import Node, Reader, replace, written
from collint.linking.answers import names_changed, questions_changed
from collint.linking.callers import Known, Sites
from collint.linking.uses import lambdas_in
from collint.project.asked import any_asked
from collint.project.facts import CallSite, ModuleFacts
from collint.project.lineage import KnownClass, KnownClasses
from collint.project.project import Project


class _Kept(Node, frozen=True):
    """A closure, and the digest of each file's text that it was found in.

    ``callers`` are those of each function by their places in ``functions``, with the place of the call among the calls
    of its function; ``ending`` are the places of those that may end a group. What was asked of the index is kept by
    itself, under ``asked``, and under ``classes`` what there is to know of classes; modules that ``moved`` have changed
    since.
    """

    files: dict[str, bytes]
    functions: tuple[str, ...]
    lambdas: tuple[str, ...]
    callers: tuple[tuple[tuple[int, int], ...], ...]
    ending: tuple[int, ...]
    asked: bytes
    classes: bytes
    moved: tuple[str, ...] = ()


class _Classes(Node, frozen=True):
    """What there is to know of the classes of all modules, and what was asked of the index to find their bases."""

    known: dict[str, dict[str, KnownClass]]
    asked: bytes


_Numbered = tuple[tuple[tuple[int, int], ...], ...]
_READER: Reader[_Kept] = Reader(_Kept)
_CLASSES: Reader[_Classes] = Reader(_Classes)
_Changes = Sequence[tuple[ModuleFacts, ModuleFacts]]
"""The facts of each file that changed, before and now."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Functions from which an event can be reached, those of them that may end a group, the lambdas within them, and
    who calls these functions."""

    functions: frozenset[str]
    ending: frozenset[str]
    lambdas: frozenset[str]
    known: Known


@dataclass(slots=True)
class Earlier:
    """What was kept under ``key``, which stands for all that a closure depends on besides the files.

    ``digests`` are those of the files now, ``before`` gives the facts of a file whose text had another digest, where
    they were kept. Calls of ``passing`` names may return what they are given.
    """

    shelf: Shelf
    key: bytes
    digests: Mapping[str, bytes]
    before: Callable[[str, bytes], ModuleFacts | None]
    passing: frozenset[str]
    _classes_at: bytes = b""

    def closure(self, project: Project) -> Closure | None:
        """What was found in these files; None where it has to be found anew.

        What is known of classes is told to the project, or made known and kept.
        """
        data = self.shelf.get(self.key)
        kept = _READER.read(data) if data is not None else None
        changes = self._changes(kept, project) if kept is not None else None
        found = None
        if kept is not None and changes is not None and self._holds(kept.asked, self._questions(changes, project)):
            found = self._taken_over(kept, changes, project)
        if found is None:
            self._look_at_classes(kept, changes, project)
        return found

    def _taken_over(self, kept: _Kept, changes: _Changes, project: Project) -> Closure | None:
        """A closure that these changes do not concern, as it is now, with what was known of classes."""
        names = [now.name for _, now in changes]
        if changes:
            kept = replace(
                kept,
                files=dict(self.digests),
                lambdas=_lambdas_now(kept, project, names),
                callers=_callers_now(kept, changes),
                moved=tuple(sorted({*kept.moved, *names})),
            )
        found = _opened(kept, project)
        classes = self._classes(kept)
        if found is not None and classes is not None:
            project.believe_classes(_without(classes.known, kept.moved))
        if found is not None and changes:
            self._write(kept)
        return found

    def _changes(self, kept: _Kept, project: Project) -> _Changes | None:
        """What changed since; None where that cannot be told."""
        if kept.files.keys() != self.digests.keys():
            return None
        changes = []
        for path, earlier in kept.files.items():
            if earlier != self.digests[path]:
                before, now = self.before(path, earlier), project.module(project.name_at(path) or "")
                if before is None or now is None:
                    return None
                changes.append((before, now))
        return changes

    def _questions(self, changes: _Changes, project: Project) -> Collection[int] | None:
        """The questions that changed files answer otherwise now; None where these may be any."""
        marks: set[int] = set()
        moved = {now.name for _, now in changes}
        for before, now in changes:
            questions = questions_changed(before, now, self.passing, lambda question: project.settles(question, moved))
            if questions is None:
                return None
            marks.update(questions)
        return marks

    def _holds(self, place: bytes, questions: Collection[int] | None) -> bool:
        """Whether none of these was among those that were asked, which are kept there."""
        if not questions:
            return questions is not None
        asked = self.shelf.get(place)
        return asked is not None and not any_asked(asked, questions)

    def _classes(self, kept: _Kept) -> _Classes | None:
        data = self.shelf.get(kept.classes)
        return _CLASSES.read(data) if data is not None else None

    def _look_at_classes(self, kept: _Kept | None, changes: _Changes | None, project: Project) -> None:
        """Find out about the classes of all modules, before anything else is asked.

        Of those that did not change it is known where no name means anything else there.
        """
        classes = self._classes(kept) if kept is not None and changes is not None else None
        if kept is not None and changes is not None and classes is not None:
            names = [names_changed(before, now) for before, now in changes]
            if None not in names and not any_asked(classes.asked, chain.from_iterable(filter(None, names))):
                project.believe_classes(_without(classes.known, [*kept.moved, *(now.name for _, now in changes)]))
                project.asked.add(classes.asked)
        with suppress(ValueError):  # a name that no encoding holds: not kept
            data = written(_Classes(project.known_classes(), project.asked.so_far()))
            self._classes_at = digest(self.key, data)
            self.shelf.put(self._classes_at, data)

    def keep(
        self,
        sites: Mapping[str, Sites],
        ending: Collection[str],
        lambdas: Collection[str],
        asked: bytes,
        project: Project,
    ) -> None:
        """Keep a closure of the files as they are now, and what was ``asked`` of the index to find it.

        ``sites`` are the calls of each of its functions, of which those ``ending`` may end a group.
        """
        functions = sorted(sites)
        places = {function_id: place for place, function_id in enumerate(functions)}
        numbers: dict[tuple[str, CallSite], list[int]] = {}
        for function_id in functions:
            facts = project.function(function_id)
            for number, site in enumerate(facts.calls if facts is not None else ()):
                numbers.setdefault((function_id, site), []).append(number)
        callers = tuple(
            tuple((places[call[0]], number) for call, number in _numbered(sites[function_id], numbers))
            for function_id in functions
        )
        place = digest(self.key, asked)
        self.shelf.put(place, asked)
        lambdas = tuple(sorted(lambdas))
        ends = tuple(sorted(places[function_id] for function_id in ending))
        self._write(_Kept(dict(self.digests), tuple(functions), lambdas, callers, ends, place, self._classes_at))

    def _write(self, kept: _Kept) -> None:
        with suppress(ValueError):  # a path that no encoding holds: not kept
            self.shelf.put(self.key, written(kept))


def _without(known: KnownClasses, modules: Collection[str]) -> KnownClasses:
    return {module: classes for module, classes in known.items() if module not in modules}


def _numbered(
    sites: Sites, numbers: Mapping[tuple[str, CallSite], Sequence[int]]
) -> Iterator[tuple[tuple[str, CallSite], int]]:
    """Calls with the place of each among the calls of its function; of equal ones each has its own, in order."""
    met: Counter[tuple[str, CallSite]] = Counter()
    for call in sites:
        own = numbers[call]
        yield call, own[met[call] % len(own)]
        met[call] += 1


def lambdas_of(project: Project, function_id: str) -> Iterator[str]:
    """The lambdas in a function's text, whose calls count as its own."""
    facts = project.function(function_id)
    for qualname in lambdas_in(facts) if facts is not None else ():
        yield f"{function_id.partition(':')[0]}:{qualname}"


def _lambdas_now(kept: _Kept, project: Project, modules: Collection[str]) -> tuple[str, ...]:
    """The lambdas of a closure, named by where they stand now in the modules that changed."""
    same = (each for each in kept.lambdas if each.partition(":")[0] not in modules)
    moved = (function_id for function_id in kept.functions if function_id.partition(":")[0] in modules)
    return (*same, *(each for function_id in moved for each in lambdas_of(project, function_id)))


def _callers_now(kept: _Kept, changes: Sequence[tuple[ModuleFacts, ModuleFacts]]) -> _Numbered:
    """The callers of a closure, with the places that their calls have now in the files that changed.

    Calls of one name are the same as before, for their name was asked for.
    """
    places = {function_id: place for place, function_id in enumerate(kept.functions)}
    moved: dict[int, dict[int, int]] = {}
    for before, now in changes:
        calls = {function.qualname: function.calls for function in now.functions}
        for function in before.functions:
            if function.id in places:
                moved[places[function.id]] = _moved(function.calls, calls.get(function.qualname, ()))
    return tuple(
        tuple((caller, moved[caller].get(number, -1) if caller in moved else number) for caller, number in callers)
        for callers in kept.callers
    )


def _moved(before: Sequence[CallSite], now: Sequence[CallSite]) -> dict[int, int]:
    """The places of calls before to those that they have now, told by name and by how many of that name came before."""
    places: dict[str, list[int]] = {}
    for place, site in enumerate(now):
        places.setdefault(called_name(site.function), []).append(place)
    left = {name: iter(found) for name, found in places.items()}
    found = ((place, next(left.get(called_name(site.function), iter(())), -1)) for place, site in enumerate(before))
    return dict(found)


def _opened(kept: _Kept, project: Project) -> Closure | None:
    """None where the bytes are of our form and yet not ours: of other functions."""
    if len(kept.callers) != len(kept.functions) or not all(map(project.defines, kept.functions)):
        return None
    if not all(0 <= place < len(kept.functions) for place in kept.ending):
        return None
    places = {function_id: place for place, function_id in enumerate(kept.functions)}
    ending = frozenset(kept.functions[place] for place in kept.ending)
    return Closure(frozenset(kept.functions), ending, frozenset(kept.lambdas), _Callers(kept, project, places))


@dataclass(frozen=True, slots=True)
class _Callers(Known):
    """The callers of the functions of a closure; ``places`` are those in ``kept``. Nothing is known of others."""

    kept: _Kept
    project: Project
    places: Mapping[str, int]

    def sites(self, function_id: str) -> Sites | None:
        """None also where no such call stands in the program."""
        found = []
        for caller, number in self._numbered(function_id) or ():
            facts = self.project.function(self.kept.functions[caller])
            if facts is None or not 0 <= number < len(facts.calls):
                return None
            found.append((facts.id, facts.calls[number]))
        return tuple(found) if function_id in self.places else None

    def callers(self, function_id: str) -> tuple[str, ...] | None:
        numbered = self._numbered(function_id)
        return None if numbered is None else tuple(dict.fromkeys(self.kept.functions[caller] for caller, _ in numbered))

    def _numbered(self, function_id: str) -> Sequence[tuple[int, int]] | None:
        place = self.places.get(function_id)
        found = self.kept.callers[place] if place is not None else None
        return found if found is None or all(0 <= caller < len(self.places) for caller, _ in found) else None
