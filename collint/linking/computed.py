"""From which calls or objects a value was computed: a slice backwards through data, into callees, never into callers.

Whether the value varies is not asked here; control does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.linking.program import Body
from collint.linking.references import ExternalObject

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


def computing_objects(meanings: Meanings, body: Body, node: int, classes: frozenset[str]) -> Iterator[tuple[Body, int]]:
    """Objects of one of ``classes`` that the value at ``node`` is, or was taken from; nothing beyond this body."""
    seen: set[int] = set()
    work = [node]
    while work and len(seen) < MAX_NODES:
        current = work.pop()
        if current in seen:
            continue
        seen.add(current)
        refs = meanings.evaluator.of_value(body, current)
        if any(isinstance(ref, ExternalObject) and ref.class_name in classes for ref in refs):
            yield body, current
            continue
        work.extend(body.values[current].arguments)
