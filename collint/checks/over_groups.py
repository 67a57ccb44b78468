"""Loops over groups: ``for group in mine: all_reduce(x, group=group)`` turns once for each group that a rank is in.

A rank of fewer groups turns less often and misses nothing. Whether the number of turns varies is not asked here.
"""

from __future__ import annotations

from collections.abc import Collection

from collint.checks.context import Context
from collint.ir.values import CallSiteNode
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.sequences.events import Letter

# Steps from what a loop has reached to the group in it: an entry of a tuple, an attribute.
MAX_STEPS = 6
# Symbols of groups that some object keeps, which may be the one that a call was given.
KEPT = ("object", "attribute")


def is_over_groups(context: Context, body: Body, head: int, letters: Collection[Letter]) -> bool:
    """Whether each of these events of a loop's turn is on the group that this turn is about."""
    inside = [site for site in body.values.calls if head in body.graph.blocks[site.block].loops]
    issued = [(site, letter) for site in inside for letter in context.summaries.letters_of(body, site)]
    found = [(site, letter) for site, letter in issued if letter in letters]
    return {letter for _, letter in found} == set(letters) and all(
        _is_told_by_turn(context, body, head, site, letter) for site, letter in found
    )


def _is_told_by_turn(context: Context, body: Body, head: int, site: CallSiteNode, letter: Letter) -> bool:
    """Whether what a call is given, or is called on, is an event's group and comes from the loop's element.

    An object that keeps the group which the call was given issues its events on a group that nobody can name.
    """
    kept = all(isinstance(c.group, Symbol) and c.group.kind in KEPT for c in letter.communicators)
    for argument in body.values[site.node].arguments:
        for leaf in leaves(body, argument):
            given = context.groups.of_value(body, leaf) if _is_of_element(body, leaf, head) else frozenset()
            if given and (kept or given >= set(letter.communicators)):
                return True
    return False


def _is_of_element(body: Body, node: int, head: int) -> bool:
    """Whether a value is the element of a loop, or taken out of it."""
    for _ in range(MAX_STEPS):
        value = body.values[node]
        if value.kind == "element":
            return value.block == head
        if value.kind not in ("index", "attr", "after"):
            return False
        node = value.arguments[0]
    return False
