"""Invent the expressions of small SPMD programs, within a scope of names. Statements are elsewhere."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from tests.simulation.language import Expr

LEADER_TESTS = ("{0} == 0", "0 == {0}", "{0} != 0", "{0} > 0", "{0} < 1", "not {0}", "{0} in (0,)")
# Each form with its negation, as collint and as the simulation reads them.
COMPARISONS = (
    (("{{0}} > {0}", "above({0}, {{0}})"), ("{{0}} <= {0}", "not above({0}, {{0}})")),
    (("{{0}} < {0}", "below({0}, {{0}})"), ("{{0}} >= {0}", "not below({0}, {{0}})")),
    (("{0} < {{0}}", "above({0}, {{0}})"), ("not {{0}} > {0}", "not above({0}, {{0}})")),
)
FIRST_THRESHOLD = 10


@dataclass
class Scope:
    """What a statement may use where it stands."""

    ints: list[str] = field(default_factory=list)
    bools: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    state: bool = False
    loop: bool = False
    returns: str = ""
    depth: int = 0

    def inner(self, *, loop: bool | None = None) -> Scope:
        """A block below: what it defines stays there."""
        return replace(
            self,
            ints=list(self.ints),
            bools=list(self.bools),
            loop=self.loop if loop is None else loop,
            depth=self.depth + 1,
        )


def name(text: str, kind: str) -> Expr:
    """A name, or anything else that is read as it is written."""
    return Expr(kind, text, text)


class Expressions:
    """Expressions over what a scope has; ``varying`` of them differ between ranks at their root."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.varying = rng.choice((0.05, 0.15, 0.4))
        self.count = 0
        self.constants = 0

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def threshold(self) -> int:
        """A number of its own for most comparisons: the simulation takes comparisons with two numbers as unrelated."""
        return FIRST_THRESHOLD + self.rng.choice((self.constant(), self.constant(), 1))

    def constant(self) -> int:
        self.constants += 1
        return self.constants

    def varies(self) -> bool:
        return self.rng.random() < self.varying

    def rank(self, scope: Scope) -> Expr:
        return name("rank" if "rank" in scope.ints and self.rng.random() < 0.7 else "dist.get_rank()", "rank")

    def group(self, scope: Scope) -> Expr:
        return name(self.rng.choice(scope.groups), "group")

    def expression(self, scope: Scope, kind: str) -> Expr:
        return self.integer(scope) if kind == "int" else self.boolean(scope)

    def setting(self) -> Expr:
        number = self.constant()
        return Expr("int", f"settings.value_{number}", f"K({number})")

    def integer(self, scope: Scope) -> Expr:
        if self.varies():
            local = ("random.random()", "time.time()", "dist.get_rank()")
            return name(self.rng.choice((*local, *(n for n in scope.ints if n == "rank"))), "int")
        roll = self.rng.random()
        if scope.state and roll < 0.15:
            return name(self.rng.choice(("state.limit", "state.count")), "int")
        known = [n for n in scope.ints if n != "rank"]
        if known and roll < 0.6:
            return name(self.rng.choice(known), "int")
        if known and roll < 0.7:
            return Expr(
                "int",
                "({0} + {1}) % 100",
                "({0} + {1}) % 100",
                (name(self.rng.choice(known), "int"), self.setting()),
            )
        if known and roll < 0.78:
            choice = Expr("int", "({0} if {1} else {2})", "({0} if {1} else {2})")
            return replace(choice, parts=(self.setting(), self.boolean(scope, 1), self.setting()))
        return self.setting()

    def boolean(self, scope: Scope, depth: int = 0) -> Expr:
        roll = self.rng.random() if depth < 2 else 1.0
        if self.varies():
            return self._varying_test(scope)
        known = scope.bools
        if known and roll < 0.35:
            flag = name(self.rng.choice(known), "bool")
            return flag if self.rng.random() < 0.6 else Expr("bool", "not {0}", "not {0}", (flag,))
        if roll < 0.45:
            operator = self.rng.choice(("and", "or"))
            form = f"({{0}} {operator} {{1}})"
            return Expr("bool", form, form, (self.boolean(scope, depth + 1), self.boolean(scope, depth + 1)))
        known = [n for n in scope.ints if n != "rank"]
        if not known:
            return name(self.rng.choice(scope.bools), "bool") if scope.bools else self._varying_test(scope)
        return self.comparison(name(self.rng.choice(known), "int"))

    def _varying_test(self, scope: Scope) -> Expr:
        if scope.state and self.rng.random() < 0.3:
            return name("state.leader", "bool")
        if self.rng.random() < 0.5:
            form = self.rng.choice(LEADER_TESTS)
            return Expr("bool", form, form, (self.rank(scope),))
        local = ("random.random()", "time.time()", "dist.get_rank()")
        return self.comparison(name(self.rng.choice(local), "int"))

    def comparison(self, value: Expr) -> Expr:
        shown, run = self.rng.choice(self.rng.choice(COMPARISONS))
        number = self.threshold()
        return Expr("bool", shown.format(number), run.format(number), (value,))

    def pair_of_tests(self, value: Expr) -> tuple[Expr, Expr]:
        if value.shown == "rank":
            yes = self.rng.choice(("{0} == 0", "{0} < 1", "not {0}"))
            no = self.rng.choice(("{0} != 0", "{0} > 0", "{0}", "not {0} == 0"))
            return Expr("bool", yes, yes, (value,)), Expr("bool", no, no, (value,))
        forms = self.rng.choice(COMPARISONS)
        number = self.threshold()
        one, other = (Expr("bool", shown.format(number), run.format(number), (value,)) for shown, run in forms)
        return one, other


def is_stable(expr: Expr) -> bool:
    """Whether an expression means the same when it is read again."""
    return "()" not in expr.text(True).replace("dist.get_rank()", "") and "state." not in expr.text(True)
