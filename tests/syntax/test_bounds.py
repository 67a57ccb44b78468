"""What is refused before libcst's parser sees it, and what only looks long."""

from __future__ import annotations

import pytest

from collint.syntax.bounds import overflows


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 300 + "]" * 300,
        "x = " + " or ".join(["a"] * 1500),
        "x = (" + "\n    and ".join(["a"] * 1500) + ")",
        "x = " + " + \\\n".join(["a"] * 1500),
        "x = f(1, 2)" + ".g(3, 4)" * 1500,
        "x = a" + ".b" * 1500,
    ],
)
def test_deep_text_overflows(text: str) -> None:
    assert overflows(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = [" + "a.b and c,\n" * 3000 + "]",
        "a = b + c\n" * 3000,
        "x = '" + "(((" * 500 + "'",
        'x = """' + " and ".join(["a"] * 3000) + '"""',
        "# " + "(" * 3000,
        "f()" * 3000,
        "f()\n" * 3000,
        "x = {" + "'a-b': -1.5, " * 3000 + "}",
    ],
)
def test_long_text_does_not(text: str) -> None:
    assert not overflows(text)
