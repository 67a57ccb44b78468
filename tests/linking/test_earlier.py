"""The closure of an earlier run counts only where finding it anew would find the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import cli
from collint.cache import Shelf, open_cache
from collint.ir.node import Reader, replace, written
from collint.linking import closure
from collint.linking.earlier import _Kept

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
QUIET = "        return x\n"
UNCONCERNED = {
    "a comment": BEFORE.replace("class Model", "# sized by the caller\nclass Model"),
    "a condition": BEFORE.replace(
        "        return reduce(order)", "        if x > 1:\n            return reduce(order)"
    ),
    "another blank line above a lambda": BEFORE.replace("    def forward(self, x):", "    def forward(self, x):\n"),
    "a name that nobody asks for": BEFORE.replace(QUIET, f"        scale = x.shape\n{QUIET}"),
    "another argument": BEFORE.replace("dist.all_reduce(x)", "dist.all_reduce(x.data)"),
    "a call that leads nowhere": BEFORE.replace(QUIET, "        return abs(x)\n"),
    "an attribute that is no property": BEFORE.replace(QUIET, f"        if x.ready:\n    {QUIET}"),
    "another import": BEFORE.replace("import torch.dist", "import os\nimport torch.dist"),
    "another function": f"{BEFORE}\ndef scaled(x):\n    return 2 * x\n",
}
CONCERNED = {
    "another call": BEFORE.replace(QUIET, "        return reduce(x)\n"),
    "a method set from outside": BEFORE + "\nModel.quiet = reduce\n",
    "a method less": BEFORE.replace("def forward", "def backward"),
    "another class above": BEFORE.replace("class Model:", "class Model(list):"),
    "a default": BEFORE.replace("def quiet(self, x):", "def quiet(self, x=reduce):"),
    "a function handed over": BEFORE.replace(QUIET, "        return x.map(reduce)\n"),
    "another import of a name": BEFORE.replace("import torch.distributed", "import numpy"),
    "a local name instead of a function": BEFORE.replace(
        "        return reduce", "        reduce = 1\n        return reduce"
    ),
}


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
    ("source", "times"),
    [*((text, 0) for text in UNCONCERNED.values()), *((text, 1) for text in CONCERNED.values())],
    ids=[*UNCONCERNED, *CONCERNED],
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


MADE = """
from model import Model

def make():
    return Model()

def use(maker, x):
    maker().forward(x)

def main(x):
    use(make, x)
"""


def test_what_a_call_is_given_concerns_who_asked_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[object]
) -> None:
    user = USER.replace("model.forward", "use")
    files = {"collint.toml": "", "user.py": f"from made import main as use\n{user}", "model.py": BEFORE}
    for name, text in {**files, "made.py": MADE.replace("use(make,", "use(list,")}.items():
        (tmp_path / name).write_text(text)
    assert '"rule": "COL101"' not in run(tmp_path, capsys)
    (tmp_path / "made.py").write_text(MADE)
    found.clear()
    again = run(tmp_path, capsys)
    assert len(found) == 1 and '"rule": "COL101"' in again
    assert again == run(tmp_path, capsys, "--no-cache")


@pytest.mark.parametrize(
    ("damage", "times"),
    [("functions", 1), ("callers", 1), ("ending", 1), ("no such call", 0), ("classes", 0), ("pages", 0)],
)
def test_what_is_not_of_this_program_counts_as_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[object], damage: str, times: int
) -> None:
    for name, text in (("collint.toml", ""), ("user.py", USER), ("model.py", BEFORE)):
        (tmp_path / name).write_text(text)
    run(tmp_path, capsys)
    shelf = open_cache(tmp_path, None).shelf("closures")
    assert isinstance(shelf, Shelf)
    reader = Reader(_Kept)
    ((key, kept),) = [(key, one) for key in shelf.kept() if (one := reader.read(shelf.get(key) or b"")) is not None]
    other = {
        "functions": replace(kept, functions=("model:nobody", *kept.functions[1:])),
        "callers": replace(kept, callers=kept.callers[1:]),
        "ending": replace(kept, ending=(len(kept.functions),)),
        "classes": replace(kept, known=b"nowhere"),
        "pages": replace(kept, ledger=replace(kept.ledger, pages=(b"nowhere",))),
        "no such call": replace(kept, callers=(((0, 99),), *kept.callers[1:])),
    }[damage]
    shelf.put(key, written(other))
    shelf.save()
    (tmp_path / "model.py").write_text(UNCONCERNED["a comment"])
    found.clear()
    again = run(tmp_path, capsys)
    assert len(found) == times
    assert again == run(tmp_path, capsys, "--no-cache")
