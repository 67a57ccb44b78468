"""The closure of an earlier run counts only where finding it anew would find the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import cli
from collint.cache import Shelf, open_cache
from collint.ir.node import Reader, replace, written
from collint.linking import closure
from collint.linking.earlier import _Kept, are_alike
from tests.project.support import indexed

BEFORE = """
import torch.distributed as dist

def reduce(x):
    dist.all_reduce(x)

class Model:
    def forward(self, x):
        order = sorted(x, key=lambda item: item.rank)
        return reduce(order)

    def quiet(self, x):
        return x
"""
ALIKE = {
    "a comment": BEFORE.replace("class Model", "# sized by the caller\nclass Model"),
    "a condition": BEFORE.replace(
        "        return reduce(order)", "        if x > 1:\n            return reduce(order)"
    ),
    "another blank line above a lambda": BEFORE.replace("    def forward(self, x):", "    def forward(self, x):\n"),
}
UNLIKE = {
    "another call": BEFORE.replace("        return x\n", "        return reduce(x)\n"),
    "an attribute that is read": BEFORE.replace("        return x\n", "        if x.ready:\n            return x\n"),
    "another order of definitions": BEFORE + "\nModel.quiet = reduce\n",
    "a function less": BEFORE[: BEFORE.index("    def quiet")],
    "another class above": BEFORE.replace("class Model:", "class Model(list):"),
    "a default": BEFORE.replace("def quiet(self, x):", "def quiet(self, x=reduce):"),
}
TWICE = "def run():\n    return 1\n\nclass run:\n    x = 1\n"
"""The last definition of a name counts."""


@pytest.mark.parametrize("source", ALIKE.values(), ids=ALIKE)
def test_places_do_not_count(source: str) -> None:
    assert source != BEFORE
    assert are_alike(indexed(BEFORE), indexed(source))


@pytest.mark.parametrize("source", UNLIKE.values(), ids=UNLIKE)
def test_whatever_else_differs_counts(source: str) -> None:
    assert not are_alike(indexed(BEFORE), indexed(source))


def test_which_of_two_definitions_comes_last_counts() -> None:
    function, _, klass = TWICE.partition("\n\n")
    assert not are_alike(indexed(TWICE), indexed(f"{klass}\n\n{function}\n"))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each time that a closure is found from here on."""
    times: list[object] = []
    original = closure._found

    def counting(*given: object) -> object:
        times.append(given)
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(closure, "_found", counting)
    return times


USER = """
import torch.distributed as dist
from model import Model

def main(model: Model, x):
    if dist.get_rank() == 0:
        model.forward(x)
    model.quiet(x)
"""


def run(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert cli.main(["check", str(folder), "--output-format", "json", "--min-confidence", "low", *options]) in (0, 1)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "times"), [*((text, 0) for text in ALIKE.values()), *((text, 1) for text in UNLIKE.values())]
)
def test_a_run_after_a_change_says_what_a_first_run_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[object], source: str, times: int
) -> None:
    for name, text in (("collint.toml", ""), ("user.py", USER), ("model.py", BEFORE)):
        (tmp_path / name).write_text(text)
    assert '"rule": "COL101"' in run(tmp_path, capsys)
    (tmp_path / "model.py").write_text(source)
    found.clear()
    again = run(tmp_path, capsys)
    assert len(found) == times
    assert again == run(tmp_path, capsys, "--no-cache")


@pytest.mark.parametrize(("damage", "times"), [("functions", 1), ("callers", 1), ("no such call", 0)])
def test_what_is_not_of_this_program_counts_as_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[object], damage: str, times: int
) -> None:
    for name, text in (("collint.toml", ""), ("user.py", USER), ("model.py", BEFORE)):
        (tmp_path / name).write_text(text)
    run(tmp_path, capsys)
    shelf = open_cache(tmp_path, None).shelf("closures")
    assert isinstance(shelf, Shelf)
    (key,) = shelf.kept()
    data = shelf.get(key)
    kept = Reader(_Kept).read(data) if data is not None else None
    assert kept is not None
    other = {
        "functions": replace(kept, functions=("model:nobody", *kept.functions[1:])),
        "callers": replace(kept, callers=kept.callers[1:]),
        "no such call": replace(kept, callers=(((0, 99),), *kept.callers[1:])),
    }[damage]
    shelf.put(key, written(other))
    shelf.save()
    (tmp_path / "model.py").write_text(ALIKE["a comment"])
    found.clear()
    again = run(tmp_path, capsys)
    assert len(found) == times
    assert again == run(tmp_path, capsys, "--no-cache")
