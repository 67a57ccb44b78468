"""Long and deep text, as generators write it: lowered, or refused in one line; never an exception or a crash."""

from __future__ import annotations

import pytest

from collint.ir.cfg import build
from collint.ir.statements import If
from collint.syntax.lower import Lowered, SourceSlice, lower


def lowered(statement: str) -> Lowered:
    return lower(SourceSlice(f"def f(a, b):\n    {statement}\n", "f", 1, "m", False))


@pytest.mark.parametrize(
    "statement",
    [
        "x = " + "[" * 300 + "]" * 300,
        "x = " + "(" * 5000 + ")" * 5000,
        "x = " + "[" * 199 + "]" * 199,
        "x = " + "-" * 700 + "1",
        "x = " + "not " * 100_000 + "a",
        "x = " + "lambda: " * 100_000 + "a",
        "x = " + "a if b else " * 2000 + "b",
        "x = " + " + ".join(["a"] * 1500),
        "x = " + " + ".join(["a"] * 100_000),
        "x = a" + ".b" * 10_000,
        "x = f(1, 2)" + ".g(3, 4)" * 1500,
        "x = " + "(a := " * 190 + "b" + ")" * 190,
        "x = [a " + "for a in b " * 1500 + "]",
        "x = [a for a in b " + "if a " * 1500 + "]",
        "x = " + " and ".join(["g()"] * 300),
        "if " + " and ".join(["a"] * 1500) + ": pass",
        "if " + "a and (" * 190 + " or ".join(["b"] * 1500) + ")" * 190 + ": pass",
        "match a:\n        case " + " | ".join(["1"] * 1500) + ": pass",
        "with " + ", ".join(["a()"] * 5000) + ": pass",
        "if a: pass\n" + "    elif b: pass\n" * 10_000,
    ],
)
def test_deep_text_is_refused_in_one_line(statement: str) -> None:
    result = lowered(statement)
    assert result.functions == {}
    assert result.problem is not None
    assert result.problem.endswith(("nests too deeply", "too many nested parentheses"))


@pytest.mark.parametrize(
    "statement",
    [
        "x = [" + "a.b and c,\n" * 3000 + "]",
        "a = b + c\n    " * 3000,
        "x = '" + "(((" * 500 + "'",
        'x = """' + " and ".join(["a"] * 3000) + '"""',
        "# " + "(" * 3000 + "\n    pass",
        "x = {" + "'a-b': -1.5, " * 3000 + "}",
        "x = " + " and ".join(["a"] * 10_000),
        "x = " + " < ".join(["a"] * 10_000),
        "x = f'" + "{a}b" * 3000 + "'",
        "x = " + "'a'\\\n" * 3000 + "''",
        "x = " + "(" * 190 + "a" + " and b)" * 190,
        "a" + " = a" * 3000,
        "x = 0x" + "f" * 6000,
        "from " + ".".join(["a"] * 10_000) + " import b",
    ],
)
def test_long_text_is_not(statement: str) -> None:
    result = lowered(statement)
    assert result.problem is None
    build(result.functions["f"])


def test_every_link_of_a_long_chain_of_branches_is_there() -> None:
    (statement,) = lowered("if a: pass\n" + "    elif b: pass\n" * 600).functions["f"].body
    links = 0
    while isinstance(statement, If) and statement.other:
        (statement,) = statement.other
        links += 1
    assert links == 600
