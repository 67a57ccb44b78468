"""The numbers that size arrays, as forms: what measures another array, what is subtracted, and everything else.

A number that measures nothing is left to the analysis of values. What arrays make of numbers is in
:mod:`collint.checks.measuring`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.checks.forms import At, Form
from collint.ir.values import Value
from collint.linking.arrays import is_list
from collint.linking.evaluate import is_none
from collint.linking.program import Body
from collint.record import replace
from collint.uniformity.flow import EXTENT_ATTRIBUTES
from collint.uniformity.subscripts import slice_width

if TYPE_CHECKING:
    from collint.checks.measuring import Measuring

ARITHMETIC = frozenset({"+", "-", "*", "//", "%", "**"})
MAX_DEPTH = 48
"""Steps of arithmetic that are followed; what lies behind is a number like any other."""
BOUNDS = frozenset({"builtins.min", "builtins.max", "builtins.int"})


class Numbering:
    """Forms of numbers."""

    def __init__(self, arrays: Measuring) -> None:
        self.arrays = arrays
        self.context = arrays.context
        self._known: dict[tuple[At, int], Form] = {}

    def forms(self, at: At, seen: frozenset[At]) -> list[Form]:
        """The numbers of a shape: the items of a display, else one form that stands for all."""
        body = self._body(at)
        value = body.values[at.node]
        if value.kind == "display" and value.label in ("tuple", "list"):
            return [form for item in value.arguments for form in self.forms(replace(at, node=item), seen)]
        if value.kind == "star":
            return [self.form(replace(at, node=value.arguments[0]), seen)]
        return [self.form(at, seen)]

    def form(self, at: At, seen: frozenset[At]) -> Form:
        """One number. Kept by depth where no cycle was met, as the forms of arrays are."""
        key = (at, len(seen))
        found = self._known.get(key)
        if found is None or at in seen:
            before = self.arrays.cycles
            found = self._form(at, seen)
            if self.arrays.cycles == before:
                self._known[key] = found
        return found

    def _form(self, at: At, seen: frozenset[At]) -> Form:
        body = self._body(at)
        value = body.values[at.node]
        if at in seen or len(seen) > MAX_DEPTH:
            self.arrays.cycles += at in seen
            return Form("number", at)
        inner = seen | {at}
        if value.kind == "const":
            return Form("number", at, literal=str(value.label))
        if value.kind == "parameter" and at.stack:
            source = self.arrays.source(at, body, value)
            return Form("number", at) if source is None else self.form(source, inner)
        if value.kind == "op" and value.label in ARITHMETIC and len(value.arguments) == 2:
            parts = tuple(self.form(replace(at, node=node), inner) for node in value.arguments)
            if value.label == "-":
                return Form("less", at, parts)
            return Form("both", of=parts) if any(_measures(part) for part in parts) else Form("number", at)
        if value.kind == "stored":
            parts = tuple(self.form(replace(at, node=value.arguments[place]), inner) for place in (0, 2))
            return Form("both", of=parts)
        measured = self._measured(at, body, value, inner)
        return measured if measured is not None else Form("number", at)

    def _measured(self, at: At, body: Body, value: Value, seen: frozenset[At]) -> Form | None:
        """The size of an array, where the number is one."""
        if value.kind == "attr" and value.label in EXTENT_ATTRIBUTES:
            return Form("along", of=(self.arrays.form(replace(at, node=value.arguments[0]), seen),))
        if value.kind == "after" and body.values[value.arguments[0]].label in EXTENT_ATTRIBUTES:
            return self._measured(replace(at, node=value.arguments[0]), body, body.values[value.arguments[0]], seen)
        if value.kind == "index":
            return self._dimension(at, body, value, seen)
        if value.kind != "call":
            return None
        meaning = self.context.meanings.of_call(body, at.node)
        row = meaning.transfer
        if row is not None and row.same:
            place = self.context.meanings.argument(body, at.node, row.same)
            return None if place is None else self._kept(replace(at, node=place), seen)
        if row is not None and row.data_from_extent:
            return self._asked(at, body, row.data_from_extent[0], seen)
        if set(meaning.names) & BOUNDS:
            parts = tuple(self.form(replace(at, node=node), seen) for node in value.arguments[1:])
            return Form("both", of=parts) if any(_measures(part) for part in parts) else None
        return None

    def _kept(self, at: At, seen: frozenset[At]) -> Form | None:
        form = self.form(at, seen)
        return form if _measures(form) else None

    def _asked(self, at: At, body: Body, spelling: str, seen: frozenset[At]) -> Form | None:
        """``x.size(0)``, ``len(x)``."""
        place = self.context.meanings.argument(body, at.node, spelling)
        if place is None:
            return None
        dim = (
            _constant(body, body.values[at.node].arguments[1])
            if spelling == "receiver" and len(body.values[at.node].arguments) == 2
            else None
        )
        where = replace(at, node=place)
        form = Form("listed", where) if is_list(body, place) else self.arrays.form(where, seen)
        return Form("along", of=(form,), dim=0 if spelling != "receiver" else dim)

    def _dimension(self, at: At, body: Body, value: Value, seen: frozenset[At]) -> Form | None:
        """``x.shape[0]``; of ``x.shape[1:]`` the first of those that are taken."""
        whole = self._measured(replace(at, node=value.arguments[0]), body, body.values[value.arguments[0]], seen)
        if whole is None or whole.kind != "along" or whole.dim is not None:
            return None
        index = value.arguments[1]
        if body.values[index].kind == "slice":
            index = body.values[index].arguments[0]
        return Form("along", of=whole.of, dim=_constant(body, index))

    def width(self, body: Body, index: At, limits: tuple[int, ...], seen: frozenset[At]) -> list[Form]:
        """What decides how long a slice is; nothing where it takes everything, or all but a fixed number of entries."""
        if _is_most(body, limits):
            return []
        known = [node for node in limits if not is_none(body, node)]
        width = slice_width(body, *limits[:2]) if len(known) > 1 else None
        return [self.form(replace(index, node=node), seen) for node in ([width] if width is not None else known)]

    def _body(self, at: At) -> Body:
        body = self.context.program.body(at.body)
        assert body is not None
        return body


def _measures(form: Form) -> bool:
    return any(part.kind in ("along", "less") for part in form.walk())


def _is_most(body: Body, limits: tuple[int, ...]) -> bool:
    """``x[1:]``, ``x[:-1]``: as long as ``x`` is, less a literal."""
    if len(limits) < 2 or not all(is_none(body, step) for step in limits[2:]):
        return False
    begin, end = (_constant(body, node) for node in limits[:2])
    from_near = is_none(body, limits[0]) or (begin is not None and begin >= 0)
    to_the_end = is_none(body, limits[1]) or (end is not None and end < 0)
    return from_near and to_the_end


def _constant(body: Body, node: int) -> int | None:
    value = body.values[node]
    if value.kind == "op" and value.label == "neg":
        inner = _constant(body, value.arguments[0])
        return None if inner is None else -inner
    text = str(value.label)
    return int(text) if value.kind == "const" and text.lstrip("-").isdigit() else None
