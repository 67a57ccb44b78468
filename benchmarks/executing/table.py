"""The results as a table by rule and as JSON. Both depend on the outcomes alone: no times, no paths of the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from benchmarks.executing.outcomes import COMPLETES, OUTCOMES, Execution
from benchmarks.executing.programs import Program

COLUMNS = ("rule", "good", "bad", *OUTCOMES[1:-1], "disagree", "not executed")


class Executed(Protocol):
    """What a table needs of one program's result."""

    @property
    def program(self) -> Program: ...
    @property
    def executions(self) -> Mapping[str, Execution]: ...
    @property
    def disagreement(self) -> str: ...


def shown(result: Executed) -> str:
    """The outcome that a program counts under: the first that is no clean end, in the order of the settings."""
    outcomes = [execution.outcome for execution in result.executions.values()]
    return next((outcome for outcome in outcomes if outcome != COMPLETES), COMPLETES)


def table(known: Sequence[Program], results: Sequence[Executed]) -> str:
    """One row a rule and one in total, as Markdown."""
    rules = list(dict.fromkeys(program.rule for program in known))
    rows = [_row(rule, [p for p in known if p.rule == rule], _of(results, rule)) for rule in rules]
    rows.append(_row("all", known, results))
    head = [f"| {' | '.join(COLUMNS)} |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def _of(results: Iterable[Executed], rule: str) -> list[Executed]:
    return [result for result in results if result.program.rule == rule]


def _row(name: str, known: Sequence[Program], results: Sequence[Executed]) -> list[str]:
    hazards = [result for result in results if result.program.hazard]
    outcomes = Counter(shown(result) for result in hazards)
    numbers = [len(results) - len(hazards), len(hazards), *(outcomes[outcome] for outcome in OUTCOMES[1:-1])]
    numbers += [sum(bool(result.disagreement) for result in results), sum(bool(one.reason) for one in known)]
    return [name, *map(str, numbers)]


def as_json(known: Sequence[Program], results: Sequence[Executed]) -> dict[str, Any]:
    """Every program by name: what it showed in each setting, or why it was not executed."""
    by_name = {result.program.name: result for result in results}
    return {
        "programs": {one.name: _record(one, by_name.get(one.name)) for one in known},
        "not_executed": dict(Counter(one.reason for one in known if one.reason).most_common()),
    }


def _record(program: Program, result: Executed | None) -> dict[str, Any]:
    if result is None:
        return {"not_executed": program.reason}
    return {
        "ranks": program.ranks,
        "claims_hazard": program.hazard,
        "outcomes": {name: execution.outcome for name, execution in result.executions.items()},
        "disagreement": result.disagreement,
    }
