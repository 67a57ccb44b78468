"""One step of the backward walk through a subscript: components of tuples, slices, look-ups by a key.

What a container that several functions fill holds is not here, see :mod:`collint.uniformity.mutations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from collint.ir.expressions import Const
from collint.ir.node import replace
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.meaning import Meanings
from collint.linking.members import constant_index
from collint.linking.named_keys import literal_key
from collint.linking.program import Body, Program
from collint.uniformity import places
from collint.uniformity.places import component, is_place
from collint.uniformity.states import LOW, MEDIUM, Next, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
COMBINING = frozenset({"~", "&", "|", "^"})


class Subscripts:
    """Transfer functions of subscripts."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def outcomes(self, state: State, body: Body, value: Value) -> Iterator[Outcome]:
        """What ``base[index]`` depends on: one component where it is known, else the base and the index."""
        part = self.flow.meanings.part_of_call(body, state.node)
        if part is not None:
            yield from self.flow.declared.part(state, body, part)
            return
        base, index = value.arguments
        label = literal_key(self.flow.program, body, index)
        constant = label is not None
        keyed = self.flow.declared.keyed(state, body, base, label) if label is not None else None
        if keyed is not None:
            yield from keyed
            return
        position = constant_index(Const(str(label))) if constant else None
        parts = self._components(body, base, position) if position is not None else None
        if parts is not None:
            for leaf in parts:
                if body.values[leaf].kind == "call":
                    yield from self.flow.calls.component(state, body, leaf, position or 0)
                else:
                    yield Next(replace(state, node=body.values[leaf].arguments[position or 0]))
            return
        state = replace(state, keys=False)
        if position == 0 and self._is_enumerated(body, base):
            return  # the number of a turn
        beside = self._beside(body, base, position) if position is not None else None
        if beside is not None:
            within = places.element(state.entry) if is_place(state.entry) else state.entry
            # An element may be as long as it likes, however many of them there are.
            certain = MEDIUM if state.side != "extent" or within else LOW
            yield Next(replace(state, node=beside, entry=within), certain)
            return
        limits = slice_limits(self.flow.meanings, body, index)
        if state.side == "presence" and limits is not None:
            return  # a slice is never None
        named = constant and str(label)[:1] in "'\""
        entries = self._entries(body, base, str(label)) if named else None
        if entries is not None:
            yield from self.flow.all(state, tuple(entries))
            return
        within = str(label) if named else self._within(state, position)
        yield Next(replace(state, node=base, part=state.part or named, entry=within))
        if state.side == "data" and limits is None:
            yield Next(replace(state, node=index))
        elif limits is not None:
            lower, upper, *step = limits
            width = slice_width(body, lower, upper)
            yield from self.flow.all(state, limits if width is None else (width, *step), "data")
        elif not constant and state.side == "extent":
            yield Next(replace(state, node=index, side="extent"))
            if selects(body, index):  # as many entries as are true
                yield Next(replace(state, node=index, side="data", read=True), MEDIUM)

    def _is_enumerated(self, body: Body, base: int) -> bool:
        """Whether a value is what a loop over ``enumerate(xs)`` takes in a turn."""
        element = body.values[base]
        if element.kind != "element":
            return False
        source = self.flow.extents.same_object(body, element.arguments[0])
        is_call = body.values[source].kind == "call"
        return is_call and "builtins.enumerate" in self.flow.meanings.of_call(body, source).names

    def _beside(self, body: Body, base: int, position: int) -> int | None:
        """What a loop over ``zip(a, b)`` or ``enumerate(a)`` takes this component of its element from."""
        element = body.values[base]
        if element.kind != "element" or position < 0:
            return None
        source = self.flow.extents.same_object(body, element.arguments[0])
        names = self.flow.meanings.of_call(body, source).names if body.values[source].kind == "call" else ()
        given = body.values[source].arguments[1:]
        if "builtins.enumerate" in names and position == 1 and len(given) == 1:
            return given[0]
        call = body.values[source].label
        if "builtins.zip" not in names or not isinstance(call, Call) or any(a.star or a.name for a in call.arguments):
            return None
        return given[position] if position < len(given) else None

    def _within(self, state: State, position: int | None) -> str:
        """What is asked of the base of ``base[2]``: that component, or the entry of a dict that is one."""
        if position is None or state.side == "extent":
            return ""
        return state.entry if state.entry and not is_place(state.entry) else component(position, state.entry)

    def _entries(self, body: Body, base: int, key: str) -> list[int] | None:
        """What ``base[key]`` may be, where every dict that ``base`` may be is made and filled here by literal keys."""
        found: dict[int, None] = {}
        work, seen = [base], {base}
        while work:
            value = body.values[work.pop()]
            following: list[int] = []
            if value.kind in ("phi", "choose"):
                following = list(value.arguments[value.kind == "choose" :])
            elif value.kind == "stored" and value.label == "index" and self._literal(body, value.arguments[1]):
                if self._literal(body, value.arguments[1]) == key:
                    found[value.arguments[2]] = None
                else:
                    following = [value.arguments[0]]
            elif value.kind == "display" and value.label == "dict" and len(value.arguments) % 2 == 0:
                pairs = dict(zip(value.arguments[::2], value.arguments[1::2], strict=True))
                if any(self._literal(body, name) is None for name in pairs):
                    return None
                found.update((node, None) for name, node in pairs.items() if self._literal(body, name) == key)
            else:
                return None
            work += [node for node in following if node not in seen]
            seen.update(following)
        return list(found) or None

    def _literal(self, body: Body, node: int) -> str | None:
        return literal_key(self.flow.program, body, node)

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
            elif value.kind == "call" and self.flow.calls.returns_tuple(body, current, position):
                found.append(current)
            else:
                return None
        return sorted(found)


