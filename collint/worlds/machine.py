"""Run the IR of a function on one rank of a small world, with Python's own values where they are known.

A concrete interpreter, bounded in steps and depth, that keeps to normal control flow. What calls do is
:mod:`collint.worlds.calls`; nothing of the analysed program is ever executed.
"""

from __future__ import annotations

from collint.ir.expressions import (
    Attr,
    Choose,
    Const,
    Display,
    Expr,
    FunctionRef,
    Index,
    Name,
    Op,
    SliceOf,
    Star,
    Temp,
)
from collint.ir.graph import BasicBlock, BranchOn, Enter, Goto, Leave, NextOf, Step
from collint.ir.statements import Assign, Await, Call, Collect, Import, StoreAttr, StoreIndex
from collint.linking.paths import is_guard
from collint.linking.program import Body
from collint.linking.references import FunctionIs, ObjectIs, Symbol
from collint.record import Mutable, field
from collint.worlds.calls import Calls
from collint.worlds.trace import Stopped, Trace
from collint.worlds.values import UNKNOWN, Instance, Reference, Value, applied, element, literal, truth
from collint.worlds.world import MAX_STEPS, Knowledge, Setting

MAX_DEPTH = 7
# A loop over something unknown makes this many turns: enough to see that each turn pairs with one of its own.
UNKNOWN_TURNS = 2


class Frame(Mutable):
    """One call in progress, in block ``at``.

    ``turns`` are the elements that each loop still has before it, ``loose`` the loops of which nobody knows how often
    they turn.
    """

    body: Body
    names: dict[str, Value]
    temps: dict[int, Value] = field(default_factory=dict)
    turns: dict[int, list[Value]] = field(default_factory=dict)
    entered: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)
    at: int = 0


