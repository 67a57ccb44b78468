"""Groups that a program tells by the names of a mesh's axes: ``mesh["dp"]``, ``mesh.get_group("tp")``.

Such an axis is a symbol: no pack declares it, its name is the program's own. Axes of different names are different
dimensions of one mesh. What libraries call axes is data, see :mod:`collint.knowledge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from collint.ir.expressions import Argument, Const, Display, Expr
from collint.knowledge.arguments import parse_argument
from collint.linking.binding import argument_at
from collint.linking.references import NOTHING, Communicator, ExternalIs, ExternalObject, Refs, Symbol

if TYPE_CHECKING:
    from collint.knowledge.rows import Accessor
    from collint.knowledge.vocabulary import Vocabulary
    from collint.linking.program import Body

AXIS = "axis"
SUBSCRIPT = "__getitem__"
JOINED = "+"

Names = tuple[str, ...]


def along(names: Names) -> Communicator:
    """The group along these axes of the program's mesh."""
    return Communicator(Symbol(AXIS, "", JOINED.join(names)))


def axes_of(symbol: Symbol) -> frozenset[Symbol]:
    """The axes that a symbolic group spans: one of its own, or each that it was named by."""
    if symbol.kind != AXIS:
        return frozenset({symbol})
    return frozenset(Symbol(AXIS, "", name) for name in symbol.name.split(JOINED))


def are_apart(one: Iterable[object], other: Iterable[object]) -> bool:
    """Whether all of these are named axes of a mesh and they have none in common."""
    first, second = set(one), set(other)
    both = first | second
    named = all(isinstance(axis, Symbol) and axis.kind == AXIS for axis in both)
    return named and bool(first) and bool(second) and not first & second


def of_call(
    vocabulary: Vocabulary,
    targets: Refs,
    arguments: Sequence[Argument],
    receiver: Callable[[], Refs],
    names: Callable[[int], Names],
) -> Refs:
    """What calls of ``targets`` return where a row says that an argument names the axis; ``names`` reads arguments."""
    found = NOTHING
    for ref in targets:
        row = vocabulary.accessor(ref.name) if isinstance(ref, ExternalIs) else None
        if row is None or not row.axis:
            continue
        reference = parse_argument(row.axis)
        place = argument_at(reference, arguments) if reference.role == "argument" else None
        found |= _told(row, names(place) if place is not None else (), receiver() if place is None else NOTHING)
    return found


def of_index(vocabulary: Vocabulary, bases: Refs, names: Names) -> Refs:
    """What ``base["dp"]`` is where a row says that the key names the axis."""
    found = NOTHING
    for ref in bases if names else ():
        if isinstance(ref, ExternalObject):
            row = vocabulary.accessor(f"{ref.class_name}.{SUBSCRIPT}")
            if row is not None and row.axis:
                found |= _told(row, names, NOTHING)
    return found


def _told(row: Accessor, names: Names, receivers: Refs) -> Refs:
    """The object along named axes; without names it is along those that its receiver was made for."""
    if names:
        return frozenset({ExternalObject(row.handle, along(names))})
    groups = {ref.group for ref in receivers if isinstance(ref, ExternalObject)}
    return frozenset(ExternalObject(row.handle, group) for group in groups or {None})


def literal_names(expression: Expr) -> Names:
    """The strings of a literal, or of a literal tuple of them; nothing for any other expression."""
    if isinstance(expression, Const):
        return _strings([expression.text])
    if isinstance(expression, Display) and expression.kind in ("tuple", "list"):
        return _strings([item.text if isinstance(item, Const) else "" for item in expression.items])
    return ()


def names_of_value(body: Body, node: int) -> Names:
    """The same for a value of a body."""
    value = body.values[node]
    if value.kind == "display" and value.label in ("tuple", "list"):
        items = [body.values[item] for item in value.arguments]
        return _strings([str(item.label) if item.kind == "const" else "" for item in items])
    return _strings([str(value.label)]) if value.kind == "const" else ()


def _strings(texts: list[str]) -> Names:
    if not texts or not all(len(text) > 2 and text[0] in "'\"" and text[-1] == text[0] for text in texts):
        return ()
    return tuple(text[1:-1] for text in texts)
