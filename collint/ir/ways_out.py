"""The part of drawing that all jumps share: where an exception lands, and what must run on the way out.

The statements that jump are read by :mod:`collint.ir.cfg`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from collint.ir.around import Around, InFinally, InLoop, InTry, InWith, is_guarded, loops, outwards
from collint.ir.graph import Dispatch, Exit, Leave, Step
from collint.ir.sketch import MAY_RAISE, Sketch
from collint.ir.statements import Block, Span, Try
from collint.record import Mutable

# Copies of finally bodies in one function, beyond which all further ways out of a try share one copy that ends in
# an undecided choice between them. Without a bound, nesting such statements doubles the graph at every level.
_MOST_COPIES = 64


class _Shared(Mutable):
    """The copy of a ``finally`` body that is used once there are too many; ``end`` is None if it never completes."""

    entry: int
    end: int | None
    onward: list[int]


class WaysOut(ABC):
    """The sketch, and what stands ``around`` the place that is being drawn."""

    def __init__(self) -> None:
        self.sketch = Sketch()
        self.around: Around | None = None
        self._copies = 0
        self._shared: dict[int, _Shared] = {}

    @abstractmethod
    def block(self, statements: Block) -> None:
        """Draw ``statements`` at the current place."""

    def new(self) -> int:
        """A fresh block here."""
        return self.sketch.new(loops(self.around))

    def step(self, step: Step) -> None:
        """Add ``step`` to the open block; one that may raise under a handler is the last of its block."""
        sketch = self.sketch
        if sketch.current is None:
            return
        if sketch.drafts[sketch.current].full:
            following = self.new()
            sketch.goto(following)
            sketch.enter(following)
        number = sketch.current
        sketch.drafts[number].steps.append(step)
        if isinstance(step, MAY_RAISE) and is_guarded(self.around):
            self.guard(number, self.landing(self.around, step.span))

    def guard(self, number: int, handler: int) -> None:
        """What the last step of the block ``number`` raises goes to ``handler``."""
        draft = self.sketch.drafts[number]
        draft.handler, draft.full = handler, True
        self.sketch.drafts[handler].reached = True

    def landing(self, around: Around | None, span: Span) -> int:
        """The block where an exception raised inside ``around`` goes."""
        while isinstance(around, InLoop):
            around = around.outer
        if isinstance(around, InTry):
            return around.dispatch
        if around is not None and around.landing is not None:
            return around.landing
        return self._draw_landing(around, span)

    def _draw_landing(self, around: InFinally | InWith | None, span: Span) -> int:
        outside = self.sketch.current, self.around
        self.around = None if around is None else around.outer
        number = self.new()
        self.sketch.drafts[number].reached = True
        self.sketch.enter(number)
        if around is None:
            self.sketch.end(Leave("raise", None, span))
        else:
            around.landing = number
            self.pass_out(around)
            if self.sketch.current is not None:
                self.sketch.goto(self.landing(self.around, span))
        self.sketch.current, self.around = outside
        return number

    def pass_out(self, item: Around) -> None:
        """Leave ``item``: run what it insists on. What is drawn next stands outside of it."""
        self.around = item.outer
        if isinstance(item, InWith):
            self.step(Exit(item.manager, item.span, item.is_async))
        elif isinstance(item, InFinally):
            self.final_copy(item)

    def final_copy(self, item: InFinally) -> None:
        """Draw the ``finally`` body once more, or join the copy that all further ways out share."""
        if self.sketch.current is None:
            return
        item.drawn = True
        self._copies += 1
        if self._copies <= _MOST_COPIES:
            self.block(item.statement.final)
            return
        shared = self._shared.get(id(item.statement)) or self._draw_shared(item.statement)
        onward = self.new()
        self.sketch.goto(shared.entry)
        if shared.end is not None:
            shared.onward.append(onward)
            self.sketch.drafts[shared.end].terminator = Dispatch(tuple(shared.onward))
            self.sketch.drafts[onward].reached = True
            self.sketch.enter(onward)

    def _draw_shared(self, statement: Try) -> _Shared:
        outside = self.sketch.current
        entry = self.new()
        self.sketch.drafts[entry].reached = True
        self.sketch.enter(entry)
        self.block(statement.final)
        shared = _Shared(entry, None, [])
        if self.sketch.current is not None:
            shared.end = self.new()
            self.sketch.goto(shared.end)
        self._shared[id(statement)] = shared
        self.sketch.current = outside
        return shared

    def leave(self, stop: type[InLoop] | type[InTry] | None) -> Around | None:
        """Draw the way out to the innermost ``stop``, or out of the function, and return the stop."""
        for item in outwards(self.around):
            if stop is not None and isinstance(item, stop):
                return item
            self.pass_out(item)
        return None
