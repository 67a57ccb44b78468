"""Values that are made of their bytes when they are asked for."""

from __future__ import annotations

import pytest

from collint.ir import node
from collint.ir.expressions import name_of
from collint.ir.node import Reader, written
from collint.project.facts import Doings, DoingsLater


def test_values_that_were_not_asked_for_lately_are_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "KEPT_OPEN", 100)
    many = [Doings(returned=(name_of(f"name_{number}"),)) for number in range(50)]
    kept = Reader(list[DoingsLater]).read(written([DoingsLater(doings) for doings in many]))
    assert kept is not None
    assert [later.value() for later in kept] == many
    first, last = kept[0].value(), kept[-1].value()
    assert last is kept[-1].value()
    assert [later.value() for later in kept] == many
    assert first is not kept[0].value()
    assert [later.data() for later in kept] == [written(doings) for doings in many]


def test_a_value_that_was_not_made_of_bytes_stays() -> None:
    doings = Doings(returned=(name_of("x"),))
    assert DoingsLater(doings).value() is doings
    assert DoingsLater(None, b"").value() == Doings()
