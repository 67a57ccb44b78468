"""Build the value graph of one function from its control-flow graph.

The construction is the direct one of Braun, Buchwald, Hack, Leissa, Mallon and Zwinkau, "Simple and Efficient
Construction of Static Single Assignment Form" (CC 2013): a variable is looked up where it is read, and a phi is made
where several definitions meet. Which values vary, and which callee a call has, is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.ir.expressions import (
    Attr,
    CallExpr,
    Choose,
    Const,
    Display,
    Expr,
    FunctionRef,
    Index,
    Name,
    Op,
    SliceOf,
    Star,
    Temp,
    dotted,
)
from collint.ir.graph import BranchOn, Catch, Enter, Exit, Graph, Leave, NextOf, Step, successors
from collint.ir.statements import (
    Assign,
    Await,
    Call,
    Collect,
    Declare,
    Delete,
    Import,
    Span,
    StoreAttr,
    StoreIndex,
    Yield,
)
from collint.ir.values import AttributeStore, CallSiteNode, Effect, Value, ValueGraph

# Methods that change their receiver by Python's own conventions; a trailing underscore is torch's.
MUTATORS = frozenset(
    "append extend add update insert pop popleft popitem appendleft remove clear discard setdefault sort reverse "
    "difference_update intersection_update put put_nowait fill copy_from".split()
)
# Calls that never change an argument: a version after them would only cost.
PURE_NAMES = frozenset(
    "len int float bool str repr print range isinstance issubclass hasattr getattr id type min max sum abs any all "
    "sorted enumerate zip reversed tuple list set frozenset dict hash iter format round divmod super cast "
    "callable".split()
)
PURE_RECEIVERS = frozenset({"logger", "logging", "log", "warnings", "math", "os", "np"})


def build_values(graph: Graph) -> ValueGraph:
    """The value graph of ``graph``. Linear in its size but for phis; raises nothing on well-formed graphs."""
    return _Builder(graph).run()


def _scan(graph: Graph) -> tuple[set[str], set[str], set[str]]:
    """Local names, names declared global or nonlocal, and the attribute paths that the function itself changes."""
    local = {parameter.name for parameter in graph.parameters}
    outer: set[str] = set()
    paths: set[str] = set()
    filled: set[str] = set()
    for block in graph.blocks:
        for step in block.steps:
            if isinstance(step, (Assign, Collect, Import)):
                local.add(step.target)
            elif isinstance(step, Catch) and step.name:
                local.add(step.name)
            elif isinstance(step, Declare):
                outer.update(step.names)
                local.update(step.names)
            elif isinstance(step, StoreAttr):
                base = dotted(step.base)
                if base is not None:
                    paths.add(f"{base}.{step.name}")
            elif isinstance(step, StoreIndex):
                roots = (dotted(root) for root, _ in _roots(step.base) if isinstance(root, Attr))
                paths.update(path for path in roots if path is not None)
            elif isinstance(step, Call):
                paths.update(path for _, path in _handed_paths(step))
            filled.update(_filled_name(step))
    # A container of an enclosing scope that is filled here has versions here, like any variable.
    outer |= filled - local
    return local | filled, outer, paths


def _filled_name(step: Step) -> tuple[str, ...]:
    """The name whose container a step changes in place, if it is a plain name."""
    if isinstance(step, StoreIndex):
        return tuple(root.id for root, _ in _roots(step.base) if isinstance(root, Name))
    if isinstance(step, Call) and isinstance(step.function, Attr) and _mutates(step.function.name):
        return tuple(root.id for root, _ in _roots(step.function.base) if isinstance(root, Name))
    return ()


def _handed_paths(call: Call) -> Iterator[tuple[int, str]]:
    """Attribute paths that a call receives as arguments, or as the receiver of a mutator (position -1)."""
    if _is_pure(call):
        return
    for position, argument in enumerate(call.arguments):
        for value, _ in _roots(argument.value):
            if isinstance(value, Attr):
                path = dotted(value)
                if path is not None:
                    yield position, path
    if isinstance(call.function, Attr) and _mutates(call.function.name):
        for value, _ in _roots(call.function.base):
            path = dotted(value) if isinstance(value, Attr) else None
            if path is not None:
                yield -1, path


def _roots(expression: Expr) -> Iterator[tuple[Expr, bool]]:
    """The names and attribute paths whose object an argument hands over, each with whether it is the whole object."""
    if isinstance(expression, (Name, Attr)):
        yield expression, True
    elif isinstance(expression, Index):
        for root, _ in _roots(expression.base):
            yield root, False
    elif isinstance(expression, Display) and expression.kind in ("list", "tuple"):
        for item in expression.items:
            yield from _roots(item)


def _mutates(method: str) -> bool:
    return method in MUTATORS or (method.endswith("_") and not method.endswith("__"))


def _is_pure(call: Call) -> bool:
    function = call.function
    if isinstance(function, Name):
        return function.id in PURE_NAMES
    path = dotted(function)
    return path is not None and path.split(".", 1)[0] in PURE_RECEIVERS


class _Builder:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.local, self.outer, self.paths = _scan(graph)
        self.nodes: list[Value] = []
        self.memo: dict[tuple[str, object, tuple[int, ...]], int] = {}
        self.definitions: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.incomplete: list[dict[str, int]] = [{} for _ in graph.blocks]
        self.sealed = [False] * len(graph.blocks)
        self.filled = [False] * len(graph.blocks)
        self.replaced: dict[int, int] = {}
        self.users: dict[int, set[int]] = {}
        self.temps: dict[int, int] = {}
        self.predecessors: list[list[int]] = [[] for _ in graph.blocks]
        for number in range(len(graph.blocks)):
            for follower in successors(graph, number):
                self.predecessors[follower].append(number)
        self.calls: list[CallSiteNode] = []
        self.stores: list[AttributeStore] = []
        self.returns: list[tuple[int, int]] = []
        self.yields: list[tuple[int, int]] = []
        self.conditions: dict[int, int] = {}
        self.globals_written: dict[str, list[tuple[int, int]]] = {}
        self.call_nodes: dict[int, int] = {}
        self.entered: dict[tuple[int, int], int] = {}
        self.assigned: dict[str, list[int]] = {}
        self.assigned_in: dict[str, list[int]] = {}

    def run(self) -> ValueGraph:
        for number in range(len(self.graph.blocks)):
            self._seal_ready()
            self._fill(number)
        self._seal_ready()
        finals = self._finals()
        return self._finish(finals)

    # ------------------------------------------------------------------------------------------------ nodes

    def _node(self, kind: str, label: object, arguments: tuple[int, ...], block: int, span: Span | None) -> int:
        self.nodes.append(Value(kind, label, arguments, block, span))
        return len(self.nodes) - 1

    def _pure(self, kind: str, label: object, arguments: tuple[int, ...], block: int, span: Span | None) -> int:
        key = (kind, label, arguments)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._node(kind, label, arguments, block, span)
        return found

    # ------------------------------------------------------------------------------------------- variables

    def _write(self, variable: str, block: int, node: int) -> None:
        self.definitions[block][variable] = node

    def _read(self, variable: str, block: int) -> int:
        """Look a variable up, iteratively along single predecessors so that long chains do not recurse."""
        trail: list[int] = []
        current = block
        while True:
            found = self.definitions[current].get(variable)
            if found is not None:
                found = self._current(found)
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
                self._write(variable, current, found)
                found = self._complete_phi(variable, current, found)
                break
            current = before[0]
        for number in trail:
            self._write(variable, number, found)
        return found

    def _entry(self, variable: str, block: int) -> int:
        """The value that a variable has when the function starts."""
        if "." in variable:
            base, name = variable.rsplit(".", 1)
            root = base.split(".", 1)[0]
            inner = self._read(base, block) if base in self.paths or "." not in base else self._path(base, block)
            if root == base and root not in self.local:
                inner = self._pure("name", root, (), 0, None)
            return self._pure("attr", name, (inner,), 0, None)
        if any(parameter.name == variable for parameter in self.graph.parameters):
            return self._pure("parameter", variable, (), 0, None)
        if variable in self.outer or variable not in self.local:
            return self._pure("name", variable, (), 0, None)
        return self._pure("unknown", variable, (), 0, None)

    def _path(self, path: str, block: int) -> int:
        base, name = path.rsplit(".", 1)
        inner = self._read_name(base, block) if "." not in base else self._path(base, block)
        return self._pure("attr", name, (inner,), block, None)

    def _read_name(self, name: str, block: int) -> int:
        if name in self.local:
            return self._read(name, block)
        return self._pure("name", name, (), block, None)

    # ------------------------------------------------------------------------------------------------ phis

    def _phi(self, block: int, variable: str) -> int:
        return self._node("phi", variable, (), block, None)

    def _complete_phi(self, variable: str, block: int, phi: int) -> int:
        operands = tuple(self._read(variable, before) for before in self.predecessors[block])
        # An operand read early may have been replaced by the time that the last one is known.
        operands = tuple(self._current(operand) for operand in operands)
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
            operands = {self._current(operand) for operand in self.nodes[current].arguments} - {current}
            if len(operands) != 1:
                continue
            same = operands.pop()
            self.replaced[current] = same
            users = self.users.pop(current, set()) - {current}
            self.users.setdefault(same, set()).update(users)
            work.extend(users)
        return self._current(phi)

    def _current(self, node: int) -> int:
        while node in self.replaced:
            node = self.replaced[node]
        return node

    def _seal_ready(self) -> None:
        for number, before in enumerate(self.predecessors):
            if not self.sealed[number] and all(self.filled[other] for other in before):
                self.sealed[number] = True
                for variable, phi in self.incomplete[number].items():
                    self._complete_phi(variable, number, phi)
                self.incomplete[number] = {}

    # ---------------------------------------------------------------------------------------------- blocks

    def _fill(self, number: int) -> None:
        block = self.graph.blocks[number]
        for step in block.steps:
            self._step(step, number)
        end = block.terminator
        if isinstance(end, BranchOn):
            self.conditions[number] = self._value(end.condition, number, end.span)
        elif isinstance(end, NextOf):
            iterable = self._value(end.iterable, number, end.span)
            self.conditions[number] = iterable
            self.temps[end.element.number] = self._node("element", number, (iterable,), number, end.span)
        elif isinstance(end, Leave) and end.kind == "return" and end.value is not None:
            self.returns.append((number, self._value(end.value, number, end.span)))
        self.filled[number] = True

    def _step(self, step: Step, block: int) -> None:
        if isinstance(step, Call):
            self._call(step, block)
        elif isinstance(step, Assign):
            node = self._value(step.value, block, step.span)
            self._write(step.target, block, node)
            self.assigned.setdefault(step.target, []).append(node)
            self.assigned_in.setdefault(step.target, []).append(block)
            if step.target in self.outer:
                self.globals_written.setdefault(step.target, []).append((block, node))
        elif isinstance(step, StoreAttr):
            self._store_attribute(step, block)
        elif isinstance(step, StoreIndex):
            self._store_index(step, block)
        elif isinstance(step, Collect):
            before = self._read(step.target, block)
            value = self._value(step.value, block, step.span)
            self._write(step.target, block, self._node("collected", "", (before, value), block, step.span))
        elif isinstance(step, Import):
            node = self._pure("import", step.qualified, (), block, step.span)
            self._write(step.target, block, node)
            self.assigned.setdefault(step.target, []).append(node)
        elif isinstance(step, (Enter, Exit)):
            self._manage(step, block)
        elif isinstance(step, Catch):
            types = () if step.types is None else (self._value(step.types, block, step.span),)
            node = self._node("caught", block, types, block, step.span)
            if step.name:
                self._write(step.name, block, node)
        elif isinstance(step, (Yield, Await)):
            value = self._value(step.value, block, step.span)
            kind = "yielded" if isinstance(step, Yield) else "awaited"
            self.temps[step.result.number] = self._node(kind, "", (value,), block, step.span)
            if isinstance(step, Yield):
                self.yields.append((block, value))
        elif isinstance(step, Delete) and isinstance(step.target, Name) and step.target.id in self.local:
            self._write(step.target.id, block, self._node("unknown", step.target.id, (), block, step.span))

    def _manage(self, step: Enter | Exit, block: int) -> None:
        manager = self._value(step.manager, block, step.span)
        if isinstance(step, Enter):
            node = self._node("enter", "", (manager,), block, step.span)
            self.temps[step.result.number] = node
        position = self.graph.blocks[block].steps.index(step)
        self.entered[(block, position)] = manager

    def _store_attribute(self, step: StoreAttr, block: int) -> None:
        base = self._value(step.base, block, step.span)
        value = self._value(step.value, block, step.span)
        self.stores.append(AttributeStore(base, step.name, value, block, step.span))
        path = dotted(step.base)
        if path is not None:
            self._write(f"{path}.{step.name}", block, value)

    def _store_index(self, step: StoreIndex, block: int) -> None:
        index = self._value(step.index, block, step.span)
        value = self._value(step.value, block, step.span)
        for root, _ in _roots(step.base):
            variable = self._variable(root)
            if variable is not None:
                before = self._read(variable, block)
                self._write(variable, block, self._node("stored", "index", (before, index, value), block, step.span))

    def _call(self, call: Call, block: int) -> None:
        function = self._value(call.function, block, call.span)
        arguments = tuple(self._value(argument.value, block, call.span) for argument in call.arguments)
        node = self._node("call", call, (function, *arguments), block, call.span)
        self.calls.append(CallSiteNode(node, call, block))
        self.call_nodes[id(call)] = node
        self.temps[call.result.number] = node
        if not _is_pure(call):
            self._effects(call, node, block)

    def _effects(self, call: Call, node: int, block: int) -> None:
        """New versions of what the call was handed: it may have changed it in place."""
        for position, argument in enumerate(call.arguments):
            for root, whole in _roots(argument.value):
                self._effect(root, Effect("argument", position, whole), node, block)
        if isinstance(call.function, Attr):
            receiver = call.function.base
            if _mutates(call.function.name):
                for root, whole in _roots(receiver):
                    self._effect(root, Effect("receiver", 0, whole), node, block)
            self._object_effects(receiver, node, block)
        for argument in call.arguments:
            self._object_effects(argument.value, node, block)

    def _effect(self, root: Expr, effect: Effect, node: int, block: int) -> None:
        variable = self._variable(root)
        if variable is None:
            return
        before = self._read(variable, block)
        if self.nodes[before].kind in ("const", "function", "import"):
            return
        self._write(variable, block, self._node("after", effect, (before, node), block, self.nodes[node].span))

    def _object_effects(self, receiver: Expr, node: int, block: int) -> None:
        """Attributes that this function has stored on an object may change while a call has the object."""
        if not isinstance(receiver, Name):
            return
        prefix = receiver.id + "."
        for path in sorted(self.paths):
            if path.startswith(prefix) and path in self._stored_paths():
                before = self._read(path, block)
                effect = Effect("object", attribute=path.rsplit(".", 1)[1])
                self._write(path, block, self._node("after", effect, (before, node), block, self.nodes[node].span))

    def _stored_paths(self) -> frozenset[str]:
        if not hasattr(self, "_stored"):
            self._stored = frozenset(
                f"{dotted(step.base)}.{step.name}"
                for block in self.graph.blocks
                for step in block.steps
                if isinstance(step, StoreAttr) and dotted(step.base) is not None
            )
        return self._stored

    def _variable(self, root: Expr) -> str | None:
        if isinstance(root, Name):
            return root.id if root.id in self.local else None
        path = dotted(root)
        return path if path is not None and path in self.paths else None

    # ----------------------------------------------------------------------------------------- expressions

    def _value(self, expression: Expr, block: int, span: Span | None) -> int:
        if isinstance(expression, Name):
            return self._read_name(expression.id, block)
        if isinstance(expression, Temp):
            found = self.temps.get(expression.number)
            return self._node("unknown", "temp", (), block, span) if found is None else found
        if isinstance(expression, Const):
            return self._pure("const", expression.text, (), block, span)
        if isinstance(expression, Attr):
            path = dotted(expression)
            if path is not None and path in self.paths:
                return self._read(path, block)
            return self._pure("attr", expression.name, (self._value(expression.base, block, span),), block, span)
        if isinstance(expression, FunctionRef):
            return self._pure("function", expression.qualname, (), block, span)
        kind, label, parts = _parts(expression)
        return self._pure(kind, label, tuple(self._value(part, block, span) for part in parts), block, span)

    # ---------------------------------------------------------------------------------------------- ending

    def _finals(self) -> dict[str, int]:
        finals: dict[str, int] = {}
        if not self.predecessors[self.graph.exit]:
            return finals
        for parameter in self.graph.parameters:
            node = self._read(parameter.name, self.graph.exit)
            if self.nodes[node].kind != "parameter":
                finals[parameter.name] = node
        return finals

    def _finish(self, finals: dict[str, int]) -> ValueGraph:
        current = self._current
        nodes = [Value(node.kind, node.label, _operands(node, current), node.block, node.span) for node in self.nodes]
        return ValueGraph(
            graph=self.graph,
            nodes=nodes,
            calls=self.calls,
            stores=[AttributeStore(current(s.base), s.name, current(s.value), s.block, s.span) for s in self.stores],
            returns=[(block, current(node)) for block, node in self.returns],
            yields=[(block, current(node)) for block, node in self.yields],
            conditions={block: current(node) for block, node in self.conditions.items()},
            finals={name: current(node) for name, node in finals.items()},
            globals_written={
                name: [(block, current(node)) for block, node in writes]
                for name, writes in self.globals_written.items()
            },
            call_nodes=self.call_nodes,
            entered={place: current(node) for place, node in self.entered.items()},
            assigned_in=self.assigned_in,
            predecessors=tuple(tuple(before) for before in self.predecessors),
            assigned={name: [current(node) for node in nodes] for name, nodes in self.assigned.items()},
        )


def _operands(node: Value, current: object) -> tuple[int, ...]:
    return tuple(current(argument) for argument in node.arguments)  # type: ignore[operator]


def _parts(expression: Expr) -> tuple[str, object, Iterable[Expr]]:
    if isinstance(expression, Index):
        return "index", "", (expression.base, expression.index)
    if isinstance(expression, SliceOf):
        return "slice", "", (expression.lower, expression.upper, expression.step)
    if isinstance(expression, Op):
        return "op", expression.operator, expression.operands
    if isinstance(expression, Display):
        return "display", expression.kind, expression.items
    if isinstance(expression, Star):
        return "star", expression.double, (expression.value,)
    if isinstance(expression, Choose):
        return "choose", "", (expression.condition, expression.then, expression.other)
    if isinstance(expression, CallExpr):  # only in annotations and defaults, which have no call of their own
        return "unknown", "call", ()
    return "unknown", type(expression).__name__, ()
