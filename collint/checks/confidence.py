"""How certain the finding of a branch is: what it can be at most, each limit with its reason.

Why a branch may part nobody at all is asked before, in :mod:`collint.checks.doubts`; what callers make up for, in
:mod:`collint.checks.compensation`.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.checks.creation import CREATES
from collint.checks.doubts import parting
from collint.checks.reasons import AGREEMENT
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.sequences.arms import parts_always
from collint.sequences.mismatch import Mismatch
from collint.uniformity.states import HIGH, LOW, MEDIUM, Variation


def confidence(context: Context, body: Body, block: int, code: str, mismatch: Mismatch, variation: Variation) -> int:
    """How certain a finding of the rule ``code`` is, told at the branch at the end of ``block``."""
    if code == AGREEMENT and _is_of_modules(context, mismatch):
        return LOW  # which ranks share the module is told where it is wrapped, and that is taken for the world
    if code == CREATES and variation.is_circumstance:
        return LOW  # groups are made at the start, where ranks mostly find the same files and devices
    certain = certainty(mismatch, variation)
    if certain == HIGH and not parts_always(context.summaries, body, block, mismatch):
        return MEDIUM  # under some choices that all ranks share, they do the same
    return certain


def certainty(mismatch: Mismatch, variation: Variation) -> int:
    """How certain source, resolution and group are together."""
    origins = parting(mismatch)
    certain = min(variation.confidence, HIGH - min((origin.doubt for origin in origins), default=0))
    if any(isinstance(c.group, Symbol) and c.group.kind == "object" for c in mismatch.communicators):
        certain = min(certain, MEDIUM)  # nothing tells which ranks a handle of an unknown group is for
    return certain


def _is_of_modules(context: Context, mismatch: Mismatch) -> bool:
    """Whether all that differs are calls of wrapped modules, on what is only taken for their group."""
    families = context.vocabulary.called_families()
    world = all(communicator.group == "world" for communicator in mismatch.communicators)
    sides = (mismatch.if_true, mismatch.if_false)
    return world and all(letter.op in families for side in sides for letter in side.word[mismatch.at : mismatch.at + 1])
