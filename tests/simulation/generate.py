"""Invent small SPMD programs from a seed, statement by statement. What they mean is said elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.simulation.expressions import Expressions, Scope, is_stable, name
from tests.simulation.language import Block, Expr, Program, Statement, walk


@dataclass(frozen=True)
class Helper:
    """A function that was invented earlier: its name, the kinds of its parameters and of its result."""

    name: str
    parameters: tuple[str, ...]
    result: str


def program(seed: int) -> Program:
    """The program of a seed."""
    return Inventor(random.Random(seed)).program()


class Inventor(Expressions):
    """One program in the making."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.helpers: list[Helper] = []
        self.with_state = rng.random() < 0.3

    def program(self) -> Program:
        parts: list[Statement] = [self._state_class()] if self.with_state else []
        parts += [self._helper() for _ in range(self.rng.choice((0, 1, 1, 2)))]
        return (*parts, self._main())

    # --------------------------------------------------------------------------------------------- functions

    def _main(self) -> Statement:
        scope = Scope(["config", "steps", "rank"], [], ["None", "pair"], self.with_state)
        first = [simple("rank = dist.get_rank()"), simple("pair = dist.new_group()")]
        if self.with_state:
            first.append(simple("state = State(rank, steps)"))
        for helper in self.helpers:
            first += self._call(scope, helper)
        body = self._statements(scope, self.rng.randint(2, 6), top=True)
        return Statement("def", ("def main(config, steps):",), blocks=((*first, *body),))

    def _state_class(self) -> Statement:
        lines = (simple("self.leader = rank == 0"), simple("self.limit = limit"), simple("self.count = 0"))
        start = Statement("def", ("def __init__(self, rank, limit):",), blocks=(lines,))
        return Statement("class", ("class State:",), blocks=((start,),))

    def _helper(self) -> Statement:
        kinds = {"rank": "rank", "number": "int", "flag": "bool", "group": "group"}
        chosen = tuple(p for p in kinds if self.rng.random() < 0.5)
        scope = Scope(
            [p for p in chosen if kinds[p] in ("int", "rank")],
            [p for p in chosen if kinds[p] == "bool"],
            ["None", *(p for p in chosen if p == "group")],
            returns=self.rng.choice(("", "int", "bool")) or "None",
        )
        body = list(self._statements(scope, self.rng.randint(1, 4), top=True))
        if scope.returns != "None":
            body.append(self._return(scope))
        helper = Helper(self.fresh("helper"), tuple(kinds[p] for p in chosen), scope.returns)
        self.helpers.append(helper)
        return Statement("def", (f"def {helper.name}({', '.join(chosen)}):",), blocks=(tuple(body),))

    # -------------------------------------------------------------------------------------------- statements

    def _statements(self, scope: Scope, number: int, top: bool = False) -> Block:
        found: list[Statement] = []
        for position in range(number):
            found += self._one(scope)
            if not top and position == number - 1 and self.rng.random() < 0.15:
                found += self._leave(scope)
        return tuple(found)

    def _one(self, scope: Scope) -> list[Statement]:
        table: list[tuple[float, Callable[[Scope], list[Statement]]]] = [
            (4, self._event),
            (3, self._assign),
            (3, self._agree),
        ]
        if scope.depth < 3:
            table += [
                (5, self._if),
                (1.5, self._exit),
                (1.2, self._balanced),
                (1.2, self._complementary),
                (1.5, self._for),
                (0.8, self._while),
                (0.5, self._try),
                (0.8, self._level),
                (0.5, self._nested),
            ]
        if self.helpers:
            table.append((3, self._call))
        if scope.state:
            table.append((1, self._store))
        weights = [weight for weight, _ in table]
        return self.rng.choices([make for _, make in table], weights)[0](scope)

    def _event(self, scope: Scope) -> list[Statement]:
        group = self.group(scope)
        form = self.rng.choice(("dist.barrier(group={0})", "dist.all_reduce(torch.tensor([1]), group={0})"))
        return [Statement("event", (form,), (group,))]

    def _agree(self, scope: Scope) -> list[Statement]:
        value, group = self.integer(scope), self.group(scope)
        box, result = self.fresh("box"), self.fresh("agreed")
        way = self.rng.randrange(4)
        if way == 0:
            lines = (
                f"{box} = torch.tensor([{{0}}])",
                f"dist.all_reduce({box}, group={{1}})",
                f"{result} = {box}.item()",
            )
        elif way == 1:
            lines = (
                f"{box} = [{{0}}]",
                f"dist.broadcast_object_list({box}, src=0, group={{1}})",
                f"{result} = {box}[0]",
            )
        else:
            pick = self.rng.choice(("max({})", "min({})", "{}[0]", *(("{}[dist.get_rank()]",) * self.varies())))
            lines = (
                f"{box} = [None] * dist.get_world_size()",
                f"dist.all_gather_object({box}, {{0}}, group={{1}})",
                f"{result} = {pick.format(box)}",
            )
        scope.ints.append(result)
        return [Statement("agree", (line,), (value, group)) for line in lines]

    def _assign(self, scope: Scope) -> list[Statement]:
        kind = self.rng.choice(("int", "bool"))
        known = scope.ints if kind == "int" else scope.bools
        value = self.expression(scope, kind)
        changeable = [n for n in known if n not in ("rank", "config", "steps")]
        if changeable and self.rng.random() < 0.7:
            target = self.rng.choice(changeable)
        else:
            target = self.fresh("number" if kind == "int" else "flag")
            known.append(target)
        return [Statement("assign", (f"{target} = {{0}}",), (value,))]

    def _store(self, scope: Scope) -> list[Statement]:
        return [Statement("store", ("state.count = {0}",), (self.integer(scope),))]

    def _if(self, scope: Scope) -> list[Statement]:
        blocks = [self._statements(scope.inner(), self.rng.randint(1, 2))]
        if self.rng.random() < 0.4:
            blocks.append(self._statements(scope.inner(), self.rng.randint(1, 2)))
        return [if_(self.boolean(scope), *blocks)]

    def _exit(self, scope: Scope) -> list[Statement]:
        leave = self._leave(scope)
        return [if_(self.boolean(scope), tuple(leave))] if leave else self._event(scope)

    def _leave(self, scope: Scope) -> list[Statement]:
        ways = [] if not scope.loop else ["break", "continue"]
        ways += ["return"] if scope.returns or scope.depth < 9 else []
        way = self.rng.choice(ways)
        return [simple(way)] if way != "return" else [self._return(scope)]

    def _return(self, scope: Scope) -> Statement:
        if scope.returns in ("int", "bool"):
            return Statement("return", ("return {0}",), (self.expression(scope, scope.returns),))
        return simple("return")

    def _balanced(self, scope: Scope) -> list[Statement]:
        """Arms that say the same, with other work around it."""
        same = tuple(self._event(scope))
        condition = self.boolean(scope)
        arms = [self._around(scope, same), self._around(scope, same)]
        return [if_(condition, *arms)]

    def _around(self, scope: Scope, same: Block) -> Block:
        work = self._assign(scope.inner())
        return (*work, *same) if self.rng.random() < 0.5 else (*same, *work)

    def _complementary(self, scope: Scope) -> list[Statement]:
        """Main process first: one class meets before the work, the other after it."""
        same = tuple(self._event(scope))
        value = name(self.rng.choice(scope.ints), "int") if scope.ints else None
        if value is not None and self.rng.random() < 0.8:
            tests = self.pair_of_tests(value)
        else:
            flag = self.boolean(scope, 1)
            tests = (flag, Expr("bool", "not ({0})", "not ({0})", (flag,)))
            if not is_stable(flag):
                return self._balanced(scope)
        work = [simple(f"{self.fresh('work')} = 0")]
        return [if_(tests[0], same), *work, if_(tests[1], same)]

    def _for(self, scope: Scope) -> list[Statement]:
        inner = scope.inner(loop=True)
        turn = self.fresh("turn")
        if self.rng.random() < 0.25:
            bound = name(str(self.rng.randint(2, 3)), "literal")
            head = (f"for {turn} in range({{0}}):", f"for {turn} in map(burn, range({{0}})):")
        else:
            bound = self.integer(scope)
            head = (f"for {turn} in range({{0}}):", f"for {turn} in turns({{0}}):")
        inner.ints.append(turn)
        body = self._statements(inner, self.rng.randint(1, 3))
        return [Statement("for", head[:1], (bound,), (body,), head[1:])]

    def _while(self, scope: Scope) -> list[Statement]:
        """A loop over a value that each turn renews before it does anything else."""
        value = self.fresh("left")
        start = Statement("assign", (f"{value} = {{0}}",), (self.integer(scope),))
        inner = scope.inner(loop=True)
        if self.rng.random() < 0.5:
            renewed = self._agree(inner)
            source = inner.ints[-1]
        else:
            renewed, source = [], value
        step = Statement("assign", (f"{value} = ({source} + {{0}}) % 100",), (self.setting(),))
        body = self._statements(inner, self.rng.randint(1, 2))
        scope.ints.append(value)
        condition = self.comparison(name(value, "int"))
        heads = ("while {0}:",), ("while burn({0}):",)
        return [start, Statement("while", heads[0], (condition,), ((*renewed, step, *body),), heads[1])]

    def _level(self, scope: Scope) -> list[Statement]:
        """A literal chosen by a branch, tested after the join: the branch is gone, what it decided is not."""
        level = self.fresh("level")
        change = (*self._statements(scope.inner(), self.rng.randint(0, 1)), simple(f"{level} = 1"))
        test = self.rng.choice(("{0} == 1", "{0} == 0", "{0}", "not {0}", "{0} < 1"))
        body = self._statements(scope.inner(), 1)
        chosen = Expr("bool", test, test, (name(level, "int"),))
        return [simple(f"{level} = 0"), if_(self.boolean(scope), change), if_(chosen, body)]

    def _try(self, scope: Scope) -> list[Statement]:
        body = self._statements(scope.inner(), self.rng.randint(1, 2))
        final = tuple(self._event(scope))
        return [Statement("try", ("try:", "finally:"), (), (body, final))]

    def _nested(self, scope: Scope) -> list[Statement]:
        function = self.fresh("nested")
        inner = replace(scope.inner(loop=False), returns="None")
        body = self._statements(inner, self.rng.randint(1, 2))
        body = tuple(s for s in body if s.shape != "return")
        # Assigning a variable of the outer function would make it local.
        if _assigns(body, set(scope.ints) | set(scope.bools)):
            return self._event(scope)
        return [Statement("def", (f"def {function}():",), (), (body,)), simple(f"{function}()")]

    def _call(self, scope: Scope, helper: Helper | None = None) -> list[Statement]:
        helper = helper or self.rng.choice(self.helpers)
        makers = {"int": self.integer, "rank": self.rank, "bool": self.boolean, "group": self.group}
        parts = tuple(makers[kind](scope) for kind in helper.parameters)
        call = f"{helper.name}({', '.join(f'{{{n}}}' for n in range(len(parts)))})"
        if helper.result == "None":
            return [Statement("call", (call,), parts)]
        target = self.fresh("result")
        (scope.ints if helper.result == "int" else scope.bools).append(target)
        return [Statement("call", (f"{target} = {call}",), parts)]


def if_(condition: Expr, *blocks: Block) -> Statement:
    """``if condition: ... else: ...``."""
    return Statement("if", ("if {0}:", "else:")[: len(blocks)], (condition,), blocks)


def simple(line: str) -> Statement:
    """A statement of one fixed line."""
    return Statement("return" if line == "return" else "simple", (line,))


def _assigns(block: Block, names: set[str]) -> bool:
    return any(s.shown[0].split(" = ")[0] in names for s in walk(block))
