"""Which of its parameters a function calls, itself or through others that it hands them to.

Followed parameter by parameter on the index alone: where a function is handed over, a call of it is looked for in those
that get it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from collint.ir.expressions import Name
from collint.linking.callers import bound_at, functions_of
from collint.linking.evaluate import Evaluator
from collint.project.asked import HAND
from collint.project.facts import CallSite, FunctionFacts
from collint.record import Mutable, field

_Parameter = tuple[str, str]
"""A function's id and the name of a parameter of it."""
_Site = tuple[FunctionFacts, CallSite]


def called_parameters(evaluator: Evaluator, function_id: str, among: Container[str]) -> frozenset[str]:
    """The parameters that a function, or one within it, calls, or hands to one ``among`` those looked at that does.

    Kept for the run, in which ``among`` is to stay the same.
    """
    known: dict[_Parameter, bool] = evaluator.program.memo.setdefault("called parameters", {})  # type: ignore[assignment]
    facts = evaluator.project.function(function_id)
    parameters = evaluator.project.parameters(facts) if facts is not None else ()
    own = [(function_id, parameter.name) for parameter in parameters]
    new = [parameter for parameter in own if parameter not in known]
    if new:
        _find_out(evaluator, new, among, known)
    return frozenset(parameter[1] for parameter in own if known[parameter])


def _find_out(
    evaluator: Evaluator, work: list[_Parameter], among: Container[str], known: dict[_Parameter, bool]
) -> None:
    """Answers for parameters and for all that they become elsewhere, however long the chain and with cycles in it."""
    givers: dict[_Parameter, list[_Parameter]] = {}
    called: list[_Parameter] = []
    while work:
        current = work.pop()
        if current in known:
            called += [current] if known[current] else ()
            continue
        known[current] = False
        handled = _handling(evaluator, current[0])
        if current[1] in handled.called:
            called.append(current)
        for received in handled.received(evaluator, current[1]):
            if received[0] in among:
                givers.setdefault(received, []).append(current)
                work.append(received)
    done: set[_Parameter] = set()
    while called:
        current = called.pop()
        if current not in done:
            done.add(current)
            known[current] = True
            called += givers.get(current, ())


class _Handling(Mutable):
    """The names that a function, or one within it, calls, and the calls that it hands each to."""

    module: str
    called: set[str] = field(default_factory=set)
    handed: dict[str, list[_Site]] = field(default_factory=dict)

    def received(self, evaluator: Evaluator, name: str) -> Iterator[_Parameter]:
        """The parameters that what goes by this name becomes in other functions."""
        evaluator.project.asked.note(HAND, self.module, name)
        for inner, site in self.handed.get(name, ()):
            places = [n for n, argument in enumerate(site.arguments) if argument.value == Name(name)]
            for ref in evaluator.of_expression(inner.module, inner.qualname, site.function):
                for function_id in functions_of(evaluator, ref):
                    callee = evaluator.project.function(function_id)
                    bound = bound_at(evaluator, callee, site, ref) if callee is not None else {}
                    yield from ((function_id, parameter) for parameter, place in bound.items() if place in places)


def _handling(evaluator: Evaluator, function_id: str) -> _Handling:
    memo: dict[str, _Handling] = evaluator.program.memo.setdefault("handling of parameters", {})  # type: ignore[assignment]
    found = memo.get(function_id)
    if found is None:
        found = memo[function_id] = _Handling(function_id.partition(":")[0])
        every = map(evaluator.project.function, (function_id, *evaluator.project.nested(function_id)))
        for facts, site in ((each, call) for each in every if each is not None for call in each.calls):
            if isinstance(site.function, Name):
                found.called.add(site.function.id)
            for name in {argument.value.id for argument in site.arguments if isinstance(argument.value, Name)}:
                found.handed.setdefault(name, []).append((facts, site))
    return found
