"""Which of its parameters a function calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.config import Settings
from collint.linking.called import called_parameters

SOURCE = """
def outer(work, data):
    middle(data, work)
    unseen(data)

def middle(values, action):
    def inner():
        action(values)
    again(values, action)
    return inner

def again(values, action):
    middle(values, action)

def unseen(callback):
    callback()

def first(a, b):
    second(b, a)

def second(a, b):
    first(b, a)
    a()
"""
ALL = frozenset(f"job:{name}" for name in ("outer", "middle", "again", "unseen", "first", "second"))


@pytest.mark.parametrize(
    ("function", "among", "called"),
    [
        ("middle", ALL, {"action"}),
        ("again", ALL, {"action"}),
        ("outer", ALL, {"work", "data"}),
        ("outer", ALL - {"job:unseen"}, {"work"}),
        ("outer", frozenset(), set()),
        ("first", ALL, {"b"}),
        ("second", ALL, {"a"}),
    ],
)
def test_a_parameter_is_called_here_or_where_it_is_handed(
    tmp_path: Path, function: str, among: frozenset[str], called: set[str]
) -> None:
    (tmp_path / "job.py").write_text(SOURCE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert called_parameters(context.evaluator, f"job:{function}", among) == called
