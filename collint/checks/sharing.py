"""Whether two sides drive one communicator: the thread's groups and the main line's, traced to where they come from.

Who runs when is :mod:`collint.checks.concurrency`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.driving import Driven
from collint.checks.provenance import of_parameter, stores_of
from collint.linking.callers import caller_sites
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol
from collint.record import Record
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import HIGH, MEDIUM

# Places that a group went through, from where it is used back to where it was made.
MAX_HOPS = 4


class Shared(Record, frozen=True):
    """Two events on one communicator; ``certainty`` tells how sure it is that it is one."""

    communicator: Communicator
    thread: Letter
    thread_at: Origin
    main: Letter
    main_at: Origin
    certainty: int


def shared(context: Context, thread: Driven, main: Driven) -> Iterator[Shared]:
    """Every pair of events on one communicator, one pair per communicator: the most certain."""
    best: dict[Communicator, Shared] = {}
    for mine in sorted(thread, key=repr):
        for other in sorted(main, key=repr):
            for pair in _pairs(context, mine, thread[mine], other, main[other]):
                known = best.get(pair.communicator)
                if known is None or pair.certainty > known.certainty:
                    best[pair.communicator] = pair
    yield from (best[communicator] for communicator in sorted(best, key=repr))


def _pairs(
    context: Context, mine: Letter, at: tuple[Origin, ...], other: Letter, other_at: tuple[Origin, ...]
) -> Iterator[Shared]:
    alternatives = len(mine.communicators) > 1 or len(other.communicators) > 1
    thread_at = min(at, key=lambda origin: (origin.doubt, len(origin.via)))
    main_at = min(other_at, key=lambda origin: (origin.doubt, len(origin.via)))
    certainty = max(0, HIGH - thread_at.doubt - main_at.doubt)
    for one in mine.communicators:
        for two in other.communicators:
            if is_one(context, one, two):
                yield Shared(one, mine, thread_at, other, main_at, min(certainty, MEDIUM if alternatives else HIGH))


def is_one(context: Context, one: Communicator, two: Communicator) -> bool:
    """Whether two communicators are one, by name, by the place that holds them, or by the one call that made them."""
    if one.channel != two.channel or _is_nameless(one) or _is_nameless(two):
        return False
    if one.group == two.group:
        return isinstance(one.group, Symbol) or one.group not in context.vocabulary.kinds_of_groups
    if not isinstance(one.group, Symbol) and not isinstance(two.group, Symbol):
        return False
    made = _only_maker(context, one.group)
    return made is not None and made == _only_maker(context, two.group)


def _is_nameless(communicator: Communicator) -> bool:
    symbol = communicator.group
    return isinstance(symbol, Symbol) and symbol.kind == "object"


def _only_maker(context: Context, group: str | Symbol, depth: int = 0) -> str | Symbol | None:
    """The named group, or the call that made it, behind a group, if that is one and makes one group only."""
    if not isinstance(group, Symbol):
        return group
    if group.kind == "created":
        return None if len(caller_sites(context.evaluator, group.owner)) > 1 else group
    sources = _sources(context, group) if depth < MAX_HOPS else []
    found = {
        _only_maker(context, communicator.group, depth + 1)
        for body, node in sources
        for communicator in context.groups.of_value(body, node)
        if communicator.group != group
    }
    return found.pop() if len(found) == 1 else None


def _sources(context: Context, symbol: Symbol) -> list[tuple[Body, int]]:
    """The values that are put where a symbol says; nothing where not all of them are known."""
    if symbol.kind == "attribute":
        return list(stores_of(context, symbol.owner, symbol.name))
    body = context.program.body(symbol.owner) if symbol.kind == "parameter" else None
    if body is None:
        return []
    sources = of_parameter(context, body, symbol.name)
    return list(sources.nodes) if sources.complete else []
