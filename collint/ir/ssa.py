"""Build the value graph of one function from its control-flow graph.

Which values vary, and which callee a call has, is not asked here; how a variable is looked up, and where a phi is made,
is :mod:`collint.ir.variables`. A step makes nodes, in order, and new versions of what it may change.
"""

from __future__ import annotations

from collections.abc import Iterable

from collint.ir.effects import is_pure, mutates, roots
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
from collint.ir.graph import BranchOn, Catch, Enter, Exit, Graph, Leave, NextOf, Step
from collint.ir.immutable import immutable_names
from collint.ir.statements import (
    Assign,
    Await,
    Call,
    Collect,
    Delete,
    Import,
    Span,
    StoreAttr,
    StoreIndex,
    Yield,
)
from collint.ir.values import AttributeStore, CallSiteNode, Effect, Value, ValueGraph
from collint.ir.variables import Variables


def build_values(graph: Graph) -> ValueGraph:
    """The value graph of ``graph``. Linear in its size but for phis; raises nothing on well-formed graphs."""
    return _Builder(graph).run()


class _Builder:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.variables = Variables(graph)
        self.immutable = immutable_names(graph)
        self.temps: dict[int, int] = {}
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
            self.variables.seal_ready()
            self._fill(number)
        self.variables.seal_ready()
        finals = self._finals()
        return self._finish(finals)

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
            self.temps[end.element.number] = self.variables.node("element", number, (iterable,), number, end.span)
        elif isinstance(end, Leave) and end.kind == "return" and end.value is not None:
            self.returns.append((number, self._value(end.value, number, end.span)))
        self.variables.fill(number)

    def _step(self, step: Step, block: int) -> None:
        if isinstance(step, Call):
            self._call(step, block)
        elif isinstance(step, Assign):
            node = self._value(step.value, block, step.span)
            self.variables.bind(step.target, block, node)
            self.assigned.setdefault(step.target, []).append(node)
            self.assigned_in.setdefault(step.target, []).append(block)
            if step.target in self.variables.outer:
                self.globals_written.setdefault(step.target, []).append((block, node))
        elif isinstance(step, StoreAttr):
            self._store_attribute(step, block)
        elif isinstance(step, StoreIndex):
            self._store_index(step, block)
        elif isinstance(step, Collect):
            before = self.variables.read(step.target, block)
            value = self._value(step.value, block, step.span)
            self.variables.write(
                step.target, block, self.variables.node("collected", "", (before, value), block, step.span)
            )
        elif isinstance(step, Import):
            node = self.variables.pure("import", step.qualified, (), block, step.span)
            self.variables.bind(step.target, block, node)
            self.assigned.setdefault(step.target, []).append(node)
        elif isinstance(step, (Enter, Exit)):
            self._manage(step, block)
        elif isinstance(step, Catch):
            types = () if step.types is None else (self._value(step.types, block, step.span),)
            node = self.variables.node("caught", block, types, block, step.span)
            if step.name:
                self.variables.bind(step.name, block, node)
        elif isinstance(step, (Yield, Await)):
            value = self._value(step.value, block, step.span)
            kind = "yielded" if isinstance(step, Yield) else "awaited"
            self.temps[step.result.number] = self.variables.node(kind, "", (value,), block, step.span)
            if isinstance(step, Yield):
                self.yields.append((block, value))
        elif isinstance(step, Delete) and isinstance(step.target, Name) and step.target.id in self.variables.local:
            self.variables.write(
                step.target.id, block, self.variables.node("unknown", step.target.id, (), block, step.span)
            )

    def _manage(self, step: Enter | Exit, block: int) -> None:
        manager = self._value(step.manager, block, step.span)
        if isinstance(step, Enter):
            node = self.variables.node("enter", "", (manager,), block, step.span)
            self.temps[step.result.number] = node
        position = self.graph.blocks[block].steps.index(step)
        self.entered[(block, position)] = manager

    def _store_attribute(self, step: StoreAttr, block: int) -> None:
        base = self._value(step.base, block, step.span)
        value = self._value(step.value, block, step.span)
        self.stores.append(AttributeStore(base, step.name, value, block, step.span))
        path = dotted(step.base)
        if path is not None:
            self.variables.bind(f"{path}.{step.name}", block, value)

    def _store_index(self, step: StoreIndex, block: int) -> None:
        index = self._value(step.index, block, step.span)
        value = self._value(step.value, block, step.span)
        for root, whole in roots(step.base):
            variable = self._variable(root)
            if variable is not None:
                before = self.variables.read(variable, block)
                where = "index" if whole else "inside"
                self.variables.write(
                    variable, block, self.variables.node("stored", where, (before, index, value), block, step.span)
                )

    def _call(self, call: Call, block: int) -> None:
        function = self._value(call.function, block, call.span)
        arguments = tuple(self._value(argument.value, block, call.span) for argument in call.arguments)
        node = self.variables.node("call", call, (function, *arguments), block, call.span)
        self.calls.append(CallSiteNode(node, call, block))
        self.call_nodes[id(call)] = node
        self.temps[call.result.number] = node
        if not is_pure(call):
            self._effects(call, node, block)

    def _effects(self, call: Call, node: int, block: int) -> None:
        """New versions of what the call was handed: it may have changed it in place."""
        for position, argument in enumerate(call.arguments):
            for root, whole in roots(argument.value):
                self._effect(root, Effect("argument", position, whole), node, block)
        if isinstance(call.function, Attr):
            receiver = call.function.base
            if mutates(call.function.name):
                for root, whole in roots(receiver):
                    self._effect(root, Effect("receiver", 0, whole), node, block)
            self._object_effects(receiver, node, block)
        for argument in call.arguments:
            self._object_effects(argument.value, node, block)

    def _effect(self, root: Expr, effect: Effect, node: int, block: int) -> None:
        variable = self._variable(root)
        if variable is None or variable in self.immutable:
            return
        before = self.variables.read(variable, block)
        if self.variables.nodes[before].kind in ("const", "function", "import"):
            return
        self.variables.write(
            variable,
            block,
            self.variables.node("after", effect, (before, node), block, self.variables.nodes[node].span),
        )

    def _object_effects(self, receiver: Expr, node: int, block: int) -> None:
        """Attributes that this function has stored on an object may change while a call has the object."""
        if not isinstance(receiver, Name):
            return
        prefix = receiver.id + "."
        for path in sorted(self.variables.paths):
            if path.startswith(prefix) and path in self._stored_paths():
                before = self.variables.read(path, block)
                effect = Effect("object", attribute=path.rsplit(".", 1)[1])
                self.variables.write(
                    path,
                    block,
                    self.variables.node("after", effect, (before, node), block, self.variables.nodes[node].span),
                )

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
            return root.id if root.id in self.variables.local else None
        path = dotted(root)
        return path if path is not None and path in self.variables.paths else None

    # ----------------------------------------------------------------------------------------- expressions

    def _value(self, expression: Expr, block: int, span: Span | None) -> int:
        if isinstance(expression, Name):
            return self.variables.read_name(expression.id, block)
        if isinstance(expression, Temp):
            found = self.temps.get(expression.number)
            return self.variables.node("unknown", "temp", (), block, span) if found is None else found
        if isinstance(expression, Const):
            return self.variables.pure("const", expression.text, (), block, span)
        if isinstance(expression, Attr):
            path = dotted(expression)
            if path is not None and path in self.variables.paths:
                return self.variables.read(path, block)
            return self.variables.pure(
                "attr", expression.name, (self._value(expression.base, block, span),), block, span
            )
        if isinstance(expression, FunctionRef):
            return self.variables.pure("function", expression.qualname, (), block, span)
        kind, label, parts = _parts(expression)
        return self.variables.pure(kind, label, tuple(self._value(part, block, span) for part in parts), block, span)

    # ---------------------------------------------------------------------------------------------- ending

    def _finals(self) -> dict[str, int]:
        finals: dict[str, int] = {}
        if not self.variables.predecessors[self.graph.exit]:
            return finals
        for parameter in self.graph.parameters:
            node = self.variables.read(parameter.name, self.graph.exit)
            if self._changes(node, parameter.name):
                finals[parameter.name] = node
        return finals

    def _changes(self, final: int, parameter: str) -> bool:
        """Whether a step on the way to a variable's last value may change the object that was handed in.

        A variable that is only bound to something else leaves the caller's object as it was.
        """
        work: list[tuple[int, bool]] = [(final, False)]
        seen = set(work)
        while work:
            node, changed = work.pop()
            value = self.variables.nodes[self.variables.current(node)]
            if value.kind == "parameter" and value.label == parameter and changed:
                return True
            if value.kind == "phi":
                following = [(operand, changed) for operand in value.arguments]
            elif value.kind in ("after", "stored"):
                following = [(value.arguments[0], True)]
            else:
                continue
            fresh = [step for step in following if step not in seen]
            seen.update(fresh)
            work.extend(fresh)
        return False

    def _finish(self, finals: dict[str, int]) -> ValueGraph:
        current = self.variables.current
        nodes = [
            Value(node.kind, node.label, _operands(node, current), node.block, node.span)
            for node in self.variables.nodes
        ]
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
            predecessors=tuple(tuple(before) for before in self.variables.predecessors),
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
