"""The words of findings about sequences: what each rank class does, up to where they part. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from collint.checks.context import Context
from collint.findings import Event, RankClass
from collint.ir.expressions import Op
from collint.ir.graph import BranchOn
from collint.linking.describe import describe, excerpt
from collint.linking.negation import negated
from collint.linking.program import Body
from collint.sequences.events import Letter, Origin
from collint.sequences.mismatch import Mismatch, Side


def predicate_text(context: Context, body: Body, block: int) -> str:
    """The condition that ends a block, as written; a ``case`` pattern becomes the comparison that it stands for."""
    end = body.graph.blocks[block].terminator
    assert isinstance(end, BranchOn)
    node = body.values.conditions[block]
    written = excerpt(context.program, body.path, end.span)
    is_pattern = isinstance(end.condition, Op) and end.condition.operator in ("==", "matches") and "==" not in written
    return describe(body, node) if is_pattern else written


def truth_texts(predicate: str, positive: bool) -> tuple[str, str]:
    """What holds where the atom is true, and where it is false; ``predicate`` is the atom or its opposite."""
    opposite = negated(predicate)
    texts = (f"`{predicate}`", f"`{opposite}`" if opposite else f"`{predicate}` does not hold")
    return texts if positive else (texts[1], texts[0])


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
        RankClass(when_true, _sequence(mismatch.if_true, mismatch.at), _then(mismatch.if_true, mismatch.at, leaves[0])),
        RankClass(
            when_false, _sequence(mismatch.if_false, mismatch.at), _then(mismatch.if_false, mismatch.at, leaves[1])
        ),
    )


def _sequence(side: Side, at: int) -> tuple[Event, ...]:
    """Up to and including the first difference: what is said behind it was never reached."""
    pairs = zip(side.word[: at + 1], side.origins[: at + 1], strict=True)
    return tuple(event(letter, origins) for letter, origins in pairs)


def _then(side: Side, at: int, leaving: str) -> str:
    if at < len(side.word):
        return f"wait in {side.word[at].op}"
    return f"{leaving} and go on" if leaving else "go on"


def message(mismatch: Mismatch, when_true: str, when_false: str, leaves: tuple[str, str]) -> str:
    """What the ranks do, the class that goes on first, then the one that waits."""
    sides = [(mismatch.if_true, when_true, leaves[0]), (mismatch.if_false, when_false, leaves[1])]
    sides.sort(key=lambda entry: len(entry[0].word) > mismatch.at)
    (first, first_when, leaving), (second, _, _) = sides
    group = " or ".join(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    if len(first.word) > mismatch.at:
        return (
            f"ranks where {first_when} wait in {_place(first, mismatch.at)} on {group}; "
            f"the others wait in {_place(second, mismatch.at)}: neither is ever met."
        )
    skipped = "issue nothing" if not first.word else f"issue nothing after {first.word[-1].op}"
    way = f"{leaving} here and " if leaving in ("return", "break", "continue") else ""
    return (
        f"ranks where {first_when} {way}{skipped} on {group}; "
        f"the others issue {_place(second, mismatch.at)} and wait for them."
    )


def _place(side: Side, at: int) -> str:
    letter = side.word[at]
    origins = side.origins[at]
    if not origins:
        return letter.op
    origin = origins[0]
    return f"{letter.op} ({place_words(origin.path, origin.line, origin.via)})"


def place_words(path: str, line: int, via: Sequence[str]) -> str:
    """``exchange.py:53, through step -> agree``: where an event is, and the functions called on the way."""
    through = f", through {' -> '.join(name.rpartition('.')[2] for name in via)}" if via else ""
    return f"{path.rpartition('/')[2]}:{line}{through}"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
