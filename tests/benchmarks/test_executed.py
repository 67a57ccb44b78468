"""Every program of ``fixtures/`` shows on real ranks what its name claims. Needs torch, see ``docs/executed.md``."""

from __future__ import annotations

import importlib.util

import pytest

from benchmarks.execute import execute
from benchmarks.executing.programs import programs
from benchmarks.executing.table import table

pytestmark = [
    pytest.mark.executed,
    pytest.mark.skipif(
        importlib.util.find_spec("torch") is None,
        reason="needs torch: pip install -e '.[executed]' in an environment of its own",
    ),
]


def test_every_program_shows_what_its_name_claims() -> None:
    known = programs()
    results = execute(program for program in known if not program.reason)
    print("\n" + table(known, results))
    wrong = [
        f"{result.program.name}: {result.disagreement}\n"
        + "\n".join(f"  {name}: {execution.detail}" for name, execution in result.executions.items())
        for result in results
        if result.disagreement
    ]
    assert not wrong, "\n" + "\n".join(wrong)
