"""Random programs whose every step is a call, run by Python and walked through the graph. No assertions.

The calls ``c(n)`` read a tape: each turn says whether the call returns True, returns False or raises. Both runs note
the calls that they make and the managers that they enter and leave; a faithful graph gives the same notes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from hypothesis import strategies as st

from collint.ir.expressions import Attr, Const, Expr, Name, Op, Temp
from collint.ir.graph import BranchOn, Catch, Dispatch, Enter, Exit, Goto, Graph, Leave, NextOf
from collint.ir.statements import Assign, Call

Notes = list[str]


MOST_NOTES = 200


class TooLongError(BaseException):
    """The program would loop for ever; no handler of its own sees this."""


class ProgramError(Exception):
    """The only exception of these programs, which call it E."""


# ------------------------------------------------------------------------------------------------------- programs


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The text of a function ``f`` that lets no exception out."""
    numbers = count(1)
    body = _block(draw, numbers, depth=3, loop=False)
    lines = ["try:", *_indent(body), "except E:", "    pass"]
    return "\n".join(["def f():", *_indent(lines)]) + "\n"


def _block(draw: st.DrawFn, numbers: Iterator[int], depth: int, *, loop: bool) -> list[str]:
    size = draw(st.integers(1, 3))
    return [line for _ in range(size) for line in _statement(draw, numbers, depth, loop=loop)]


def _statement(draw: st.DrawFn, numbers: Iterator[int], depth: int, *, loop: bool) -> list[str]:
    simple = ["call", "value", "choice", "return", "raise"] + ["break", "continue"] * loop
    kind = draw(st.sampled_from(simple + ["if", "while", "for", "try", "finally", "with"] * (depth > 0)))
    inner = lambda loop=loop: _indent(_block(draw, numbers, depth - 1, loop=loop))  # noqa: E731
    if kind in ("break", "continue"):
        return [kind]
    if kind == "raise":
        return ["raise E"]
    if kind in ("call", "return", "value", "choice"):
        return [_PREFIXES[kind] + _value(draw, numbers, kind)]
    if kind == "if":
        return [f"if {_condition(draw, numbers)}:", *inner(), "else:", *inner()]
    if kind in ("while", "for"):
        head = f"while {_condition(draw, numbers)}:" if kind == "while" else "for x in (1, 2):"
        return [head, *inner(loop=True), "else:", *inner()]
    if kind == "try":
        caught = draw(st.sampled_from(["except E:", "except F:", "except Exception:"]))
        return ["try:", *inner(), caught, *inner(), "else:", *inner()]
    if kind == "finally":
        return ["try:", *inner(), "finally:", *inner()]
    return [f"with m({next(numbers)}):", *inner()]


_PREFIXES = {"call": "", "return": "return ", "value": "y = ", "choice": "y = "}


def _value(draw: st.DrawFn, numbers: Iterator[int], kind: str) -> str:
    if kind == "value":
        return _condition(draw, numbers)
    if kind == "choice":
        return f"c({next(numbers)}) if {_condition(draw, numbers)} else c({next(numbers)})"
    return f"c({next(numbers)})"


def _condition(draw: st.DrawFn, numbers: Iterator[int]) -> str:
    shape = draw(st.sampled_from(["{}", "not {}", "{} and {}", "{} or not {}", "{} and ({} or {})"]))
    return shape.format(*(f"c({next(numbers)})" for _ in range(shape.count("{}"))))


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


# ------------------------------------------------------------------------------------------------- the two runs


class Tape:
    """What the calls do, in turn: ``t`` returns True, ``f`` returns False, ``r`` raises; then all return False."""

    def __init__(self, turns: str) -> None:
        self.turns = iter(turns)
        self.notes: Notes = []

    def note(self, text: str) -> None:
        """Remember ``text``, up to a length at which both runs give up."""
        if len(self.notes) >= MOST_NOTES:
            raise TooLongError
        self.notes.append(text)

    def call(self, number: int) -> bool | None:
        """The outcome of one call; None when it raises."""
        self.note(f"call {number}")
        return {"t": True, "f": False, "r": None}[next(self.turns, "f")]


def run(text: str, turns: str) -> Notes:
    """The notes of Python itself."""
    tape = Tape(turns)

    def c(number: int) -> bool:
        outcome = tape.call(number)
        if outcome is None:
            raise ProgramError
        return outcome

    @contextmanager
    def manager(number: int) -> Iterator[None]:
        tape.note(f"enter {number}")
        try:
            yield
        finally:
            tape.note(f"exit {number}")

    names: dict[str, object] = {"c": c, "m": manager, "E": ProgramError, "F": KeyError}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a return inside finally is meant here
        exec(compile(text, "program", "exec"), names)
    with suppress(TooLongError):
        names["f"]()  # type: ignore[operator]
    return tape.notes


def walk(graph: Graph, turns: str) -> Notes:
    """The notes of a walk through the graph."""
    return _Walk(graph, Tape(turns)).notes()


class _Walk:
    def __init__(self, graph: Graph, tape: Tape) -> None:
        self.graph = graph
        self.tape = tape
        self.values: dict[str | int, object] = {}
        self.turns: dict[int, int] = {}

    def notes(self) -> Notes:
        with suppress(TooLongError):
            self.go()
        return self.tape.notes

    def go(self) -> None:
        number: int | None = 0
        while number is not None:
            following = self.block(number)
            if following is not None and following not in self.graph.blocks[number].loops:
                self.turns[following] = 0  # a loop that is entered anew begins anew
            number = following

    def block(self, number: int) -> int | None:
        block = self.graph.blocks[number]
        for step in block.steps:
            if not self.step(step):
                return block.handler
        end = block.terminator
        if isinstance(end, Goto):
            return end.target
        if isinstance(end, BranchOn):
            return end.then if self.value(end.condition) else end.other
        if isinstance(end, NextOf):
            self.turns[number] = (self.turns.get(number, 0) + 1) % 3
            return end.body if self.turns[number] else end.exit
        if isinstance(end, Dispatch):
            return next(target for target in end.targets if self.takes(target))
        assert isinstance(end, Leave)
        return None

    def step(self, step: object) -> bool:
        """Run one step; False when it raises."""
        if isinstance(step, Call):
            argument = step.arguments[0].value
            assert isinstance(argument, Const)
            if step.function == Name("m"):
                self.values[step.result.number] = argument.text
                return True
            self.values[step.result.number] = outcome = self.tape.call(int(argument.text))
            return outcome is not None
        if isinstance(step, Assign):
            self.values[step.target] = self.value(step.value)
        elif isinstance(step, Enter):
            self.tape.note(f"enter {self.value(step.manager)}")
        elif isinstance(step, Exit):
            self.tape.note(f"exit {self.value(step.manager)}")
        return True

    def takes(self, target: int) -> bool:
        steps = self.graph.blocks[target].steps
        caught = steps[0] if steps else None
        return not isinstance(caught, Catch) or caught.types != Name("F")

    def value(self, expression: Expr) -> object:
        if isinstance(expression, Temp):
            return self.values.get(expression.number)
        if isinstance(expression, Name):
            return self.values.get(expression.id)
        if isinstance(expression, Const):
            return expression.text == "True"
        if isinstance(expression, Op) and expression.operator == "not":
            return not self.value(expression.operands[0])
        assert not isinstance(expression, (Attr, Op)), expression
        return None
