"""A graph makes the calls that Python makes, in the same order, whatever the calls do."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collint.ir.cfg import build
from collint.syntax.lower import SourceSlice, lower
from tests.ir.programs import programs, run, walk
from tests.ir.support import broken_rules


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs(), st.lists(st.text("tfr", max_size=15), min_size=1, max_size=4))
def test_the_graph_runs_as_python_does(text: str, tapes: list[str]) -> None:
    result = lower(SourceSlice(text, "f", 1, "m", False))
    assert result.problem is None
    subject = build(result.functions["f"])
    assert broken_rules(subject) == []
    for turns in tapes:
        assert run(text, turns) == walk(subject, turns)
