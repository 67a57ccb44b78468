"""Which rules name a kind of mistake: a finding counts at the level of classes where its rule is one of them.

A kind has several rules where one mistake may be seen from several sides: a branch on a counter is a divergent branch
and an unagreed counter. What is labelled with a kind is in ``benchmarks/data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BRANCHES = frozenset({"COL101", "COL102", "COL106", "COL406"})

KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "branch": _BRANCHES,
        "exit": _BRANCHES,
        "state": _BRANCHES | {"COL103"},
        "counter": _BRANCHES | {"COL103"},
        "circumstance": _BRANCHES | {"COL104"},
        "loop": frozenset({"COL102", "COL103", "COL106", "COL406"}),
        "exception": frozenset({"COL104", "COL105"}),
        "stand-in": frozenset({"COL107"}),
        "payload": frozenset({"COL201", "COL206"}),
        "list-length": frozenset({"COL204"}),
        "group": frozenset({"COL106", "COL203", "COL205", "COL206"}),
        "p2p": frozenset({"COL203", "COL301", "COL302", "COL303"}),
        "threads": frozenset({"COL401"}),
        "order": frozenset({"COL402", "COL403"}),
        "creation": frozenset({"COL501", "COL502"}),
    }
)
