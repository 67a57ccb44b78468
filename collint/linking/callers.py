"""Who calls a function, by the index alone: candidates by name, confirmed by resolving the call's function expression.

Nothing is lowered here; the values of arguments are the caller's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from collint.ir.expressions import Attr, CallExpr, Expr, Name, last_name
from collint.linking.binding import bind
from collint.linking.ledger import SITES, Answer, ledger
from collint.linking.references import (
    AppliedBy,
    ClassIs,
    ExternalIs,
    FunctionIs,
    ObjectIs,
    PartialOf,
    Ref,
    Refs,
    in_order,
)
from collint.linking.sites import Sites, functions_in, opened, spelled, spelling
from collint.project.asked import RUN
from collint.project.concordance import MOST_CALLS
from collint.project.decorators import is_self
from collint.project.facts import CallSite, FunctionFacts, short_name
from collint.project.project import Project
from collint.project.steps import Answers
from collint.record import Mutable, field

if TYPE_CHECKING:
    from collint.linking.evaluate import Evaluator

CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})
# Values handed over for one parameter that are looked at.
MAX_HANDED = 12
CALLED = frozenset({"__call__", "forward"})
_RUN = "functions run"


def call_names(evaluator: Evaluator, function_id: str) -> dict[str, tuple[str, ...]]:
    """The last names under which a function is called: its own, its class's for a constructor, aliases of imports.

    With each the ids of the functions that it is so called in, none for all.
    """
    facts = evaluator.project.function(function_id)
    if facts is None:
        return {}
    name = facts.qualname.rpartition(".")[2].partition("#")[0]
    if name in CONSTRUCTORS and facts.owner is not None:
        owner = f"{facts.module}:{facts.owner}"
        classes = (owner, *evaluator.project.subclasses(owner))
        return dict.fromkeys((*(short_name(c.rpartition(":")[2]) for c in classes), "cls", "__init__"), ())
    if name in CALLED and facts.owner is not None:
        from collint.linking.holders import held_as

        held = held_as(evaluator, f"{facts.module}:{facts.owner}").names
        elements = {f"{each}[]": within for each, within in held.items()}
        return {name: (), **{each: within for each, within in held.items() if each != name}, **elements}
    return dict.fromkeys((name, *evaluator.project.imported_as(name)), ())


def _delegates(evaluator: Evaluator, function_id: str) -> dict[str, frozenset[str]]:
    """Methods of libraries that run a method of the program (``apply`` for ``forward``), with the classes to ask."""
    facts = evaluator.project.function(function_id)
    if facts is None or facts.owner is None:
        return {}
    names = evaluator.program.vocabulary.delegates_to(facts.qualname.rpartition(".")[2])
    owner = f"{facts.module}:{facts.owner}"
    bases = set(evaluator.project.external_bases(owner)) if names else set()
    classes = (owner, *evaluator.project.subclasses(owner))
    asked = {c.rpartition(":")[2].rpartition(".")[2] for c in classes}
    called = frozenset(asked.union(*(evaluator.project.imported_as(name) for name in asked)))
    return {name.rpartition(".")[2]: called for name in names if name.rpartition(".")[0] in bases}


def _last_of_base(function: Expr) -> str:
    return last_name(function.base) if isinstance(function, Attr) else ""


def caller_sites(evaluator: Evaluator, function_id: str) -> Sites:
    """Every call site of the index whose function expression resolves to ``function_id``."""
    known: dict[str, Sites] = evaluator.program.memo.setdefault("sites", {})  # type: ignore[assignment]
    found = known.get(function_id)
    if found is None:
        known[function_id] = ()
        is_open = ledger(evaluator.program).is_open
        answer = spelled_sites(evaluator, function_id) if is_open else _known(evaluator, function_id)
        found = opened(evaluator.project, answer) if answer is not None else None
        found = known[function_id] = tuple(_sites(evaluator, function_id)) if found is None else found
    return found


def callers_of(evaluator: Evaluator, function_id: str) -> tuple[str, ...]:
    """The functions that these calls stand in, each once and in their order; no call is opened where they are known."""
    answer = _known(evaluator, function_id)
    if answer is not None:
        return functions_in(answer)
    return tuple(dict.fromkeys(caller for caller, _ in caller_sites(evaluator, function_id)))


def spelled_sites(evaluator: Evaluator, function_id: str) -> Answer:
    """The calls of a function, as they are kept."""
    find = partial(_sites, evaluator, function_id)
    return ledger(evaluator.program).answer((SITES, function_id), lambda: spelled(evaluator.project, find()))


def _known(evaluator: Evaluator, function_id: str) -> Answer | None:
    return ledger(evaluator.program).known((SITES, function_id))


def _sites(evaluator: Evaluator, function_id: str) -> Iterator[tuple[str, CallSite]]:
    delegates = _delegates(evaluator, function_id)
    for name, within in (*call_names(evaluator, function_id).items(), *((name, ()) for name in delegates)):
        bases = delegates.get(name) if not within else None
        if bases is None and not within and evaluator.project.is_common(name):
            yield from _within_family(evaluator, function_id, name)
            continue
        calls = _calls(evaluator, name, within)
        places = calls.of(evaluator, function_id)
        if bases is not None:
            meant = [n for n, (_, site) in enumerate(calls.sites) if _last_of_base(site.function) in bases]
            places = [n for n in places if n in meant] if len(meant) <= MOST_CALLS else []
        yield from (calls.sites[n] for n in places)


def _within_family(evaluator: Evaluator, function_id: str, name: str) -> Iterator[tuple[str, CallSite]]:
    """The calls that run a method, of those that methods of its family make on their own object.

    ``self.step()`` and ``super().__init__()`` say whose method is meant, however common its name is.
    """
    facts = evaluator.project.function(function_id)
    if facts is None or facts.owner is None:
        return
    family = evaluator.project.family(f"{facts.module}:{facts.owner}")
    evaluator.project.asked.note(RUN, name, function_id)
    for module in sorted({class_id.partition(":")[0] for class_id in family}):
        for owner, caller_id, site in _on_own_object(evaluator, module, name):
            if owner in family and function_id in run_at(evaluator, name, caller_id, site):
                yield caller_id, site


def _on_own_object(evaluator: Evaluator, module: str, name: str) -> list[tuple[str, str, CallSite]]:
    """The calls of one name that the methods of a module make on their own object, each after the class."""
    memo: dict[tuple[str, str], list[tuple[str, str, CallSite]]]
    memo = evaluator.program.memo.setdefault("on own object", {})  # type: ignore[assignment]
    calls = evaluator.project.calls_in(module, name)
    if (module, name) not in memo:
        owned = ((_own_class(evaluator, caller_id, site), caller_id, site) for caller_id, site in calls)
        memo[module, name] = [call for call in owned if call[0]]
    return memo[module, name]


def run_at(evaluator: Evaluator, name: str, caller_id: str, site: CallSite) -> Collection[str]:
    """The functions of the program that a call of that name runs."""
    if not ledger(evaluator.program).is_open:
        return _run_at(evaluator, caller_id, site)
    top = (RUN, name, caller_id, spelling(site.function))
    return ledger(evaluator.program).answer(top, lambda: sorted(_run_at(evaluator, caller_id, site)))


def _run_at(evaluator: Evaluator, caller_id: str, site: CallSite) -> frozenset[str]:
    module, _, scope = caller_id.partition(":")
    return functions_run(evaluator, evaluator.of_expression(module, scope, site.function))


class _Calls(Mutable):
    """The calls of one name and which functions they run; ``open`` are those of which that was not known in full yet.

    What an expression refers to is not final where it is asked for by itself, inside a cycle.
    """

    name: str
    sites: Sites
    open: list[int]
    runs: dict[str, list[int]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def of(self, evaluator: Evaluator, function_id: str) -> Sequence[int]:
        """The positions of the calls that run a function."""
        evaluator.project.asked.note(RUN, self.name, function_id)
        if not self.open and function_id not in self.runs:
            return ()  # as for nearly all of the names under which some object of a class is held
        met: list[int] = []
        for number in self.open:
            caller_id, site = self.sites[number]
            functions = run_at(evaluator, self.name, caller_id, site)
            module, _, scope = caller_id.partition(":")
            if number in self.done:
                continue  # settled meanwhile, by a question on the way
            if ledger(evaluator.program).is_open or evaluator.expressions.is_final(module, scope, site.function):
                self.done.add(number)
                for function in functions:
                    self.runs.setdefault(function, []).append(number)
            elif function_id in functions:
                met.append(number)
        self.open = [number for number in self.open if number not in self.done]
        return sorted((*met, *self.runs.get(function_id, ())))


def _own_class(evaluator: Evaluator, caller_id: str, site: CallSite) -> str:
    """The class of a method that makes a call on its own object, or on its class; empty where it does not."""
    facts = evaluator.project.function(caller_id)
    if facts is None or facts.owner is None or not isinstance(site.function, Attr):
        return ""
    base = site.function.base
    own = isinstance(base, Name) and is_self(facts, base.id)
    above = isinstance(base, CallExpr) and base.function == Name("super")
    return f"{facts.module}:{facts.owner}" if own or above else ""


def _calls(evaluator: Evaluator, name: str, within: tuple[str, ...]) -> _Calls:
    """The calls of a name; those in the text of some functions where any are given."""
    memo: dict[tuple[str, tuple[str, ...]], _Calls]
    memo = evaluator.program.memo.setdefault("calls", {})  # type: ignore[assignment]
    found = memo.get((name, within))
    if found is None:
        project = evaluator.project
        near = (call for each in within for call in project.calls_within(each, name))
        sites = tuple(near) if within else project.calls_named(name)
        found = memo[name, within] = _Calls(name, sites, list(range(len(sites))))
    return found


def functions_run(evaluator: Evaluator, refs: Refs) -> frozenset[str]:
    """The functions of the program that a call of any of these runs. Many calls have equal references."""
    memo: Answers[Refs, frozenset[str]] | None = evaluator.program.memo.get(_RUN)  # type: ignore[assignment]
    if memo is None:
        memo = evaluator.program.memo[_RUN] = Answers(evaluator.project.asked)
    found = memo.look_up(refs)
    if found is None:
        with memo.finding(refs):
            found = memo[refs] = frozenset(function for ref in refs for function in functions_of(evaluator, ref))
    return found


def functions_of(evaluator: Evaluator, ref: Ref) -> tuple[str, ...]:
    """The functions of the program that a call of ``ref`` runs."""
    if isinstance(ref, FunctionIs):
        return (ref.id,)
    if isinstance(ref, (PartialOf, AppliedBy)):
        return functions_of(evaluator, ref.function)
    if isinstance(ref, ClassIs):
        found = (evaluator.project.find_method(ref.id, name) for name in ("__init__", "__post_init__", "__new__"))
        return tuple(method for method in found if method)
    if isinstance(ref, ObjectIs):
        for name in ("__call__", "forward"):
            methods = evaluator.members.methods(ref, name)
            if methods:
                return methods
    if isinstance(ref, ExternalIs):
        return evaluator.members.registrations.of(ref.name)
    return ()


def bound_at(evaluator: Evaluator, callee: FunctionFacts, site: CallSite, ref: Ref) -> dict[str, int]:
    """Which argument of a call each parameter gets where ``ref`` is called there."""
    return bind(evaluator.project.parameters(callee), site.arguments, skipped(evaluator, callee, ref))


def skipped(evaluator: Evaluator, facts: FunctionFacts, ref: Ref) -> int:
    """How many leading parameters a call through ``ref`` fills by itself: a bound ``self``, a partial's.

    Of an application it is one less: the function itself comes first. One that takes elements fills all.
    """
    if isinstance(ref, FunctionIs):
        return int(ref.bound)
    if isinstance(ref, PartialOf):
        return ref.count + skipped(evaluator, facts, ref.function)
    if isinstance(ref, AppliedBy):
        return len(evaluator.project.parameters(facts)) if ref.each else skipped(evaluator, facts, ref.function) - 1
    return int(facts.owner is not None and isinstance(ref, (ClassIs, ObjectIs)))


def handed_over(evaluator: Evaluator, function_id: str, parameter: str, limit: int) -> Iterator[tuple[str, str, Expr]]:
    """Expressions that callers pass for a parameter: (module, scope, expression), at most ``limit`` of them."""
    facts = evaluator.project.function(function_id)
    if facts is None:
        return
    for caller_id, site in caller_sites(evaluator, function_id)[:limit]:
        module, _, scope = caller_id.partition(":")
        for ref in in_order(evaluator.of_expression(module, scope, site.function)):
            if function_id in functions_of(evaluator, ref):
                parameters = evaluator.project.parameters(facts)
                position = bind(parameters, site.arguments, skipped(evaluator, facts, ref)).get(parameter)
                if position is not None:
                    yield module, scope, site.arguments[position].value
                break


def handed_by_name(project: Project, function_id: str, parameter: str) -> tuple[tuple[str, str, Expr], ...]:
    """The same, at calls whose callee can be told by its name alone: asked by those who find out what names mean.

    A method is told by its name where one class of the program defines it, or where the receiver is ``self``.
    """
    facts = project.function(function_id)
    if facts is None:
        return ()
    names = [facts.name]
    if facts.owner is not None and facts.name in CONSTRUCTORS:
        owner = f"{facts.module}:{facts.owner}"
        names = [short_name(class_id.rpartition(":")[2]) for class_id in (owner, *project.subclasses(owner))]
    found: list[tuple[str, str, Expr]] = []
    for name in dict.fromkeys(names):
        for caller_id, site, skip in project.calls_told_by_name(function_id, name):
            position = bind(project.parameters(facts), site.arguments, skip).get(parameter)
            if position is not None and len(found) < MAX_HANDED:
                module, _, scope = caller_id.partition(":")
                found.append((module, scope, site.arguments[position].value))
    return tuple(found)
