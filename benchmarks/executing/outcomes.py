"""What one execution showed, and whether it is what the program's name claims. Starts no process.

The outcomes are named from the operator's view: a job that waits for ever *hangs* even if the rank it waits for has
failed, because the ranks of a real job would show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.executing.programs import Program

COMPLETES = "completes"
HANGS = "hangs"
ERROR = "error"
WRONG_VALUE = "wrong value"
LEFTOVER = "leftover"
BROKEN = "broken"
OUTCOMES = (COMPLETES, HANGS, ERROR, WRONG_VALUE, LEFTOVER, BROKEN)

_MISTAKES = frozenset(
    "NameError TypeError AttributeError ImportError ModuleNotFoundError UnboundLocalError SyntaxError "
    "NotImplementedError IndentationError".split()
)
"""Errors that come from a program which was written wrongly, not from ranks that part."""
_MISSING = ("not compiled with CUDA", "NCCL built in", "NVIDIA driver")
"""What torch says where a program needs more than a CPU."""


@dataclass(frozen=True, slots=True)
class RankEnd:
    """How far one rank came: ``waits``, ``raised``, ``gone`` (its process died), ``returned`` or ``ended``.

    A rank that is ``busy`` was still at work when the harness lost patience.
    """

    state: str
    error: str = ""
    message: str = ""
    value: Any = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of one program: its ranks' ends in order, and the outcome they add up to."""

    ranks: tuple[RankEnd, ...]
    outcome: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", _outcome(self.ranks))

    @property
    def detail(self) -> str:
        """One line on what the ranks did, for a reader of the results."""
        parts = []
        for number, rank in enumerate(self.ranks):
            more = [": ".join(part for part in (rank.error, rank.message) if part), *rank.problems]
            more = [part for part in more if part]
            parts.append(f"rank {number} {rank.state}" + (f" ({'; '.join(more)})" if more else ""))
        return ", ".join(parts)


def _outcome(ranks: Sequence[RankEnd]) -> str:
    if any(rank.error in _MISTAKES or any(word in rank.message for word in _MISSING) for rank in ranks):
        return BROKEN
    states = {rank.state for rank in ranks}
    if "busy" in states:
        return BROKEN
    if "waits" in states:
        return HANGS
    if states & {"raised", "gone"}:
        return ERROR
    if any(problem.startswith("value") for rank in ranks for problem in rank.problems):
        return WRONG_VALUE
    if any(rank.value != ranks[0].value for rank in ranks):
        return WRONG_VALUE
    return LEFTOVER if any(rank.problems for rank in ranks) else COMPLETES


def disagreement(program: Program, executions: Sequence[Execution]) -> str:
    """Why the outcomes are not what the program claims, or nothing.

    A hazard has to show in at least one setting, and not by a mistake in the program; a safe program completes in all.
    """
    outcomes = [execution.outcome for execution in executions]
    if BROKEN in outcomes:
        return "the program itself is broken, or too slow"
    if program.hazard:
        return "claims a hazard, and completes" if set(outcomes) == {COMPLETES} else ""
    wrong = sorted(set(outcomes) - {COMPLETES})
    return f"claims to be safe, and shows: {', '.join(wrong)}" if wrong else ""
