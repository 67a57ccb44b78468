"""Whether a path leads into the package itself: what was installed is the same on every rank.

``os.path.join(os.path.dirname(__file__), "configs", name)`` says so by how it is made. Files of a host are not asked
about here; packs say which calls look at one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.ir.statements import Call
from collint.ir.values import Value
from collint.linking.meaning import called_name
from collint.linking.program import Body

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow

MAX_DEPTH = 12
# What these make of a path no longer says where it leads.
NAMING = frozenset({"basename", "splitext", "relpath", "name", "stem", "suffix"})


def looks_into_package(flow: Flow, body: Body, call: Value) -> bool:
    """Whether the path that a call looks at, its first argument or its receiver, lies in the package of its code."""
    function = body.values[call.arguments[0]]
    looked_at = call.arguments[1:2] or (function.arguments[:1] if function.kind == "attr" else ())
    return any(_is_installed(flow, body, node, MAX_DEPTH) for node in looked_at)


def _is_installed(flow: Flow, body: Body, node: int, depth: int) -> bool:
    value = body.values[node]
    if depth == 0:
        return False
    if value.kind == "name":
        return value.label == "__file__" or _is_variable(flow, body, str(value.label), depth)
    parts = _leading(body, value)
    return bool(parts) and all(_is_installed(flow, body, part, depth - 1) for part in parts)


def _leading(body: Body, value: Value) -> tuple[int, ...]:
    """The parts of a path's making that say where it begins; of a join all that meet."""
    if value.kind in ("phi", "choose"):
        return value.arguments[value.kind == "choose" :]
    if value.kind in ("after", "index") or (value.kind == "attr" and value.label not in NAMING):
        return value.arguments[:1]
    if value.kind == "op" and value.label in ("/", "+", "fstring"):
        return value.arguments[:1]
    if value.kind == "call" and isinstance(value.label, Call) and called_name(value.label) not in NAMING:
        function = body.values[value.arguments[0]]
        return value.arguments[1:2] or function.arguments[: function.kind == "attr"]
    return ()


def _is_variable(flow: Flow, body: Body, name: str, depth: int) -> bool:
    """Whether all that is written to a variable of the body's module is such a path."""
    if name in body.values.assigned:
        return False
    found: list[bool] = []
    for write in flow.program.project.module_writers(body.module, name):
        writer = flow.program.body(write.function_id)
        nodes = writer.values.assigned.get(name, ()) if writer is not None else ()
        assert writer is not None or not nodes
        found += [_is_installed(flow, writer, node, depth - 1) for node in nodes if writer is not None] or [False]
    return bool(found) and all(found)
