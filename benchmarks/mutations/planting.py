"""Chooses mistakes by a seed and plants them, many in one copy of a release but at most one per function.

The choice follows hashes of the seed and the spot's place, so that it is the same everywhere and a spot that comes or
goes changes little else. Nothing is written: a copy is the texts of its changed files. Running collint on them is in
:mod:`benchmarks.scoring.mutations`.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.mutations.operators import OPERATORS, Change, Plan
from benchmarks.mutations.spots import Spot, spots


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake to plant: what to change in a file of the release."""

    id: str
    operator: str
    spot: Spot
    change: Change


@dataclass(frozen=True, slots=True)
class Planted:
    """A mistake in a copy, where it takes the lines ``first`` to ``last`` of its file."""

    mutant: Mutant
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A release with mistakes in it: the texts of the files that are not as they were."""

    planted: tuple[Planted, ...]
    texts: Mapping[str, str]


def mutants(texts: Mapping[str, str], seed: int, each: int) -> tuple[Mutant, ...]:
    """Up to ``each`` mistakes per operator, in functions that have few so far, never two alike in one function."""
    found: list[Mutant] = []
    used: Counter[tuple[str, str]] = Counter()
    every = spots(texts)
    for operator in OPERATORS:
        chosen: set[tuple[str, str]] = set()
        for spot in sorted(every, key=lambda spot: (used[_home(spot)], _number(seed, operator, spot))):
            if len(chosen) == each:
                break
            mutant = plan(spot, operator, texts[spot.path], seed) if _home(spot) not in chosen else None
            if mutant is not None:
                chosen.add(_home(spot))
                found.append(mutant)
        used.update(chosen)
    return tuple(found)


def _home(spot: Spot) -> tuple[str, str]:
    return spot.path, spot.function


def _number(seed: int, operator: str, spot: Spot) -> int:
    words = f"{seed}/{operator}/{spot.path}/{spot.function}/{spot.op}/{ast.unparse(spot.statement)}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")


def plan(spot: Spot, operator: str, text: str, seed: int) -> Mutant | None:
    """One mistake in a file; None where the operator has nothing to do there."""
    lines, number = tuple(text.splitlines()), _number(seed, operator, spot)
    if not _stands_alone(spot, lines):
        return None
    change = OPERATORS[operator][0](Plan(spot, lines, number))
    if change is None or not _parses(_changed(lines, [change])):
        return None
    return Mutant(f"{spot.path}:{spot.function}:{operator}:{number % 16**6:06x}", operator, spot, change)


def _stands_alone(spot: Spot, lines: Sequence[str]) -> bool:
    """Whether a statement has its lines for itself and no string runs over several of them."""
    node = spot.statement
    if lines[node.lineno - 1][: node.col_offset].strip() or node.end_lineno is None:
        return False
    rest = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode().strip()
    long = (one for one in ast.walk(node) if isinstance(one, (ast.Constant, ast.JoinedStr)))
    return (not rest or rest.startswith("#")) and not any(one.lineno != one.end_lineno for one in long)


def _changed(lines: Sequence[str], changes: Sequence[Change]) -> str:
    kept = list(lines)
    for change in sorted(changes, key=lambda change: -change.start):
        kept[change.start - 1 : change.end] = change.lines
    return "\n".join(kept) + "\n"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def copies(texts: Mapping[str, str], every: Sequence[Mutant]) -> Iterator[Copy]:
    """The mistakes in as few copies as their functions allow, each with at most one mistake per function."""
    left = list(every)
    while left:
        taken: dict[tuple[str, str], Mutant] = {}
        for mutant in left:
            taken.setdefault(_home(mutant.spot), mutant)
        yield _copy(texts, tuple(taken.values()))
        left = [mutant for mutant in left if taken[_home(mutant.spot)] is not mutant]


def _copy(texts: Mapping[str, str], taken: Sequence[Mutant]) -> Copy:
    planted: list[Planted] = []
    changed: dict[str, str] = {}
    for path in sorted({mutant.spot.path for mutant in taken}):
        here = sorted((mutant for mutant in taken if mutant.spot.path == path), key=lambda one: one.change.start)
        changed[path] = _changed(texts[path].splitlines(), [mutant.change for mutant in here])
        moved = 0
        for mutant in here:
            first = mutant.change.start + moved
            planted.append(Planted(mutant, first, first + len(mutant.change.lines) - 1))
            moved += len(mutant.change.lines) - (mutant.change.end - mutant.change.start + 1)
    return Copy(tuple(planted), changed)
