"""Which functions can reach an event: the backward closure of the call graph from the packs' event names.

Runs on the index alone, so that only what matters is lowered. A call is resolved only when its last name is one that
may lead to an event, which keeps the work near the size of the answer rather than of the program. It is put together of
answers in a :mod:`collint.linking.ledger`: of a changed program only those are found anew that the change concerns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from collint.ir.expressions import called_name, last_name
from collint.linking.callers import functions_run, run_at, spelled_sites
from collint.linking.carried import Carried
from collint.linking.earlier import Earlier, lambdas_of
from collint.linking.evaluate import Evaluator
from collint.linking.implicit import implicit_callers
from collint.linking.ledger import DECORATED, OTHERS, SITES, Answer, Ledger, keep_ledger
from collint.linking.meaning import Meaning, Meanings
from collint.linking.references import FunctionIs, Refs
from collint.linking.sites import functions_in, spelling
from collint.project.asked import CALLERS, DECORATE, EVENT, IN_PLACE, OBJECT, RUN, mark
from collint.project.facts import CallSite, short_name
from collint.project.project import Project
from collint.record import Record

# What is said of a call, or of a function with calls of a name: it makes an event, which may be the end of a group.
MAKES, MAY_END = "makes", "may end"


class Reaching(Record, frozen=True):
    """Ids of the ``functions`` from which a collective, a group creation or a dispatched call can be reached.

    From those ``ending`` among them, the end of a group can be, or a call of which only its name is known.
    """

    functions: frozenset[str]
    ending: frozenset[str]


def reaching_functions(meanings: Meanings, earlier: Earlier | None = None) -> Reaching:
    """The functions from which an event can be reached; what an ``earlier`` run found is taken over where it holds."""
    program = meanings.evaluator.program
    project = program.project
    closure = earlier.closure(project) if earlier is not None else None
    if closure is not None:
        keep_ledger(program, Ledger(project.asked, sites=closure.sites))
        return Reaching(closure.functions | closure.lambdas, closure.ending | closure.lambdas)
    if earlier is not None:
        project.asked.begin()
    book = earlier.ledger(project) if earlier is not None else Ledger(project.asked)
    with book.open():
        keep_ledger(program, book)
        _mend(meanings, book)
        functions, ending = _found(meanings, book)
        known = earlier.lambdas() if earlier is not None else {}
        lambdas = {each: known[each] if each in known else tuple(lambdas_of(project, each)) for each in functions}
        if earlier is not None:
            earlier.keep(book, lambdas, ending, project)
            project.asked.end()
    every = frozenset(chain.from_iterable(lambdas.values()))
    return Reaching(every | functions, every | ending)


def _found(meanings: Meanings, book: Ledger) -> tuple[frozenset[str], frozenset[str]]:
    """The functions from which an event can be reached, and those of them that may end a group."""
    evaluator = meanings.evaluator
    carried = Carried(evaluator)
    first: dict[str, bool] = {}
    for function_id, may_end in (*_direct(meanings, book), *_through_values(meanings, carried, book)):
        first[function_id] = may_end or first.get(function_id, False)
    decorated = _decorated(evaluator, book)
    callers: dict[str, Sequence[str]] = dict.fromkeys(first, ())
    work = deque(callers)
    while work:
        function_id = work.popleft()
        by_call = functions_in(spelled_sites(evaluator, function_id))
        others = book.answer((OTHERS, function_id), lambda f=function_id: _others(evaluator, carried, f))  # type: ignore[misc]
        callers[function_id] = (*by_call, *others, *decorated.get(function_id, ()))
        for caller in callers[function_id]:
            if caller not in callers:
                callers[caller] = ()
                work.append(caller)
    return frozenset(callers), _above((function_id for function_id, may_end in first.items() if may_end), callers)


def _above(functions: Iterable[str], callers: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """These functions and all that may run them, directly or not."""
    found: set[str] = set()
    work = list(functions)
    while work:
        function_id = work.pop()
        if function_id not in found:
            found.add(function_id)
            work += callers[function_id]
    return frozenset(found)


# ------------------------------------------------------------------------------------------- those that make events

# A function that makes an event, and whether that may be the end of a group.
_Maker = tuple[str, bool]


def _direct(meanings: Meanings, book: Ledger) -> Iterator[_Maker]:
    """Functions that make an event themselves. What a dispatched call runs may be anything, as what an object does."""
    project = meanings.evaluator.project

    def makers(kind: str, name: str) -> Iterator[str]:
        project.asked.note(kind, name)
        for function_id, site in project.calls_named(name):
            said = _said_at(meanings, book, kind, name, function_id, site)
            if said:
                yield from (function_id, *said)

    held = book.answer(("held",), lambda: sorted(meanings.evaluator.expressions.wrapped.held_names()))
    names = [(EVENT, name) for name in sorted(meanings.vocabulary.event_names())] + [(OBJECT, name) for name in held]
    for kind, name in names:
        made = book.answer((f"{kind} makers", name), lambda kind=kind, name=name: makers(kind, name))  # type: ignore[misc]
        for function_id, said in zip(made[::2], made[1::2], strict=True):
            yield function_id, said == MAY_END


def _said_at(meanings: Meanings, book: Ledger, kind: str, name: str, function_id: str, site: CallSite) -> Answer:
    """Whether a call makes an event: nothing, or one word."""

    def find() -> Iterator[str]:
        module, _, scope = function_id.partition(":")
        meaning = meanings.of_refs(meanings.evaluator.of_expression(module, scope, site.function))
        said = _of_object(meaning) if kind == OBJECT else _of_event(meanings, name, meaning)
        if said:
            yield said

    return book.answer((kind, name, function_id, spelling(site.function)), find)


def _of_event(meanings: Meanings, name: str, meaning: Meaning) -> str:
    vocabulary = meanings.vocabulary
    told = meaning.resolved and not meanings.is_general(meaning)
    unknown = not told and bool(vocabulary.event_methods(name))
    if not (meaning.collective or meaning.p2p or meaning.new_group or meaning.dispatcher or unknown):
        return ""
    return MAY_END if name in vocabulary.ending_names or meaning.dispatcher is not None else MAKES


def _of_object(meaning: Meaning) -> str:
    """A call of a name under which an object is held whose calls are events; parameters tell their callers only."""
    return MAY_END if meaning.collective or not meaning.resolved else ""


def _through_values(meanings: Meanings, carried: Carried, book: Ledger) -> Iterator[_Maker]:
    """Functions that may call an event by another name: ``reduce = dist.all_reduce``."""

    def is_event(refs: Refs) -> bool:
        meaning = meanings.of_refs(refs)
        return bool(meaning.collective or meaning.p2p or meaning.new_group)

    for name in sorted(meanings.vocabulary.event_names()):
        callers = book.answer(("values", name), lambda name=name: carried.callers(name, is_event))  # type: ignore[misc]
        for caller in callers:
            yield caller, name in meanings.vocabulary.ending_names


# ----------------------------------------------------------------------------------------------- those that run them


def _others(evaluator: Evaluator, carried: Carried, function_id: str) -> Iterator[str]:
    """Functions that may run this one without a call of its name, or of its class's. Of those that it decorates it is
    only noted that they were asked for: these are known by themselves."""
    evaluator.project.ask_who_is_decorated(short_name(function_id.rpartition(":")[2]))
    facts = evaluator.project.function(function_id)
    if facts is not None and facts.parent is not None:
        # A nested function runs because the function around it called it, returned it or handed it on.
        yield f"{facts.module}:{facts.parent}"
    if facts is not None:
        yield from implicit_callers(evaluator, facts)
    name = short_name(function_id.rpartition(":")[2])
    yield from carried.callers(name, lambda refs: function_id in functions_run(evaluator, refs))


def _decorated(evaluator: Evaluator, book: Ledger) -> dict[str, list[str]]:
    """Decorator function id to the functions that it decorates."""
    found: dict[str, list[str]] = {}
    book.answer((DECORATED,), lambda: _ask_within_functions(evaluator.project))
    for module in sorted(evaluator.project.module_names()):
        pairs = book.answer((DECORATED, module), lambda module=module: _decorators_in(evaluator, module))  # type: ignore[misc]
        for decorator, function_id in zip(pairs[::2], pairs[1::2], strict=True):
            found.setdefault(decorator, []).append(function_id)
    return found


def _ask_within_functions(project: Project) -> tuple[str, ...]:
    """Note that functions within others are asked about too: what decorates these may have any name."""
    project.asked.note(DECORATE, "")
    return ()


def _decorators_in(evaluator: Evaluator, module: str) -> Iterator[str]:
    facts = evaluator.project.module(module)
    for function in facts.functions if facts is not None else ():
        scope = function.qualname.rpartition(".")[0] or "<module>"
        for decorator in function.decorators:
            made_by = getattr(decorator, "function", decorator)
            for ref in evaluator.of_expression(module, scope, made_by):
                if isinstance(ref, FunctionIs):
                    yield from (ref.id, function.id)


# ------------------------------------------------------------------------------------------------------------ mending


def _mend(meanings: Meanings, book: Ledger) -> None:
    """Find anew what was dropped of the answers that others have questions about; touch these where it differs."""
    evaluator = meanings.evaluator
    was_dropped = (IN_PLACE,) in book.dropped(IN_PLACE)
    before = book.dropped(IN_PLACE).get((IN_PLACE,), ())
    now = book.answer((IN_PLACE,), lambda: sorted(evaluator.expressions.wrapped.spelled()))
    if was_dropped and before != now:
        book.touch([mark(IN_PLACE)])
    for kind in (RUN, EVENT, OBJECT):
        book.touch(set(_other_at_sites(meanings, book, kind)))
    for top, before in tuple(book.dropped(SITES).items()):
        is_there = evaluator.project.defines(top[1])
        if not is_there or spelled_sites(evaluator, top[1]) != before:
            book.touch([mark(CALLERS, top[1])])


def _other_at_sites(meanings: Meanings, book: Ledger, kind: str) -> Iterator[int]:
    """The marks of the questions to which calls that were dropped give another answer now."""
    for top, before in tuple(book.dropped(kind).items()):
        _, name, function_id, spelt = top
        site = _site(meanings.evaluator.project, name, function_id, spelt)
        now: Iterable[str] = ()
        if site is not None and kind == RUN:
            now = run_at(meanings.evaluator, name, function_id, site)
        elif site is not None:
            now = _said_at(meanings, book, kind, name, function_id, site)
        if kind == RUN:
            yield from (mark(RUN, name, called) for called in {*before} ^ {*now})
        elif before != now:
            yield mark(kind, name)


def _site(project: Project, name: str, function_id: str, spelt: str) -> CallSite | None:
    """The call of a name in a function; None where there is no such call any more."""
    facts = project.function(function_id)
    name_of = called_name if name.endswith("[]") else last_name
    calls = (site for site in (facts.calls if facts is not None else ()) if name_of(site.function) == name)
    return next((site for site in calls if spelling(site.function) == spelt), None)
