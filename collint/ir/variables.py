"""Look variables up in a graph whose blocks are filled one after the other; a phi is made where definitions meet.

The algorithm is that of Braun, Buchwald, Hack, Leissa, Mallon and Zwinkau, "Simple and Efficient Construction of Static
Single Assignment Form" (CC 2013). What the steps of a block define is not known here, see :mod:`collint.ir.ssa`.
"""

from __future__ import annotations

from collint.ir.effects import scan
from collint.ir.graph import Graph, successors
from collint.ir.statements import Span
from collint.ir.values import Value


class Variables:
    """The nodes made so far, and which of them each variable is at the end of each block."""

    def __init__(self, graph: Graph) -> None:
        self.parameters = graph.parameters
        self.local, self.outer, self.paths = scan(graph)
        self.nodes: list[Value] = []
        self.memo: dict[tuple[str, object, tuple[int, ...]], int] = {}
        self.definitions: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.incomplete: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.sealed = [False] * len(graph.blocks)
        self.filled = [False] * len(graph.blocks)
        self.waiting = set(range(len(graph.blocks)))  # whose predecessors changed since they were last looked at
        self.replaced: dict[int, int] = {}
        self.users: dict[int, set[int]] = {}
        self.predecessors: list[list[int]] = [[] for _ in graph.blocks]
        self.followers = [successors(graph, number) for number in range(len(graph.blocks))]
        for number, followers in enumerate(self.followers):
            for follower in followers:
                self.predecessors[follower].append(number)

    def node(self, kind: str, label: object, arguments: tuple[int, ...], block: int, span: Span | None) -> int:
        """A new node, equal to no other."""
        self.nodes.append(Value(kind, label, arguments, block, span))
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

    def bind(self, variable: str, block: int, node: int) -> None:
        """Give a variable a new value: its attribute paths are those of that value from here on."""
        self.write(variable, block, node)
        for path in sorted(path for path in self.paths if path.startswith(f"{variable}.")):
            base, name = path.rsplit(".", 1)
            inner = node if base == variable else self._below(base, variable, block, node)
            self.write(path, block, self.pure("attr", name, (inner,), block, None))

    def _below(self, path: str, variable: str, block: int, node: int) -> int:
        """The value of a path below a variable that was just bound, one attribute after the other."""
        for name in path[len(variable) + 1 :].split("."):
            node = self.pure("attr", name, (node,), block, None)
        return node

    def read(self, variable: str, block: int) -> int:
        """Look a variable up, iteratively along single predecessors so that long chains do not recurse."""
        trail: list[int] = []
        current = block
        while True:
            found = self.definitions[current].get(variable)
            if found is not None:
                found = self.current(found)
                break
            trail.append(current)
            if not self.sealed[current]:
                found = self._phi(current, variable)
                self.incomplete[current][variable] = found
                break
            before = self.predecessors[current]
            if current == 0 or not before:
                found = self._entry(variable, current)
                break
            if len(before) > 1:
                found = self._phi(current, variable)
                self.write(variable, current, found)
                found = self._complete_phi(variable, current, found)
                break
            current = before[0]
        for number in trail:
            self.write(variable, number, found)
        return found

    def _entry(self, variable: str, block: int) -> int:
        """The value that a variable has when the function starts."""
        if "." in variable:
            base, name = variable.rsplit(".", 1)
            root = base.split(".", 1)[0]
            inner = self.read(base, block) if base in self.paths or "." not in base else self._path(base, block)
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
        operands = tuple(self.read(variable, before) for before in self.predecessors[block])
        # An operand read early may have been replaced by the time that the last one is known.
        operands = tuple(self.current(operand) for operand in operands)
        old = self.nodes[phi]
        self.nodes[phi] = Value("phi", old.label, operands, block, None)
        for operand in operands:
            self.users.setdefault(operand, set()).add(phi)
        return self._simplify(phi)

    def _simplify(self, phi: int) -> int:
        """Replace a phi whose operands are one value (besides itself) by that value, and its users likewise."""
        work = [phi]
        while work:
            current = work.pop()
            if current in self.replaced or self.nodes[current].kind != "phi":
                continue
            operands = {self.current(operand) for operand in self.nodes[current].arguments} - {current}
            if len(operands) != 1:
                continue
            same = operands.pop()
            self.replaced[current] = same
            users = self.users.pop(current, set()) - {current}
            self.users.setdefault(same, set()).update(users)
            work.extend(users)
        return self.current(phi)

    def current(self, node: int) -> int:
        """The node that stands for a phi which turned out to be one value."""
        while node in self.replaced:
            node = self.replaced[node]
        return node

    def fill(self, block: int) -> None:
        """Note that all steps of a block have been looked at."""
        self.filled[block] = True
        self.waiting.update(self.followers[block])

    def seal_ready(self) -> None:
        """Complete the phis of the blocks whose predecessors are all filled by now."""
        waiting, self.waiting = sorted(self.waiting), set()
        for number in waiting:
            if not self.sealed[number] and all(self.filled[other] for other in self.predecessors[number]):
                self.sealed[number] = True
                for variable, phi in self.incomplete[number].items():
                    self._complete_phi(variable, number, phi)
                self.incomplete[number] = {}
