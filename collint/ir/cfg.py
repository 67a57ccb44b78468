"""Draw the control-flow graph of one function. The graph's own words are in :mod:`collint.ir.graph`.

``finally`` bodies are drawn once for every way out, ``with`` is left on every way out, short-circuits become branches
over single atoms, constant conditions choose. Recursion follows nesting only; sequences and ``elif`` chains are loops.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from collint.ir.around import InFinally, InLoop, InTry, InWith, outwards
from collint.ir.expressions import Choose, Const, Display, Expr, FunctionRef, Name, Op, Temp, dotted
from collint.ir.graph import BranchOn, Catch, Dispatch, Enter, Graph, Leave, NextOf
from collint.ir.node import replace as changed
from collint.ir.statements import (
    AllOf,
    Assign,
    Block,
    Break,
    Call,
    Continue,
    For,
    Function,
    Handler,
    If,
    Leaf,
    Not,
    Raise,
    Return,
    Span,
    Statement,
    Test,
    Try,
    While,
    With,
)
from collint.ir.ways_out import WaysOut
from collint.record import Record, replace

_CATCH_ALL = ("Exception", "BaseException")


def build(function: Function) -> Graph:
    """The graph of ``function``: reachable code only, blocks in reverse postorder."""
    return _Builder(function).build()


class _Arms(Record, frozen=True):
    """Where the two outcomes of a condition lead, and what is said of them."""

    then: int
    other: int
    leaves: tuple[str, str] = ("", "")
    is_loop: bool = False

    def swapped(self) -> _Arms:
        return _Arms(self.other, self.then, self.leaves[::-1], self.is_loop)

    def unless(self, undecided: int, *, all_of: bool) -> _Arms:
        """The arms of one part of an ``and`` (``all_of``) or ``or``, after which all may be ``undecided``."""
        return replace(self, then=undecided) if all_of else replace(self, other=undecided)


class _Builder(WaysOut):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function
        self.managers: dict[int, str] = {}

    def build(self) -> Graph:
        self.block(self.function.body)
        self.sketch.end(Leave("end", None, self.function.span))
        return self.sketch.finish(self.function)

    def block(self, statements: Block) -> None:
        for statement in statements:
            if self.sketch.current is None:
                return
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        rule = _RULES.get(type(statement))
        if rule is None:
            self.step(statement)  # type: ignore[arg-type]  # whatever has no rule is a step
        else:
            rule(self, statement)

    # ------------------------------------------------------------------------------------------------- conditions

    def condition(self, test: Test, arms: _Arms) -> None:
        if isinstance(test, Leaf):
            self.block(test.setup)
            self.atom(test.expression, test.span, arms)
        elif isinstance(test, Not):
            self.condition(test.test, arms.swapped())
        else:
            for part in test.tests[:-1]:
                undecided = self.new()
                self.condition(part, arms.unless(undecided, all_of=isinstance(test, AllOf)))
                self.sketch.enter(undecided)
            self.condition(test.tests[-1], arms)

    def atom(self, value: Expr, span: Span, arms: _Arms) -> None:
        if isinstance(value, Op) and value.operator == "not":
            self.atom(value.operands[0], span, arms.swapped())
        elif isinstance(value, Op) and value.operator in ("and", "or"):
            for part in value.operands[:-1]:
                undecided = self.new()
                self.atom(part, span, arms.unless(undecided, all_of=value.operator == "and"))
                self.sketch.enter(undecided)
            self.atom(value.operands[-1], span, arms)
        elif isinstance(value, Choose):
            then, other = self.new(), self.new()
            self.atom(value.condition, span, _Arms(then, other, is_loop=arms.is_loop))
            for number, outcome in ((then, value.then), (other, value.other)):
                self.sketch.enter(number)
                self.atom(outcome, span, arms)
        elif isinstance(value, Const):
            self.sketch.goto(arms.then if _is_true(value) else arms.other)
        else:
            self.sketch.end(BranchOn(value, arms.then, arms.other, span, arms.is_loop, arms.leaves))

    # ------------------------------------------------------------------------------------------- branches and loops

    def branch(self, statement: If) -> None:
        after = self.new()
        while True:
            then, other = self.new(), self.new()
            leaves = (_leaves(statement.then), _leaves(statement.other))
            self.condition(statement.test, _Arms(then, other, leaves))
            self.sketch.enter(then)
            self.block(statement.then)
            self.sketch.goto(after)
            self.sketch.enter(other)
            following = statement.other[0] if len(statement.other) == 1 else None
            if not isinstance(following, If):
                break
            statement = following
        self.block(statement.other)
        self.sketch.goto(after)
        self.sketch.enter(after)

    def while_loop(self, statement: While) -> None:
        otherwise, body = self.enter_loop()
        self.condition(statement.test, _Arms(body, otherwise, is_loop=True))
        self.loop_body(statement.body, body, statement.other, otherwise)

    def for_loop(self, statement: For) -> None:
        self.block(statement.setup)
        otherwise, body = self.enter_loop()
        self.sketch.end(
            NextOf(statement.iterable, statement.element, body, otherwise, statement.span, statement.comprehension)
        )
        self.loop_body(statement.body, body, statement.other, otherwise)

    def enter_loop(self) -> tuple[int, int]:
        """Open the head of a loop; give the blocks that come after its last turn and that begin each turn."""
        after, otherwise = self.new(), self.new()
        loop = InLoop(self.around, 0, after)
        loop.head = len(self.sketch.drafts)
        self.around = loop
        head, body = self.new(), self.new()
        self.sketch.goto(head)
        self.sketch.enter(head)
        return otherwise, body

    def loop_body(self, statements: Block, body: int, other: Block, otherwise: int) -> None:
        loop = self.around
        assert isinstance(loop, InLoop)
        self.sketch.enter(body)
        self.block(statements)
        self.sketch.goto(loop.head)
        self.around = loop.outer
        self.sketch.enter(otherwise)
        self.block(other)
        self.sketch.goto(loop.after)
        self.sketch.enter(loop.after)

    # ------------------------------------------------------------------------------------------------------ handlers

    def try_block(self, statement: Try) -> None:
        outer = self.around
        done, first = self.new(), self.new()
        self.sketch.goto(first)
        self.sketch.enter(first)
        final = InFinally(outer, statement) if statement.final else None
        base = final or outer
        self.around = base
        if statement.handlers:
            self.guarded_body(statement, first, done)
        else:
            self.unguarded_body(statement)
            self.sketch.goto(done)
        if final is not None and not final.drawn and not self.sketch.drafts[done].reached:
            self.guard(first, self.landing(final, statement.span))  # else nobody would see the finally body
        self.around = outer
        self.sketch.enter(done)
        if final is not None:
            self.final_copy(final)

    def unguarded_body(self, statement: Try) -> None:
        start = self.new()
        self.sketch.goto(start)
        self.sketch.enter(start)
        self.block(statement.body)

    def guarded_body(self, statement: Try, first: int, done: int) -> None:
        base = self.around
        dispatch = self.new()
        self.sketch.attempts[dispatch] = first
        self.around = InTry(base, dispatch)
        self.unguarded_body(statement)
        self.around = base
        self.block(statement.other)
        self.sketch.goto(done)
        if not self.sketch.drafts[dispatch].reached:
            self.guard(first, dispatch)  # no call: an operator, a missing key or attribute must be what can raise
        self.sketch.enter(dispatch)
        entries = [self.new() for _ in statement.handlers]
        escape = () if any(map(_catches_all, statement.handlers)) else (self.landing(base, statement.span),)
        self.sketch.end(Dispatch((*entries, *escape)))
        for entry, handler in zip(entries, statement.handlers, strict=True):
            self.sketch.enter(entry)
            self.step(Catch(handler.types, handler.name, handler.span))
            self.block(handler.body)
            self.sketch.goto(done)

    def with_block(self, statement: With) -> None:
        self.block(statement.setup)
        suppressed = _suppressed(statement)
        if suppressed is not None:  # ``suppress`` is a try whose handler does nothing
            handler = Handler(suppressed, None, (), statement.span)
            body = (changed(statement, setup=()),)
            self.try_block(Try(body, (handler,), (), (), statement.span))
            return
        name = self.managers.setdefault(id(statement), f"%with{len(self.managers) + 1}")
        manager = Name(name)
        self.step(Assign(name, statement.manager, statement.span))
        self.step(Enter(statement.result, manager, statement.span, statement.is_async))
        inside = InWith(self.around, manager, statement.span, statement.is_async)
        self.around = inside
        self.block(statement.body)
        self.pass_out(inside)

    # ------------------------------------------------------------------------------------------------------- jumps

    def returning(self, statement: Return) -> None:
        value = statement.value
        passes_finally = any(isinstance(item, InFinally) for item in outwards(self.around))
        if passes_finally and not isinstance(value, (Const, Temp, FunctionRef)):
            self.step(Assign("%return", value, statement.span))  # what finally assigns does not change it
            value = Name("%return")
        around = self.around
        self.leave(None)
        self.sketch.end(Leave("return", value, statement.span))
        self.around = around

    def raising(self, statement: Raise) -> None:
        around = self.around
        handler = self.leave(InTry)
        if isinstance(handler, InTry):
            self.sketch.goto(handler.dispatch)
        else:
            self.sketch.end(Leave(statement.kind, statement.value, statement.span))
        self.around = around

    def jumping(self, statement: Break | Continue) -> None:
        around = self.around
        loop = self.leave(InLoop)
        if isinstance(loop, InLoop):
            self.sketch.goto(loop.after if isinstance(statement, Break) else loop.head)
        self.sketch.current, self.around = None, around


_RULES: dict[type[object], Callable[[_Builder, Any], None]] = {
    If: _Builder.branch,
    While: _Builder.while_loop,
    For: _Builder.for_loop,
    Try: _Builder.try_block,
    With: _Builder.with_block,
    Return: _Builder.returning,
    Raise: _Builder.raising,
    Break: _Builder.jumping,
    Continue: _Builder.jumping,
}


def _leaves(block: Block) -> str:
    """How an arm, as written, leaves early."""
    last = block[-1] if block else None
    if isinstance(last, (Return, Raise, Break, Continue)):
        return type(last).__name__.lower()
    return ""


def _is_true(value: Const) -> bool:
    try:
        return bool(ast.literal_eval(value.text))
    except (ValueError, SyntaxError):
        return True


def _catches_all(handler: Handler) -> bool:
    """Whether nothing worth drawing passes ``handler``: what is not an ``Exception`` ends the process anyway."""
    types = handler.types.items if isinstance(handler.types, Display) else (handler.types,)
    return any(item is None or (isinstance(item, Name) and item.id in _CATCH_ALL) for item in types)


def _suppressed(statement: With) -> Expr | None:
    """The exceptions that ``with contextlib.suppress(...)`` swallows."""
    call = statement.setup[-1] if statement.setup else None
    if not isinstance(call, Call) or call.result != statement.manager:
        return None
    if dotted(call.function) not in ("suppress", "contextlib.suppress"):
        return None
    return Display("tuple", tuple(argument.value for argument in call.arguments))
