"""What the steps of a block may add to a sequence, before anything is assumed: letters, and functions that are run.

Read once for each block of a body; which of the functions run under an assumption, and what they then say, is in
:mod:`collint.sequences.builder`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Union

from collint.ir.expressions import Name
from collint.ir.graph import BasicBlock, Enter, Exit
from collint.ir.statements import Call, Yield
from collint.linking.program import Body, Program
from collint.project.decorators import is_contextmanager, is_self
from collint.record import Record
from collint.sequences.calls import Callee, CallEvents
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.first_time import runs_first_time


class Said(Record, frozen=True):
    """One letter; a place of it, where it has any."""

    letter: Letter
    origins: tuple[Origin, ...] = ()


class Run(Record, frozen=True):
    """One of several functions, at ``node`` (-1: at no call); ``part`` is the half of a context manager's generator.

    ``name`` is how a plain name is called, which may stand for something else, ``own`` a call of the object's own
    method.
    """

    callees: tuple[Callee, ...]
    node: int
    part: str = ""
    doubt: int = 0
    name: str = ""
    own: bool = False


Contribution = Union[Said, Run]


def contributions(
    events: CallEvents, body: Body, block: BasicBlock, named: Collection[str] = ()
) -> tuple[Contribution, ...]:
    """What a block adds, in order. Calls of the names in ``named`` are runs, whatever else is known of them."""
    if body.graph.blocks[block.number] is not block:
        return tuple(_of_steps(events, body, block, named))
    memo: dict[object, tuple[Contribution, ...]] = body.memo.setdefault("contributions", {})  # type: ignore[assignment]
    key = (block.number, *sorted(named)) if named else block.number
    found = memo.get(key)
    if found is None:
        found = memo[key] = tuple(_of_steps(events, body, block, named))
    return found


def of_all_blocks(events: CallEvents, body: Body, named: Collection[str] = ()) -> tuple[tuple[Contribution, ...], ...]:
    """What each block of a body adds."""
    memo: dict[object, tuple[tuple[Contribution, ...], ...]]
    memo = body.memo.setdefault("contributions of all blocks", {})  # type: ignore[assignment]
    key = tuple(sorted(named))
    found = memo.get(key)
    if found is None:
        found = memo[key] = tuple([contributions(events, body, block, named) for block in body.graph.blocks])
    return found


def _of_steps(events: CallEvents, body: Body, block: BasicBlock, named: Collection[str]) -> Iterator[Contribution]:
    reads = _reads(events, body, block.number)
    for position, step in enumerate(block.steps):
        if isinstance(step, Call):
            node = body.values.call_nodes.get(id(step))
            if node is not None:
                while reads and reads[0] < node:
                    yield Run(events.of_read(body, reads.pop(0)), -1)
                yield from _of_call(events, body, node, step, named)
        elif isinstance(step, (Enter, Exit)):
            manager = body.values.entered.get((block.number, position))
            if manager is not None:
                callees, node = events.of_manager(body, manager, isinstance(step, Enter), step.is_async)
                if callees:
                    part = "enter" if isinstance(step, Enter) else "exit"
                    yield Run(callees, node, part, own=node >= 0 and is_own(events.program, body, node))
        elif isinstance(step, Yield):
            yield Said(YIELD)
    for read in reads:
        yield Run(events.of_read(body, read), -1)


def _reads(events: CallEvents, body: Body, block: int) -> list[int]:
    """The attributes read in a block that may be properties with events, in order."""
    if not events.properties:
        return []
    found: dict[int, list[int]] | None = body.memo.get("property reads")  # type: ignore[assignment]
    if found is None:
        found = {}
        body.memo["property reads"] = found
        for node, value in enumerate(body.values.nodes):
            if value.kind == "attr" and value.label in events.properties:
                found.setdefault(value.block, []).append(node)
    return list(found.get(block, ()))


def _of_call(events: CallEvents, body: Body, node: int, step: Call, named: Collection[str]) -> Iterator[Contribution]:
    found = events.of_call(body, node)
    if found.letter is not None:
        once = runs_first_time(body, body.values[node].block)
        yield Said(found.letter, (Origin(body.path, step.span.line, (), found.doubt, once),))
        return
    name = step.function.id if isinstance(step.function, Name) else ""
    callees = tuple(c for c in found.callees if not is_manager(events.program, c.function_id))
    if callees or name in named:
        yield Run(callees, node, "", found.doubt, name, is_own(events.program, body, node))


def is_manager(program: Program, function_id: str) -> bool:
    """Whether a function is the generator of a context manager: calling it runs nothing yet."""
    facts = program.facts(function_id)
    return facts is not None and is_contextmanager(facts)


def is_own(program: Program, body: Body, node: int) -> bool:
    """Whether a call is one of a method of the object whose method this is: ``self.start()``."""
    value, facts = body.values[node], program.facts(body.id)
    function = body.values[value.arguments[0]] if value.kind == "call" else value
    if function.kind != "attr" or facts is None or facts.owner is None:
        return False
    base = body.values[function.arguments[0]]
    return base.kind == "parameter" and is_self(facts, str(base.label))
