"""Build the value graph of one function from its control-flow graph.

Which values vary, and which callee a call has, is not asked here; how a variable is looked up, and where a phi is made,
is :mod:`collint.ir.variables`. A step makes nodes, in order, and new versions of what it may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

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
)
from collint.ir.graph import BranchOn, Catch, Enter, Exit, Graph, Leave, NextOf, Step
from collint.ir.immutable import immutable_names
from collint.ir.node import shared_numbers
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

_effect_of = lru_cache(maxsize=1 << 12)(Effect)
"""Most calls have their effects in the same few places."""
_NONE: dict[Any, Any] = {}


def build_values(graph: Graph) -> ValueGraph:
    """The value graph of ``graph``. Linear in its size but for phis; raises nothing on well-formed graphs."""
    return _Builder(graph).run()


class _Builder:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.variables = Variables(graph)
        self.immutable: frozenset[str] | None = None  # not asked of functions that hand no variable over
        self.temps: dict[int, int] = {}
        self.calls: list[CallSiteNode] = []
        self.stores: list[AttributeStore] = []
        self.returns: list[tuple[int, int]] = []
        self.yields: list[tuple[int, int]] = []
        self.conditions: dict[int, int] = {}
        self.globals_written: dict[str, list[tuple[int, int]]] = {}
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
        rule = _RULES.get(type(step))
        if rule is not None:
            rule(self, step, block)

    def _assign(self, step: Assign, block: int) -> None:
        target = step.target
        node = self._value(step.value, block, step.span)
        self.variables.bind(target, block, node)
        self.assigned.setdefault(target, []).append(node)
        self.assigned_in.setdefault(target, []).append(block)
        if target in self.variables.outer:
            self.globals_written.setdefault(target, []).append((block, node))

    def _collect(self, step: Collect, block: int) -> None:
        before = self.variables.read(step.target, block)
        value = self._value(step.value, block, step.span)
        node = self.variables.node("collected", "", (before, value), block, step.span)
        self.variables.write(step.target, block, node)

    def _import(self, step: Import, block: int) -> None:
        node = self.variables.pure("import", step.qualified, (), block, step.span)
        self.variables.bind(step.target, block, node)
        self.assigned.setdefault(step.target, []).append(node)

    def _catch(self, step: Catch, block: int) -> None:
        types = () if step.types is None else (self._value(step.types, block, step.span),)
        node = self.variables.node("caught", block, types, block, step.span)
        if step.name:
            self.variables.bind(step.name, block, node)

    def _suspend(self, step: Yield | Await, block: int) -> None:
        value = self._value(step.value, block, step.span)
        kind = "yielded" if isinstance(step, Yield) else "awaited"
        self.temps[step.result.number] = self.variables.node(kind, "", (value,), block, step.span)
        if isinstance(step, Yield):
            self.yields.append((block, value))

    def _delete(self, step: Delete, block: int) -> None:
        if isinstance(step.target, Name) and step.target.id in self.variables.local:
            node = self.variables.node("unknown", step.target.id, (), block, step.span)
            self.variables.write(step.target.id, block, node)

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
        path = self.variables.paths.get(Attr(step.base, step.name))
        if path is not None:
            self.variables.bind(path, block, value)

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
        span = call.span
        operands = [self._value(call.function, block, span)]
        operands += [self._value(argument.value, block, span) for argument in call.arguments]
        node = self.variables.node("call", call, tuple(operands), block, span)
        self.calls.append(CallSiteNode(node, call, block))
        self.temps[call.result.number] = node
        if not is_pure(call):
            self._effects(call, node, block)

    def _effects(self, call: Call, node: int, block: int) -> None:
        """New versions of what the call was handed: it may have changed it in place."""
        for position, argument in enumerate(call.arguments):
            for root, whole in roots(argument.value):
                self._effect(root, _effect_of("argument", position, whole), node, block)
        function = call.function
        if isinstance(function, Attr):
            receiver = function.base
            if mutates(function.name):
                for root, whole in roots(receiver):
                    self._effect(root, _effect_of("receiver", 0, whole), node, block)
            self._object_effects(receiver, node, block)
        for argument in call.arguments:
            self._object_effects(argument.value, node, block)

    def _effect(self, root: Expr, effect: Effect, node: int, block: int) -> None:
        variable = self._variable(root)
        if variable is None:
            return
        if self.immutable is None:
            self.immutable = immutable_names(self.graph)
        if variable in self.immutable:
            return
        before = self.variables.read(variable, block)
        if self.variables.nodes[before].kind not in ("const", "function", "import"):
            self._change(variable, before, effect, node, block)

    def _change(self, variable: str, before: int, effect: Effect, node: int, block: int) -> None:
        span = self.variables.nodes[node].span
        self.variables.write(variable, block, self.variables.node("after", effect, (before, node), block, span))

    def _object_effects(self, receiver: Expr, node: int, block: int) -> None:
        """Attributes that this function has stored on an object may change while a call has the object."""
        if type(receiver) is Name:
            for path in self.variables.below(receiver.id, stored=True):
                effect = _effect_of("object", attribute=path.rsplit(".", 1)[1])
                self._change(path, self.variables.read(path, block), effect, node, block)

    def _variable(self, root: Expr) -> str | None:
        if isinstance(root, Name):
            return root.id if root.id in self.variables.local else None
        return self.variables.paths.get(root)

    # ----------------------------------------------------------------------------------------- expressions

    def _value(self, expression: Expr, block: int, span: Span | None) -> int:
        variables, kind = self.variables, type(expression)
        if kind is Name:
            return variables.read_name(expression.id, block)  # type: ignore[union-attr]
        if kind is Temp:
            found = self.temps.get(expression.number)  # type: ignore[union-attr]
            return variables.node("unknown", "temp", (), block, span) if found is None else found
        if kind is Const:
            return variables.pure("const", expression.text, (), block, span)  # type: ignore[union-attr]
        if isinstance(expression, Attr):
            path = variables.paths.get(expression)
            if path is not None:
                return variables.read(path, block)
            return variables.pure("attr", expression.name, (self._value(expression.base, block, span),), block, span)
        if isinstance(expression, FunctionRef):
            return variables.pure("function", expression.qualname, (), block, span)
        word, label, parts = _parts(expression)
        return variables.pure(word, label, tuple([self._value(part, block, span) for part in parts]), block, span)

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
        current, replaced = self.variables.current, self.variables.replaced.keys()
        nodes = self.variables.nodes
        for number, node in enumerate(nodes):
            if not replaced.isdisjoint(node.arguments):
                operands = shared_numbers(tuple([current(argument) for argument in node.arguments]))
                nodes[number] = Value(node.kind, node.label, operands, node.block, node.span)
        writes = self.globals_written.items()
        return ValueGraph(
            graph=self.graph,
            nodes=tuple(nodes),
            calls=tuple(self.calls),
            stores=tuple(
                [AttributeStore(current(s.base), s.name, current(s.value), s.block, s.span) for s in self.stores]
            ),
            returns=tuple([(block, current(node)) for block, node in self.returns]),
            yields=tuple([(block, current(node)) for block, node in self.yields]),
            conditions={block: current(node) for block, node in self.conditions.items()} or _NONE,
            finals={name: current(node) for name, node in finals.items()} or _NONE,
            globals_written={name: [(block, current(node)) for block, node in each] for name, each in writes} or _NONE,
            entered={place: current(node) for place, node in self.entered.items()} or _NONE,
            assigned_in={name: shared_numbers(tuple(blocks)) for name, blocks in self.assigned_in.items()} or _NONE,
            predecessors=tuple([shared_numbers(tuple(before)) for before in self.variables.predecessors]),
            dominators=self.variables.dominators,
            assigned={
                name: shared_numbers(tuple([current(node) for node in each])) for name, each in self.assigned.items()
            }
            or _NONE,
        )


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


_RULES: dict[type[object], Callable[[_Builder, Any, int], None]] = {
    Assign: _Builder._assign,
    StoreAttr: _Builder._store_attribute,
    StoreIndex: _Builder._store_index,
    Call: _Builder._call,
    Collect: _Builder._collect,
    Import: _Builder._import,
    Enter: _Builder._manage,
    Exit: _Builder._manage,
    Catch: _Builder._catch,
    Yield: _Builder._suspend,
    Await: _Builder._suspend,
    Delete: _Builder._delete,
}
