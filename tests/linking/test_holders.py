"""Which names may hold objects of a class, and where: what is called by such a name may be an object's method."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from collint import pipeline
from collint.config import Settings
from collint.linking.holders import held_as
from collint.linking.places import places_in_function
from tests.project.support import indexed

LAYER = """
    import torch.distributed as dist

    class Layer:
        def __call__(self, x):
            dist.all_reduce(x)
"""
# What stands beside the class, and the functions of it that can reach its collective.
USERS = {
    "a variable": ("def use(x): f = Layer(); f(x)", {"use"}),
    "an attribute": ("class A:\n    def __init__(self): self.f = Layer()\n    def use(self, x): self.f(x)", {"A.use"}),
    "a variable of the module": ("f = Layer()\ndef use(x): f(x)", {"use"}),
    "one that a function sets": ("def set_up():\n    global f\n    f = Layer()\ndef use(x): f(x)", {"use"}),
    "an element": ("def use(x): fs = [Layer()]; fs[0](x)", {"use"}),
    "a variable by way of another": ("def use(x): made = Layer(); f = made; f(x)", {"use"}),
    "what a function returned": ("def make(): f = Layer(); return f\ndef use(x): g = make(); g(x)", {"use"}),
    "a parameter by its type": ("def use(x, f: Layer): f(x)", {"use"}),
    "another's variable of the name": ("def make(): f = Layer()\ndef use(x, f): f(x)", set()),
    "a variable of the text around": (
        "def use():\n    f = Layer()\n    def go(x): f(x)\n    return go",
        {"use", "use.go"},
    ),
}


def reaching(folder: Path, **files: str) -> set[str]:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return {each for each in pipeline.build(folder, (folder,), Settings())[0].reaching if "__call__" not in each}


@pytest.mark.parametrize("kind", USERS)
def test_a_call_by_a_name_that_holds_an_object(tmp_path: Path, kind: str) -> None:
    text, functions = USERS[kind]
    found = reaching(tmp_path, layer=LAYER, user=f"from layer import Layer\n\n{text}\n")
    assert {each.removeprefix("user:") for each in found} == functions


def test_a_class_by_another_name(tmp_path: Path) -> None:
    user = "from layer import Layer as Block\n\nclass A:\n    def __init__(self):\n        self.own = Block()\n"
    user += "    def use(self, x):\n        self.own(x)\n"
    assert reaching(tmp_path, layer=LAYER, user=user) == {"user:A.use"}


def test_the_functions_of_a_variable_are_told(tmp_path: Path) -> None:
    text = f"{dedent(LAYER)}\ndef use(x):\n    f = Layer()\n    f(x)\n\nclass A:\n    g = Layer()\n"
    (tmp_path / "layer.py").write_text(text, encoding="utf-8")
    held = held_as(pipeline.build(tmp_path, (tmp_path,), Settings())[0].evaluator, "layer:Layer")
    assert held.names == {"f": ("layer:use",), "g": ()}
    assert held.may_be("f", "layer:use.inner") and held.may_be("g", "other:any")
    assert not held.may_be("f", "layer:user")


@pytest.mark.parametrize("line", ["pass", "f", "h = f", "f.close()", "len(f)"])
def test_a_variable_that_nobody_calls_is_no_place(line: str) -> None:
    (function,) = (
        each for each in indexed(f"def use():\n    f = Layer()\n    {line}\n").functions if each.name == "use"
    )
    assert places_in_function(function, frozenset()) == []
