"""The sections of the scoreboard by the part that is asked for: which tools are measured on what.

A section that cannot be measured says why. How places are labelled is for the ``of_*`` modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from benchmarks.ablations import FULL
from benchmarks.analysed import NotHad
from benchmarks.kept import NothingKept, Runs
from benchmarks.pins import Unpinned
from benchmarks.scoring import naive, of_fixtures, of_mutations, of_releases, of_verdicts
from benchmarks.scoring.scores import Result
from benchmarks.scoring.tools import TOOLS

TWO = (FULL, naive.NAME)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, beside the parts: where releases are kept, how many mistakes to plant."""

    cache: Path
    runs: Runs = "missing"
    slow: bool = False
    seed: int = of_mutations.SEED
    each: int = of_mutations.EACH
    progress: Callable[[str], None] = print


@dataclass(frozen=True, slots=True)
class Section:
    """What each tool did on one body of labelled places; ``skipped`` says why there is nothing."""

    title: str
    results: Mapping[str, Result] = field(default_factory=dict)
    skipped: str = ""


def _section(asked: Asked, title: str, tools: tuple[str, ...], measure: Callable[[str], Result]) -> Section:
    results: dict[str, Result] = {}
    for tool in tools:
        asked.progress(f"{title}: {tool}")
        try:
            results[tool] = measure(tool)
        except (Unpinned, NotHad, NothingKept) as error:
            return Section(title, skipped=str(error))
    return Section(title, _alike(results))


def _alike(results: Mapping[str, Result]) -> dict[str, Result]:
    """The results without the places that only some of the tools could be asked about."""
    asked = [{item.id for item in result.items} for result in results.values()]
    common = frozenset[str]().union(*asked).intersection(*asked)
    return {
        tool: replace(result, items=tuple(item for item in result.items if item.id in common))
        for tool, result in results.items()
    }


def _fixtures(asked: Asked) -> Iterator[Section]:
    yield _section(asked, "fixtures", TOOLS, lambda tool: of_fixtures.measured(tool, asked.cache, asked.runs))


def _places(asked: Asked) -> Iterator[Section]:
    title = "judged places of {} {}".format(*of_releases.PLACES)
    yield _section(asked, title, TOOLS, lambda tool: of_releases.places_measured(tool, asked.cache, asked.runs))


def _bugs(asked: Asked) -> Iterator[Section]:
    def measure(tool: str) -> Result:
        return of_releases.bugs_measured(tool, asked.cache, asked.slow, asked.runs)

    yield _section(asked, "reported bugs", TWO, measure)


def _mutations(asked: Asked) -> Iterator[Section]:
    def measure(tool: str, release: tuple[str, str]) -> Result:
        return of_mutations.measured(tool, release, asked.cache, asked.seed, asked.each, asked.runs)

    for release in of_mutations.RELEASES:
        title = "planted in {} {}".format(*release)
        yield _section(asked, title, TWO, lambda tool, release=release: measure(tool, release))  # type: ignore[misc]


def _verdicts(asked: Asked) -> Iterator[Section]:
    for name, version in of_verdicts.RELEASES:

        def measure(_: str, name: str = name, version: str = version) -> Result:
            return of_verdicts.measured(name, version, asked.cache, asked.runs)

        yield _section(asked, f"judged findings on {name} {version}", (FULL,), measure)


PARTS: Mapping[str, Callable[[Asked], Iterator[Section]]] = MappingProxyType(
    {"fixtures": _fixtures, "places": _places, "bugs": _bugs, "mutations": _mutations, "verdicts": _verdicts}
)
"""Every part of the scoreboard by the name that is asked for."""
