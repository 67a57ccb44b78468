"""Look variables up in a graph whose blocks are filled one after the other; a phi is made where definitions meet.

The algorithm is that of Braun, Buchwald, Hack, Leissa, Mallon and Zwinkau, "Simple and Efficient Construction of Static
Single Assignment Form" (CC 2013). What the steps of a block define is not known here, see :mod:`collint.ir.ssa`.

A block has each variable that is not written between its dominator and itself as that dominator has it: no phi is made
there. Of those that were, eleven in twelve turned out to be one value (Megatron-LM). Between the two lie, for each
block that leads to the second, those that dominate it, and whatever lies between each of these and its own dominator.
"""

from __future__ import annotations

from collections.abc import Iterable

from collint.ir.dominance import immediate
from collint.ir.effects import scan
from collint.ir.graph import Graph, successors
from collint.ir.node import shared_numbers
from collint.ir.statements import Span
from collint.ir.values import Value

_ANY = -1
"""Every variable, as a set of bits."""


class Variables:
    """The nodes made so far, and which of them each variable is at the end of each block."""

    def __init__(self, graph: Graph) -> None:
        self.parameters = graph.parameters
        changed = scan(graph)
        self.local, self.outer, self.paths = changed.local, changed.outer, changed.paths
        self._spelled = frozenset(changed.paths.values())
        self._below = {False: _by_beginning(self._spelled), True: _by_beginning(changed.stored)}
        self.nodes: list[Value] = []
        self.memo: dict[tuple[str, object, tuple[int, ...]], int] = {}
        self.definitions: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.incomplete: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.sealed = [False] * len(graph.blocks)
        self.replaced: dict[int, int] = {}
        self.users: dict[int, set[int]] = {}
        self.predecessors: list[list[int]] = [[] for _ in graph.blocks]
        self.followers = [successors(graph, number) for number in range(len(graph.blocks))]
        for number, followers in enumerate(self.followers):
            for follower in followers:
                self.predecessors[follower].append(number)
        self.open = [len(before) for before in self.predecessors]  # how many blocks before each are not filled yet
        self.ready = [number for number, count in enumerate(self.open) if not count]  # to be sealed
        self.dominators = tuple(immediate(self.followers, self.predecessors, 0))
        self._bits: dict[str, int] = {}
        self._written = [0] * len(graph.blocks)  # by the steps of each block, as sets of bits
        # What is written between a block and its dominator; not known yet where several ways lead to the block.
        self._meeting = [_ANY if len(before) > 1 else 0 for before in self.predecessors]

    def node(self, kind: str, label: object, arguments: tuple[int, ...], block: int, span: Span | None) -> int:
        """A new node, equal to no other."""
        self.nodes.append(Value(kind, label, shared_numbers(arguments), block, span))
        return len(self.nodes) - 1

    def pure(self, kind: str, label: object, arguments: tuple[int, ...], block: int, span: Span | None) -> int:
        """The node of a pure expression: one for all that are equal."""
        key = (kind, label, arguments)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self.node(kind, label, arguments, block, span)
        return found

    def write(self, variable: str, block: int, node: int) -> None:
        """A variable's value at the end of a block, as far as it is filled."""
        self.definitions[block][variable] = node
        bit = self._bits.get(variable)
        if bit is None:
            bit = self._bits[variable] = 1 << len(self._bits)
        self._written[block] |= bit

    def bind(self, variable: str, block: int, node: int) -> None:
        """Give a variable a new value: its attribute paths are those of that value from here on."""
        self.write(variable, block, node)
        for path in self.below(variable):
            base, name = path.rsplit(".", 1)
            inner = node if base == variable else self._inside(base, variable, block, node)
            self.write(path, block, self.pure("attr", name, (inner,), block, None))

    def below(self, variable: str, *, stored: bool = False) -> tuple[str, ...]:
        """The paths that begin with a variable, in order; with ``stored`` those that the function assigns."""
        return self._below[stored].get(variable, ())

    def _inside(self, path: str, variable: str, block: int, node: int) -> int:
        """The value of a path below a variable that was just bound, one attribute after the other."""
        for name in path[len(variable) + 1 :].split("."):
            node = self.pure("attr", name, (node,), block, None)
        return node

    def read(self, variable: str, block: int) -> int:
        """Look a variable up, iteratively along dominators so that long chains do not recurse."""
        definitions, replaced = self.definitions, self.replaced
        found = definitions[block].get(variable)
        trail: list[int] = []
        current = block
        while True:
            if found is not None:
                while found in replaced:
                    found = replaced[found]
                break
            trail.append(current)
            if not self.sealed[current]:
                found = self._phi(current, variable)
                self.incomplete[current][variable] = found
                break
            meeting = self._meeting[current]
            if meeting and (meeting == _ANY or meeting & self._bits.get(variable, 0)):
                found = definitions[current][variable] = self._phi(current, variable)
                found = self._complete_phi(variable, current, found)
                break
            above = self.dominators[current]
            if above is None:
                found = self._entry(variable, current)
                break
            current = above
            found = definitions[current].get(variable)
        for number in trail:
            definitions[number][variable] = found
        return found

    def _entry(self, variable: str, block: int) -> int:
        """The value that a variable has when the function starts."""
        if "." in variable:
            base, name = variable.rsplit(".", 1)
            root = base.split(".", 1)[0]
            inner = self.read(base, block) if base in self._spelled or "." not in base else self._path(base, block)
            if root == base and root not in self.local:
                inner = self.pure("name", root, (), 0, None)
            return self.pure("attr", name, (inner,), 0, None)
        if any(parameter.name == variable for parameter in self.parameters):
            return self.pure("parameter", variable, (), 0, None)
        if variable in self.outer or variable not in self.local:
            return self.pure("name", variable, (), 0, None)
        return self.pure("unknown", variable, (), 0, None)

    def _path(self, path: str, block: int) -> int:
        base, name = path.rsplit(".", 1)
        inner = self.read_name(base, block) if "." not in base else self._path(base, block)
        return self.pure("attr", name, (inner,), block, None)

    def read_name(self, name: str, block: int) -> int:
        """The value of a name, which may be a variable of this function or one of outside."""
        if name in self.local:
            return self.read(name, block)
        return self.pure("name", name, (), block, None)

    def _phi(self, block: int, variable: str) -> int:
        return self.node("phi", variable, (), block, None)

    def _complete_phi(self, variable: str, block: int, phi: int) -> int:
        read, replaced = self.read, self.replaced
        operands = [read(variable, before) for before in self.predecessors[block]]
        if not replaced.keys().isdisjoint(operands):  # by the time that the last one was known
            operands = [self.current(operand) for operand in operands]
        self.nodes[phi] = Value("phi", variable, shared_numbers(tuple(operands)), block, None)
        several = set(operands)
        for operand in several:
            users = self.users.get(operand)
            if users is None:
                self.users[operand] = {phi}
            else:
                users.add(phi)
        several.discard(phi)
        return self._replace(phi, several.pop()) if len(several) == 1 else phi

    def _replace(self, phi: int, same: int) -> int:
        """Replace a phi whose operands are one value (besides itself) by that value, and its users likewise."""
        work = self._taken_over(phi, same)
        while work:
            current = work.pop()
            if current in self.replaced or self.nodes[current].kind != "phi":
                continue
            operands = {self.current(operand) for operand in self.nodes[current].arguments}
            operands.discard(current)
            if len(operands) == 1:
                work += self._taken_over(current, operands.pop())
        return self.current(phi)

    def _taken_over(self, phi: int, same: int) -> list[int]:
        """The users of a phi, which are another value's from now on."""
        self.replaced[phi] = same
        users = self.users.pop(phi, None)
        if users is None:
            return []
        users.discard(phi)
        self.users.setdefault(same, set()).update(users)
        return list(users)

    def current(self, node: int) -> int:
        """The node that stands for a phi which turned out to be one value."""
        while node in self.replaced:
            node = self.replaced[node]
        return node

    def fill(self, block: int) -> None:
        """Note that all steps of a block have been looked at."""
        for follower in self.followers[block]:
            self.open[follower] -= 1
            if not self.open[follower]:
                self.ready.append(follower)

    def seal_ready(self) -> None:
        """Complete the phis of the blocks whose predecessors are all filled by now."""
        if not self.ready:
            return
        ready, self.ready = sorted(self.ready), []
        for number in ready:
            self.sealed[number] = True
            if self._meeting[number]:
                self._meeting[number] = self._written_before(number)
            for variable, phi in self.incomplete[number].items():
                self._complete_phi(variable, number, phi)
            self.incomplete[number] = {}

    def _written_before(self, block: int) -> int:
        """What is written on the ways from a block's dominator to it."""
        found, first = 0, self.dominators[block]
        for before in self.predecessors[block]:
            current: int | None = before
            while current is not None and current != first:
                found |= self._written[current] if current == block else self._written[current] | self._meeting[current]
                current = self.dominators[current]
        return found


def _by_beginning(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The paths below each variable and each path, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        above = path.rpartition(".")[0]
        while above:
            found.setdefault(above, []).append(path)
            above = above.rpartition(".")[0]
    return {above: tuple(below) for above, below in found.items()}
