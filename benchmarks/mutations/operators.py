"""The mistakes that are planted: each rewrites the statement of a spot so that ranks of its group part there.

Every operator says which rules would name the mistake. Why each is a hazard: the test singles out one rank of the whole
job, or of the spot's own group, so that some group that has it holds another rank as well; two operations are exchanged
only where both classes need the same ranks (one group, or the default group beside any other); a group is dropped or
split only where one was given. Groups of a single rank make all of it harmless, as they do for real mistakes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.mutations.spots import COLLECTIVES, Spot

STEP = "    "
REDUCING = frozenset({"all_reduce", "reduce"})


@dataclass(frozen=True, slots=True)
class Change:
    """New lines in the place of lines ``start`` to ``end`` (from 1) of a file."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A spot with the lines of its file, and a number that chooses among spellings."""

    spot: Spot
    lines: tuple[str, ...]
    choice: int

    @property
    def indent(self) -> str:
        """What stands before the statement."""
        first = self.lines[self.spot.statement.lineno - 1]
        return first[: len(first) - len(first.lstrip())]

    def text(self, node: ast.stmt) -> tuple[str, ...]:
        """The lines of a statement."""
        return self.lines[node.lineno - 1 : node.end_lineno]

    def instead(self, *lines: str) -> Change:
        """These lines, indented, in the place of the spot's statement; lines of its own text come as they are."""
        own = {line for node in (self.spot.statement, *self.spot.following) for line in self.text(node)}
        placed = tuple(line if line in own or line.startswith("\0") else self.indent + line for line in lines)
        end = self.spot.statement.end_lineno or self.spot.statement.lineno
        return Change(self.spot.statement.lineno, end, tuple(line.lstrip("\0") for line in placed))

    def deeper(self, node: ast.stmt) -> tuple[str, ...]:
        """The lines of a statement, one step further in."""
        return tuple("\0" + STEP + line if line.strip() else "\0" for line in self.text(node))


Operator = Callable[[Plan], "Change | None"]


def rank_test(plan: Plan) -> tuple[tuple[str, ...], str]:
    """A test that holds on one rank: the lines that go before it, and the expression."""
    dist, group = plan.spot.dist, plan.spot.group
    spellings: list[tuple[tuple[str, ...], str]] = [
        ((), f"{dist}.get_rank() == 0"),
        ((f"is_first = {dist}.get_rank() == 0",), "is_first"),
        ((), f"{dist}.get_rank() == {dist}.get_world_size() - 1"),
        (("from os import environ",), 'int(environ["RANK"]) == 0'),
    ]
    if re.fullmatch(r"[\w.()]+", group) and group != "None":
        spellings.append(((), f"{dist}.get_rank(group={group}) == 0"))
    return spellings[plan.choice % len(spellings)]


def guard(plan: Plan) -> Change | None:
    """Only one rank comes to the collective."""
    before, test = rank_test(plan)
    return _guarded(plan, before, test)


def host_guard(plan: Plan) -> Change | None:
    """Only ranks whose machine looks so come to the collective."""
    tests: list[tuple[tuple[str, ...], str]] = [
        (("from pathlib import Path as HostPath",), 'HostPath("/var/run/ready").exists()'),
        (("from time import time as now",), "now() % 60 < 30"),
        (("from os import listdir",), 'len(listdir("/var/cache/shards")) > 0'),
    ]
    if plan.spot.dist == "torch.distributed":
        tests.append(((), "torch.cuda.mem_get_info()[0] > 1 << 30"))
    before, test = tests[plan.choice % len(tests)]
    return _guarded(plan, before, test)


def data_guard(plan: Plan) -> Change | None:
    """Only ranks whose own contents look so reduce them."""
    payload = plan.spot.payload
    at = plan.spot.statement.lineno - 1
    made = re.compile(rf"\b{payload} = \S*(zeros|ones|full|empty)\(")
    if plan.spot.op not in REDUCING or not payload or any(map(made.search, plan.lines[max(0, at - 6) : at])):
        return None  # what was just filled with a constant is equal everywhere
    tests = (f"{payload}.sum().item() > 0", f"bool({payload}.any())", f"{payload}.max().item() > 1")
    return _guarded(plan, (), tests[plan.choice % len(tests)])


def _guarded(plan: Plan, before: tuple[str, ...], test: str) -> Change | None:
    node = plan.spot.statement
    lines = (*before, f"if {test}:", *plan.deeper(node))
    if isinstance(node, ast.Assign):
        if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name) or not plan.spot.payload:
            return None
        lines = (*lines, "else:", f"{STEP}{node.targets[0].id} = {plan.spot.payload}")
    return plan.instead(*lines)


