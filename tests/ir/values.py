"""Value graphs of small programs, and random programs whose reaching definitions are evident. Holds no assertions.

Every definition assigns a constant of its own and every use prints a variable beside a number of its own, so that what
a use may read is seen in both the program and the graph. Any branch may go either way; inside a ``try`` with a handler
any print may raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from textwrap import dedent, indent
from typing import Union

from hypothesis import strategies as st

from collint.ir.cfg import build
from collint.ir.expressions import Const
from collint.ir.ssa import build_values
from collint.ir.values import Value, ValueGraph
from collint.syntax.lower import SourceSlice, lower

VARIABLES = ("x", "y")
UNSET = "unset"


def values(source: str, parameters: str = "") -> ValueGraph:
    """The value graph of a function ``f`` whose statements are ``source``."""
    text = f"def f({parameters}):\n" + indent(dedent(source).strip("\n") + "\n", "    ")
    return build_values(build(lower(SourceSlice(text, "f", 1, "m", False)).functions["f"]))


def call_named(graph: ValueGraph, name: str) -> Value:
    """The first call of a function of this name."""
    return next(graph[site.node] for site in graph.calls if getattr(site.call.function, "id", "") == name)


def shown(graph: ValueGraph, node: int, depth: int = 6) -> str:
    """A value in one line; a phi as ``{a | b}``, a value after a call as ``value'``."""
    value = graph[node]
    inner = [shown(graph, argument, depth - 1) if depth else "…" for argument in value.arguments]
    if value.kind == "phi":
        return "{" + " | ".join(sorted(inner)) + "}"
    if value.kind == "after":
        return inner[0] + "'"
    if value.kind == "attr":
        return f"{inner[0]}.{value.label}"
    if value.kind == "op":
        return f" {value.label} ".join(inner) if len(inner) > 1 else f"{value.label} {inner[0]}"
    if value.kind == "call":
        return f"{inner[0]}({', '.join(inner[1:])})"
    if value.kind in ("const", "name", "parameter", "import"):
        return str(value.label)
    return f"{value.kind}({', '.join(inner)})"


def read(graph: ValueGraph, function: str) -> str:
    """What the first argument of the first call of ``function`` is."""
    return shown(graph, call_named(graph, function).arguments[1])


# ------------------------------------------------------------------------------------------------ random programs


@dataclass(frozen=True)
class Simple:
    """A definition (``variable`` and ``number``), a use, or a jump."""

    kind: str
    variable: str = ""


@dataclass(frozen=True)
class Compound:
    """``if``, ``while``, ``for``, ``except`` (``try`` with a bare handler) or ``finally``, with its two blocks."""

    kind: str
    first: Block
    second: Block


Statement = Union[Simple, Compound]
Block = tuple[Statement, ...]

_variables = st.sampled_from(VARIABLES)
_simple = st.one_of(
    st.builds(Simple, st.just("set"), _variables),
    st.builds(Simple, st.just("use"), _variables),
    st.builds(Simple, st.sampled_from(("break", "continue", "return", "use", "use"))),
)
_KINDS = ("if", "while", "for", "except", "finally")


def _compound(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Statement]:
    block = st.lists(inner, max_size=3).map(tuple)
    return st.builds(Compound, st.sampled_from(_KINDS), block, block)


_statements = st.recursive(_simple, _compound, max_leaves=14)
programs: st.SearchStrategy[Block] = st.lists(_statements, min_size=1, max_size=6).map(tuple)

Environment = dict[str, frozenset[str]]
HEADS = {"if": ("if c:", "else:"), "while": ("while c:", "else:"), "for": ("for _ in s:", "else:")}
HEADS |= {"except": ("try:", "except:"), "finally": ("try:", "finally:")}


