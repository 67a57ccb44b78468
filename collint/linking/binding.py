"""Match the arguments of a call to the parameters of its callee, as Python does. Types and values are not asked."""

from __future__ import annotations

from collections.abc import Sequence

from collint.ir.expressions import Argument
from collint.ir.statements import Parameter
from collint.knowledge.arguments import ArgumentRef


def bind(parameters: Sequence[Parameter], arguments: Sequence[Argument], skip: int) -> dict[str, int]:
    """Parameter name to index in ``arguments``. ``skip`` leading parameters (a bound ``self``) are filled already.

    Where it is negative, so many leading arguments are not for the callee. Arguments behind ``*`` or ``**`` are not
    matched; a parameter without an entry takes its default, or is unknown.
    """
    places = [parameter for parameter in parameters if parameter.kind == "positional"][max(skip, 0) :]
    others = max(-skip, 0)
    names = {parameter.name for parameter in parameters if parameter.kind in ("positional", "keyword")}
    found: dict[str, int] = {}
    starred = False
    for position, argument in enumerate(arguments):
        if argument.star:
            starred = True
        elif argument.name is not None:
            if argument.name in names:
                found[argument.name] = position
        elif not starred and 0 <= position - others < len(places):
            found[places[position - others].name] = position
    return found


def argument_at(reference: ArgumentRef, arguments: Sequence[Argument]) -> int | None:
    """The index in ``arguments`` that a pack's argument spelling means, or None when the call leaves it out."""
    for position, argument in enumerate(arguments):
        if reference.name is not None and argument.name == reference.name:
            return position
    place = reference.position
    if place is None or place >= len(arguments):
        return None
    if any(argument.star or argument.name is not None for argument in arguments[: place + 1]):
        return None
    return place


def is_spread(arguments: Sequence[Argument]) -> bool:
    """Whether a ``*`` or ``**`` may fill parameters that :func:`bind` leaves open."""
    return any(argument.star for argument in arguments)