def leave(plan: Plan) -> Change | None:
    """All ranks but one leave before the collective: out of the function, or of the turn or loop around it."""
    if not plan.spot.can_return:
        return None
    words = ("return", "continue", "break") if plan.spot.loop is not None else ("return",)
    before, test = rank_test(plan)
    word = words[plan.choice // 5 % len(words)]
    return plan.instead(*before, f"if not ({test}):", STEP + word, *plan.text(plan.spot.statement))


def reorder(plan: Plan) -> Change | None:
    """One rank issues two collectives the other way round: the statement and the next one, or a barrier."""
    spot = plan.spot
    if isinstance(spot.statement, ast.Return):
        return None
    before, test = rank_test(plan)
    after = spot.following[0] if spot.following else None
    if isinstance(after, (ast.Expr, ast.Assign)) and _is_other(spot, after):
        own, other = plan.deeper(spot.statement), plan.deeper(after)
        change = plan.instead(*before, f"if {test}:", *other, *own, "else:", *own, *other)
        return Change(change.start, after.end_lineno or after.lineno, change.lines)
    if spot.op == "barrier":
        return None
    own, other = plan.deeper(spot.statement), (f"{STEP}{spot.dist}.barrier()",)
    return plan.instead(*before, f"if {test}:", *other, *own, "else:", *own, *other)


def _is_other(spot: Spot, after: ast.Expr | ast.Assign) -> bool:
    """Whether a statement is another plain collective that needs the same ranks."""
    call = after.value
    if spot.hops or not isinstance(call, ast.Call) or not ast.unparse(call.func).startswith(f"{spot.dist}."):
        return False
    op = ast.unparse(call.func).rpartition(".")[2]
    group = next((ast.unparse(word.value) for word in call.keywords if word.arg == "group"), "")
    return op in COLLECTIVES and ((group == spot.group and op != spot.op) or (group == "") != (spot.group == ""))


def drop_group(plan: Plan) -> Change | None:
    """The collective runs on the default group instead of the one that it was given."""
    return _regrouped(plan, "None")


def split_group(plan: Plan) -> Change | None:
    """One rank issues the collective on the default group, the others on the group that it was given."""
    before, test = rank_test(plan)
    return _regrouped(plan, f"None if {test} else {plan.spot.group}", before)


def _regrouped(plan: Plan, text: str, before: tuple[str, ...] = ()) -> Change | None:
    word = next((word for word in plan.spot.call.keywords if word.arg == "group"), None)
    if word is None or not plan.spot.group or plan.spot.group == "None" or word.value.lineno != word.value.end_lineno:
        return None
    if "WORLD" in plan.spot.group.upper():
        return None
    own = list(plan.text(plan.spot.statement))
    at = word.value.lineno - plan.spot.statement.lineno
    line = own[at].encode()
    own[at] = (line[: word.value.col_offset] + text.encode() + line[word.value.end_col_offset :]).decode()
    return plan.instead(*before, *("\0" + line for line in own))


def local_bound(plan: Plan) -> Change | None:
    """The number of turns around the collective is each rank's own; where there is no loop, one is put around it."""
    spot = plan.spot
    turns = f"{spot.dist}.get_rank() + 1"
    if spot.dist == "torch.distributed" and plan.choice % 2:
        turns = "torch.cuda.mem_get_info()[0] >> 30"
    if spot.loop is None:
        if isinstance(spot.statement, ast.Return):
            return None
        return plan.instead(f"for _ in range({turns}):", *plan.deeper(spot.statement))
    text = ast.unparse(spot.loop.iter)
    return _header(plan, f"list({text})[{spot.dist}.get_rank():]")


def unordered(plan: Plan) -> Change | None:
    """The order of the turns around the collective is that of a set; where there is no loop, a set of two tensors."""
    spot, node = plan.spot, plan.spot.statement
    if spot.loop is None:
        if spot.op not in REDUCING or not spot.payload or not isinstance(node, ast.Expr):
            return None
        name, own = spot.payload, plan.deeper(node)
        return plan.instead(f"for {name} in {{{name}, {name}.clone()}}:", *own)
    text = ast.unparse(spot.loop.iter)
    used = {one.id for argument in spot.call.args for one in ast.walk(argument) if isinstance(one, ast.Name)}
    targets = {one.id for one in ast.walk(spot.loop.target) if isinstance(one, ast.Name)}
    if re.match(r"(range|enumerate|zip|reversed)\(", text) or not used & targets:
        return None
    return _header(plan, f"set({text})")


def _header(plan: Plan, text: str) -> Change | None:
    loop = plan.spot.loop
    assert loop is not None
    if loop.lineno != loop.iter.end_lineno or loop.body[0].lineno == loop.lineno:
        return None
    line = plan.lines[loop.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    return Change(loop.lineno, loop.lineno, (f"{indent}for {ast.unparse(loop.target)} in {text}:",))


def swallow(plan: Plan) -> Change | None:
    """A file that one rank cannot read is passed over, and the collective with it."""
    if isinstance(plan.spot.statement, ast.Return):
        return None
    return plan.instead(
        "try:",
        f'{STEP}with open("/var/run/state.json") as state_file:',
        f"{STEP}{STEP}state_file.read()",
        *plan.deeper(plan.spot.statement),
        "except OSError:",
        f"{STEP}pass",
    )


OPERATORS: dict[str, tuple[Operator, frozenset[str]]] = {
    "guard by rank": (guard, frozenset({"COL101", "COL102", "COL106"})),
    "guard by machine": (host_guard, frozenset({"COL101", "COL102"})),
    "guard by own data": (data_guard, frozenset({"COL101", "COL102", "COL106"})),
    "leave before": (leave, frozenset({"COL101", "COL102", "COL103"})),
    "reorder two": (reorder, frozenset({"COL101", "COL402"})),
    "drop the group": (drop_group, frozenset({"COL205"})),
    "split the group": (split_group, frozenset({"COL101", "COL206"})),
    "local loop bound": (local_bound, frozenset({"COL103"})),
    "iterate over a set": (unordered, frozenset({"COL403"})),
    "swallow an error": (swallow, frozenset({"COL104"})),
}
"""Each operator by the name that tables show, with the rules that name its mistake."""