def keeps_entry(state: State, body: Body, following: State) -> bool:
    """Whether a step of the walk stays with the object of which one entry is asked, or with what holds that object."""
    value = body.values[state.node]
    if following.side != state.side:
        return is_place(state.entry) and _asks_for_size(body, value, following)
    if following.entry != state.entry:
        return True  # The step has said itself what is asked from here on.
    if following.body != state.body or following.stack != state.stack:
        return value.kind in ("call", "parameter", "name", "attr", "after", "import", "index")
    if value.kind == "display":
        return value.label in ("tuple", "list") and not is_place(state.entry)
    if value.kind == "choose":
        return following.node in value.arguments[1:]
    if value.kind == "attr":  # what was stored there, not what the object is
        return following.node not in value.arguments
    if value.kind in ("phi", "collected"):
        return following.node in value.arguments
    holds = ("after", "stored", "index", "element", "awaited", "star", "enter")
    return value.kind in holds and following.node == value.arguments[0]


def _asks_for_size(body: Body, value: Value, following: State) -> bool:
    """Whether a step leads from a shape to what has it, or from there to the sizes it was made with, spelled out."""
    if following.side == "extent":
        return value.kind == "attr" and value.label == "shape"
    return value.kind == "call" and following.body == body.id and body.values[following.node].kind == "display"


def entries_asked(program: Program, state: State, body: Body, display: Value) -> tuple[int, ...] | None:
    """The values that a dict display has under the key that is asked about; None where that cannot be told."""
    parts = display.arguments
    if not state.entry or is_place(state.entry) or display.label != "dict" or len(parts) % 2:
        return None
    keys = [literal_key(program, body, node) for node in parts[::2]]
    if None in keys or any(body.values[node].kind == "star" for node in parts):
        return None
    return tuple(node for key, node in zip(keys, parts[1::2], strict=True) if key == state.entry)


def slice_limits(meanings: Meanings, body: Body, index: int) -> tuple[int, ...] | None:
    """What bounds a slice, written with colons or made by ``slice(start, stop)``: lower, upper, and a step if any."""
    value = body.values[index]
    if value.kind == "slice":
        return value.arguments
    is_made = value.kind == "call" and "builtins.slice" in meanings.of_call(body, index).names
    return value.arguments[1:] if is_made and len(value.arguments) > 2 else None


def slice_width(body: Body, lower: int, upper: int) -> int | None:
    """The node that says how wide ``x[i * w : (i + 1) * w]`` or ``x[i : i + w]`` is, wherever it begins."""
    low, high = body.values[lower], body.values[upper]
    if high.kind != "op" or len(high.arguments) != 2:
        return None
    if high.label == "+":
        for start, width in (high.arguments, tuple(reversed(high.arguments))):
            if alike(body, start, lower):
                return width
    if high.label != "*" or low.kind != "op" or low.label != "*":
        return None
    for count, width in (tuple(reversed(high.arguments)), high.arguments):
        following = body.values[count]
        if following.kind != "op" or following.label != "+":
            continue
        for start, other in (low.arguments, tuple(reversed(low.arguments))):
            if alike(body, width, other) and any(alike(body, start, part) for part in following.arguments):
                return width
    return None


def alike(body: Body, one: int, other: int) -> bool:
    """Whether two values are one, or calls of the same function with the same arguments (``len(x)`` twice)."""
    if one == other:
        return True
    first, second = body.values[one], body.values[other]
    if first.kind != second.kind or len(first.arguments) != len(second.arguments):
        return False
    if first.kind != "call" and (first.kind not in ("op", "attr") or first.label != second.label):
        return False
    return all(alike(body, a, b) for a, b in zip(first.arguments, second.arguments, strict=True))


def selects(body: Body, node: int, is_mask: Callable[[int], bool] = lambda _: False) -> bool:
    """Whether an index is a mask by the way it is made: a comparison, or a combination of masks.

    ``is_mask`` says what else is one.
    """
    value = body.values[node]
    if value.kind != "op":
        return is_mask(node)
    if value.label in COMPARISONS:
        return True
    return value.label in COMBINING and any(selects(body, part, is_mask) for part in value.arguments)