class Machine:
    """One rank."""

    def __init__(self, knowledge: Knowledge, setting: Setting, rank: int, size: int) -> None:
        self.knowledge = knowledge
        self.setting = setting
        self.rank = rank
        self.size = size
        self.conditions = knowledge.conditions
        self.evaluator = knowledge.conditions.evaluator
        self.program = self.evaluator.program
        self.trace = Trace(rank)
        self.visited: set[str] = set()
        self.groups: set[str | Symbol] = set()
        self.frames: list[Frame] = []
        self.steps = 0
        self.calls = Calls(self)

    def run(self, body: Body) -> Value:
        """Run a function that nobody calls here: its parameters are what their names and hints say, else unknown."""
        names = {p.name: self.calls.places.outermost(body, p) for p in body.function.parameters}
        return self.enter(body, names)

    def enter(self, body: Body, names: dict[str, Value]) -> Value:
        """Run a body with its parameters bound. Raises Stopped where the run cannot go on."""
        if body.function.is_generator or len(self.frames) > MAX_DEPTH or self._is_running(body):
            if self.knowledge.speaks(body.id):
                raise Stopped("unknown")
            return UNKNOWN
        self.visited.add(body.id)
        self.frames.append(Frame(body, names))
        try:
            return self._blocks(self.frames[-1])
        finally:
            self.frames.pop()

    def _is_running(self, body: Body) -> bool:
        return any(frame.body.id == body.id for frame in self.frames)

    def loose(self) -> tuple[tuple[str, int], ...]:
        """The loops in progress of which nobody knows how often they turn."""
        return tuple(
            (frame.body.id, head)
            for frame in self.frames
            for head in frame.body.graph.blocks[frame.at].loops
            if head in frame.loose
        )

    def _blocks(self, frame: Frame) -> Value:
        number, came_from = 0, -1
        while True:
            block = frame.body.graph.blocks[number]
            frame.at = number
            for step in block.steps:
                self._tick()
                self._step(frame, step)
            self._tick()
            end = block.terminator
            if isinstance(end, Leave):
                if end.kind in ("raise", "assert"):
                    raise Stopped("raised")
                return UNKNOWN if end.value is None and end.kind != "end" else self._result(frame, end)
            came_from, number = number, self._next(frame, block, came_from)

    def _result(self, frame: Frame, end: Leave) -> Value:
        return None if end.value is None else self.value(frame, end.value)

    def _tick(self) -> None:
        self.steps += 1
        self.knowledge.spent += 1
        if self.steps > MAX_STEPS:
            raise Stopped("long")

    # -------------------------------------------------------------------------------------------- control flow

    def _next(self, frame: Frame, block: BasicBlock, came_from: int) -> int:
        end = block.terminator
        if isinstance(end, Goto):
            return end.target
        if isinstance(end, BranchOn):
            return end.then if self._decide(frame, block, end) else end.other
        if isinstance(end, NextOf):
            return self._turn(frame, block, end, came_from)
        raise Stopped("unknown")

    def _decide(self, frame: Frame, block: BasicBlock, end: BranchOn) -> bool:
        found = truth(self.value(frame, end.condition))
        if found is not None:
            return found
        body = frame.body
        if end.is_loop and block.number in frame.entered:
            frame.entered.discard(block.number)  # one turn of a loop whose condition nobody knows
            return False
        if is_guard(body, block.number):
            return self._leads_on(body, end)
        if self._matters(body, block.number) and self.knowledge.is_open(body, block.number):
            raise Stopped("local")
        atom = self.conditions.atom(body, body.values.conditions[block.number])
        self.trace.asked.add(atom.key)
        chosen = self.setting.of(atom.key, preferred=atom.positive) == atom.positive
        if end.is_loop and chosen:
            frame.entered.add(block.number)
            frame.loose.update(block.loops[-1:])
        return chosen

    def _leads_on(self, body: Body, end: BranchOn) -> bool:
        from collint.linking.paths import leads

        return leads(body, end.then, body.graph.exit)

    def _matters(self, body: Body, block: int) -> bool:
        """Whether a branch decides about a send or receive, or about a call that may come to one."""
        key = ("matters", block)
        if key not in body.memo:
            body.memo[key] = any(
                block in body.controllers()[site.block] and self.calls.may_speak(body, site.node)
                for site in body.values.calls
            )
        return bool(body.memo[key])

    def _turn(self, frame: Frame, block: BasicBlock, end: NextOf, came_from: int) -> int:
        inside = came_from >= 0 and block.number in frame.body.graph.blocks[came_from].loops
        if not inside or block.number not in frame.turns or came_from == block.number:
            frame.turns[block.number] = self._elements(frame, block, end)
        left = frame.turns[block.number]
        if not left:
            del frame.turns[block.number]
            return end.exit
        frame.temps[end.element.number] = left.pop(0)
        return end.body

    def _elements(self, frame: Frame, block: BasicBlock, end: NextOf) -> list[Value]:
        iterable = self.value(frame, end.iterable)
        frame.loose.discard(block.number)
        if isinstance(iterable, (list, tuple, dict, str, range)):
            return list(iterable)
        if self._matters(frame.body, block.number) and self.knowledge.is_open(frame.body, block.number):
            raise Stopped("local")
        frame.loose.add(block.number)
        return [UNKNOWN] * UNKNOWN_TURNS

    # -------------------------------------------------------------------------------------------------- steps

    def _step(self, frame: Frame, step: Step) -> None:
        if isinstance(step, Assign):
            frame.names[step.target] = self._assigned(frame, step)
        elif isinstance(step, Call):
            frame.temps[step.result.number] = self.calls.call(frame, step)
        elif isinstance(step, StoreAttr):
            base = self.value(frame, step.base)
            if isinstance(base, Instance):
                base.attributes[step.name] = self.value(frame, step.value)
        elif isinstance(step, StoreIndex):
            self._store(self.value(frame, step.base), self.value(frame, step.index), self.value(frame, step.value))
        elif isinstance(step, Collect):
            held = frame.names.get(step.target)
            if isinstance(held, list):
                held.append(self.value(frame, step.value))
            else:
                frame.names[step.target] = UNKNOWN
        elif isinstance(step, Enter):
            frame.temps[step.result.number] = self.value(frame, step.manager)
        elif isinstance(step, Await):
            frame.temps[step.result.number] = self.value(frame, step.value)
        elif isinstance(step, Import):
            frame.names.pop(step.target, None)

    def _assigned(self, frame: Frame, step: Assign) -> Value:
        value = self.value(frame, step.value)
        before = frame.names.get(step.target)
        if step.augmented and isinstance(before, list) and isinstance(value, list):
            before[:] = value  # ``+=`` changes the list itself
            return before
        return value

    def _store(self, base: Value, index: Value, value: Value) -> None:
        try:
            if isinstance(base, dict) or (isinstance(base, list) and isinstance(index, int)):
                base[index] = value
        except (TypeError, IndexError):
            return

    # -------------------------------------------------------------------------------------------- expressions

    def value(self, frame: Frame, expression: Expr) -> Value:
        """What an expression is here and now."""
        if isinstance(expression, Const):
            return literal(expression.text)
        if isinstance(expression, Temp):
            return frame.temps.get(expression.number, UNKNOWN)
        if isinstance(expression, Name):
            return self._name(frame, expression)
        if isinstance(expression, Attr):
            return self.calls.attribute(frame, self.value(frame, expression.base), expression)
        if isinstance(expression, Index):
            found = element(self.value(frame, expression.base), self.value(frame, expression.index))
            return self.calls.looked_up(frame, expression) if found is UNKNOWN else found
        if isinstance(expression, Op):
            return applied(expression.operator, [self.value(frame, part) for part in expression.operands])
        if isinstance(expression, Display):
            return self._display(frame, expression)
        if isinstance(expression, Choose):
            found = truth(self.value(frame, expression.condition))
            if found is None:
                return UNKNOWN
            return self.value(frame, expression.then if found else expression.other)
        if isinstance(expression, SliceOf):
            parts = [self.value(frame, part) for part in (expression.lower, expression.upper, expression.step)]
            return slice(*parts) if all(part is None or isinstance(part, int) for part in parts) else UNKNOWN
        if isinstance(expression, FunctionRef):
            return Reference(frozenset({FunctionIs(f"{frame.body.module}:{expression.qualname}")}))
        return UNKNOWN

    def _name(self, frame: Frame, expression: Name) -> Value:
        if expression.id in frame.names:
            return frame.names[expression.id]
        body = frame.body
        refs = self.evaluator.of_expression(body.module, body.qualname, expression)
        if len(refs) == 1 and isinstance(next(iter(refs)), ObjectIs):
            return UNKNOWN
        if refs:
            return Reference(refs)
        return self.calls.places.variable(body.module, expression.id)

    def _display(self, frame: Frame, expression: Display) -> Value:
        items: list[Value] = []
        for item in expression.items:
            if isinstance(item, Star):
                inner = self.value(frame, item.value)
                if not isinstance(inner, (list, tuple, range)):
                    return UNKNOWN
                items.extend(inner)
            else:
                items.append(self.value(frame, item))
        if expression.kind == "tuple":
            return tuple(items)
        if expression.kind == "list":
            return items
        if expression.kind == "dict" and len(items) % 2 == 0:
            try:
                return dict(zip(items[::2], items[1::2], strict=True))
            except TypeError:
                return UNKNOWN
        return UNKNOWN
