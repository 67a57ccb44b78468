"""The form of an array's extent: from the value backwards to what sized, cut, picked or padded it.

Calls are followed into functions of the program and back to their arguments; what packs say of library calls is used
as it stands. The forms themselves are in :mod:`collint.checks.forms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collint.checks import provenance
from collint.checks.context import Context
from collint.checks.forms import SINGLE, At, Form, both, differ_plainly
from collint.checks.masks import is_mask
from collint.checks.numbering import Numbering
from collint.checks.of_one import brought_by_one
from collint.checks.sites import sites_of
from collint.ir.statements import Call
from collint.ir.values import Effect, Value
from collint.knowledge.rows import Transfer
from collint.linking.arrays import is_list
from collint.linking.binding import bind
from collint.linking.callers import skipped
from collint.linking.evaluate import leaves
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.linking.references import FunctionIs
from collint.record import replace
from collint.uniformity.lone import alone
from collint.uniformity.subscripts import COMPARISONS, slice_limits

MAX_DEPTH = 24
MAX_STACK = 4
MAX_STEPS = 2_000
"""Steps of one question: nested and repeated loops have more ways through them than can be walked."""
MAX_STEPS_OF_A_BODY = 40_000
"""Of all questions about one function, divided among its collectives; the most met in vLLM 0.32.0 is 3,352."""
MAX_SIZE = 200
"""Parts of a form: twice the most met in vLLM 0.18.1, which is 91. What has more counts as not understood."""
ARITHMETIC = frozenset("+ - * / // % ** & | ^ << >> neg pos ~".split()) | COMPARISONS
RESIZES = frozenset("append extend insert pop remove clear appendleft popleft resize_ add discard".split())


class Measuring:
    """Forms of values; ``numbers`` are the forms of what sizes are computed from."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.meanings = context.meanings
        self.numbers = Numbering(self)
        self._known: dict[tuple[At, int], Form] = {}
        self.cycles = 0
        self._asking = ""
        self._steps = self._enough = 0

    def form(self, at: At, seen: frozenset[At] = frozenset()) -> Form:
        """The extent of a value.

        Answers that met no cycle are kept by depth: a value that two ways lead to again and again is measured once.
        """
        if not seen:
            self._begin(at.body)
        self._steps += 1
        key = (at, len(seen))
        found = self._known.get(key)
        if found is None or at in seen:
            before = self.cycles
            found = self._form(at, seen)
            if found.size > MAX_SIZE:
                found = Form("root", at)
            if self.cycles == before:
                self._known[key] = found
        return found

    def _begin(self, body_id: str) -> None:
        """What one question may cost does not hang on those before it."""
        if body_id != self._asking:
            body = self.context.program.body(body_id)
            calls = sum(1 for _ in sites_of(self.context, body)) if body is not None else 0
            self._asking, self._enough = body_id, min(MAX_STEPS, MAX_STEPS_OF_A_BODY // max(calls, 1))
        self._steps = -1

    def _form(self, at: At, seen: frozenset[At]) -> Form:
        body = self.context.program.body(at.body)
        self.cycles += at in seen
        if self._steps > self._enough:
            self.cycles += 1  # what is cut off here is not to be kept
            self.context.unmeasured.add(self._asking)
            return Form("root", at)
        if body is None or at in seen or len(seen) > MAX_DEPTH:
            return Form("root", at)
        value, inner = body.values[at.node], seen | {at}
        if value.kind in ("phi", "choose"):
            return self._either(at, *self._alternatives(body, at.node), inner)
        if value.kind in ("after", "stored"):
            return Form("root", at) if _resized(body, value) else self.form(self.beside(at, value.arguments[0]), inner)
        if value.kind == "const":
            return SINGLE
        if value.kind == "op":
            return self._operation(at, body, value, inner)
        if value.kind == "index":
            return self._subscript(at, body, value, inner)
        if value.kind == "call":
            return self._call(at, body, value, inner)
        if value.kind == "display":
            return Form("listed", at) if any(body.values[a].kind == "star" for a in value.arguments) else SINGLE
        source = self.source(at, body, value)
        return Form("root", at) if source is None else self.form(source, inner)

    def _alternatives(self, body: Body, node: int) -> tuple[Sequence[int], frozenset[int]]:
        """The operands of a join or choice that count, and those that one rank alone brings."""
        memo: dict[int, tuple[Sequence[int], frozenset[int]]] = body.memo.setdefault("met", {})  # type: ignore[assignment]
        if node not in memo:
            value = body.values[node]
            met = value.arguments[1:] if value.kind == "choose" else self._met(body, value)
            memo[node] = met, brought_by_one(self.context, body, value)
        return memo[node]

    def _met(self, body: Body, value: Value) -> list[int]:
        """The operands of a join that a rank with peers can bring: not those behind ``world_size == 1``."""
        ways = zip(value.arguments, body.values.predecessors[value.block], strict=True)
        mesh = self.context.vocabulary.mesh_axes
        kept = [n for n, before in ways if not mesh <= alone(self.context.conditions, body, before, value.block)]
        return kept or list(value.arguments)

    def beside(self, at: At, node: int) -> At:
        """Another value of the same body, seen through the same calls."""
        return replace(at, node=node)

    def source(self, at: At, body: Body, value: Value) -> At | None:
        """The one place that a parameter, attribute or outer variable has its value from."""
        if value.kind == "parameter":
            return self._argument(at, body, str(value.label))
        sources = provenance.Sources()
        if value.kind == "attr":
            row = self.context.vocabulary.transfer_method(str(value.label))
            if row is not None and "receiver" in row.keeps:
                return self.beside(at, value.arguments[0])
            sources = provenance.of_attribute(self.context, body, value)
        if value.kind == "name":
            sources = provenance.of_name(self.context, body, str(value.label))
        if len(sources.nodes) != 1 or not sources.complete or sources.absent:
            return None
        origin, node = sources.nodes[0]
        return At(origin.id, node)

    def _argument(self, at: At, body: Body, name: str) -> At | None:
        """What the call through which the value is seen hands over for a parameter."""
        caller = self.context.program.body(at.stack[-1][0]) if at.stack else None
        facts = self.context.program.facts(body.id)
        if caller is None or facts is None:
            return None
        node = at.stack[-1][1]
        value = caller.values[node]
        ref = next((r for f, r in self.meanings.of_call(caller, node).functions if f == body.id), None)
        if ref is None or not isinstance(value.label, Call):
            return None
        position = bind(facts.parameters, value.label.arguments, skipped(self.context.evaluator, facts, ref)).get(name)
        return None if position is None else At(caller.id, value.arguments[1 + position], at.stack[:-1])

    def _either(self, at: At, nodes: Sequence[int], lone: frozenset[int], seen: frozenset[At]) -> Form:
        """One of several; ``lone`` ones, which one rank alone brings, count where they plainly do not fit."""
        every = [self.beside(at, node) for node in nodes]
        places = [place for place in every if place not in seen]
        self.cycles += len(every) - len(places)
        others = [self.form(place, seen) for place in places if place.node not in lone]
        single = [self.form(place, seen) for place in places if place.node in lone]
        fitting = others and not any(differ_plainly(one, other) for one in single for other in others)
        forms = tuple(dict.fromkeys(others if fitting else (*others, *single)))
        forms = tuple(form for form in forms if not (form.kind == "root" and form.at in seen))
        if not forms:
            return Form("root", at)
        return forms[0] if len(forms) == 1 else Form("either", at, forms)

    # --------------------------------------------------------------------------------------------- operators

    def _operation(self, at: At, body: Body, value: Value, seen: frozenset[At]) -> Form:
        parts = [self.beside(at, node) for node in value.arguments]
        if value.label in ("+", "*") and any(is_list(body, node) for node in value.arguments):
            if value.label == "+":
                return Form("joined", of=tuple(self._listed(body, part, seen) for part in parts))
            times = next((part for part in parts if not is_list(body, part.node)), None)
            return Form("root", at) if times is None else Form("sized", of=(self.numbers.form(times, seen),))
        if value.label in ARITHMETIC:
            return both([self.form(part, seen) for part in parts])
        return Form("root", at)

    def _listed(self, body: Body, at: At, seen: frozenset[At]) -> Form:
        return self.form(at, seen) if body.values[at.node].kind == "op" else Form("listed", at)

    def _subscript(self, at: At, body: Body, value: Value, seen: frozenset[At]) -> Form:
        base, index = (self.beside(at, node) for node in value.arguments)
        key = body.values[index.node]
        if slice_limits(self.meanings, body, index.node) is not None:
            return self._cut(self.form(base, seen), body, index, seen, 0)
        if key.kind == "display" and key.label == "tuple":
            return self._dimensions(self.form(base, seen), body, index, seen)
        if is_mask(self.context, body, index.node):
            return Form("picked", index, (self.form(base, seen),), 0)
        split = self._parts(base, index, body, seen)
        if split is not None:
            return split
        form = self.form(index, seen)
        return form if form.kind not in ("root", "single", "number") else Form("root", at)

    def _dimensions(self, form: Form, body: Body, index: At, seen: frozenset[At]) -> Form:
        """``x[:, mask, :n]``: one dimension after the other."""
        for dim, node in enumerate(body.values[index.node].arguments):
            if body.values[node].kind == "slice":
                form = self._cut(form, body, self.beside(index, node), seen, dim)
            elif is_mask(self.context, body, node):
                form = Form("picked", self.beside(index, node), (form,), dim)
        return form

    def _cut(self, base: Form, body: Body, index: At, seen: frozenset[At], dim: int) -> Form:
        limits = slice_limits(self.meanings, body, index.node) or ()
        numbers = self.numbers.width(body, index, limits, seen)
        strided = len(limits) > 2 and body.values[limits[2]].label not in ("None", "1")
        return Form("cut", of=(base, *numbers), dim=dim, is_strided=strided) if numbers else base

    def _parts(self, base: At, index: At, body: Body, seen: frozenset[At]) -> Form | None:
        """``x.tensor_split(n)[i]``: parts that differ by one entry where the length is not a multiple."""
        for leaf in leaves(body, base.node):
            row = self.meanings.of_call(body, leaf).transfer if body.values[leaf].kind == "call" else None
            if row is None or not row.splits:
                return None
            call = self.beside(base, leaf)
            array, parts = self._place(call, body, row.keeps[0]), self._place(call, body, row.splits)
            if array is not None and parts is not None:
                return Form("parts", index, (self.form(array, seen), self.numbers.form(parts, seen)))
        return None

    # ------------------------------------------------------------------------------------------------- calls

    def _call(self, at: At, body: Body, value: Value, seen: frozenset[At]) -> Form:
        meaning = self.meanings.of_call(body, at.node)
        row = meaning.collective
        if row is not None:
            payload = self._place(at, body, row.payload[0]) if row.payload else None
            kept = payload is not None and row.family in ("all_reduce", "broadcast", "reduce")
            return self.form(payload, seen) if kept and payload is not None else Form("root", at)
        if meaning.transfer is not None:
            return self._transferred(at, body, meaning.transfer, seen)
        functions = [f for f, ref in meaning.functions if isinstance(ref, FunctionIs)]
        if len(functions) != 1 or len(at.stack) >= MAX_STACK or meaning.source or meaning.uniform:
            return Form("root", at)
        callee = self.context.program.body(functions[0])
        if callee is None or not callee.values.returns or callee.function.is_generator:
            return Form("root", at)
        stack = (*at.stack, (at.body, at.node))
        returned = [At(callee.id, node, stack) for _, node in callee.values.returns]
        self.cycles += any(place in seen for place in returned)
        forms = tuple(dict.fromkeys(self.form(place, seen) for place in returned if place not in seen))
        return forms[0] if len(forms) == 1 else Form("either", at, forms) if forms else Form("root", at)

    def _place(self, at: At, body: Body, spelling: str) -> At | None:
        node = self.meanings.argument(body, at.node, spelling)
        return None if node is None else self.beside(at, node)

    def _places(self, at: At, body: Body, spellings: Iterable[str]) -> list[At]:
        found = (self._place(at, body, spelling) for spelling in spellings)
        return list(dict.fromkeys(place for place in found if place is not None))

    def _transferred(self, at: At, body: Body, row: Transfer, seen: frozenset[At]) -> Form:
        """The form of a library call's result, as its row says."""
        if row.same:
            place = self._place(at, body, row.same)
            return Form("root", at) if place is None else self.form(place, seen)
        if row.fixed_extent or row.reads:
            return SINGLE
        chosen = self._places(at, body, row.shape_from_data)
        if chosen:
            return Form("picked", chosen[0])
        kept = [self.form(place, seen) for place in self._places(at, body, (*row.keeps, *row.extent_only))]
        if row.reduces:
            dims = self._place(at, body, row.reduces)
            return self._reduced(body, dims, both(kept)) if dims is not None else SINGLE
        if row.joins:
            return self._joined(at, body, row, seen)
        if row.pads:
            amounts = [place for place in self._places(at, body, (row.pads,)) if not self._is_by_rank(place)]
            return Form("padded", of=(both(kept), *(n for a in amounts for n in self.numbers.forms(a, seen))))
        if row.extent_from_data:
            return self._sized(at, body, row, kept, seen)
        if kept:
            return both(kept)
        if row.only:
            return self._handed_on(at, body, row, seen)
        return Form("root", at)

    def _is_by_rank(self, at: At) -> bool:
        """Whether a rank alone tells an amount: what is added before a rank's part is left out behind it."""
        if any(part.kind == "along" for form in self.numbers.forms(at, frozenset()) for part in form.walk()):
            return False  # the size of an array tells it, whatever that comes from
        differs, mesh = self.context.uniformity.differs, self.context.vocabulary.mesh_axes
        return differs(at.body, at.node, mesh) and not differs(at.body, at.node, mesh, births="local")

    def _reduced(self, body: Body, dims: At, array: Form) -> Form:
        value = body.values[dims.node]
        text = str(value.label) if value.kind == "const" else ""
        negative = value.kind == "op" and value.label == "neg" and body.values[value.arguments[0]].kind == "const"
        if text == "None" or array.kind == "single":
            return SINGLE
        if negative:
            text = f"-{body.values[value.arguments[0]].label}"
        return Form("reduced", dims, (array,), int(text)) if text.lstrip("-").isdigit() else Form("root", dims)

    def _joined(self, at: At, body: Body, row: Transfer, seen: frozenset[At]) -> Form:
        for place in self._places(at, body, row.joins):
            value = body.values[place.node]
            if value.kind == "display" and value.label in ("list", "tuple"):
                return Form("joined", of=tuple(self.form(self.beside(at, item), seen) for item in value.arguments))
            if is_list(body, place.node):
                return Form("listed", place)
        return Form("root", at)

    def _sized(self, at: At, body: Body, row: Transfer, kept: list[Form], seen: frozenset[At]) -> Form:
        sizes = [
            form for place in self._places(at, body, row.extent_from_data) for form in self.numbers.forms(place, seen)
        ]
        whole = next((size for size in sizes if size.kind == "along" and size.dim is None), None)
        if whole is not None and len(sizes) == 1:
            return whole.of[0]
        if not sizes:
            return Form("root", at)
        sized = Form("sized", of=tuple(sizes))
        return both([sized, *kept]) if kept else sized

    def _handed_on(self, at: At, body: Body, row: Transfer, seen: frozenset[At]) -> Form:
        """``x.to(device)`` is ``x``; ``torch.tensor(xs)`` is as long as the list."""
        places = self._places(at, body, row.only)
        if not places:
            return Form("root", at)
        if is_list(body, places[0].node):
            single = all(body.values[leaf].kind == "display" for leaf in leaves(body, places[0].node))
            form = self.form(places[0], seen) if single and body.values[places[0].node].kind == "display" else SINGLE
            return form if single and body.values[places[0].node].kind == "display" else Form("listed", places[0])
        form = self.form(places[0], seen)
        return form if form.kind != "root" or row.name.startswith(".") else Form("root", at)


def _resized(body: Body, value: Value) -> bool:
    """Whether an in-place change may alter the extent: a method that grows or shrinks its receiver."""
    effect = value.label
    if not isinstance(effect, Effect) or effect.role != "receiver":
        return False
    call = body.values[value.arguments[1]].label
    return isinstance(call, Call) and called_name(call) in RESIZES
