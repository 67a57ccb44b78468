"""What the answer of a predicate says of other tests: ``can_wait(req)`` holds only where ``req.report is None`` does.

Ranks whose answers differ agree on every part of the predicate that is equal on all of them, and so do their classes.
Whether the classes then still differ is asked of :mod:`collint.sequences.compare`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.ir.graph import BranchOn
from collint.linking.keys import FALSE_TEXTS, Key, normal
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.record import Record, replace
from collint.sequences.mismatch import Mismatch
from collint.uniformity.states import Axis, State

# Joins within joins, and predicates that call predicates, through which the parts of an answer are looked for.
MAX_DEPTH = 4
CONJUNCTION = {True: "and", False: "or"}


class Part(Record, frozen=True):
    """A test of ``body``, looked at in ``block``, that turned out as ``truth`` wherever the whole answer did."""

    body: Body
    node: int
    block: int
    truth: bool
    stack: tuple[tuple[str, int], ...] = ()


Way = dict[tuple[str, Key, bool], Part]


def balances_under_what_is_implied(context: Context, body: Body, block: int, key: Key, mismatch: Mismatch) -> bool:
    """Whether the classes say the same once the parts of the branch's condition that all ranks share are assumed."""
    over = context.axes(mismatch.communicators)
    known = {key, *(assumed for assumed, _ in mismatch.given)}
    shared: dict[Key, bool] = {}
    for truth in (True, False):
        for part in parts(context, body, body.values.conditions[block], block, truth):
            atom = _in_terms_of(context, body, part)
            if atom is None or atom[0] in known or _varies(context, part, over):
                continue
            if shared.setdefault(*atom) != atom[1]:
                return False  # no answer holds: whatever was found, it is not understood
    if not shared:
        return False
    return mismatch.communicators not in context.comparison.parted(body, key, (*mismatch.given, *shared.items()))


def parts(context: Context, body: Body, node: int, block: int, truth: bool) -> tuple[Part, ...]:
    """The tests that turned out one way wherever a condition is ``truth``; none for a test of a single thing."""
    whole = Part(body, node, block, truth)
    found = [(name, part) for name, part in _certain(context, whole, MAX_DEPTH).items() if part != whole]
    return tuple(part for _, part in sorted(found, key=lambda pair: repr(pair[0])))


def _ways(context: Context, asked: Part, depth: int) -> Iterator[Way]:
    """How an answer may come about, each way with all that is known to hold on it, the answer itself included."""
    value = asked.body.values[asked.node]
    if value.kind == "const":
        if (value.label not in FALSE_TEXTS) == asked.truth:
            yield {}
        return
    itself = _named(context, asked)
    for way in _made_of(context, asked, depth - 1) if depth else ({},):
        yield {**itself, **way}


def _made_of(context: Context, asked: Part, depth: int) -> Iterator[Way]:
    """The same of what an answer is made of; one empty way where nothing is known of that."""
    body, value = asked.body, asked.body.values[asked.node]
    function = _function(context, asked)
    if value.kind == "op" and value.label == "not":
        yield from _ways(context, replace(asked, node=value.arguments[0], truth=not asked.truth), depth)
    elif value.kind == "op" and value.label == CONJUNCTION[asked.truth]:
        each = [_certain(context, replace(asked, node=part), depth) for part in value.arguments]
        yield {name: part for way in each for name, part in way.items()}
    elif value.kind == "phi" and value.block not in body.graph.blocks[value.block].loops:
        for part, before in zip(value.arguments, body.values.predecessors[value.block], strict=True):
            inside = replace(asked, node=part, block=before)
            yield from _along(context, inside, _tests(context, inside, value.block), depth)
    elif function is not None:
        stack = (*asked.stack, (body.id, asked.node))
        for returning, returned in function.values.returns:
            inside = Part(function, returned, returning, asked.truth, stack)
            yield from _along(context, inside, _tests(context, inside, None), depth)
    else:
        yield {}


def _function(context: Context, asked: Part) -> Body | None:
    """The only function of the program that answers where a condition is a call."""
    if asked.body.values[asked.node].kind != "call" or len(asked.stack) >= MAX_DEPTH:
        return None
    functions = context.meanings.of_call(asked.body, asked.node).functions
    callee = context.program.body(functions[0][0]) if len(functions) == 1 else None
    return None if callee is None or callee.function.is_generator or not callee.values.returns else callee


def _certain(context: Context, asked: Part, depth: int) -> Way:
    """What holds on every way of an answer."""
    ways = list(_ways(context, asked, depth))
    common = set.intersection(*(set(way) for way in ways)) if ways else set()
    return {name: ways[0][name] for name in common}


def _along(context: Context, asked: Part, tests: Way, depth: int) -> Iterator[Way]:
    """The ways of an answer behind some tests, but for those on which a test contradicts it."""
    for way in _ways(context, asked, depth):
        if not any((owner, key, not truth) in tests for owner, key, truth in way):
            yield {**tests, **way}


def _tests(context: Context, asked: Part, towards: int | None) -> Way:
    """The branches that lead to a block, and on from its end to another, with their truth."""
    body, found = asked.body, Way()
    for branch in {*body.controllers()[asked.block], *(() if towards is None else (asked.block,))}:
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or end.then == end.other:
            continue
        last = branch == asked.block
        arms = [a for a in (end.then, end.other) if (a == towards if last else leads(body, a, asked.block, branch))]
        if len(arms) == 1:
            test = Part(body, body.values.conditions[branch], branch, arms[0] == end.then, asked.stack)
            found.update(_named(context, test))
    return found


def _named(context: Context, part: Part) -> Way:
    atom = context.conditions.atom(part.body, part.node)
    return {(part.body.id, atom.key, part.truth == atom.positive): part}


def _in_terms_of(context: Context, body: Body, part: Part) -> tuple[Key, bool] | None:
    """The atom of a part as the function that asked would write it; None where it cannot say it."""
    atom = context.conditions.atom(part.body, part.node)
    key, truth, inner = atom.key, part.truth == atom.positive, part.body
    for caller_id, call in reversed(part.stack):
        caller = context.program.body(caller_id)
        functions = context.meanings.of_call(caller, call).functions if caller is not None else ()
        refs = [ref for function_id, ref in functions if function_id == inner.id]
        if caller is None or not refs:
            return None
        outer = normal(context.conditions.substitute(key, caller, call, inner, refs[0]))
        key, truth, inner = outer.key, truth == outer.positive, caller
    return None if key[0] in ("const", "local") or inner.id != body.id else (key, truth)


def _varies(context: Context, part: Part, over: frozenset[Axis]) -> bool:
    state = State(part.body.id, part.node, stack=part.stack)
    return context.uniformity.state_differs(state, over, at=part.block)
