"""One step of the backward walk inside a body: on what does this side of this value depend?

The transfer functions of the analysis, read from use to definition. *Data*, *extent* and *order* are told apart:
``len(x)`` turns extent into data, ``range(n)`` data into extent. A phi also depends on the conditions that choose
between its operands (sync dependence), and a value changed in a loop on what ends the loop (temporal dependence), as in
Karrenberg and Hack, "Whole-Function Vectorization" (CGO 2011), and LLVM's uniformity analysis. Calls are in
:mod:`collint.uniformity.calls`, what lies outside the body in :mod:`collint.uniformity.outside`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from collint.ir.expressions import Const
from collint.ir.graph import BranchOn, Leave, NextOf, normal_successors, successors
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.linking.conditions import Conditions
from collint.linking.evaluate import leaves
from collint.linking.keys import Key, tests_lone_size
from collint.linking.meaning import called_name
from collint.linking.members import constant_index
from collint.linking.paths import leads, way_to
from collint.linking.program import Body
from collint.linking.references import ClassIs, Communicator, ObjectIs
from collint.uniformity.calls import CallFlow
from collint.uniformity.outside import Outside
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Born, Next, Outcome, Side, State

# Attributes that tell the extent of an array rather than its contents.
EXTENT_ATTRIBUTES = frozenset({"shape", "nbytes", "size", "ndim_"})
FIXED_ATTRIBUTES = frozenset({"dtype", "device", "ndim", "layout", "is_cuda", "requires_grad", "__class__", "__name__"})
# Nodes whose value is made anew each time that control passes: those of a loop show how often it did.
MADE_ANEW = frozenset({"phi", "after", "stored", "collected", "call", "element"})
MAPPINGS = frozenset({"dict", "defaultdict", "OrderedDict", "Counter"})
NONE_TESTS = frozenset({"is", "is not", "==", "!="})
# What these kinds of node make is never None; a constant never varies.
NEVER_NONE = frozenset(
    {"op", "display", "collected", "stored", "const", "function", "import", "slice", "element", "caught"}
)
ELEMENTWISE = frozenset("+ - * / // % ** @ & | ^ << >> == != < <= > >= neg pos ~".split())


class Flow:
    """The transfer functions, with access to the rest of the program."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.groups = conditions.groups
        self.meanings = conditions.meanings
        self.evaluator = conditions.evaluator
        self.program = conditions.program
        self.vocabulary = conditions.program.vocabulary
        self.calls = CallFlow(self)
        self.outside = Outside(self)

    def outcomes(self, state: State) -> Iterator[Outcome]:
        """Everything that one side of a value depends on directly."""
        body = self.program.body(state.body)
        if body is None:
            return
        here = body.values[state.node].block
        for outcome in self._depends(state, body):
            if isinstance(outcome, Next) and outcome.state.body == state.body and outcome.state.stack == state.stack:
                # Pure values are shared and stand at their first place; the loops around the use are those of this
                # node.
                for found in self.use(outcome.state, body, here):
                    yield Next(found.state, outcome.confidence) if isinstance(found, Next) else found
            else:
                yield outcome

    def _depends(self, state: State, body: Body) -> Iterator[Outcome]:
        value = body.values[state.node]
        if value.kind == "phi":
            return self._phi(state, body, value)
        if state.side == "extent" and value.kind in ("call", "parameter", "attr"):
            return chain(self.iterated(state, body, state.node), self._other(state, body, value))
        return self._other(state, body, value)

    def _other(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        if state.side == "presence" and value.kind in NEVER_NONE:
            return iter(())
        if value.kind == "call":
            return self.calls.outcomes(state, body, value)
        if value.kind == "after":
            return self._after(state, body, value)
        if value.kind in ("parameter", "name", "import"):
            return self.outside.named(state, body, value)
        if value.kind == "attr":
            return self._attribute(state, body, value)
        if value.kind == "index":
            return self._index(state, body, value)
        if value.kind == "caught":
            return self._caught(body, value)
        return self._composed(state, body, value)

    # ---------------------------------------------------------------------------------------------- composed

    def _composed(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        parts = value.arguments
        if value.kind == "op":
            yield from self._operation(state, body, value)
        elif value.kind == "choose":
            yield from self.all(state, parts[1:])
            if self.differ(state, body, parts[1:]):
                yield Next(replace(state, node=parts[0], side="data"))
        elif value.kind == "display":
            yield from self._display(state, body, value)
        elif value.kind == "stored":
            yield Next(replace(state, node=parts[0]))
            if state.side == "data":
                yield from self.all(state, parts[2:])
            elif self.is_mapping(body, state.node):
                yield Next(replace(state, node=parts[1], side="data"))
        elif value.kind == "collected":
            yield from self.all(state, parts if state.side == "data" else parts[:1])
        elif value.kind in ("element", "enter", "awaited", "yielded", "star", "slice"):
            yield from self.all(state, parts)

    def all(self, state: State, nodes: tuple[int, ...], side: Side | None = None) -> Iterator[Outcome]:
        """The same side (or ``side``) of each of ``nodes``."""
        for node in nodes:
            yield Next(replace(state, node=node, side=side or state.side))

    def _operation(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        if state.side == "data" and value.label in NONE_TESTS and self._tests_none(body, value):
            if self._is_lazily_made(body, value.arguments[0]):
                return
            yield from self.all(state, value.arguments, "presence")
        elif state.side == "data" and value.label in ("in", "not in") and self._is_memo(body, value):
            return
        elif state.side == "data":
            # A quotient or remainder of a rank may single out one axis of the mesh, and which one is not known.
            confidence = MEDIUM if value.label in ("//", "%") else HIGH
            for node in value.arguments:
                yield Next(replace(state, node=node), confidence)
            if value.label in ("in", "not in"):
                yield from self.all(state, value.arguments[1:], "extent")
        elif state.side == "extent" and value.label in ELEMENTWISE:
            yield from self.all(state, value.arguments)
            if value.label == "*":
                yield from self._repetition(state, body, value)
        elif value.label in ("or", "and"):
            yield from self.all(state, value.arguments)

    def _tests_none(self, body: Body, value: Value) -> bool:
        """``x is None``: asks whether there is a value, not which."""
        return any(body.values[node].kind == "const" and body.values[node].label == "None" for node in value.arguments)

    def _is_lazily_made(self, body: Body, node: int) -> bool:
        """``if cache is None: cache = make()``: asks whether this is the first time."""
        value = body.values[node]
        if value.kind == "name":
            written = [value for _, value in body.values.globals_written.get(str(value.label), ())]
        elif value.kind == "attr":
            written = [store.value for store in body.values.stores if store.name == value.label]
        else:
            return False
        return any(self.is_none(body, other) is not True for other in written)

    def _is_memo(self, body: Body, value: Value) -> bool:
        """``if key not in seen: seen[key] = ...``: asks whether this is the first time, whatever the key."""
        key = value.arguments[0]
        for other in body.values.nodes:
            if other.kind == "stored" and other.arguments[1] == key:
                return True
            received = other.kind == "after" and isinstance(other.label, Effect) and other.label.role == "receiver"
            if received and body.values[other.arguments[1]].arguments[1:] == (key,):
                return True
        return False

    def _repetition(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """``[x] * n``: a list as long as ``n`` says."""
        for own, other in (value.arguments, tuple(reversed(value.arguments))):
            if body.values[own].kind == "display":
                yield Next(replace(state, node=other, side="data"))

    def _display(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        if state.side == "data":
            yield from self.all(state, value.arguments)
        else:
            stars = tuple(node for node in value.arguments if body.values[node].kind == "star")
            yield from self.all(state, stars)

    def _caught(self, body: Body, value: Value) -> Iterator[Outcome]:
        line = value.span.line if value.span else 0
        yield Born(self.vocabulary.mesh_axes, "an exception on this rank alone", body.path, line, LOW)

    # ------------------------------------------------------------------------------------------------- joins

    def _phi(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        edges = [
            (self.same_object(body, node), before)
            for node, before in zip(value.arguments, body.values.predecessors[value.block], strict=True)
            if node != state.node
        ]
        for node, before in edges:
            alone = self.alone(body, before, value.block)
            yield Next(replace(state, node=node, agreed=state.agreed | alone))
        operands = tuple(dict.fromkeys(node for node, _ in edges))
        if len(operands) < 2 or not self.differ(state, body, operands):
            return
        # Arms that each end in an agreement meet in it: which arm a rank took no longer shows.
        agreed = frozenset.intersection(*(self.calls.agreed_by(state, body, node) for node in operands))
        for branch in self._choosing(body, value.block):
            if state.side != "data" or self._decides(body, value.block, branch, edges):
                weak = self._exchanged(body, branch, value.block)
                # Of two containers chosen by rank one may be filled later, to the other's size: less is certain of
                # extents.
                most = LOW if weak else MEDIUM if state.side == "extent" else HIGH
                for outcome in self.condition(replace(state, agreed=state.agreed | agreed), body, branch):
                    yield Next(outcome.state, min(most, outcome.confidence)) if isinstance(outcome, Next) else outcome

    def _exchanged(self, body: Body, branch: int, block: int) -> bool:
        """Whether both arms before a join take part in an exchange: what is sent, and what the others received."""
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop:
            return False
        rows = ((site.block, self.meanings.of_call(body, site.node).collective) for site in body.values.calls)
        blocks = {number for number, row in rows if row is not None and row.agrees}
        arms = (end.then, end.other)
        return block not in arms and all(any(body.dominates(arm, number) for number in blocks) for arm in arms)

    def _decides(self, body: Body, block: int, branch: int, edges: list[tuple[int, int]]) -> bool:
        """Whether the arms of a branch bring different values to a join: not where both bring the same alternatives."""
        end = body.graph.blocks[branch].terminator
        if not isinstance(end, BranchOn) or end.is_loop or block == branch:
            return True
        brought = []
        for arm in (end.then, end.other):
            brought.append(
                {
                    self._shape(body, node)
                    for node, before in edges
                    if (arm == block if before == branch else arm != block and leads(body, arm, before, branch, block))
                }
            )
        return brought[0] != brought[1]

    def _shape(self, body: Body, node: int) -> object:
        """What makes two values alike for a join: the same literal, or results of the same function."""
        value = body.values[node]
        if value.kind == "const":
            return value.label
        if value.kind == "call":
            meaning = self.meanings.of_call(body, node)
            if meaning.functions:
                return tuple(function_id for function_id, _ in meaning.functions)
        return node

    def differ(self, state: State, body: Body, operands: tuple[int, ...]) -> bool:
        """Whether it matters, for this side, which of the operands a join receives."""
        if state.side == "extent":  # None has no extent: where one is asked for, no rank holds it
            return len({self.extent_root(body, node) for node in operands if not self.is_none(body, node)}) > 1
        if state.side == "presence":
            return len({self.is_none(body, node) for node in operands} | {False}) > 1
        return True

    def is_none(self, body: Body, node: int, depth: int = 0) -> bool | None:
        """Whether a value is None, as far as its making tells; None when it does not."""
        value = body.values[node]
        if value.kind == "const":
            return value.label == "None"
        if value.kind in NEVER_NONE:
            return False
        if value.kind == "after":
            return self.is_none(body, value.arguments[0], depth)
        if value.kind == "call" and depth < 4:
            return self._call_is_none(body, node, depth)
        if value.kind in ("phi", "choose") and depth < 4:
            parts = value.arguments[value.kind == "choose" :]
            found = {self.is_none(body, part, depth + 1) for part in parts if part != node}
            return found.pop() if len(found) == 1 else None
        return None

    def _call_is_none(self, body: Body, node: int, depth: int) -> bool | None:
        """Whether the functions that a call runs all return a value, or make an object."""
        meaning = self.meanings.of_call(body, node)
        refs = self.evaluator.of_value(body, body.values[node].arguments[0])
        call = body.values[node].label
        assert isinstance(call, Call)
        if called_name(call) == "__new__" or (refs and all(isinstance(r, ClassIs) for r in refs)):
            return False
        if not meaning.functions or len(meaning.functions) > 4:
            return None
        for function_id, ref in meaning.functions:
            callee = self.program.body(function_id)
            if callee is None or isinstance(ref, ClassIs) or _falls_off(callee):
                return None
            if any(self.is_none(callee, returned, depth + 1) is not False for _, returned in callee.values.returns):
                return None
        return False

    def same_object(self, body: Body, node: int) -> int:
        """The value that a call hands on, or leaves, unchanged in all that matters here (``tqdm(x)``, ``log(x)``)."""
        for _ in range(16):
            value = body.values[node]
            if value.kind == "after":
                before = value.arguments[0]
                if self.conditions.key(body, node) != self.conditions.key(body, before):
                    break
                node = before
                continue
            if value.kind != "call":
                break
            row = self.meanings.of_call(body, node).transfer
            place = self.meanings.argument(body, node, row.same) if row is not None and row.same else None
            if place is None:
                break
            node = place
        return node

    def _choosing(self, body: Body, block: int) -> list[int]:
        """The branches that decide along which edge a join is reached.

        At the head of a loop the turns themselves do not count: ranks that are still inside it have made equally many.
        Who looks at the value from outside the loop adds that, see :meth:`use`.
        """
        controllers = body.controllers()
        above = body.idoms()[block]
        found: set[int] = set()
        turning: dict[int, set[int]] = {}
        for before in body.values.predecessors[block]:
            deciding = set(controllers[before])
            if isinstance(body.graph.blocks[before].terminator, (BranchOn, NextOf)):
                deciding.add(before)
            if block in body.graph.blocks[before].loops:
                turning[before] = deciding
            found |= deciding
        together = set.intersection(*turning.values()) if turning else set()
        shared = set(controllers[block]) - {block}
        shared |= {branch for branch in together if self._turns(body, block, branch, tuple(turning))}
        return sorted(
            branch for branch in found - shared if above is None or body.dominates(above, branch) or branch == block
        )

    def _turns(self, body: Body, head: int, branch: int, backs: tuple[int, ...]) -> bool:
        """Whether a branch inside a loop only decides whether there is another turn: one arm leads to all ways back."""
        ways = []
        for back in backs:
            arms = successors(body.graph, branch)
            direct = {arm for arm in arms if arm == head} if back == branch else set()
            ways.append(direct | {arm for arm in arms if arm != head and leads(body, arm, back, branch, head)})
        return len(ways[0]) == 1 and all(way == ways[0] for way in ways)

    def use(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """A value looked at in ``block``. From outside a loop, a value made inside shows how many turns there were."""
        yield Next(state)
        value = body.values[state.node]
        if value.kind not in MADE_ANEW or (state.side == "extent" and not self._grows(state, body, value)):
            return
        for head in body.graph.blocks[value.block].loops:
            if head not in body.graph.blocks[block].loops:
                for branch in self._exits(body, head):
                    yield from self.condition(state, body, branch)

    def _grows(self, state: State, body: Body, value: Value) -> bool:
        """Whether the extent of a value made in a loop can change from turn to turn."""
        if value.kind == "phi":
            return self.differ(state, body, value.arguments)
        return value.kind == "collected" or (isinstance(value.label, Effect) and value.label.role == "receiver")

    def _exits(self, body: Body, head: int) -> list[int]:
        """The branches by which a loop can be left."""
        return [
            block.number
            for block in body.graph.blocks
            if head in block.loops
            and isinstance(block.terminator, (BranchOn, NextOf))
            and any(head not in body.graph.blocks[f].loops for f in normal_successors(body.graph, block))
        ]

    def condition(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """What decides at the end of a block: a condition's data, or how many elements a loop finds.

        A rank's test for membership (``rank in ranks``) decides which group is its own, and so nothing within a group.
        """
        node = body.values.conditions.get(block)
        if node is None or self._is_membership(body, node):
            return
        loops = isinstance(body.graph.blocks[block].terminator, NextOf)
        yield from self.use(replace(state, node=node, side="extent" if loops else "data"), body, block)

    def iterated(self, state: State, body: Body, node: int) -> Iterator[Outcome]:
        """How often an object of the program yields when iterated: what decides its ``yield``, its ``__len__``."""
        for ref in sorted(self.evaluator.of_value(body, node), key=repr):
            if not isinstance(ref, ObjectIs):
                continue
            for name in ("__iter__", "__len__"):
                for method in self.evaluator.members.methods(ref, name):
                    inner = self.program.body(method)
                    if inner is not None:
                        yield from self.calls.enter(state, body, inner)

    def _is_membership(self, body: Body, node: int) -> bool:
        value = body.values[node]
        if value.kind != "op" or value.label not in ("in", "not in"):
            return False
        key = self.conditions.key(body, value.arguments[0])
        return key[0] == "rank" or body.values[value.arguments[0]].label in ("rank", "global_rank", "world_rank")

    def alone(self, body: Body, block: int, towards: int | None = None) -> frozenset[Axis]:
        """Axes along which a block (or its edge ``towards`` another) runs only where the group has one member."""
        found: frozenset[Axis] = frozenset()
        way = list(way_to(self.conditions, body, block))
        end = body.graph.blocks[block].terminator
        if towards is not None and isinstance(end, BranchOn) and end.then != end.other:
            atom = self.conditions.atom(body, body.values.conditions[block])
            way.append((atom.key, (end.then == towards) == atom.positive))
        for key, truth in way:
            size = _size_tested(key, truth)
            if size is not None:
                found |= self._axes_of_size(size)
        return found

    def _axes_of_size(self, size: Key) -> frozenset[Axis]:
        """The axes of the group whose size a key is; every axis where the size names no group."""
        if size[0] == "size":
            return frozenset(
                axis
                for group in size[1:]
                for axis in self.groups.axes(Communicator(group))  # type: ignore[arg-type]
            )
        return frozenset(self.vocabulary.mesh_axes)

    def extent_root(self, body: Body, node: int) -> int:
        """The value whose extent this one has, seen through what leaves extents alone."""
        for _ in range(32):
            value = body.values[node]
            lent = value.kind == "after" and isinstance(value.label, Effect) and value.label.role == "argument"
            if lent or (value.kind == "stored" and not self.is_mapping(body, node)):
                node = value.arguments[0]
            elif value.kind == "call" and self.same_object(body, node) != node:
                node = self.same_object(body, node)
            else:
                break
        return node

    def is_mapping(self, body: Body, node: int) -> bool:
        """Whether a container is a dict, as far as its making tells: a store then adds a key."""
        for leaf in leaves(body, node):
            value = body.values[leaf]
            if value.kind == "display" and value.label == "dict":
                return True
            if value.kind == "call" and isinstance(value.label, Call) and called_name(value.label) in MAPPINGS:
                return True
        return False

    def control(self, state: State, body: Body, block: int) -> Iterator[Outcome]:
        """Everything that decides whether a block runs."""
        for branch in sorted(body.controllers()[block]):
            yield from self.condition(state, body, branch)

    # ------------------------------------------------------------------------------------ after, attr, index

    def _after(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        effect = value.label
        assert isinstance(effect, Effect)
        before, call = value.arguments
        if effect.role == "argument":
            yield from self.calls.argument_after(state, body, before, call, effect)
        elif effect.role == "receiver":
            yield Next(replace(state, node=before))
            if state.side == "data":
                yield from self.all(state, body.values[call].arguments[1:])
        else:
            yield Next(replace(state, node=before))
            meaning = self.meanings.of_call(body, call)
            if self.conditions.program_writes(meaning.functions, effect.attribute):
                for function_id, _ in meaning.functions:
                    yield from self.outside.stores_of(state, function_id, effect.attribute)

    def _attribute(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        name = str(value.label)
        base = value.arguments[0]
        if state.side == "presence" and name in EXTENT_ATTRIBUTES | FIXED_ATTRIBUTES:
            return
        if name in EXTENT_ATTRIBUTES and state.side in ("data", "extent"):
            if state.side == "data":
                yield Next(replace(state, node=base, side="extent"))
            return
        if name in FIXED_ATTRIBUTES:
            return
        yield from self.outside.attribute(state, body, base, name, value)

    def _index(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        base, index = value.arguments
        label = body.values[index].label
        constant = body.values[index].kind == "const" and isinstance(label, str)
        keyed = self.outside.keyed(state, body, base, str(label)) if constant else None
        if keyed is not None:
            yield from keyed
            return
        position = constant_index(Const(str(label))) if constant else None
        parts = self._components(body, base, position) if position is not None else None
        if parts is not None:
            for leaf in parts:
                if body.values[leaf].kind == "call":
                    yield from self.calls.component(state, body, leaf, position or 0)
                else:
                    yield Next(replace(state, node=body.values[leaf].arguments[position or 0]))
            return
        yield Next(replace(state, node=base))
        if state.side == "data" and body.values[index].kind != "slice":
            yield Next(replace(state, node=index))
        elif body.values[index].kind == "slice":
            lower, upper, step = body.values[index].arguments
            width = slice_width(body, lower, upper)
            yield from self.all(state, (lower, upper, step) if width is None else (width, step), "data")
        elif not constant and state.side == "extent":
            yield Next(replace(state, node=index, side="extent"))

    def _components(self, body: Body, base: int, position: int) -> list[int] | None:
        """The literals and tuple-returning calls that a value may be; None when it may be anything else.

        A value that a call or store has changed since is not what its display says.
        """
        found, work, seen = [], [base], {base}
        while work:
            current = work.pop()
            value = body.values[current]
            if value.kind in ("phi", "choose"):
                fresh = [node for node in value.arguments[value.kind == "choose" :] if node not in seen]
                seen.update(fresh)
                work.extend(fresh)
            elif value.kind == "display" and value.label in ("tuple", "list") and position < len(value.arguments):
                if any(body.values[node].kind == "star" for node in value.arguments[: position + 1]):
                    return None
                found.append(current)
            elif value.kind == "call" and self.calls.returns_tuple(body, current, position):
                found.append(current)
            else:
                return None
        return sorted(found)


def slice_width(body: Body, lower: int, upper: int) -> int | None:
    """The node that says how wide ``x[i * w : (i + 1) * w]`` or ``x[i : i + w]`` is, wherever it begins."""
    low, high = body.values[lower], body.values[upper]
    if high.kind != "op" or len(high.arguments) != 2:
        return None
    if high.label == "+" and lower in high.arguments:
        return high.arguments[1 - high.arguments.index(lower)]
    if high.label != "*" or low.kind != "op" or low.label != "*":
        return None
    for position, width in enumerate(high.arguments):
        following = body.values[high.arguments[1 - position]]
        if width in low.arguments and following.kind == "op" and following.label == "+":
            start = low.arguments[1 - low.arguments.index(width)]
            if start in following.arguments:
                return width
    return None


def _falls_off(body: Body) -> bool:
    """Whether a function can end without a ``return`` and so return None."""
    return not body.values.returns or any(
        isinstance(block.terminator, Leave) and block.terminator.kind == "end" and block.number < body.graph.exit
        for block in body.graph.blocks
        if block.number not in (body.graph.exit, body.graph.failure)
    )


def _size_tested(key: Key, truth: bool) -> Key | None:
    """The size that a test, by turning out as it did, finds to be one."""
    size = tests_lone_size(key)
    is_bigger = key[1] == "<" and len(key) == 4 and key[2] == ("const", "1")
    return size if size is not None and truth != is_bigger else None
