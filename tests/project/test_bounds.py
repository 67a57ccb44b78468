"""What Python 3.10 must not be given to parse, and what only looks long."""

from __future__ import annotations

import ast

import pytest

from collint.project import index
from collint.project.bounds import LONGEST_CHAIN, overflows
from collint.project.index import index_module

LONG = LONGEST_CHAIN + 1


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "+0" * LONG,
        "x = a" + ".b" * LONG,
        "x = (a" + "\n    + b" * LONG + ")",
        "x = a" + " + \\\nb" * LONG,
        "x = [1, 2, f" + "()" * LONG + "]",
        "x = f(1, 2)" + ".g(3, 4)" * LONG,
        "x = a" + "[0]" * LONG,
    ],
)
def test_a_long_chain_overflows(text: str) -> None:
    assert overflows(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = [" + "a.b + c,\n" * LONG + "]",
        "a = b + c\n" * LONG,
        "x = '" + "(((" * LONG + "'",
        'x = """' + " + ".join(["a"] * LONG) + '"""',
        "# " + "(" * LONG,
        "f()\n" * LONG,
        "x = {" + "'a-b': (-1.5, f()), " * LONG + "}",
        "x = a" + ".b" * (LONGEST_CHAIN - 10),
    ],
)
def test_long_text_does_not(text: str) -> None:
    assert not overflows(text)


def test_a_file_that_overflows_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_TRUSTING", True)
    monkeypatch.setattr(ast, "parse", pytest.fail)
    facts = index_module("x = " + "+0" * LONG, "a.py", "a", False)
    assert facts.problem == "nests too deeply to be read"
