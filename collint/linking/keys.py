"""Canonical keys of conditions: their normal spelling, and what assumed keys settle about others.

``rank == 0``, ``not rank`` and ``rank != 0`` are one key with two signs. Which key a value of a body has is not found
here, see :mod:`collint.linking.conditions`: a key is a plain nested tuple that names no node.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

Key = tuple[object, ...]
PEERS: Key = ("peers",)
MINUS_ONE = frozenset({("const", "-1"), ("op", "neg", ("const", "1"))})
NEGATIONS = {"!=": "==", "is not": "is", "not in": "in", ">=": "<", "<=": "<"}
TRUE: Key = ("const", "True")
FALSE: Key = ("const", "False")
ZERO: Key = ("const", "0")
FALSE_TEXTS = frozenset({"False", "None", "0", "0.0", "''", "b''"})
"""Of the literals that count as false."""


class Atom(NamedTuple):
    """A condition: ``key`` is true when ``positive``, else false."""

    key: Key
    positive: bool


def normal(key: Key) -> Atom:
    """Bring a key to its normal spelling, and tell whether that is the key or its negation."""
    positive = True
    while True:
        if key[:2] == ("op", "not"):
            key, positive = key[2], not positive  # type: ignore[assignment]
            continue
        if key[0] == "op" and key[1] in NEGATIONS and len(key) == 4:
            left, right = (key[2], key[3]) if key[1] != "<=" else (key[3], key[2])
            key, positive = ("op", NEGATIONS[str(key[1])], left, right), not positive
            continue
        if key[0] == "op" and key[1] == ">" and len(key) == 4:
            key = ("op", "<", key[3], key[2])
            continue
        simpler = _simpler(key)
        if simpler is None:
            return Atom(key, positive)
        key = simpler


def _simpler(key: Key) -> Key | None:
    """Rewrite comparisons of ranks (never negative), and comparisons with True, False and one-element lists."""
    if _is_rank(key):
        return ("op", "not", ("op", "==", key, ZERO))
    if key[0] != "op" or len(key) != 4:
        return None
    operator, left, right = key[1], key[2], key[3]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if operator == "==" and left[0] == "const" and right[0] != "const":
        return ("op", "==", right, left)
    if operator in ("==", "is") and right == TRUE:
        return left
    if operator in ("==", "is") and right == FALSE:
        return ("op", "not", left)
    if operator == "<" and left == ZERO and _is_rank(right):
        return ("op", "not", ("op", "==", right, ZERO))
    if operator == "<" and _is_rank(left) and right == ("const", "1"):
        return ("op", "==", left, ZERO)
    if operator == "in" and right[0] == "display" and len(right) == 3:
        return ("op", "==", left, right[2])
    if operator == "in" and right[0] == "display" and MINUS_ONE & set(right[2:]) and _is_called_rank(left):
        kept = tuple(item for item in right[2:] if item not in MINUS_ONE)
        return ("op", "in", left, (*right[:2], *kept)) if kept else None
    return None


def unlaunched(key: Key) -> tuple[Key, bool] | None:
    """The test ``rank == -1`` inside ``rank in (-1, 0)``, and what the whole is where it holds; None for other keys.

    The normal spelling leaves -1 out, which no rank of a job is. A call that hands over -1 itself means something else
    by it: that this is the business of one process.
    """
    if key[0] != "op" or key[1] not in ("in", "not in") or len(key) != 4:
        return None
    left, right = key[2], key[3]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if right[0] != "display" or not MINUS_ONE & set(right[2:]) or not _is_called_rank(left):
        return None
    return ("op", "==", left, ("const", "-1")), key[1] == "in"


def _is_called_rank(key: Key) -> bool:
    """Whether a key is a rank, known or by its name: -1 is no rank, it says that there is one process only."""
    return _is_rank(key) or (key[0] in ("parameter", "attr", "global") and "rank" in str(key[2]).lower())


def _is_rank(key: Key) -> bool:
    last = key[-1] if key[0] in ("attr", "parameter", "global") else key[1] if key[0] == "call" else ""
    return key[0] == "rank" or (isinstance(last, str) and last.rpartition(".")[2].rpartition("_")[2] == "rank")


def tested(rank: Key, test: str) -> Key:
    """The key of a pack's test of a rank: ``== 0`` is that comparison, a word like ``first`` is a test of its own."""
    if not test:
        return rank
    operator, _, constant = test.partition(" ")
    return ("op", operator, rank, ("const", constant)) if constant.isdigit() else ("leader", test, rank)


def is_global(key: object) -> bool:
    """Whether a key means the same in every function."""
    if not isinstance(key, tuple):
        return True
    if key and (key[0] == "local" or key[0] == "parameter"):
        return False
    for part in key:  # noqa: SIM110 - a generator costs more than all else here, and so below
        if type(part) is tuple and not is_global(part):
            return False
    return True


def mentions(key: object, owner: str) -> bool:
    """Whether a local value or a parameter of the function ``owner`` is inside a key."""
    if not isinstance(key, tuple) or not key:
        return False
    if (key[0] == "local" or key[0] == "parameter") and key[1] == owner:
        return True
    for part in key:  # noqa: SIM110
        if type(part) is tuple and mentions(part, owner):
            return True
    return False


