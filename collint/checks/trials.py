"""Whether all members of a group answer a test of their rank alike, tried out on jobs of a few sizes.

``if rank < 2`` parts no two members of a group made of ``[0, 1]``. Only the rank, the job's size and literals are known
here; tests that name the group, or its list of ranks, are :mod:`collint.checks.membership`.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.origins import End, of_symbol
from collint.linking.evaluate import leaves
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import WORLD, Symbol
from collint.worlds.values import UNKNOWN, Value, applied, literal, truth

SIZES = (2, 3, 4, 6, 8, 12, 16)
"""Of the jobs that are tried: small ones, and those with several groups of several members."""
MOST = 1_000
"""Ranks of a group that are counted out."""


def all_members_agree(context: Context, key: Key, symbols: list[Symbol]) -> bool:
    """Whether an atom has one truth within each group, in every job that has room for the group."""
    ends = [end for symbol in symbols for end in of_symbol(context, symbol).ends if end.kind != "world"]
    return bool(ends) and all(_agree(context, key, end) for end in ends)


def _agree(context: Context, key: Key, end: End) -> bool:
    body = context.program.body(end.body) if end.kind == "made" else None
    row = context.meanings.of_call(body, end.node).new_group if body is not None else None
    place = context.meanings.argument(body, end.node, row.ranks) if body is not None and row and row.ranks else None
    if body is None or place is None:
        return False
    tried = 0
    for size in SIZES:
        members = _members(context, body, place, size)
        if members is None:
            return False
        if len(members) > 1 and max(members) < size:
            answers = {truth(_value(key, rank, size)) for rank in members}
            if len(answers) > 1 or None in answers:
                return False
            tried += 1
    return tried > 1


def _members(context: Context, body: Body, node: int, size: int) -> list[int] | None:
    """The ranks of a list in a job of this size; None where it is not made of numbers that all ranks know."""
    found = leaves(body, node)
    value = body.values[found[0]]
    if len(found) != 1 or value.kind not in ("display", "call"):
        return None
    if value.kind == "display":
        return _numbers(context, body, value.arguments, size)
    names, arguments = context.meanings.of_call(body, found[0]).names, value.arguments[1:]
    if "builtins.range" in names:
        limits = _numbers(context, body, arguments, size)
        ranks = range(*limits) if limits and 0 not in limits[2:] else None
        return list(ranks) if ranks is not None and len(ranks) <= MOST else None
    is_copy = not {"builtins.list", "builtins.tuple", "builtins.sorted"}.isdisjoint(names) and len(arguments) == 1
    return _members(context, body, arguments[0], size) if is_copy else None


def _numbers(context: Context, body: Body, nodes: tuple[int, ...], size: int) -> list[int] | None:
    found = [_value(context.conditions.key(body, node), UNKNOWN, size) for node in nodes]
    return found if all(isinstance(number, int) and number >= 0 for number in found) else None


def _value(key: object, rank: Value, size: int) -> Value:
    """A key on one rank of a job; unknown where it depends on anything else."""
    if not isinstance(key, tuple):
        return UNKNOWN
    if key == ("rank", WORLD.group):
        return rank
    if key == ("size", WORLD.group):
        return size
    if key[0] == "const":
        return literal(str(key[1]))
    if key[0] == "display" and key[1] in ("list", "tuple", "set"):
        listed = [_value(item, rank, size) for item in key[2:]]
        return UNKNOWN if UNKNOWN in listed else listed
    if key[0] == "op":
        return applied(str(key[1]), [_value(part, rank, size) for part in key[2:]])
    return UNKNOWN
