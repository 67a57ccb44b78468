"""The analysed program: its index, its vocabulary, and the body of any function on demand.

Bodies are lowered when first asked for and kept; nothing here reads files (texts are handed in) or decides what a name
means.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from collint.findings import NotAnalysed
from collint.ir.cfg import build
from collint.ir.dominance import any_dependence, attempts, control_dependence, decision, intervals
from collint.ir.expressions import LAMBDA
from collint.ir.graph import Graph
from collint.ir.ssa import build_values
from collint.ir.statements import Function
from collint.ir.values import ValueGraph
from collint.knowledge.vocabulary import Vocabulary
from collint.linking.lowering import Lowering
from collint.project.facts import MODULE_BODY, FunctionFacts, ModuleFacts
from collint.project.outline import outline
from collint.project.project import Project
from collint.record import Mutable, field
from collint.syntax.slices import SourceSlice

# A function with more blocks than this is reported as not analysed: nothing below is worse than quadratic in it.
MAX_BLOCKS = 4000
# Files whose lines are kept apart at a time: all of them would be the whole text once more.
SPLIT = 24


class Body(Mutable):
    """One function, whole: its graph and values, with what is derived from them on demand."""

    id: str
    module: str
    path: str
    function: Function
    graph: Graph
    values: ValueGraph
    memo: dict[object, object] = field(default_factory=dict)

    @property
    def qualname(self) -> str:
        return self.id.split(":", 1)[1]

    def controllers(self) -> tuple[frozenset[int], ...]:
        """For each block, the branch blocks on which it depends, directly or through others; raising is no branch."""
        found = self.memo.get("controllers")
        if found is None:
            found = self.memo["controllers"] = _closure(control_dependence(self.graph))
        return found  # type: ignore[return-value]

    def deciders(self) -> tuple[frozenset[int], ...]:
        """The same of whoever goes on: what a check that may raise depends on decides nothing behind it."""
        found = self.memo.get("deciders")
        if found is None:
            direct = decision(self.graph)
            found = self.memo["deciders"] = self.controllers() if direct is None else _closure(direct)
        return found  # type: ignore[return-value]

    def attempts(self) -> dict[int, tuple[int, ...]]:
        """The blocks where a ``try`` begins, with those to which what it raises goes."""
        found = self.memo.get("attempts")
        if found is None:
            found = self.memo["attempts"] = attempts(self.graph)
        return found  # type: ignore[return-value]

    def interrupters(self) -> tuple[frozenset[int], ...]:
        """For each block, the blocks that decide whether it runs by raising into a handler, or not."""
        found = self.memo.get("interrupters")
        if found is None:
            raising = frozenset(block.number for block in self.graph.blocks if block.handler is not None)
            whole = _closure(any_dependence(self.graph)) if raising else (raising,) * len(self.graph.blocks)
            few: dict[frozenset[int], frozenset[int]] = {}  # most blocks of a function share one answer
            parts = (blocks & raising for blocks in whole)
            found = self.memo["interrupters"] = tuple(few.setdefault(part, part) for part in parts)
        return found  # type: ignore[return-value]

    def dominates(self, above: int, below: int) -> bool:
        """Whether every way to ``below`` leads through ``above``."""
        found: tuple[list[int], list[int]] | None = self.memo.get("dominated")  # type: ignore[assignment]
        if found is None:
            found = self.memo["dominated"] = intervals(self.values.dominators)
        first, last = found
        return first[above] <= first[below] and last[below] <= last[above]


def _closure(direct: tuple[frozenset[int], ...]) -> tuple[frozenset[int], ...]:
    """Transitive control dependence, as sets of bits. Each round adds a pair, so that it ends in blocks² rounds."""
    whole = [sum(1 << other for other in blocks) for blocks in direct]
    depending = [(number, tuple(blocks)) for number, blocks in enumerate(direct) if blocks]
    changed = True
    while changed:
        changed = False
        for number, blocks in depending:
            found = whole[number]
            for other in blocks:
                found |= whole[other]
            if found != whole[number]:
                whole[number], changed = found, True
    return tuple(map(_bits, whole))


@lru_cache(maxsize=1 << 14)
def _bits(whole: int) -> frozenset[int]:
    """The places of the bits of a number. Most sets are small, and the same in many functions."""
    text = bin(whole)
    return frozenset(place for place, bit in enumerate(reversed(text)) if bit == "1")


class Program(Mutable):
    """Everything that later rooms ask about the code under analysis.

    ``text_of`` gives the text of a file by its relative path; ``not_analysed`` collects what had to be left out.
    """

    project: Project
    vocabulary: Vocabulary
    text_of: Callable[[str], str]
    lowering: Lowering = field(default_factory=Lowering)
    bodies: dict[str, Body | None] = field(default_factory=dict)
    not_analysed: list[NotAnalysed] = field(default_factory=list)
    lowered: set[str] = field(default_factory=set)
    split: dict[str, list[str]] = field(default_factory=dict)
    memo: dict[object, object] = field(default_factory=dict)

    def body(self, function_id: str) -> Body | None:
        """The body of a function, lowered now if need be; None when it is unknown or could not be analysed."""
        if function_id not in self.bodies:
            self._lower(function_id)
        return self.bodies.get(function_id)

    def facts(self, function_id: str) -> FunctionFacts | None:
        """What the index knows of a function; lambdas have no facts."""
        return self.project.function(function_id)

    def path(self, module: str) -> str:
        """The file of a module, or an empty string."""
        return self.project.path(module) or ""

    # --------------------------------------------------------------------------------------------------------

    def _lower(self, function_id: str) -> None:
        self.bodies.setdefault(function_id, None)
        root = self._outermost(function_id)
        if root is None or root.id in self.lowered:
            return
        self.lowered.add(root.id)
        module = self.project.module(root.module)
        if module is None:
            return
        text, first = self._slice(module, root)
        result = self.lowering.of(SourceSlice(text, root.qualname, first, module.name, module.is_package))
        if result.problem:
            self._leave_out(module.path, root.def_line, root.qualname, result.problem)
            return
        for qualname, function in result.functions.items():
            self._keep(f"{root.module}:{qualname}", module.name, module.path, function)

    def _outermost(self, function_id: str) -> FunctionFacts | None:
        """The definition whose text holds a function: itself, what it nests in, or what is around a lambda."""
        facts = self.project.function(function_id)
        module, _, qualname = function_id.partition(":")
        while facts is None and LAMBDA in qualname:
            qualname = qualname.rpartition(f".{LAMBDA}")[0]
            facts = self.project.function(f"{module}:{qualname or '<module>'}")
        for _ in range(64):
            if facts is None or facts.parent is None or facts.qualname == "<module>":
                return facts
            above = self.project.function(f"{facts.module}:{facts.parent}")
            if above is None:
                return facts
            facts = above
        return facts

    def _slice(self, module: ModuleFacts, facts: FunctionFacts) -> tuple[str, int]:
        lines = self.lines(module.path)
        if facts.qualname == MODULE_BODY:
            return "\n".join(outline(module, lines)), 1
        return "\n".join(lines[facts.start_line - 1 : facts.end_line]), facts.start_line

    def lines(self, path: str) -> list[str]:
        """The lines of a file, as Python counts them."""
        found = self.split.pop(path, None)
        if found is None:
            # Not splitlines(): Python counts no line at a form feed or a unicode separator.
            text = self.text_of(path).replace("\r\n", "\n").replace("\r", "\n")
            found = text.split("\n")
        self.split[path] = found  # the last one asked for is the last to go
        if len(self.split) > SPLIT:
            del self.split[next(iter(self.split))]
        return found

    def _keep(self, function_id: str, module: str, path: str, function: Function) -> None:
        try:
            graph = build(function)
            if len(graph.blocks) > MAX_BLOCKS:
                self._leave_out(
                    path, function.span.line, function.qualname, f"more than {MAX_BLOCKS} branches and joins"
                )
                return
            values = build_values(graph)
        except RecursionError:
            self._leave_out(path, function.span.line, function.qualname, "nests too deeply")
            return
        self.bodies[function_id] = Body(function_id, module, path, function, graph, values)

    def _leave_out(self, path: str, line: int, what: str, reason: str) -> None:
        self.not_analysed.append(NotAnalysed(path, line, what, reason))
