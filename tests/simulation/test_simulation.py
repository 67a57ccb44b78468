"""collint reports a small program exactly if some run of it has ranks whose sequences differ."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.explore import disagreements, findings, shrink
from tests.simulation.generate import program
from tests.simulation.known import excuse
from tests.simulation.language import Program, runnable, source
from tests.simulation.world import possible_mismatch

BATCH = 150
BATCHES = 14
# At most so many of a batch may be excused: shapes are wider than causes.
EXCUSED = 4


@pytest.mark.parametrize("batch", range(BATCHES))
def test_silence_and_findings_are_right(batch: int) -> None:
    seeds = range(batch * BATCH, (batch + 1) * BATCH)
    programs = [program(seed) for seed in seeds]
    excused: Counter[str] = Counter()
    for position, kind in disagreements(programs):
        reason = excuse(programs[position], kind)
        if reason is None:
            pytest.fail(_report(programs[position], kind, seeds[position]))
        excused[f"{kind}: {reason}"] += 1
    assert excused.total() <= EXCUSED, excused


def _report(subject: Program, kind: str, seed: int) -> str:
    small = shrink(subject, kind)
    said = [f"{finding.rule} at line {finding.line}: {finding.message}" for finding in findings([small])[0]]
    return f"{kind} for seed {seed}\n\n{source(small)}\ncollint says: {said}"


def test_the_same_seed_is_the_same_program() -> None:
    assert [source(program(seed)) for seed in range(50)] == [source(program(seed)) for seed in range(50)]


def test_both_kinds_of_programs_are_common() -> None:
    truths = Counter(possible_mismatch(runnable(program(seed))) for seed in range(300))
    assert min(truths[True], truths[False]) > 60


RUNS = {
    "nothing but agreement": ("dist.barrier()\nx = config\nif above(5, x):\n    dist.barrier()", False),
    "a leader alone": ("if dist.get_rank() == 0:\n    dist.barrier()", True),
    "a leader first": ("r = dist.get_rank()\nif r == 0:\n    dist.barrier()\nif r != 0:\n    dist.barrier()", False),
    "another operation": ("if random.random() > 500:\n    dist.barrier()\nelse:\n    dist.all_reduce(t)", True),
    "an agreed choice": ("dist.all_reduce(t)\nif above(5, t.item()):\n    dist.barrier()", False),
    "turns by the rank": ("for _ in turns(dist.get_rank()):\n    dist.barrier()", True),
    "a communicator of its own": ("if dist.get_rank():\n    dist.barrier('pair')\nelse:\n    dist.barrier()", True),
    "another order on two": (
        "r = dist.get_rank()\nif r:\n    dist.barrier('b')\ndist.barrier()\nif not r:\n    dist.barrier('b')",
        False,
    ),
    "an error of its own": ("dist.barrier()\nmissing()", None),
    "no end": ("while burn(1):\n    dist.barrier()", None),
}


@pytest.mark.parametrize(("text", "expected"), RUNS.values(), ids=RUNS)
def test_the_simulation_sees_a_mismatch(text: str, expected: bool | None) -> None:
    body = "".join(f"    {line}\n" for line in ("t = torch.tensor([1])", *text.splitlines()))
    assert possible_mismatch(f"def main(config, steps):\n{body}") is expected
