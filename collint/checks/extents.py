"""Whether a form of extent varies over a group, and by which of its parts. What a finding says is the rule's.

A form names what sizes an array; each such thing is asked of the analysis of values, the most certain answer counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from collint.checks.context import Context
from collint.checks.forms import At, Form, differ_plainly, filled_up
from collint.checks.measuring import Measuring
from collint.checks.placing import holds
from collint.ir.graph import BranchOn
from collint.linking.describe import describe, shortened
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import Symbol
from collint.record import Record, replace
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, Births, Side, State, Variation
from collint.uniformity.subscripts import COMPARISONS

Axes = frozenset[Axis]
MAX_FUNCTIONS = 2
WHY = {
    "number": "its size follows `{text}`, {what}",
    "picked": "how much is selected depends on contents (`{text}`), {what}",
    "listed": "it is as long as the list `{text}`, {what}",
    "chosen": "`{text}` decides between two sizes, {what}",
    "parts": "the parts of an uneven split differ by one entry, and each rank takes its own (`{text}`)",
    "root": "`{text}` is {what}",
}


class Extent(Record, frozen=True):
    """A varying extent: the kind of part that varies, the sentence that says so, and the proof.

    ``is_far_fetched`` marks one of which nothing is told, and beyond which nothing is looked for.
    """

    kind: str
    why: str
    confidence: int
    variation: Variation
    is_far_fetched: bool = False

    @property
    def weight(self) -> tuple[bool, int]:
        """By which of several the one to tell is chosen."""
        return not self.is_far_fetched, self.confidence

    def is_handed_in(self, body: str) -> bool:
        """Whether the proof leads through a parameter of a function to its callers."""
        states = [state for state in self.variation.path if not state.stack]
        return bool(states) and states[0].body != body and any(state.body == body for state in states)


class Sizing:
    """Answers about forms."""

    def __init__(self, context: Context, measuring: Measuring) -> None:
        self.context = context
        self.measuring = measuring

    def varies(self, form: Form, over: Axes, block: int) -> Extent | None:
        """How an extent, used in ``block``, varies over axes; None where no variation is seen."""
        best: Extent | None = None
        for found in self._parts(form, over, block):
            if best is None or found.weight > best.weight:
                best = found
        return best

    def _parts(
        self, form: Form, over: Axes, block: int, dim: int | None = None, but: int | None = None
    ) -> Iterator[Extent]:
        """What varies in a form, along ``dim`` (None: any) but not along ``but``."""
        form = filled_up(form)
        if form.kind == "number":
            yield from self._number(form, over, block)
        elif form.kind == "less" and form.at is not None and not any(p.kind == "along" for p in form.walk()):
            yield from self._ask(form.at, over, block, "number", "data", HIGH)
        elif form.kind == "root":
            yield from self._root(form, over, block)
        elif form.kind == "listed" and form.at is not None:
            yield from self._listed(form.at, over, block)
        elif form.kind == "parts":
            yield from self._uneven(form, over, block)
        elif form.kind == "along":
            yield from self._parts(form.of[0], over, block, form.dim if dim is None else dim, but)
        elif form.kind == "reduced":
            yield from self._parts(form.of[0], over, block, dim, form.dim)
        elif form.kind == "sized":
            for number in _along(form.of, dim, but):
                yield from self._parts(number, over, block)
        elif form.kind in ("cut", "picked"):
            yield from self._selected(form, over, block, dim, but)
        else:
            for part in self._alternatives(form):
                yield from self._parts(part, over, block, dim, but)
            if form.kind == "either" and form.at is not None:
                yield from self._chosen(form, over, block)

    def _selected(self, form: Form, over: Axes, block: int, dim: int | None, but: int | None) -> Iterator[Extent]:
        base = form.of[:1]
        own = form.dim or 0
        if (dim is None or dim == own) and but != own:
            if form.kind == "picked" and form.at is not None:
                yield from self._ask(form.at, over, block, "picked", "data", HIGH, read=True)
                base = () if dim == own else base
            for number in form.of[1:]:
                for found in self._parts(number, over, block):
                    # Every n-th entry from one's own on: equal shares where the length is a multiple.
                    yield replace(found, confidence=min(found.confidence, MEDIUM)) if form.is_strided else found
            if form.kind == "cut" and any(number.kind != "number" or number.literal for number in form.of[1:]):
                return
        whole = form.kind == "picked" or (but is None and self._is_long_enough(form))
        for part in base:
            yield from self._parts(part, over, block, dim, own if whole else but)

    def _is_long_enough(self, form: Form) -> bool:
        """``buffer[:n]`` of a buffer that was made for ``n`` rows or more: how many more does not matter."""
        array, *numbers = form.of
        made = [part for part in array.walk() if part.kind == "sized"]
        own = form.dim or 0
        return (
            len(numbers) == 1
            and bool(made)
            and all(own < len(part.of) and self._is_at_least(part.of[own], numbers[0]) for part in made)
        )

    def _is_at_least(self, number: Form, least: Form) -> bool:
        if (
            number.at is None
            or least.at is None
            or (number.at.body, number.at.stack) != (least.at.body, least.at.stack)
        ):
            return number == least
        body = self.context.program.body(number.at.body)
        return body is not None and all(
            least.at.node in (leaf, *self._larger(body, leaf)) for leaf in leaves(body, number.at.node)
        )

    def _larger(self, body: Body, node: int) -> tuple[int, ...]:
        """The numbers of which a call takes the largest."""
        called = body.values[node].kind == "call" and "builtins.max" in self.context.meanings.of_call(body, node).names
        return body.values[node].arguments[1:] if called else ()

    def _number(self, form: Form, over: Axes, block: int) -> Iterator[Extent]:
        if form.at is not None and not form.literal:
            yield from self._ask(form.at, over, block, "number", "data", HIGH)

    def _root(self, form: Form, over: Axes, block: int) -> Iterator[Extent]:
        """What is no further understood: only what packs say of the size of values of this name or type."""
        assert form.at is not None
        body = self.context.program.body(form.at.body)
        value = body.values[form.at.node] if body is not None else None
        if body is not None and value is not None and value.kind == "index":
            if self._is_handed(body, form.at.node):
                yield from self._ask(form.at, over, block, "root", "extent", HIGH)
            return
        if value is None or value.kind not in ("parameter", "attr"):
            return
        words, name = self.context.vocabulary, str(value.label)
        hint = words.parameter_hint(name) if value.kind == "parameter" else words.attribute_hint(name)
        if hint is None or "extent" in hint.sides:
            for found in self._ask(form.at, over, block, "root", "extent", HIGH, births="own"):
                # That a failure decides which of two values is kept says nothing of their sizes.
                if hint is not None or not found.variation.is_circumstance:
                    yield found

    def _is_handed(self, body: Body, node: int) -> bool:
        """``batch["ids"]``: an entry of what a library hands to this method."""
        while body.values[node].kind in ("index", "after"):
            node = body.values[node].arguments[0]
        facts, value = self.context.program.facts(body.id), body.values[node]
        if facts is None or value.kind != "parameter":
            return False
        return self.context.uniformity.flow.declared.handed_row(facts, str(value.label)) is not None

    def _listed(self, at: At, over: Axes, block: int) -> Iterator[Extent]:
        """How long a list is depends on all that ever goes through it: less is certain of it than of a number.

        What one function picks for its own rank is as certain as every n-th entry.
        """
        for found in self._ask(at, over, block, "listed", "extent", HIGH):
            variation = found.variation
            is_picked = len({step.body for step in variation.path}) == 1 and not variation.is_circumstance
            certain = min(found.confidence, MEDIUM) if is_picked else max(found.confidence - 1, LOW)
            yield replace(found, confidence=certain)

    def _uneven(self, form: Form, over: Axes, block: int) -> Iterator[Extent]:
        array, parts = form.of
        literal = [n.literal for n in array.of if n.literal] if array.kind == "sized" else []
        if literal and parts.literal.isdigit() and int(literal[0]) % int(parts.literal) == 0:
            return
        if form.at is not None and not self._divides(form.at, parts) and not self._is_shared_out(form.at):
            yield from self._ask(form.at, over, block, "parts", "data", MEDIUM)

    def _divides(self, at: At, parts: Form) -> bool:
        """Whether the function makes sure that the length is a multiple: it takes a remainder by the same number."""
        body = self.context.program.body(at.body)
        node = parts.at.node if parts.at is not None else -1
        return body is not None and any(
            value.kind == "op" and value.label == "%" and value.arguments[1:] == (node,) for value in body.values.nodes
        )

    def _is_shared_out(self, at: At) -> bool:
        """Whether the array that is split is reduced and scattered too, in a call that would refuse uneven shares."""
        body = self.context.program.body(at.body)
        if body is None:
            return False
        splits = [v.arguments[0] for v in body.values.nodes if v.kind == "index" and v.arguments[1:] == (at.node,)]
        calls = [call for split in splits for call in leaves(body, split) if body.values[call].kind == "call"]
        arrays = {leaf for call in calls for leaf in self._arguments(body, call, "receiver", "@0")}
        rows = [
            (called.node, self.context.meanings.of_call(body, called.node).collective) for called in body.values.calls
        ]
        return any(
            bool(arrays & self._arguments(body, call, *row.payload))
            for call, row in rows
            if row is not None and row.family.startswith("reduce_scatter") and row.equal_size and not row.lists
        )

    def _arguments(self, body: Body, call: int, *spellings: str) -> frozenset[int]:
        """What some arguments of a call may be."""
        places = (self.context.meanings.argument(body, call, spelling) for spelling in spellings)
        return frozenset(leaf for place in places if place is not None for leaf in leaves(body, place))

    def _chosen(self, form: Form, over: Axes, block: int) -> Iterator[Extent]:
        """A choice between plainly different extents, where what decides it varies."""
        assert form.at is not None
        if not any(differ_plainly(one, other) for one, other in combinations(form.of, 2)):
            return
        for body, branch in self._deciding(form.at):
            end = body.graph.blocks[branch].terminator
            condition = body.values.conditions.get(branch)
            if isinstance(end, BranchOn) and not end.is_loop and condition is not None:
                at = At(body.id, condition, form.at.stack if body.id == form.at.body else ())
                if self._compares_sizes(body, at, form):
                    continue
                yield from self._ask(at, over, branch, "chosen", "data", MEDIUM)

    def _alternatives(self, form: Form) -> tuple[Form, ...]:
        """The parts of a form that count: of an array and the same one filled up where it is too short, the latter."""
        filled = tuple(part for part in form.of if filled_up(part) is not part)
        if form.kind != "either" or form.at is None or not filled:
            return form.of
        tests = [
            At(body.id, condition, form.at.stack if body.id == form.at.body else ())
            for body, branch in self._deciding(form.at)
            if (condition := body.values.conditions.get(branch)) is not None
        ]
        bodies = [(self.context.program.body(test.body), test) for test in tests]
        return filled if any(body and self._compares_sizes(body, test, form) for body, test in bodies) else form.of

    def _compares_sizes(self, body: Body, at: At, form: Form) -> bool:
        """``if len(x) < largest: x = pad(x, largest - len(x))``: who is not padded has the size already.

        Without a comparison it is the difference itself that is asked: ``if missing:``.
        """
        test = body.values[at.node]
        compared = test.kind == "op" and test.label in COMPARISONS
        sizes = {part for part in form.walk() if part.kind in ("number", "along", "less") and not part.literal}
        asked = test.arguments if compared else (at.node,)
        tested = [self.measuring.numbers.form(replace(at, node=node), frozenset()) for node in asked]
        if not compared and tested[0].kind != "less":
            return False
        return any(part in sizes for number in tested for part in number.walk())

    def _deciding(self, at: At) -> list[tuple[Body, int]]:
        """The branches that decide which alternative a join receives, or which of several returns is taken."""
        body = self.context.program.body(at.body)
        if body is None:
            return []
        value = body.values[at.node]
        if value.kind == "phi":
            joins = self.context.uniformity.flow.joins
            return [(body, branch) for branch in joins.choosing(body, value.block, body.controllers())]
        found: list[tuple[Body, int]] = []
        for function_id, _ in self.context.meanings.of_call(body, at.node).functions if value.kind == "call" else ():
            callee = self.context.program.body(function_id)
            if callee is not None:
                blocks = {branch for block, _ in callee.values.returns for branch in callee.controllers()[block]}
                found += [(callee, branch) for branch in sorted(blocks)]
        return found

    def _ask(
        self,
        at: At,
        over: Axes,
        block: int,
        kind: str,
        side: Side,
        most: int,
        *,
        read: bool = False,
        births: Births = "all",
    ) -> Iterator[Extent]:
        body = self.context.program.body(at.body)
        if body is None:
            return
        state = State(at.body, at.node, side, at.stack, frozenset(), read)
        where = block if not at.stack and block < len(body.graph.blocks) else body.values[at.node].block
        variation = self.context.uniformity.of_state(state, over, where, births)
        if variation is not None:
            text = shortened(describe(body, at.node))
            certain = min(most, variation.confidence)
            if certain == MEDIUM and len({step.body for step in variation.path}) > MAX_FUNCTIONS:
                certain = LOW  # through many hands, each of which may have made sizes agree
            far = self._is_far_fetched(variation, over)
            yield Extent(kind, WHY[kind].format(text=text, what=variation.what), certain, variation, far)

    def _is_far_fetched(self, variation: Variation, over: Axes) -> bool:
        """Whether two doubts meet that leave little of a proof: what is uncertain by itself, and seen from afar.

        A circumstance of low confidence says something of its own function and of those around it; through more hands
        it mostly turns out to choose among what all ranks choose alike. And that a library's data differ along some of
        its axes says nothing of a group that nobody relates to them.
        """
        if variation.confidence > LOW:
            return False
        if variation.is_circumstance:
            return self._hands(variation) > MAX_FUNCTIONS
        if variation.axes >= self.context.vocabulary.mesh_axes or variation.axes & over:
            return False
        return any(isinstance(axis, Symbol) for axis in over) and not any(
            isinstance(axis, Symbol) for axis in variation.axes
        )

    def _hands(self, variation: Variation) -> int:
        """The functions that a value passes from its source on, calls on the way included."""
        found = {state.body for state in variation.path}
        found |= {caller for state in variation.path for caller, _ in state.stack}
        first = self.context.program.body(variation.path[0].body)
        return len(found) + (first is None or not holds(first, variation.because[0]))


def _along(numbers: tuple[Form, ...], dim: int | None, but: int | None) -> tuple[Form, ...]:
    """The numbers of a shape that matter: that of one dimension, or all but one."""
    places = range(len(numbers))
    if dim is not None and dim in (*places, *(place - len(numbers) for place in places)):
        return (numbers[dim],)
    if but is None or len(numbers) < 2:
        return numbers
    return tuple(number for place, number in enumerate(numbers) if place not in (but, but + len(numbers)))
