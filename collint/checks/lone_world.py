"""Events of a world of one: a tool that is run without a launcher makes ``init_process_group(rank=0, world_size=1)``.

It does so to use a library that wants a group, and nobody waits for it there. Groups of one that a program makes beside
others are no matter of this module.
"""

from __future__ import annotations

from collections.abc import Iterable

from collint.checks.context import Context
from collint.checks.stand_in import body_at
from collint.ir.values import CallSiteNode
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator
from collint.sequences.events import Origin


def is_in_lone_world(context: Context, groups: tuple[Communicator, ...], origins: Iterable[Origin]) -> bool:
    """Whether each of these events on the world is about one that the function around it may have made for itself."""
    places = {(origin.path, origin.line) for origin in origins}
    return (
        all(group.group == WORLD.group for group in groups)
        and bool(places)
        and all(_is_made_before(context, body_at(context, path, line), line) for path, line in places)
    )


def _is_made_before(context: Context, body: Body | None, line: int) -> bool:
    """Whether a way to the calls on a line, or the line itself, makes a world of one process."""
    if body is None:
        return False
    made = [site.block for site in body.values.calls if _makes_lone_world(context, body, site)]
    met = [site.block for site in body.values.calls if site.call.span.line == line]
    return any(block == start or leads(body, start, block) for start in made for block in met)


def _makes_lone_world(context: Context, body: Body, site: CallSiteNode) -> bool:
    row = context.meanings.of_call(body, site.node).collective
    if row is None or row.lifetime != "begin" or not row.members:
        return False
    members = context.meanings.argument(body, site.node, row.members)
    return members is not None and context.conditions.key(body, members) == ("const", "1")
