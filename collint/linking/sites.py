"""Calls as they are kept: by the function that each stands in, and by its place among the calls of that function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from collint.ir.expressions import Expr, called_name
from collint.project.asked import placeless
from collint.project.facts import CallSite
from collint.project.project import Project

Sites = tuple[tuple[str, CallSite], ...]
"""Calls, each with the id of the function that makes it."""


def spelled(project: Project, sites: Iterable[tuple[str, CallSite]]) -> Iterator[str]:
    """The function and the place of each call; of equal calls of a function each has its own, in order."""
    met: Counter[tuple[str, CallSite]] = Counter()
    for function_id, site in sites:
        facts = project.function(function_id)
        calls = facts.calls if facts is not None else ()
        place = next((place for place, each in enumerate(calls) if each is site), None)
        if place is None:  # the facts were opened again since
            own = [place for place, each in enumerate(calls) if each == site]
            place = own[met[function_id, site] % len(own)]
            met[function_id, site] += 1
        yield function_id
        yield str(place)


def opened(project: Project, answer: Sequence[str]) -> Sites | None:
    """The calls that are spelled so; None where one of them does not stand in the program."""
    found = []
    for function_id, place in zip(answer[::2], map(int, answer[1::2]), strict=True):
        facts = project.function(function_id)
        if facts is None or not 0 <= place < len(facts.calls):
            return None
        found.append((function_id, facts.calls[place]))
    return tuple(found)


def functions_in(answer: Sequence[str]) -> tuple[str, ...]:
    """The functions that calls which are spelled so stand in, each once and in their order."""
    return tuple(dict.fromkeys(answer[::2]))


def spelling(expression: Expr) -> str:
    """A number by which a function's expressions of one name are told apart, wherever its lambdas stand."""
    return f"{crc32(placeless(repr(expression)).encode('utf-8', 'surrogatepass')):x}"


def moved(before: Sequence[CallSite], now: Sequence[CallSite]) -> dict[int, int]:
    """The places of calls before to those that they have now, told by name and by how many of that name came before."""
    places: dict[str, list[int]] = {}
    for place, site in enumerate(now):
        places.setdefault(called_name(site.function), []).append(place)
    left = {name: iter(found) for name, found in places.items()}
    found = ((place, next(left.get(called_name(site.function), iter(())), -1)) for place, site in enumerate(before))
    return dict(found)
