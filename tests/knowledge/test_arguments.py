"""How rows point at arguments."""

from __future__ import annotations

import pytest

from collint.knowledge.arguments import ArgumentRef, parse_argument


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("group@2", ArgumentRef("group", 2)),
        ("group", ArgumentRef("group", None)),
        ("@0", ArgumentRef(None, 0)),
        ("receiver", ArgumentRef(None, None, "receiver")),
        ("result", ArgumentRef(None, None, "result")),
        ("result[1]", ArgumentRef(None, None, "result", (1,))),
        ("result[-1]", ArgumentRef(None, None, "result", (-1,))),
        ("result.mode", ArgumentRef(None, None, "result", ("mode",))),
        ("result[0].cg_mode", ArgumentRef(None, None, "result", (0, "cg_mode"))),
        ("tensors@1[0]", ArgumentRef("tensors", 1, "argument", (0,))),
        ("result@0", ArgumentRef("result", 0)),
    ],
)
def test_a_spelling_names_one_argument(spelling: str, expected: ArgumentRef) -> None:
    assert expected == parse_argument(spelling)


@pytest.mark.parametrize(
    "spelling", ["", "@", "group@", "group@x", "2", "a b", "result[x]", "group @2", "result.", "@-1"]
)
def test_a_malformed_spelling_is_refused_with_the_accepted_forms(spelling: str) -> None:
    with pytest.raises(ValueError, match="write 'name@position'"):
        parse_argument(spelling)
