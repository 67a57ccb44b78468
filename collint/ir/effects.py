"""What a function may change, read off its steps: the names and attribute paths that need versions of their own.

Nothing is looked up and no value is made here; :mod:`collint.ir.ssa` makes the versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from collint.ir.expressions import Attr, Display, Expr, Index, Name, dotted
from collint.ir.graph import Catch, Graph, Step
from collint.ir.statements import Assign, Call, Collect, Declare, Import, StoreAttr, StoreIndex
from collint.record import Mutable, field

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
# Attributes of an array whose value nobody changes in place: who is handed a shape cannot alter it.
FIXED_ATTRIBUTES = frozenset({"shape", "ndim", "dtype", "device"})


class Changed(Mutable):
    """What a function may change: ``local`` names, those of an ``outer`` scope, attribute ``paths`` by expression.

    ``stored`` are the paths that it assigns itself; the others it hands to calls that may change what they hold.
    """

    local: set[str]
    outer: set[str] = field(default_factory=set)
    paths: dict[Expr, str] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)


def scan(graph: Graph) -> Changed:
    """The names and paths that need versions of their own."""
    found = Changed({parameter.name for parameter in graph.parameters})
    filled: set[str] = set()
    for block in graph.blocks:
        for step in block.steps:
            kind = type(step)
            if kind is Call:
                _of_call(found, filled, step)  # type: ignore[arg-type]
            elif kind is Assign or kind is Collect or kind is Import:
                found.local.add(step.target)  # type: ignore[union-attr, arg-type]
            else:
                _of_step(found, filled, step)
    # A container of an enclosing scope that is filled here has versions here, like any variable.
    found.outer |= filled - found.local
    found.local |= filled
    return found


def _of_step(found: Changed, filled: set[str], step: Step) -> None:
    if isinstance(step, StoreAttr):
        path = _note(found, Attr(step.base, step.name))
        if path is not None:
            found.stored.add(path)
    elif isinstance(step, StoreIndex):
        _fill(found, filled, step.base)
    elif isinstance(step, Catch) and step.name:
        found.local.add(step.name)
    elif isinstance(step, Declare):
        found.outer.update(step.names)
        found.local.update(step.names)


def _of_call(found: Changed, filled: set[str], call: Call) -> None:
    """What a call receives as arguments, or as the receiver of a mutator."""
    pure = is_pure(call)
    if not pure:
        for argument in call.arguments:
            for root, _ in roots(argument.value):
                if type(root) is Attr:
                    _note(found, root)
    function = call.function
    if type(function) is Attr and mutates(function.name):
        if pure:
            filled.update(root.id for root, _ in roots(function.base) if type(root) is Name)
        else:
            _fill(found, filled, function.base)


def _fill(found: Changed, filled: set[str], container: Expr) -> None:
    for root, _ in roots(container):
        if type(root) is Name:
            filled.add(root.id)
        else:
            _note(found, root)


def _note(found: Changed, expression: Expr) -> str | None:
    """Note a path; one that does not begin with a name is none."""
    path = found.paths.get(expression)
    if path is None:
        path = dotted(expression)
        if path is not None:
            found.paths[expression] = path
    return path


def roots(expression: Expr) -> Sequence[tuple[Expr, bool]]:
    """The names and attribute paths whose object an argument hands over, each with whether it is the whole object."""
    kind = type(expression)
    if kind is Name:
        return ((expression, True),)
    if kind is Attr:
        return () if expression.name in FIXED_ATTRIBUTES else ((expression, True),)  # type: ignore[union-attr]
    if isinstance(expression, Index):
        return [(root, False) for root, _ in roots(expression.base)]
    if isinstance(expression, Display) and expression.kind in ("list", "tuple"):
        return [root for item in expression.items for root in roots(item)]
    return ()


def mutates(method: str) -> bool:
    """Whether a method changes its receiver, as far as its name tells."""
    return method in MUTATORS or (method.endswith("_") and not method.endswith("__"))


def is_pure(call: Call) -> bool:
    """Whether a call changes nothing that it is handed, as far as its name tells."""
    function = call.function
    if isinstance(function, Name):
        return function.id in PURE_NAMES
    while isinstance(function, Attr):
        function = function.base
    return isinstance(function, Name) and function.id in PURE_RECEIVERS
