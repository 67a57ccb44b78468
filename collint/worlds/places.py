"""Ranks, sizes and other places of a process: what packs and names say of parameters, attributes and the environment.

The values are those of one rank of a small world; what calls do is :mod:`collint.worlds.calls`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collint.ir.expressions import CallExpr, Const, Expr, Index, Name, Op
from collint.ir.statements import Parameter
from collint.knowledge.rows import Rank
from collint.linking.meaning import Meaning
from collint.linking.program import Body
from collint.linking.references import ExternalIs, ObjectIs, Ref, Refs, Symbol, in_order
from collint.project.decorators import is_self
from collint.worlds.builtins import BUILTINS
from collint.worlds.trace import Stopped
from collint.worlds.values import UNKNOWN, Instance, Value, applied, literal

if TYPE_CHECKING:
    from collint.worlds.machine import Machine

# Parameters and attributes that say what they hold, where no pack does.
RANK_NAMES = frozenset(
    "rank global_rank world_rank my_rank cur_rank current_rank process_index rank_id stage stage_id pp_rank".split()
)
SIZE_NAMES = frozenset("world_size num_ranks nprocs num_processes pp_size num_stages n_ranks n_stages".split())
# A parameter that says it counts something (rounds, microbatches) is this many, where nobody calls the function: any
# number that all ranks share will do to see whether they count alike.
A_COUNT = 5
_COUNTS = re.compile(
    r"(num|n|count|total)_\w+|\w+_count|n|num|count|steps|rounds|iters|iterations|epochs|repeats|chunks"
)
MAX_TERMS = 5


class Places:
    """Where one rank stands."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.meanings = machine.conditions.meanings
        self.vocabulary = self.meanings.vocabulary
        self.evaluator = machine.evaluator

    def outermost(self, body: Body, parameter: Parameter) -> Value:
        """A parameter of the function with which a run begins."""
        facts = self.machine.program.facts(body.id)
        if facts is not None and is_self(facts, parameter.name):
            return Instance(f"{facts.module}:{facts.owner}")
        if parameter.name in RANK_NAMES:
            return self.machine.rank
        if parameter.name in SIZE_NAMES:
            return self.machine.size
        if _COUNTS.fullmatch(parameter.name) and self.vocabulary.parameter_hint(parameter.name) is None:
            return A_COUNT
        default = literal(parameter.default.text) if isinstance(parameter.default, Const) else UNKNOWN
        if isinstance(default, int) and not isinstance(default, bool) and default >= 0:
            return default
        refs = self.evaluator.expressions.of_parameter(facts, parameter) if facts is not None else frozenset()
        only = next(iter(refs)) if len(refs) == 1 else None
        return Instance(only.class_id) if isinstance(only, ObjectIs) and only.group is None else UNKNOWN

    def in_place(self, module: str, expression: Expr, depth: int = 0) -> Value:
        """A module variable's value where it is a literal, a rank, a size, or made of these."""
        if isinstance(expression, Const):
            return literal(expression.text)
        if depth > MAX_TERMS:
            return UNKNOWN
        if isinstance(expression, Op):
            return applied(
                expression.operator, [self.in_place(module, part, depth + 1) for part in expression.operands]
            )
        if isinstance(expression, Name):
            return self.variable(module, expression.id, depth + 1)
        if isinstance(expression, Index) and isinstance(expression.index, Const):
            return self.entry(self.evaluator.of_expression(module, "<module>", expression.base), expression.index)
        if isinstance(expression, CallExpr):
            return self._called_in_place(module, expression, depth)
        return UNKNOWN

    def _called_in_place(self, module: str, expression: CallExpr, depth: int) -> Value:
        meaning = self.meanings.of_refs(self.evaluator.of_expression(module, "<module>", expression.function))
        arguments = [self.in_place(module, argument.value, depth + 1) for argument in expression.arguments]
        if meaning.rank is not None and not arguments:
            return self._tested(self._rank_in({meaning.rank.of}), meaning.rank)
        for name in meaning.names:
            if name in BUILTINS:
                return BUILTINS[name](arguments)
            size = self.vocabulary.size(name)
            if size is not None and size.side == "data" and not arguments:
                return self._size_of({size.of})
            if arguments and isinstance(arguments[0], str):
                return self.environment(f"{name}[{arguments[0]}]", "call")
        return UNKNOWN

    def variable(self, module: str, name: str, depth: int = 0) -> Value:
        """A module variable that is written once."""
        writes = self.machine.program.project.module_writers(module, name)
        values = {write.assign.value for write in writes}
        only = next(iter(values)) if len(values) == 1 else None
        return UNKNOWN if only is None else self.in_place(module, only, depth)

    def attribute(self, ref: Ref, name: str) -> Value:
        """What packs say of an attribute: a rank, a size."""
        members = self.evaluator.members
        handle, group = members.handle(ref), members.group_of(ref)
        if handle is not None and group is not None:
            if name in handle.ranks:
                return self._rank_in({group.group})
            if name in handle.leaders:
                leader = self.machine.size - 1 if "last" in name else 0
                return self._rank_in({group.group}) == leader
            if name in handle.uniform and name == "world_size":
                return self._size_of({group.group})
        owners = members.class_names(ref.class_id) if isinstance(ref, ObjectIs) else (getattr(ref, "name", ""),)
        for owner in owners:
            row = self.vocabulary.rank(f"{owner}.{name}", "attribute")
            if row is not None:
                return self._tested(self._rank_in({row.of}), row)
            size = self.vocabulary.size(f"{owner}.{name}", "attribute")
            if size is not None and size.side == "data":
                return self._size_of({size.of})
        return UNKNOWN

    def entry(self, refs: Refs, key: Const) -> Value:
        for ref in in_order(refs):
            if isinstance(ref, ExternalIs):
                return self.environment(f"{ref.name}[{key.text[1:-1]}]", "attribute")
        return UNKNOWN

    def environment(self, name: str, kind: str) -> Value:
        if self.vocabulary.rank(name, kind) is not None:  # type: ignore[arg-type]
            return str(self.machine.rank)
        if name.endswith("WORLD_SIZE]"):
            return str(self.machine.size)
        return UNKNOWN

    def rank(self, body: Body, node: int, meaning: Meaning) -> Value:
        assert meaning.rank is not None
        groups = {c.group for c in self.machine.conditions.groups.of_rank(body, node, meaning)}
        return self._tested(self._rank_in(groups), meaning.rank)

    def _rank_in(self, groups: set[str | Symbol]) -> Value:
        self._speak_of(groups)
        return self.machine.rank

    def _tested(self, rank: Value, row: Rank) -> Value:
        if row.space == "local" or (row.test and row.test != "== 0"):
            return UNKNOWN
        return rank == 0 if row.test else rank

    def size(self, body: Body, node: int, meaning: Meaning) -> Value | None:
        for name in meaning.names:
            row = self.vocabulary.size(name)
            if row is not None:
                place = self.meanings.argument(body, node, row.group) if row.group else None
                known = self.machine.conditions.groups.of_value(body, place, row.of) if place is not None else ()
                size = self._size_of({c.group for c in known} or {row.of})
                return list(range(self.machine.size)) if row.side == "extent" else size
        return None

    def _size_of(self, groups: set[str | Symbol]) -> Value:
        self._speak_of(groups)
        return self.machine.size

    def _speak_of(self, groups: set[str | Symbol]) -> None:
        """A world is one group; a run that counts in two different ones cannot be followed."""
        self.machine.groups |= groups - {"world"}
        if len(self.machine.groups) > 1:
            raise Stopped("unknown")
