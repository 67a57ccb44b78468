"""The closure that an earlier run found, where nothing that it is made of has changed since. ``closure`` finds it.

It is made of the index alone, and of no places in it: a change of comments, of layout, or of conditions that call
nothing and read no attribute leaves it as it is. Which files changed is told by their digests, what changed in them by
the facts that the earlier run kept. Who calls a function is opened when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from collint.cache import Shelf
from collint.ir.expressions import LAMBDA
from collint.ir.node import Node, Reader, replace, to_builtins, written
from collint.linking.callers import Sites, SitesOf
from collint.linking.uses import lambdas_in
from collint.project.facts import DoingsLater, ModuleFacts
from collint.project.project import Project

_NAME_OF_LAMBDA = re.compile(rf"{re.escape(LAMBDA)}\d+:\d+")


class _Kept(Node, frozen=True):
    """A closure, and the digest of each file's text that it was found in.

    ``callers`` are those of each function by their places in ``functions``, with the place of the call among the calls
    of its function.
    """

    files: dict[str, bytes]
    functions: tuple[str, ...]
    lambdas: tuple[str, ...]
    callers: tuple[tuple[tuple[int, int], ...], ...]


_READER: Reader[_Kept] = Reader(_Kept)


@dataclass(frozen=True, slots=True)
class Closure:
    """Functions from which an event can be reached, the lambdas within them, and the calls of each function."""

    functions: frozenset[str]
    lambdas: frozenset[str]
    callers: SitesOf


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was kept under ``key``, which stands for all that a closure depends on besides the files.

    ``digests`` are those of the files now, ``before`` gives the facts of a file whose text had another digest, where
    they were kept.
    """

    shelf: Shelf
    key: bytes
    digests: Mapping[str, bytes]
    before: Callable[[str, bytes], ModuleFacts | None]

    def closure(self, project: Project) -> Closure | None:
        """What was found in these files; None where it has to be found anew."""
        data = self.shelf.get(self.key)
        kept = _READER.read(data) if data is not None else None
        if kept is None or kept.files.keys() != self.digests.keys():
            return None
        changed = {path: digest for path, digest in kept.files.items() if digest != self.digests[path]}
        for path, digest in changed.items():
            earlier, now = self.before(path, digest), project.module(project.name_at(path) or "")
            if earlier is None or now is None or not are_alike(earlier, now):
                return None
        if changed:
            kept = replace(kept, files=dict(self.digests), lambdas=_lambdas_now(kept, project, changed))
            self._write(kept)
        return _opened(kept, project)

    def keep(self, closure: Closure, project: Project) -> None:
        """Keep a closure of the files as they are now."""
        functions = sorted(closure.functions)
        places = {function_id: place for place, function_id in enumerate(functions)}
        numbers = {
            id(site): number
            for function_id in functions
            if (facts := project.function(function_id)) is not None
            for number, site in enumerate(facts.calls)
        }
        callers = tuple(
            tuple((places[caller], numbers[id(site)]) for caller, site in closure.callers(function_id) or ())
            for function_id in functions
        )
        self._write(_Kept(dict(self.digests), tuple(functions), tuple(sorted(closure.lambdas)), callers))

    def _write(self, kept: _Kept) -> None:
        with suppress(ValueError):  # a path that no encoding holds: not kept
            self.shelf.put(self.key, written(kept))


def lambdas_of(project: Project, function_id: str) -> Iterator[str]:
    """The lambdas in a function's text, whose calls count as its own."""
    facts = project.function(function_id)
    for qualname in lambdas_in(facts) if facts is not None else ():
        yield f"{function_id.partition(':')[0]}:{qualname}"


def _lambdas_now(kept: _Kept, project: Project, changed: Collection[str]) -> tuple[str, ...]:
    """The lambdas of a closure, named by where they stand now in the files that changed."""
    modules = {project.name_at(path) for path in changed}
    same = (each for each in kept.lambdas if each.partition(":")[0] not in modules)
    moved = (function_id for function_id in kept.functions if function_id.partition(":")[0] in modules)
    return (*same, *(each for function_id in moved for each in lambdas_of(project, function_id)))


def _opened(kept: _Kept, project: Project) -> Closure | None:
    """None where the bytes are of our form and yet not ours: of other functions."""
    if len(kept.callers) != len(kept.functions) or not all(map(project.defines, kept.functions)):
        return None
    places = {function_id: place for place, function_id in enumerate(kept.functions)}

    def callers(function_id: str) -> Sites | None:
        """None for functions outside the closure, and where no such call stands in the program."""
        if function_id not in places:
            return None
        found = []
        for caller, number in kept.callers[places[function_id]]:
            facts = project.function(kept.functions[caller]) if 0 <= caller < len(kept.functions) else None
            if facts is None or not 0 <= number < len(facts.calls):
                return None
            found.append((facts.id, facts.calls[number]))
        return tuple(found)

    return Closure(frozenset(kept.functions), frozenset(kept.lambdas), callers)


def are_alike(one: ModuleFacts, other: ModuleFacts) -> bool:
    """Whether two files have equal facts but for the places where they stand."""
    return _without_places(one) == _without_places(other)


def _without_places(facts: ModuleFacts) -> object:
    functions = tuple(
        replace(
            function,
            start_line=0,
            def_line=0,
            end_line=0,
            body_line=0,
            end_offset=0,
            doings=DoingsLater(
                replace(
                    function.doings.value(),
                    assigns=tuple(replace(assign, line=0) for assign in function.assigns),
                    calls=tuple(replace(site, line=0) for site in function.calls),
                )
            ),
        )
        for function in facts.functions
    )
    classes = tuple(
        replace(klass, start_line=0, end_line=0, assigns=tuple(replace(assign, line=0) for assign in klass.assigns))
        for klass in facts.classes
    )
    # Of several definitions of one name the last counts, whether they are functions or classes.
    order = sorted(
        [(function.start_line, function.qualname) for function in facts.functions]
        + [(klass.start_line, klass.qualname) for klass in facts.classes]
    )
    bare = replace(facts, functions=functions, classes=classes, lines=0)
    return _without_names_of_lambdas([to_builtins(bare), *(qualname for _, qualname in order)])


def _without_names_of_lambdas(value: object) -> object:
    """Lists of lists of texts and numbers, in which lambdas are named by where they stand."""
    if isinstance(value, str):
        return _NAME_OF_LAMBDA.sub(LAMBDA, value)
    return [_without_names_of_lambdas(part) for part in value] if isinstance(value, (list, tuple)) else value
