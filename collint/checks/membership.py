"""Tests of whether this process belongs to a group: uniform within that group, whatever rank they mention."""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.origins import End, of_symbol
from collint.checks.provenance import stores_of
from collint.linking.evaluate import leaves
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol


def is_membership_of(context: Context, body: Body, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an atom asks for membership in the group of an event: all its members answer alike.

    ``group is not None`` and ``rank in ranks`` where the group was made of ``ranks``. A test against a literal list
    counts for a group made of an equal list.
    """
    if key[:2] == ("leader", "is member"):  # a pack says so of the call
        return all(isinstance(key[2], tuple) and c.group in key[2][1:] for c in communicators)
    if key[:2] == ("op", "in") and len(key) == 4 and _asks_for_ranks_of(context, key[3], communicators):
        return True
    symbols = [c.group for c in communicators if isinstance(c.group, Symbol)]
    if not symbols or len(symbols) != len(communicators):
        return False
    if key[0] == "op" and key[1] in ("is", "==") and len(key) == 4:
        return _asks_for_handle(context, key, symbols) or _asks_for_no_rank(key, symbols)
    if key[0] == "op" and key[1] == "in" and len(key) == 4:
        return _asks_for_list(context, key[3], symbols)
    kept = _kept_test(context, key)
    if kept is not None:
        return _asks_for_list(context, kept, symbols)
    return _asks_for_handle(context, ("op", "is", key, ("const", "None")), symbols)


def is_made_under(body: Body, branch: int, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an arm of a branch makes the group of an event itself: who does not enter the arm is no member of it."""
    controllers = body.controllers()
    made = {str(site.call.span.line) for site in body.values.calls if branch in controllers[site.block]}
    return all(
        isinstance(c.group, Symbol) and c.group.kind == "created" and c.group.owner == body.id and c.group.name in made
        for c in communicators
    )


def _asks_for_handle(context: Context, key: Key, symbols: list[Symbol]) -> bool:
    """``group is None``, ``group == GroupMember.NON_GROUP_MEMBER``: the tested value is where the group is held."""
    return any(_holds(context, key[2], symbol) for symbol in symbols)


def _holds(context: Context, key: object, symbol: Symbol) -> bool:
    if not isinstance(key, tuple):
        return False
    if symbol.kind == "parameter":
        return key == ("parameter", symbol.owner, symbol.name)
    if symbol.kind == "attribute":
        return key[0] == "attr" and bool(key[2] == symbol.name)
    if symbol.kind == "variable":
        return key == ("global", symbol.owner, symbol.name)
    # A group made here: the tested value must be the very call that made it.
    return symbol.kind == "created" and key[:2] == ("local", symbol.owner) and _is_made_at(context, key, symbol)


def _is_made_at(context: Context, key: Key, symbol: Symbol) -> bool:
    """Whether a value of the function that made a group is what the call on the symbol's line returned."""
    body = context.program.body(symbol.owner)
    if body is None or not isinstance(key[2], int):
        return False
    values = (body.values[leaf] for leaf in leaves(body, key[2]))
    return any(v.kind == "call" and v.span is not None and str(v.span.line) == symbol.name for v in values)


def _asks_for_no_rank(key: Key, symbols: list[Symbol]) -> bool:
    """``dist.get_rank(group) == -1``: not a member."""
    left, right = key[2], key[3]
    return (
        isinstance(left, tuple)
        and left[0] == "rank"
        and left[1] in symbols
        and isinstance(right, tuple)
        and right[-1] in ("-1", ("const", "1"))
    )


def _kept_test(context: Context, key: Key) -> object | None:
    """The rank list of ``self.is_member = rank in ranks``, for an attribute that one method alone stores."""
    owner = key[1] if key[0] == "attr" and len(key) == 3 else None
    if not isinstance(owner, tuple) or owner[0] != "object":
        return None
    stored = list(stores_of(context, str(owner[1]), str(key[2])))
    if len(stored) != 1:
        return None
    test = context.conditions.atom(*stored[0])
    return test.key[3] if test.positive and test.key[:2] == ("op", "in") and len(test.key) == 4 else None


def _asks_for_ranks_of(context: Context, ranks: object, communicators: tuple[Communicator, ...]) -> bool:
    """``rank in dist.get_process_group_ranks(group)``: the ranks of the very group of the event."""
    if not isinstance(ranks, tuple) or ranks[0] != "local" or not isinstance(ranks[2], int):
        return False
    body = context.program.body(str(ranks[1]))
    if body is None or body.values[ranks[2]].kind != "call":
        return False
    names = context.meanings.of_call(body, ranks[2]).names
    arguments = body.values[ranks[2]].arguments[1:]
    if not arguments or not any(name.endswith(".get_process_group_ranks") for name in names):
        return False
    listed = {group.group for group in context.groups.of_value(body, arguments[0])}
    return all(communicator.group in listed for communicator in communicators)


def _asks_for_list(context: Context, ranks: object, symbols: list[Symbol]) -> bool:
    """``rank in ranks`` where each group was made of the same list."""
    return all(_is_made_of(context, symbol, ranks) for symbol in symbols)


def _is_made_of(context: Context, symbol: Symbol, ranks: object) -> bool:
    """Whether a group, wherever it was made, was made of this list of ranks."""
    found = [_ranks_of(context, end) for end in of_symbol(context, symbol).ends]
    return bool(found) and all(made is not None and _listed(made) == _listed(ranks) for made in found)


def _listed(ranks: object) -> object:
    """A list and a tuple of the same ranks are one."""
    return ("display", *ranks[2:]) if isinstance(ranks, tuple) and ranks[0] == "display" else ranks


def _ranks_of(context: Context, end: End) -> Key | None:
    """The key of the rank list that a group was created with."""
    body = context.program.body(end.body) if end.kind == "made" else None
    if body is None:
        return None
    row = context.meanings.of_call(body, end.node).new_group
    place = context.meanings.argument(body, end.node, row.ranks) if row is not None and row.ranks else None
    return None if place is None else context.conditions.key(body, place)
