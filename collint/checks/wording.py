"""The words of findings about sequences: what each rank class does, up to where they part. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from collint.checks.context import Context
from collint.findings import Event, RankClass
from collint.ir.expressions import Op
from collint.ir.graph import BranchOn
from collint.linking.describe import describe, excerpt
from collint.linking.program import Body
from collint.sequences.compare import Mismatch, Side
from collint.sequences.events import Letter, Origin


def predicate_text(context: Context, body: Body, block: int) -> str:
    """The condition that ends a block, as written; a ``case`` pattern becomes the comparison that it stands for."""
    end = body.graph.blocks[block].terminator
    assert isinstance(end, BranchOn)
    node = body.values.conditions[block]
    written = excerpt(context.program, body.path, end.span)
    is_pattern = isinstance(end.condition, Op) and end.condition.operator in ("==", "matches") and "==" not in written
    return describe(body, node) if is_pattern else written


def event(letter: Letter, origins: Sequence[Origin]) -> Event:
    """One event as a finding shows it, at its first place."""
    origin = origins[0] if origins else Origin("", 0)
    return Event(letter.op, letter.group, origin.path, origin.line, origin.via)


def collectives(mismatch: Mismatch) -> tuple[Event, ...]:
    """Every event of the two languages, at every place."""
    found = [
        Event(letter.op, letter.group, origin.path, origin.line, origin.via)
        for letter, origins in mismatch.letters
        for origin in origins
    ]
    return tuple(dict.fromkeys(found))


def classes(
    mismatch: Mismatch, when_true: str, when_false: str, leaves: tuple[str, str]
) -> tuple[RankClass, RankClass]:
    """Both rank classes with their sequences and what becomes of them."""
    return (
        RankClass(when_true, _sequence(mismatch.if_true), _then(mismatch.if_true, mismatch.at, leaves[0])),
        RankClass(when_false, _sequence(mismatch.if_false), _then(mismatch.if_false, mismatch.at, leaves[1])),
    )


def _sequence(side: Side) -> tuple[Event, ...]:
    return tuple(event(letter, origins) for letter, origins in zip(side.word, side.origins, strict=True))


def _then(side: Side, at: int, leaving: str) -> str:
    if at < len(side.word):
        return f"wait in {side.word[at].op}"
    return f"{leaving} and go on" if leaving else "go on"


def message(mismatch: Mismatch, when_true: str, when_false: str, leaves: tuple[str, str]) -> str:
    """What the ranks do, the class that goes on first, then the one that waits."""
    sides = [(mismatch.if_true, when_true, leaves[0]), (mismatch.if_false, when_false, leaves[1])]
    sides.sort(key=lambda entry: len(entry[0].word) > mismatch.at)
    (first, first_when, leaving), (second, second_when, _) = sides
    group = "|".join(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    if len(first.word) > mismatch.at:
        return (
            f"ranks where {first_when} wait in {_place(first, mismatch.at)} on {group}; "
            f"ranks where {second_when} wait in {_place(second, mismatch.at)}: neither is ever met."
        )
    skipped = "issue nothing" if not first.word else f"issue nothing after {first.word[-1].op}"
    way = f"{leaving} here and " if leaving in ("return", "break", "continue") else ""
    return (
        f"ranks where {first_when} {way}{skipped} on {group}; "
        f"ranks where {second_when} issue {_place(second, mismatch.at)} and wait for them."
    )


def _place(side: Side, at: int) -> str:
    letter = side.word[at]
    origins = side.origins[at]
    if not origins:
        return letter.op
    origin = origins[0]
    through = f", through {' -> '.join(_short(name) for name in origin.via)}" if origin.via else ""
    return f"{letter.op} ({origin.path.rpartition('/')[2]}:{origin.line}{through})"


def _short(qualname: str) -> str:
    return qualname.rpartition(".")[2]
