"""What a run works out, counted: no clock is needed to see that something is done twice, or for nothing.

Where a number falls, lower it here; where one rises, there should be a reason. That warm runs say the same is in
``test_cache``, that runs about some files do is in ``test_asked``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collint import cli
from collint.linking import closure, lowering
from collint.project import reading
from collint.sequences.compare import Comparison
from collint.sequences.summaries import Summaries
from collint.uniformity.query import Uniformity
from tests.cli.projects import write

PROBES = """
    import torch.distributed as dist

    def is_first():
        return dist.get_rank() == 0

    def has_name(name):
        return bool(name)
"""
HELPER = """
    import torch.distributed as dist

    def share(tensor):
        if dist.get_world_size() > 1:
            dist.all_reduce(tensor)
        return tensor
"""
TRAINER = """
    from package.helper import share
    from package.probes import has_name, is_first

    class Trainer{n}:
        def __init__(self, name):
            self.name = name

        def step{n}(self, batch):
            if has_name(self.name):
                batch = share(batch)
            return batch

        def save{n}(self, batch):
            if is_first():
                return share(batch)
            return self.shown{n}(batch)

        def shown{n}(self, batch):
            return str(batch)
"""
APART = """
    def unrelated(values):
        return [value for value in values if value]
"""
STEPS: dict[str, tuple[Any, str]] = {
    "indexed": (reading, "index_module"),
    "closed": (closure, "_found"),
    "lowered": (lowering, "_lowered"),
    "solved": (Summaries, "of_body"),
    "compared": (Comparison, "mismatches"),
    "searched": (Uniformity, "_search"),
}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each costly step is taken from here on."""
    counts: Counter[str] = Counter()
    for step, (place, name) in STEPS.items():
        original: Callable[..., Any] = getattr(place, name)

        def counting(*given: Any, step: str = step, original: Callable[..., Any] = original, **named: Any) -> Any:
            counts[step] += 1
            return original(*given, **named)

        monkeypatch.setattr(place, name, counting)
    return counts


def make(folder: Path, trainers: int) -> None:
    """A package of so many trainers over one helper, and files that have nothing to do with them."""
    package = folder / "package"
    write(package, helper=HELPER, probes=PROBES, **{f"apart{n}": APART for n in range(trainers)})
    write(package, **{f"trainer{n}": TRAINER.format(n=n) for n in range(trainers)})
    (package / "__init__.py").write_text("")
    (folder / "collint.toml").write_text("")


def counted(work: Counter[str], capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, int]:
    """The work of one run."""
    work.clear()
    assert cli.main(["check", "--select", "ALL", "--min-confidence", "low", *arguments]) in (0, 1)
    assert "COL1" in capsys.readouterr().out
    return {step: work[step] for step in STEPS}


def at_most(found: dict[str, int], **limits: int) -> bool:
    assert set(limits) == set(STEPS)
    return all(found[step] <= limit for step, limit in limits.items())


def test_of_a_cold_a_warm_and_a_changed_run(
    tmp_path: Path, work: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, 3)
    cold = counted(work, capsys, str(tmp_path))
    assert at_most(cold, indexed=9, closed=1, lowered=15, solved=16, compared=7, searched=14), cold
    assert set(counted(work, capsys, str(tmp_path)).values()) == {0}
    write(tmp_path / "package", trainer1=TRAINER.format(n=1) + "\n    # more\n")
    one = counted(work, capsys, str(tmp_path / "package/trainer1.py"))
    assert at_most(one, indexed=1, closed=0, lowered=0, solved=6, compared=2, searched=9), one
    write(tmp_path / "package", helper=HELPER.replace("> 1", "> 2"))
    hub = counted(work, capsys, str(tmp_path))
    assert at_most(hub, indexed=1, closed=0, lowered=1, solved=16, compared=7, searched=14), hub


def test_what_nobody_asks_about_is_not_worked_out(
    tmp_path: Path, work: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, 3)
    one = counted(work, capsys, str(tmp_path / "package/trainer1.py"), "--no-cache")
    assert at_most(one, indexed=9, closed=1, lowered=11, solved=6, compared=2, searched=9), one


@pytest.mark.parametrize("trainers", [2, 5])
def test_twice_the_program_is_twice_the_work(
    tmp_path: Path, work: Counter[str], capsys: pytest.CaptureFixture[str], trainers: int
) -> None:
    make(tmp_path / "once", trainers)
    make(tmp_path / "twice", 2 * trainers)
    once = counted(work, capsys, str(tmp_path / "once"), "--no-cache")
    twice = counted(work, capsys, str(tmp_path / "twice"), "--no-cache")
    assert once["searched"] > 0
    assert all(twice[step] <= 2 * once[step] for step in STEPS), (once, twice)
