"""Python's builtins and container methods, as far as runs of small worlds need them; anything odd is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collint.worlds.values import UNKNOWN, Value, is_known

LONGEST = 64


def _range(arguments: list[Value]) -> Value:
    if not arguments or not all(isinstance(argument, int) for argument in arguments):
        return UNKNOWN
    try:
        found = range(*arguments)
    except (TypeError, ValueError):
        return UNKNOWN
    return found if len(found) <= LONGEST else UNKNOWN


def _listed(value: Value) -> list[Value] | None:
    return list(value) if isinstance(value, (list, tuple, range, dict, str)) else None


def _with_list(make: Callable[[list[Value]], Value]) -> Callable[[list[Value]], Value]:
    def run(arguments: list[Value]) -> Value:
        if not arguments:
            return make([])
        found = _listed(arguments[0])
        return UNKNOWN if found is None or len(arguments) > 1 else make(found)

    return run


def _enumerate(arguments: list[Value]) -> Value:
    found = _listed(arguments[0]) if arguments else None
    start = arguments[1] if len(arguments) > 1 else 0
    return UNKNOWN if found is None or not isinstance(start, int) else list(enumerate(found, start))


def _zip(arguments: list[Value]) -> Value:
    lists = [_listed(argument) for argument in arguments]
    return (
        UNKNOWN
        if any(found is None for found in lists)
        else list(zip(*(x for x in lists if x is not None), strict=False))
    )


def _numbers(function: Callable[..., object]) -> Callable[[list[Value]], Value]:
    def run(arguments: list[Value]) -> Value:
        flat = (
            _listed(arguments[0]) if len(arguments) == 1 and not isinstance(arguments[0], (int, float)) else arguments
        )
        if not flat or not all(isinstance(value, (int, float)) for value in flat):
            return UNKNOWN
        return function(flat)

    return run


def _convert(function: Callable[[Any], object]) -> Callable[[list[Value]], Value]:
    def run(arguments: list[Value]) -> Value:
        if len(arguments) != 1 or not isinstance(arguments[0], (int, float, str)):
            return UNKNOWN
        try:
            return function(arguments[0])
        except (ValueError, OverflowError):
            return UNKNOWN

    return run


def _sorted(found: list[Value]) -> Value:
    try:
        return sorted(found)
    except TypeError:
        return UNKNOWN


def _some(found: list[Value], *, every: bool) -> Value:
    if not all(is_known(value) for value in found):
        return UNKNOWN
    return all(found) if every else any(found)


BUILTINS: dict[str, Callable[[list[Value]], Value]] = {
    "builtins.range": _range,
    "builtins.len": _with_list(len),
    "builtins.list": _with_list(list),
    "builtins.tuple": _with_list(tuple),
    "builtins.reversed": _with_list(lambda found: found[::-1]),
    "builtins.sorted": _with_list(_sorted),
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.min": _numbers(min),
    "builtins.max": _numbers(max),
    "builtins.sum": _numbers(sum),
    "builtins.abs": _convert(abs),
    "builtins.int": _convert(int),
    "builtins.bool": _convert(bool),
    "builtins.any": _with_list(lambda found: _some(found, every=False)),
    "builtins.all": _with_list(lambda found: _some(found, every=True)),
}


def method(base: Value, name: str, arguments: list[Value]) -> tuple[bool, Value]:
    """Run a method of a list or dict; first whether it is one that is known here."""
    if isinstance(base, list):
        return _of_list(base, name, arguments)
    if isinstance(base, dict) and name in ("items", "keys", "values") and not arguments:
        return True, [*getattr(base, name)()]
    if isinstance(base, dict) and name == "get" and arguments:
        return True, _got(base, arguments)
    if isinstance(base, (tuple, range)) and name == "index":
        return True, _of_list(list(base), name, arguments)[1]
    return False, UNKNOWN


def _got(base: dict[Value, Value], arguments: list[Value]) -> Value:
    try:
        return base.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
    except TypeError:
        return UNKNOWN


def _of_list(base: list[Value], name: str, arguments: list[Value]) -> tuple[bool, Value]:
    if name == "append" and len(arguments) == 1 and len(base) < LONGEST * 4:
        base.append(arguments[0])
        return True, None
    if name == "extend" and len(arguments) == 1:
        more = _listed(arguments[0])
        base.extend(more if more is not None else [UNKNOWN])
        return True, None
    if name == "index" and len(arguments) == 1:
        return True, base.index(arguments[0]) if arguments[0] in base and is_known(arguments[0]) else UNKNOWN
    if name == "pop" and base and (not arguments or arguments[0] in (0, -1)):
        return True, base.pop(*arguments)
    if name == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        base.insert(arguments[0], arguments[1])
        return True, None
    if name == "clear":
        base.clear()
        return True, None
    if name == "reverse":
        base.reverse()
        return True, None
    if name in ("copy",):
        return True, list(base)
    return False, UNKNOWN