@dataclass
class Reading:
    """Walks a program: writes its text, and for each use notes which definitions reach it."""

    lines: list[str] = field(default_factory=list)
    reaching: dict[str, set[str]] = field(default_factory=dict)

    def text(self, program: Block) -> str:
        self._write(program, "", loop=False, numbers=count())
        return "\n".join(self.lines) or "pass"

    def _write(self, block: Block, margin: str, *, loop: bool, numbers: Iterator[int]) -> None:
        for statement in block or (Simple("pass"),):
            if isinstance(statement, Compound):
                for head, inner in zip(HEADS[statement.kind], (statement.first, statement.second), strict=True):
                    # The else of a loop belongs to what is around the loop.
                    inside = loop or (statement.kind in ("while", "for") and head != "else:")
                    self.lines.append(margin + head)
                    self._write(inner, margin + "    ", loop=inside, numbers=numbers)
            else:
                self.lines.append(margin + _line(statement, next(numbers), loop=loop))

    # ------------------------------------------------------------------------------------ which definitions reach

    def follow(self, program: Block) -> None:
        """Note for every use what reaches it, turning in each loop until nothing new arrives."""
        start = {variable: frozenset({UNSET}) for variable in VARIABLES}
        while True:
            before = {use: set(found) for use, found in self.reaching.items()}
            self._block(program, start, loop=False, caught=False, numbers=count())
            if self.reaching == before:
                return

    def _block(self, block: Block, at: Environment | None, *, loop: bool, caught: bool, numbers: Iterator[int]) -> Ways:
        ways: Ways = {"on": at}
        for statement in block or (Simple("pass"),):
            here = ways.pop("on", None)
            if isinstance(statement, Compound):
                found = self._compound(statement, here, loop=loop, caught=caught, numbers=numbers)
            else:
                found = self._simple(statement, next(numbers), here, loop=loop, caught=caught)
            ways = _joined(ways, found)
        return ways

    def _simple(self, statement: Simple, number: int, at: Environment | None, *, loop: bool, caught: bool) -> Ways:
        if at is None:
            return {}
        kind = statement.kind
        if kind == "set":
            return {"on": {**at, statement.variable: frozenset({f"d{number}"})}}
        if kind == "use" and statement.variable:
            self.reaching.setdefault(f"u{number}", set()).update(at[statement.variable])
            return {"on": at, "raise": at} if caught else {"on": at}
        if kind == "return" or (kind in ("break", "continue") and loop):
            return {kind: at}
        return {"on": at}

    def _compound(
        self, part: Compound, at: Environment | None, *, loop: bool, caught: bool, numbers: Iterator[int]
    ) -> Ways:
        first, second = part.first, part.second
        if part.kind == "if":
            one = self._block(first, at, loop=loop, caught=caught, numbers=numbers)
            return _joined(one, self._block(second, at, loop=loop, caught=caught, numbers=numbers))
        if part.kind in ("while", "for"):
            return self._loop(part, at, loop=loop, caught=caught, numbers=numbers)
        within = self._block(first, at, loop=loop, caught=caught or part.kind == "except", numbers=numbers)
        if part.kind == "except":
            # Where no call can raise, the handler is for something else: a graph lets that happen at the start.
            arrived = within.pop("raise", None) or at
            return _joined(within, self._block(second, arrived, loop=loop, caught=caught, numbers=numbers))
        return self._finally(second, within, loop=loop, caught=caught, numbers=numbers)

    def _loop(
        self, part: Compound, at: Environment | None, *, loop: bool, caught: bool, numbers: Iterator[int]
    ) -> Ways:
        own = list(numbers_of(part, numbers))
        head = at
        while True:
            counted = iter(own)
            turn = self._block(part.first, head, loop=True, caught=caught, numbers=counted)
            again = _joined({"on": head}, {"on": turn.get("on")}, {"on": turn.get("continue")}).get("on")
            if again == head:
                break
            head = again
        over = self._block(part.second, head, loop=loop, caught=caught, numbers=counted)
        leaves: Ways = {kind: turn[kind] for kind in ("return", "raise") if kind in turn}
        return _joined(over, leaves, {"on": turn.get("break")})

    def _finally(self, final: Block, within: Ways, *, loop: bool, caught: bool, numbers: Iterator[int]) -> Ways:
        own = list(numbers_of(final, numbers))
        ways: Ways = {}
        for kind in sorted(within):
            done = self._block(final, within[kind], loop=loop, caught=caught, numbers=iter(own))
            ended = done.pop("on", None)
            ways = _joined(ways, done, {kind: ended})
        return ways


Ways = dict[str, Union[Environment, None]]


def numbers_of(part: Compound | Block, numbers: Iterator[int]) -> Iterator[int]:
    """As many numbers as the simple statements in a part take."""
    if isinstance(part, Compound):
        yield from numbers_of(part.first, numbers)
        yield from numbers_of(part.second, numbers)
        return
    for statement in part or (Simple("pass"),):
        if isinstance(statement, Compound):
            yield from numbers_of(statement, numbers)
        else:
            yield next(numbers)


def _joined(*many: Ways) -> Ways:
    ways: Ways = {}
    for some in many:
        for kind, at in some.items():
            known = ways.get(kind)
            if at is not None:
                ways[kind] = at if known is None else {name: known[name] | at[name] for name in at}
    return ways


def _line(statement: Simple, number: int, *, loop: bool) -> str:
    if statement.kind == "set":
        return f"{statement.variable} = 'd{number}'"
    if statement.kind == "use" and statement.variable:
        return f"print({statement.variable}, 'u{number}')"
    if statement.kind == "return" or (statement.kind in ("break", "continue") and loop):
        return statement.kind
    return "pass"


def definitions_read(graph: ValueGraph) -> dict[str, set[str]]:
    """For each use in a graph, the definitions that it reads; a use that a ``finally`` repeats counts once."""
    found: dict[str, set[str]] = {}
    for site in graph.calls:
        label = site.call.arguments[1].value
        assert isinstance(label, Const)
        found.setdefault(label.text.strip("'"), set()).update(_leaves(graph, graph[site.node].arguments[1]))
    return found


def _leaves(graph: ValueGraph, start: int) -> Iterator[str]:
    seen, work = {start}, [start]
    while work:
        value = graph[work.pop()]
        if value.kind == "phi":
            work += [node for node in value.arguments if node not in seen]
            seen.update(value.arguments)
        else:
            yield str(value.label).strip("'") if value.kind == "const" else UNSET
