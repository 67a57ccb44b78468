"""A control-flow graph while it is drawn: blocks that can still grow, then their clean-up and numbering.

Which statement draws what is decided by :mod:`collint.ir.cfg`; the finished values are in :mod:`collint.ir.graph`.
"""

from __future__ import annotations

from collint.ir.graph import BasicBlock, BranchOn, Dispatch, Enter, Goto, Graph, Leave, NextOf, Step, Terminator
from collint.ir.statements import Await, Call, Function, Import, Yield
from collint.record import Mutable, field

MAY_RAISE = (Call, Await, Yield, Enter, Import)


class Draft(Mutable, eq=False):
    """A block that can still grow. ``full`` when its last step may raise into ``handler``; ``reached`` by any edge."""

    loops: tuple[int, ...]
    steps: list[Step] = field(default_factory=list)
    terminator: Terminator | None = None
    handler: int | None = None
    full: bool = False
    reached: bool = False


class Sketch:
    """The drafts by number and the one that is open, if the place being drawn can be reached at all."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = [Draft((), reached=True)]
        self.current: int | None = 0
        self.attempts: dict[int, int] = {}  # where a ``try`` begins, by the block to which what it raises goes

    def new(self, loops: tuple[int, ...]) -> int:
        """The number of a fresh block inside ``loops``."""
        self.drafts.append(Draft(loops))
        return len(self.drafts) - 1

    def enter(self, number: int) -> None:
        """Go on drawing in ``number``, provided that an edge leads there."""
        self.current = number if self.drafts[number].reached else None

    def end(self, terminator: Terminator) -> None:
        """Close the open block; nothing is open afterwards."""
        if self.current is None:
            return
        self.drafts[self.current].terminator = terminator
        for target in targets(terminator):
            self.drafts[target].reached = True
        self.current = None

    def goto(self, number: int) -> None:
        """Close the open block with an edge to ``number``."""
        self.end(Goto(number))

    def finish(self, function: Function) -> Graph:
        """The graph of what can be reached, tidied, its blocks numbered in reverse postorder."""
        heads = {head for draft in self.drafts for head in draft.loops}
        leads = [_follow(self.drafts, number, heads) for number in range(len(self.drafts))]
        self.attempts = {leads[handler]: leads[start] for handler, start in self.attempts.items()}
        for draft in self.drafts:
            if draft.terminator is not None:
                draft.terminator = renumbered(draft.terminator, leads)
            draft.handler = None if draft.handler is None else leads[draft.handler]
        entry = 0 if leads[0] in heads else leads[0]
        order = _reverse_postorder(self.drafts, entry)
        merged = _merge_straight_lines(self.drafts, order, heads)
        order = _reverse_postorder(self.drafts, entry)
        kept = {handler: _kept(merged, start) for handler, start in self.attempts.items()}
        return _graph(self.drafts, order, function, kept)


def targets(terminator: Terminator | None) -> tuple[int, ...]:
    """Where ``terminator`` may go within the function."""
    if type(terminator) is Goto:
        return (terminator.target,)
    if type(terminator) is BranchOn:
        return (terminator.then, terminator.other)
    if type(terminator) is NextOf:
        return (terminator.body, terminator.exit)
    return terminator.targets if isinstance(terminator, Dispatch) else ()


def renumbered(end: Terminator, numbers: list[int]) -> Terminator:
    """A terminator with each target replaced by its entry in ``numbers``."""
    if type(end) is Goto:
        return Goto(numbers[end.target])
    if type(end) is BranchOn:
        return BranchOn(end.condition, numbers[end.then], numbers[end.other], end.span, end.is_loop, end.leaves)
    if type(end) is NextOf:
        body, leave = numbers[end.body], numbers[end.exit]
        return NextOf(end.iterable, end.element, body, leave, end.span, end.comprehension)
    if isinstance(end, Dispatch):
        return Dispatch(tuple(dict.fromkeys(numbers[target] for target in end.targets)))
    return end


def _follow(drafts: list[Draft], number: int, heads: set[int]) -> int:
    """Where control really goes on when it is sent to ``number``: past blocks that only lead elsewhere."""
    seen: set[int] = set()
    while number not in heads and number not in seen:
        seen.add(number)
        draft = drafts[number]
        if draft.steps or draft.handler is not None or not isinstance(draft.terminator, Goto):
            break
        number = draft.terminator.target
    return number


def _successors(draft: Draft) -> tuple[int, ...]:
    ends = targets(draft.terminator)
    return ends if draft.handler is None else (*ends, draft.handler)


def _reverse_postorder(drafts: list[Draft], entry: int) -> list[int]:
    seen = {entry}
    postorder: list[int] = []
    path = [(entry, iter(_successors(drafts[entry])[::-1]))]
    while path:
        number, following = path[-1]
        for successor in following:
            if successor not in seen:
                seen.add(successor)
                path.append((successor, iter(_successors(drafts[successor])[::-1])))
                break
        else:
            path.pop()
            postorder.append(number)
    return postorder[::-1]


def _kept(merged: dict[int, int], number: int) -> int:
    """The block of which ``number`` has become a part."""
    while number in merged:
        number = merged[number]
    return number


def _merge_straight_lines(drafts: list[Draft], order: list[int], heads: set[int]) -> dict[int, int]:
    """Append a block to its only predecessor when that one leads nowhere else; say which to which."""
    merged: dict[int, int] = {}
    arrivals = dict.fromkeys(order, 0)
    arrivals[order[0]] = 1
    for number in order:
        for successor in _successors(drafts[number]):
            arrivals[successor] += 1
    for number in order:
        draft = drafts[number]
        while isinstance(draft.terminator, Goto) and arrivals[number]:
            target = draft.terminator.target
            following = drafts[target]
            if target in heads or arrivals[target] != 1 or draft.loops != following.loops:
                break
            if draft.handler is not None and (following.steps or following.handler is not None):
                break
            if following.handler is not None and any(isinstance(step, MAY_RAISE) for step in draft.steps):
                break
            draft.steps.extend(following.steps)
            draft.terminator = following.terminator
            draft.handler = following.handler if draft.handler is None else draft.handler
            arrivals[target] = 0
            merged[target] = number
    return merged


def _graph(drafts: list[Draft], order: list[int], function: Function, attempts: dict[int, int]) -> Graph:
    numbers = [-1] * len(drafts)
    for at, number in enumerate(order):
        numbers[number] = at
    blocks: list[BasicBlock] = []
    for at, number in enumerate(order):
        draft = drafts[number]
        end = draft.terminator or Leave("end", None, function.span)
        handler = None if draft.handler is None else numbers[draft.handler]
        loops = tuple([numbers[head] for head in draft.loops])
        blocks.append(BasicBlock(at, tuple(draft.steps), renumbered(end, numbers), handler, loops))
    size = len(blocks)
    for at in (size, size + 1):
        blocks.append(BasicBlock(at, (), Leave("end", None, function.span), None, ()))
    pairs = ((numbers[start], numbers[handler]) for handler, start in attempts.items())
    drawn = tuple(sorted((start, handler) for start, handler in pairs if start >= 0 and handler >= 0))
    return Graph(function.qualname, function.parameters, tuple(blocks), size, size + 1, drawn)
