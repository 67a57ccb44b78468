"""What a function asserts of its rank's role, and whether the calls of it keep that promise; used by COL105.

A test that every caller has made already never fails; one that a caller leaves out is that caller's mistake. That the
assertion stands before a collective is found by :mod:`collint.checks.raising`.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.provenance import MAX_CALLERS, calls_to
from collint.ir.graph import BranchOn
from collint.ir.statements import Call, Span
from collint.linking.keys import Key, normal
from collint.linking.paths import is_guard, reaches, way_to
from collint.linking.program import Body
from collint.record import Record


class BrokenPromise(Record, frozen=True):
    """A call of a function that asserts something of its rank, made without a test for it.

    ``tested_elsewhere`` says that the caller does make the test for something else.
    """

    body: Body
    node: int
    block: int
    span: Span
    tested_elsewhere: bool


def broken_promises(context: Context, body: Body, branch: int) -> tuple[BrokenPromise, ...] | None:
    """The calls that do not keep what the test at ``branch`` demands; None where callers have no say in it.

    Empty where all calls keep it.
    """
    end = body.graph.blocks[branch].terminator
    if not isinstance(end, BranchOn) or not is_demand(context, body, branch):
        return None
    atom = context.conditions.atom(body, body.values.conditions[branch])
    wanted = reaches(body, end.then, body.graph.exit) == atom.positive
    calls = list(calls_to(context, body.id))
    if not calls or len({caller.id for caller, _, _ in calls}) >= MAX_CALLERS:
        return None
    found: list[BrokenPromise] = []
    for caller, node, ref in calls:
        outer = normal(context.conditions.substitute(atom.key, caller, node, body, ref))
        block = caller.values[node].block
        call = caller.values[node].label
        assert isinstance(call, Call)
        if (outer.key, outer.positive == wanted) in way_to(context.conditions, caller, block):
            continue
        tested = outer.key in context.branches(caller)
        found.append(BrokenPromise(caller, node, block, call.span, tested))
    return tuple(found)


def is_demand(context: Context, body: Body, branch: int) -> bool:
    """Whether a branch asserts something of the rank's role that callers can say as well."""
    if not isinstance(body.graph.blocks[branch].terminator, BranchOn) or not is_guard(body, branch):
        return False
    key = context.conditions.atom(body, body.values.conditions[branch]).key
    return _has("rank", key) and not _has("local", key)


def _has(kind: str, key: Key) -> bool:
    """Whether some part of a key is of a kind: what is ``local`` cannot be said by callers, a ``rank`` can."""
    return key[:1] == (kind,) or any(isinstance(part, tuple) and _has(kind, part) for part in key)
