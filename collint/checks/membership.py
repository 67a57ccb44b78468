"""Tests of whether this process belongs to a group: uniform within that group, whatever rank they mention."""

from __future__ import annotations

from collint.checks import rank_lists
from collint.checks.context import Context
from collint.checks.made_for import is_made_for
from collint.checks.origins import End, of_symbol
from collint.checks.provenance import of_parameter, stores_of
from collint.checks.trials import all_members_agree
from collint.linking.evaluate import leaves
from collint.linking.keys import FALSE_TEXTS, ZERO, Key
from collint.linking.paths import way_to
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol


def is_membership_of(context: Context, body: Body, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an atom asks for membership in the group of an event: all its members answer alike.

    ``group is not None`` and ``rank in ranks`` where the group was made of ``ranks``. A test against a literal list
    counts for a group made of an equal list; so does any test of the rank that parts no two of its members, and one
    that decides whether there is such a group at all.
    """
    return _is_asked(context, body, key, communicators) or is_made_for(context, body, key, communicators)


def _is_asked(context: Context, body: Body, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    if key[:2] == ("leader", "is member"):  # a pack says so of the call
        return all(isinstance(key[2], tuple) and c.group in key[2][1:] for c in communicators)
    if key[:2] == ("op", "in") and len(key) == 4 and _asks_for_ranks_of(context, body, key[3], communicators):
        return True
    if _is_test_of_handle(context, key, communicators):
        return True
    symbols = [c.group for c in communicators if isinstance(c.group, Symbol)]
    if not symbols or len(symbols) != len(communicators):
        return False
    if key[0] == "op" and all_members_agree(context, key, symbols):
        return True
    if key[0] == "op" and key[1] in ("is", "==") and len(key) == 4:
        return _asks_for_handle(context, key, symbols) or _asks_for_no_rank(key, symbols)
    if key[0] == "op" and key[1] == "in" and len(key) == 4:
        return _asks_for_list(context, key[3], symbols)
    kept = _kept_test(context, key)
    if kept is not None:
        return _asks_for_list(context, kept, symbols)
    picked = _picked_list(context, key)
    if picked is not None and _asks_for_list(context, picked, symbols):
        return True
    return _asks_for_handle(context, ("op", "is", key, ("const", "None")), symbols)


def asks_first(context: Context, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an atom is a predicate of the program whose every yes stands behind a test of membership.

    ``def is_in_group(): if rank not in ranks: return False ...``: what else it asks, it asks of members alone.
    """
    if key[0] == "attr" and isinstance(key[1], tuple) and key[1][0] == "object":
        stored = list(stores_of(context, str(key[1][1]), str(key[2])))
        key = context.conditions.atom(*stored[0]).key if len(stored) == 1 else key
    callee = context.program.body(str(key[1])) if key[0] == "call" else None
    if callee is None:
        return False
    answers = [(block, node) for block, node in callee.values.returns if not _is_no(callee, node)]
    return bool(answers) and all(
        any(
            truth and is_membership_of(context, callee, atom, communicators)
            for atom, truth in way_to(context.conditions, callee, block)
        )
        for block, _ in answers
    )


def _is_no(body: Body, node: int) -> bool:
    value = body.values[node]
    return value.kind == "const" and value.label in FALSE_TEXTS


def is_foreign(context: Context, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an atom asks for membership in some group, which may have nothing to do with the unknown one at hand."""
    unknown = all(isinstance(axis, Symbol) for axis in context.axes(communicators))
    if key[:2] != ("op", "in") or len(key) != 4 or not unknown:
        return False
    rank, ranks = key[2], key[3]
    return isinstance(rank, tuple) and rank[0] == "rank" and isinstance(ranks, tuple) and ranks[0] != "display"


def is_made_under(body: Body, branch: int, communicators: tuple[Communicator, ...]) -> bool:
    """Whether an arm of a branch makes the group of an event itself: who does not enter the arm is no member of it."""
    controllers = body.controllers()
    made = {str(site.call.span.line) for site in body.values.calls if branch in controllers[site.block]}
    return all(
        isinstance(c.group, Symbol) and c.group.kind == "created" and c.group.owner == body.id and c.group.name in made
        for c in communicators
    )


def _is_test_of_handle(context: Context, key: Key, communicators: tuple[Communicator, ...]) -> bool:
    """Whether a local value that is the very group of the event is tested, and nothing but membership gave it away."""
    tested = key[2] if key[:2] == ("op", "is") and key[3:] == (("const", "None"),) else key
    if not isinstance(tested, tuple) or tested[0] != "local" or not isinstance(tested[2], int):
        return False
    body = context.program.body(str(tested[1]))
    if body is None or not all(isinstance(c.group, Symbol) for c in communicators):
        return False
    held = context.groups.of_value(body, tested[2])
    return set(communicators) <= held and not _is_chosen(context, body, tested[2], communicators)


def _is_chosen(context: Context, body: Body, node: int, communicators: tuple[Communicator, ...]) -> bool:
    """Whether a test that varies over the groups, and asks for no membership, decides which value this is."""
    over = context.axes(communicators)
    joins = context.uniformity.flow.joins
    work, seen = [node], {node}
    while work:
        value = body.values[work.pop()]
        for branch in joins.choosing(body, value.block, body.controllers()) if value.kind == "phi" else ():
            condition = body.values.conditions.get(branch)
            if condition is None or context.conditions.atom(body, condition).key[:2] == ("op", "in"):
                continue
            if context.uniformity.differs(body.id, condition, over, at=branch):
                return True
        following = value.arguments if value.kind == "phi" else value.arguments[:1] if value.kind == "after" else ()
        work += [other for other in following if other not in seen]
        seen.update(following)
    return False


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


def _asks_for_ranks_of(context: Context, body: Body, ranks: object, communicators: tuple[Communicator, ...]) -> bool:
    """``rank in dist.get_process_group_ranks(group)``: the ranks of the very group of the event."""
    if not isinstance(ranks, tuple) or ranks[0] not in ("local", "call"):
        return False
    for node in [ranks[2]] if ranks[0] == "local" else [site.node for site in body.values.calls]:
        call = body.values[node] if ranks[0] == "call" or ranks[1] == body.id else None
        if call is None or call.kind != "call" or context.conditions.key(body, node) != ranks:
            continue
        if not any(name.endswith(".get_process_group_ranks") for name in context.meanings.of_call(body, node).names):
            continue
        listed = {c.group for argument in call.arguments[1:2] for c in context.groups.of_value(body, argument)}
        if listed and all(communicator.group in listed for communicator in communicators):
            return True
    return False


def _picked_list(context: Context, key: Key) -> Key | None:
    """The list of ``if ranks:`` or ``if len(ranks) > 0:`` where a rank has one only if it is in it."""
    listed: object = key
    if key[:3] == ("op", "<", ZERO) and len(key) == 4:
        listed = key[3]
    elif key[:2] == ("op", "==") and len(key) == 4 and key[3] in (ZERO, ("display", "list")):
        listed = key[2]
    if isinstance(listed, tuple) and listed[:2] == ("call", "builtins.len") and len(listed) == 3:
        listed = listed[2]
    lists = rank_lists.of_key(context, listed)
    return listed if lists is not None and lists.own and isinstance(listed, tuple) else None


def _asks_for_list(context: Context, ranks: object, symbols: list[Symbol]) -> bool:
    """``rank in ranks`` where each group was made of the same list, or of all lists that this one was picked from."""
    lists = rank_lists.of_key(context, ranks)
    keys = {_listed(ranks)} | ({_listed(key) for key in lists.keys} if lists is not None else set())
    return all(_is_made_of(context, symbol, keys) for symbol in symbols)


def _is_made_of(context: Context, symbol: Symbol, keys: set[object]) -> bool:
    """Whether a group, wherever it was made, was made of one of these lists of ranks."""
    ends = of_symbol(context, symbol).ends
    made = [end for end in ends if end.kind != "world"] or ends  # None stands where there is no group yet
    return all(any(_listed(key) in keys for key in _ranks_of(context, end)) for end in made)


def _listed(ranks: object) -> object:
    """A list and a tuple of the same ranks are one."""
    return ("display", *ranks[2:]) if isinstance(ranks, tuple) and ranks[0] == "display" else ranks


def _ranks_of(context: Context, end: End) -> tuple[Key, ...]:
    """The keys of the rank list that a group was created with; of a helper's parameter, of what callers hand over."""
    body = context.program.body(end.body) if end.kind == "made" else None
    if body is None:
        return ()
    row = context.meanings.of_call(body, end.node).new_group
    place = context.meanings.argument(body, end.node, row.ranks) if row is not None and row.ranks else None
    if place is None:
        return ()
    key = context.conditions.key(body, place)
    handed = of_parameter(context, body, str(key[2])).nodes if key[:2] == ("parameter", body.id) else ()
    return (key, *(context.conditions.key(caller, node) for caller, node in handed))
