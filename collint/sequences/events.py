"""The letters of sequences: what the other ranks of a communicator see. In which order they come is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from collint.ir.node import Node
from collint.linking.references import Communicator, Symbol


@dataclass(frozen=True, slots=True)
class Letter:
    """One event: operation family, communicator (its alternatives, sorted), and the arguments that must match."""

    op: str
    communicators: tuple[Communicator, ...]
    arguments: tuple[str, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)
    _text: str = field(init=False, repr=False, compare=False)
    is_symbolic: bool = field(init=False, repr=False, compare=False)
    """Whether a group of it is known only by where it is held, so that callers may know it better."""

    def __post_init__(self) -> None:
        # A letter is looked up and sorted by its text far more often than it is made.
        object.__setattr__(self, "_hash", hash((self.op, self.communicators, self.arguments)))
        object.__setattr__(self, "_text", f"{self.op} {self.group} {' '.join(self.arguments)}")
        object.__setattr__(self, "is_symbolic", any(isinstance(c.group, Symbol) for c in self.communicators))

    def __hash__(self) -> int:
        return self._hash

    @property
    def group(self) -> str:
        """The communicator as messages name it."""
        return " or ".join(dict.fromkeys(communicator.display for communicator in self.communicators))

    def __repr__(self) -> str:
        return self._text


class Origin(Node, frozen=True, order=True, cache_hash=True):
    """Where a letter comes from: the collective's own line, and the functions called on the way, outermost first.

    ``doubt`` is 1 when a call on the way had several candidates or the event is known by its name alone, 2 when a call
    by name into other processes lies on the way. ``once`` says that a process issues it only when it first comes there.
    """

    path: str
    line: int
    via: tuple[str, ...] = ()
    doubt: int = 0
    once: bool = False


YIELD = Letter("yield", ())
"""Marks the ``yield`` of a context manager's generator: what comes before it is ``__enter__``."""

CREATION = "new_group"
"""The operation of every letter that makes a group, whatever the call is named."""
