"""Which lists of ranks a value may be: those that a rank picked its own out of, and whether it did.

``next((ranks for ranks in lists if rank in ranks), [])``, ``for ranks in lists: if rank in ranks: mine = ranks``, held
in a variable, an attribute or a module. What a test of such a list means for a group is decided in
:mod:`collint.checks.membership`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.provenance import stores_of, writes_of
from collint.ir.values import Value
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.record import Record

# Functions that hand on, or pick from, the collection that they are given first.
PICKING = frozenset({"builtins.next", "builtins.list", "builtins.tuple", "builtins.sorted", "builtins.set"})
MAX_VALUES = 60


class RankLists(Record, frozen=True):
    """The keys of lists of ranks: each list itself, and the enumeration that it is an element of, if it is one.

    ``own`` says that all were picked by asking whether they hold this process's rank: who has one is in it.
    """

    keys: frozenset[Key]
    own: bool


def of_key(context: Context, key: object) -> RankLists | None:
    """The lists that a key stands for; None where something else may stand there."""
    values = list(_values(context, key))
    if not values:
        return RankLists(frozenset({key}), False) if isinstance(key, tuple) else None
    found: set[Key] = set()
    own = True
    seen: set[tuple[str, int]] = set()
    while values:
        body, node = values.pop()
        if (body.id, node) in seen:
            continue
        seen.add((body.id, node))
        through = _through(context, body, node)
        if len(seen) > MAX_VALUES:
            return None
        if through is not None:
            values += [(body, inner) for inner in through]
            continue
        if body.values[node].kind == "element":
            own = own and _is_asked(context, body, node)
            found.add(context.conditions.key(body, body.values[node].arguments[0]))
        else:
            own = False
        found.add(context.conditions.key(body, node))
    return RankLists(frozenset(found), own) if found else None


def _values(context: Context, key: object) -> Iterator[tuple[Body, int]]:
    """The values behind a key: what is stored to an attribute or a module variable, or a value of a function."""
    if not isinstance(key, tuple) or len(key) != 3:
        return
    if key[0] == "attr" and isinstance(key[1], tuple) and key[1][0] == "object":
        yield from stores_of(context, str(key[1][1]), str(key[2]))
    elif key[0] == "global":
        yield from writes_of(context, str(key[1]), str(key[2]))
    elif key[0] == "local" and isinstance(key[2], int):
        body = context.program.body(str(key[1]))
        if body is not None:
            yield body, key[2]


def _through(context: Context, body: Body, node: int) -> tuple[int, ...] | None:
    """The values that a value hands on or was picked from; none where it is empty, None where it is a list itself."""
    value = body.values[node]
    if value.kind == "phi":
        return value.arguments
    if value.kind == "choose":
        return value.arguments[1:]
    if value.kind == "after":
        return value.arguments[:1]
    if value.kind == "collected":
        return value.arguments
    if (value.kind == "display" and not value.arguments) or (value.kind == "const" and value.label == "None"):
        return ()
    if value.kind == "call" and set(context.meanings.of_call(body, node).names) & PICKING:
        return value.arguments[1:]
    if value.kind == "index" and _is_picked(body, body.values[value.arguments[0]]):
        return value.arguments[:1]
    return None


def _is_picked(body: Body, value: Value) -> bool:
    """Whether a collection was put together here: its first element is one of those that were collected."""
    while value.kind in ("phi", "after"):
        inner = next((a for a in value.arguments if body.values[a].kind in ("collected", "after")), None)
        if inner is None:
            return False
        value = body.values[inner]
    return value.kind == "collected"


def _is_asked(context: Context, body: Body, node: int) -> bool:
    """Whether it is tested that an element holds this process's rank."""
    tests = (v for v in body.values.nodes if v.kind == "op" and v.label in ("in", "not in") and v.arguments[1] == node)
    return any(context.conditions.key(body, test.arguments[0])[0] == "rank" for test in tests)
