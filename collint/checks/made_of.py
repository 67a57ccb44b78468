"""Which ranks a group was made of, as far as the call that made it tells. Where a group comes from is ``origins``."""

from __future__ import annotations

from collint.checks.context import Context
from collint.ir.values import Value
from collint.linking.evaluate import is_none, leaves
from collint.linking.program import Body
from collint.linking.references import WORLD
from collint.record import Record


class Members(Record, frozen=True):
    """What is known of the ranks a group was made of: a literal list, or a run ``start, start + step, ...``."""

    listed: tuple[int, ...] | None = None
    start: int | None = None
    all: bool = False

    def holds(self, rank: int) -> bool | None:
        """Whether a global rank is a member; None when that cannot be seen."""
        if self.all:
            return True
        if self.listed is not None:
            return rank in self.listed
        if self.start is not None and rank <= self.start:
            return rank == self.start
        return None


def members_of(context: Context, body: Body, node: int) -> Members:
    """What a call that makes a group says about its ranks."""
    row = context.meanings.of_call(body, node).new_group
    place = context.meanings.argument(body, node, row.ranks) if row is not None and row.ranks else None
    if row is None or not row.ranks:
        return Members()
    if place is None:
        return Members(all=True)
    found = [_members(context, body, leaf) for leaf in leaves(body, place)]
    return found[0] if len(set(found)) == 1 else Members()


def _members(context: Context, body: Body, node: int) -> Members:
    value = body.values[node]
    if is_none(body, node):
        return Members(all=True)
    if value.kind == "display" and value.label in ("list", "tuple"):
        ranks = [_integer(body.values[item]) for item in value.arguments]
        known = tuple(rank for rank in ranks if rank is not None)
        return Members(listed=known) if len(known) == len(ranks) else Members()
    if value.kind == "call":
        return _members_of_call(context, body, node, value)
    return Members()


def _members_of_call(context: Context, body: Body, node: int, value: Value) -> Members:
    names = context.meanings.of_call(body, node).names
    arguments = value.arguments[1:]
    if names and names[0] in ("builtins.list", "builtins.tuple", "builtins.sorted") and len(arguments) == 1:
        return _members(context, body, arguments[0])
    if not names or names[0] != "builtins.range" or not arguments:
        return Members()
    first = 0 if len(arguments) == 1 else _integer(body.values[arguments[0]])
    stop = arguments[0] if len(arguments) == 1 else arguments[1]
    if first == 0 and len(arguments) < 3 and _is_job_size(context, body, stop):
        return Members(all=True)
    return Members(start=first) if first is not None else Members()


def _is_job_size(context: Context, body: Body, node: int) -> bool:
    """Whether a number is the size of the whole job, by a pack's row."""
    for leaf in leaves(body, node):
        if body.values[leaf].kind != "call":
            return False
        names = context.meanings.of_call(body, leaf).names
        row = next((row for name in names if (row := context.vocabulary.size(name))), None)
        place = context.meanings.argument(body, leaf, row.group) if row is not None and row.group else None
        groups = context.groups.of_value(body, place) if place is not None else {WORLD}
        if row is None or row.of != WORLD.group or groups != {WORLD}:
            return False
    return True


def _integer(value: Value) -> int | None:
    text = str(value.label)
    return int(text) if value.kind == "const" and text.isdigit() else None
