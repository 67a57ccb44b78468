"""Conditions and their opposites, in the words of whoever wrote them."""

from __future__ import annotations

import pytest

from collint.checks.wording import listed, place_words, truth_texts
from collint.linking.negation import negated


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("rank == 0", "rank != 0"),
        ("x is not None", "x is None"),
        ("key not in seen", "key in seen"),
        ("a <= b", "a > b"),
        ("not done", "done"),
        ("not (a or b)", "a or b"),
        ("a or b", "not (a or b)"),
        ("0 < a < b", "not (0 < a < b)"),
        ("ready()", "not ready()"),
        ('x["a"] in f(y, z)', 'x["a"] not in f(y, z)'),
        ("self.outputs.is_lo…", ""),
        ("", ""),
        ("(" * 500, ""),
    ],
)
def test_the_opposite_is_what_a_person_would_write(text: str, opposite: str) -> None:
    assert negated(text) == opposite


def test_the_atom_may_be_the_opposite_of_what_is_written() -> None:
    assert truth_texts("x != 0", True) == ("`x != 0`", "`x == 0`")
    assert truth_texts("x != 0", False) == ("`x == 0`", "`x != 0`")
    assert truth_texts("f(a, …", True) == ("`f(a, …`", "`f(a, …` does not hold")


def test_names_are_listed_as_in_a_sentence() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_places_name_the_file_and_the_calls() -> None:
    assert place_words("a/b/c.py", 3, ("A.f", "g")) == "c.py:3, through f -> g"