def holds(key: object, part: Key) -> bool:
    """Whether a key is, or has somewhere inside it, another one."""
    if key == part:
        return True
    if not isinstance(key, tuple):
        return False
    for inner in key:  # noqa: SIM110
        if type(inner) is tuple and holds(inner, part):
            return True
    return False


@lru_cache(maxsize=8_192)
def mentions_parameter(key: object, owner: str) -> bool:
    """Whether a parameter of the function ``owner`` is inside a key."""
    if not isinstance(key, tuple) or not key:
        return False
    if key[0] == "parameter" and key[1] == owner:
        return True
    for part in key:  # noqa: SIM110
        if type(part) is tuple and mentions_parameter(part, owner):
            return True
    return False


def substituted(key: Key, owner: str, table: Mapping[str, Key]) -> Key:
    """A key with the parameters of the function ``owner`` replaced by what ``table`` holds for them."""
    if key[:2] == ("parameter", owner) and key[2] in table:
        return table[str(key[2])]
    made = tuple([substituted(part, owner, table) if isinstance(part, tuple) else part for part in key])
    return key if made == key else made


def decide(key: Key, assumption: Mapping[Key, bool]) -> bool | None:
    """The truth of a normal key under assumed atoms; None when they do not settle it."""
    if key in assumption:
        return assumption[key]
    if key == PEERS:
        return True  # what is compared is what groups of several processes do
    if key[0] == "const":
        return key[1] not in FALSE_TEXTS
    if key[0] == "op" and key[1] in ("and", "or"):
        return _decide_junction(key, assumption)
    if key[0] == "op" and len(key) == 4:
        settled = _settled(key)
        if settled is not None:
            return settled
        for assumed, truth in assumption.items():
            if truth and assumed[:2] == ("op", "==") and assumed[2] in (key[2], key[3]):
                return _compare(key, assumed[2], assumed[3])
    return None


def end_tested(key: Key) -> tuple[Key, str] | None:
    """The rank and the end of its group (``first``, ``last``) that a key asks for; None for other keys."""
    if key[0] == "leader":
        rank = key[2]
        assert isinstance(rank, tuple)
        test = str(key[1])
        return (rank, "last") if "last" in test or test == "== -1" else (rank, "first") if "first" in test else None
    if key[:2] != ("op", "==") or len(key) != 4:
        return None
    rank, place = key[2], key[3]
    if not isinstance(rank, tuple) or rank[0] != "rank":
        return None
    last = ("op", "-", ("size", *rank[1:]), ("const", "1"))
    return (rank, "first") if place == ZERO else (rank, "last") if place == last else None


def are_two_ends(one: Key, other: Key) -> bool:
    """Whether one key asks for the first rank of a group and the other for its last."""
    first, last = end_tested(one), end_tested(other)
    return first is not None and last is not None and first[0] == last[0] and first[1] != last[1]


def _settled(key: Key) -> bool | None:
    """The truth of a comparison on its own: of two literals, or of a group's size with one, for groups have peers."""
    left, right = key[2], key[3]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if key[1] in ("==", "<") and tests_lone_size(key) is not None:
        return key[1] == "<" and left == ("const", "1")
    if left[0] == "const" and right[0] == "const":
        if key[1] == "is":
            return bool(left[1] == right[1])
        return _compare(key, left, left)
    if key[1] == "is" and ("const", "None") in (left, right):
        other = left if right == ("const", "None") else right
        return False if other[0] in ("display", "size", "rank", "definition") else None
    return None


def tests_lone_size(key: Key) -> Key | None:
    """The size that ``size == 1``, ``1 < size`` or ``size < 2`` tests, whatever the answer; None for other keys."""
    if key[0] != "op" or len(key) != 4:
        return None
    left, right = key[2], key[3]
    one, two = ("const", "1"), ("const", "2")
    if key[1] in ("==", "<") and right == (one if key[1] == "==" else two):
        size = left
    elif key[1] == "<" and left == one:
        size = right
    else:
        return None
    assert isinstance(size, tuple)
    return size if size[0] == "size" or is_size_name(str(size[-1])) else None


def is_size_name(name: str) -> bool:
    """Whether a name says that it holds how many ranks a group has."""
    name = name.rpartition(".")[2].lower()
    return name.endswith(("world_size", "parallel_size", "dp_size", "tp_size", "ep_size", "pp_size"))


def _decide_junction(key: Key, assumption: Mapping[Key, bool]) -> bool | None:
    stop = key[1] == "or"
    results = []
    for part in key[2:]:
        assert isinstance(part, tuple)
        atom = normal(part)
        truth = decide(atom.key, assumption)
        results.append(truth if truth is None else truth == atom.positive)
    if stop in results:
        return stop
    return None if None in results else not stop


def _compare(key: Key, subject: object, constant: object) -> bool | None:
    """Evaluate a comparison of ``subject``, which equals ``constant``, with another literal."""
    sides = [constant if side == subject else side for side in key[2:]]
    if not all(isinstance(side, tuple) and side[0] == "const" for side in sides):
        return None
    try:
        left, right = (ast.literal_eval(str(side[1])) for side in sides)  # type: ignore[index]
        if key[1] == "==":
            return bool(left == right)
        if key[1] == "<":
            return bool(left < right)
    except (ValueError, TypeError, SyntaxError):
        return None
    return None
