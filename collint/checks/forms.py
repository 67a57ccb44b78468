"""How large an array is, in terms of the values that made it so: sized, cut, picked, padded, joined.

A form follows what is understood step by step; everything else is a ``root``, an extent of which no more is known.
Whether it varies is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from collint.record import Record

Kind = Literal[
    "root",
    "single",
    "sized",
    "cut",
    "picked",
    "padded",
    "joined",
    "both",
    "either",
    "parts",
    "listed",
    "reduced",
    "number",
    "along",
    "less",
]


class At(Record, frozen=True):
    """A value of a body, seen through the calls ``stack`` (body and call node each, innermost last)."""

    body: str
    node: int
    stack: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One extent.

    ========= ======================================================= =============================================
    kind      meaning                                                 ``of``; ``at``
    ========= ======================================================= =============================================
    root      as large as the value ``at``, whatever that is
    single    one entry, or as many as the text shows
    sized     made with these sizes                                   numbers, one per dimension where ``dims`` is set
    cut       a slice                                                 the array, then the numbers that bound it
    picked    the entries that the contents of ``at`` select          the array, where it is known
    padded    so much longer                                          the array, then numbers
    joined    laid end to end                                         arrays
    both      elementwise                                             arrays
    either    one of several, chosen at the join or call ``at``       arrays
    parts     one of a number of parts that differ by one at most     the array; ``at`` is the index
    listed    as long as the Python list ``at``
    reduced   without one dimension                                   the array; ``dim``
    number    the number ``at``
    along     the size of an array along ``dim`` (None: all of them)  the array
    less      the first number minus the second                       numbers
    ========= ======================================================= =============================================
    """

    kind: Kind
    at: At | None = None
    of: tuple[Form, ...] = ()
    dim: int | None = None
    literal: str = ""
    is_strided: bool = False
    size: int = field(init=False, compare=False, repr=False)
    """How many forms :meth:`walk` meets."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(form.size for form in self.of))

    def walk(self) -> Iterator[Form]:
        """This form and all that it is made of."""
        yield self
        for part in self.of:
            yield from part.walk()


SINGLE = Form("single")


def both(forms: list[Form]) -> Form:
    """What an elementwise operation makes of these: scalars follow."""
    found = tuple(dict.fromkeys(form for form in forms if form.kind not in ("single", "number")))
    if len(found) == 1:
        return found[0]
    return Form("both", of=found) if found else SINGLE


def filled_up(form: Form) -> Form:
    """A padded or joined form without what cancels out: ``x`` and ``largest - len(x)`` more are ``largest``."""
    if form.kind not in ("padded", "joined"):
        return form
    for base in form.of:
        for other in form.of:
            total = _rest(base, other) if other is not base else None
            if total is not None:
                rest = tuple(part for part in form.of if part is not base and part is not other)
                return Form("sized", of=(total, *rest))
    return form


def _rest(base: Form, filler: Form) -> Form | None:
    """The total that a filler brings an array to; None where it does not fill up to one."""
    numbers = filler.of if filler.kind in ("sized", "both") else (filler,)
    for number in numbers:
        if number.kind == "less":
            total, taken = number.of
            if _measures(taken, base):
                return total
        inner = _rest(base, number) if number.kind in ("sized", "both") else None
        if inner is not None:
            return inner
    return None


def _measures(number: Form, array: Form) -> bool:
    if number.kind == "along":
        return number.of[0] == array
    return array.kind in ("sized", "cut") and number in array.of


def differ_plainly(one: Form, other: Form) -> bool:
    """Whether two alternatives show that their sizes are not meant to agree: one is the other, cut or padded.

    Sizes that merely come from different places may well be equal: a buffer that a receiver allocates.
    """
    if filled_up(one) == filled_up(other):
        return False
    return _is_changed(one, other) or _is_changed(other, one) or _literals_differ(one, other)


def _is_changed(base: Form, form: Form) -> bool:
    """Whether ``form`` is ``base`` after a cut, a selection or padding."""
    if base.kind == "single" or form.kind not in ("cut", "picked", "padded", "joined"):
        return False
    return any(part == base or _is_changed(base, part) for part in form.of[:1] if form.kind != "joined") or (
        form.kind == "joined" and base in form.of
    )


def _literals_differ(one: Form, other: Form) -> bool:
    if one.kind != "sized" or other.kind != "sized" or len(one.of) != len(other.of):
        return False
    pairs = [(a.literal, b.literal) for a, b in zip(one.of, other.of, strict=True)]
    return any(a != b and ((a and b) or "0" in (a, b)) for a, b in pairs)
