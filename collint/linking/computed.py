"""From which calls a value was computed: a slice backwards through data alone, into callees but not into callers.

Whether the value varies is not asked here; control does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.linking.program import Body

if TYPE_CHECKING:
    from collint.linking.meaning import Meanings

MAX_CALLEES = 3
MAX_NODES = 400


def computing_calls(meanings: Meanings, body: Body, node: int, names: frozenset[str]) -> Iterator[tuple[Body, int]]:
    """Calls whose collective is one of ``names``, from whose results the value at ``node`` was computed."""
    seen: set[tuple[str, int]] = set()
    work = [(body, node, 0)]
    while work and len(seen) < MAX_NODES:
        here, current, depth = work.pop()
        if (here.id, current) in seen:
            continue
        seen.add((here.id, current))
        value = here.values[current]
        work.extend((here, argument, depth) for argument in value.arguments)
        if value.kind != "call":
            continue
        meaning = meanings.of_call(here, current)
        row = meaning.collective
        if row is not None and not names.isdisjoint((row.name, *row.also)):
            yield here, current
            continue
        for function_id, _ in meaning.functions if depth < MAX_CALLEES else ():
            callee = meanings.evaluator.program.body(function_id)
            if callee is not None:
                work.extend((callee, returned, depth + 1) for _, returned in callee.values.returns)
