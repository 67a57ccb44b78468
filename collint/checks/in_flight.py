"""Uses of a buffer between an asynchronous call and the wait for it."""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.joining import loops_of, steps_after
from collint.checks.sites import Site, argument
from collint.ir.statements import Call, Span
from collint.ir.values import Effect
from collint.knowledge.rows import Collective
from collint.linking.describe import describe, shortened
from collint.linking.program import Body
from collint.linking.slicing import users_of
from collint.record import Record

# Asking a tensor for these does not look at its contents.
ABOUT = frozenset(
    {
        "shape",
        "dtype",
        "device",
        "size",
        "numel",
        "dim",
        "ndim",
        "is_cuda",
        "data_ptr",
        "element_size",
        "is_contiguous",
        "stride",
        "requires_grad",
        "nelement",
        "record_stream",
        "untyped_storage",
        "view",
        "get_device",
        "__len__",
        "append",
    }
)


class Touch(Record, frozen=True):
    """A place that reads or writes a buffer too early."""

    buffer: str
    verb: str
    span: Span


def touched_before_wait(context: Context, site: Site, waits: list[int]) -> Touch | None:
    """The first call between an asynchronous call and its wait that looks into what arrives, or writes what is sent."""
    body = site.body
    stops = frozenset(id(body.values[node].label) for node in waits)
    own = frozenset(body.graph.blocks[site.block].loops)
    touching: dict[int, tuple[int, str]] = {}
    for buffer, reads in _arriving(context, site):
        for node in _using(body, buffer):
            verb = _touches(context, body, node, buffer, reads)
            if verb:
                touching.setdefault(node, (buffer, verb))
    if not touching:
        return None
    ahead = [step for step in steps_after(body, site.node, stops, loops_of(body)) if isinstance(step, Call)]
    if not any(id(step) in stops for step in ahead):
        return None
    late = {id(step) for node in waits for step in steps_after(body, node, frozenset(), own)}
    for step in ahead:
        node = body.values.call_nodes.get(id(step), -1)
        if node in touching and id(step) not in stops and id(step) not in late:
            buffer, verb = touching[node]
            return Touch(shortened(describe(body, body.values[buffer].arguments[0])), verb, step.span)
    return None


def _using(body: Body, buffer: int) -> frozenset[int]:
    """The calls of methods of a buffer, and those that are handed it or an expression of it."""
    users = users_of(body)
    direct = users.get(buffer, ())
    found = {*direct, *(user for node in direct for user in users.get(node, ()))}
    return frozenset(node for node in found if body.values[node].kind == "call")


def _arriving(context: Context, site: Site) -> list[tuple[int, bool]]:
    """The call's buffers while it runs; true for those that it writes, which must not even be read."""
    row = site.row
    if isinstance(row, Collective):
        written = {argument(context, site, spelling) for spelling in row.agrees}
        read = {argument(context, site, spelling) for spelling in row.payload} - written
    else:
        payload = {argument(context, site, spelling) for spelling in row.payload}
        written, read = (payload, set()) if row.direction == "receive" else (set(), payload)
    found = []
    for number in users_of(site.body).get(site.node, ()):
        value = site.body.values[number]
        effect = value.label
        if value.kind != "after" or value.arguments[1] != site.node or not isinstance(effect, Effect):
            continue
        if effect.role == "argument" and effect.whole and value.arguments[0] in written | read:
            found.append((number, value.arguments[0] in written))
    return found


def _touches(context: Context, body: Body, node: int, buffer: int, reads: bool) -> str:
    """How a call touches a buffer: ``reads``, ``writes``, or an empty text. Further traffic queues behind the first."""
    meaning = context.meanings.of_call(body, node)
    if meaning.collective is not None or meaning.p2p is not None:
        return ""
    value = body.values[node]
    function = body.values[value.arguments[0]]
    receives = function.kind == "attr" and function.arguments[0] == buffer
    if receives and str(function.label).endswith("_") and not str(function.label).startswith("_"):
        return "writes"
    if not reads:
        return ""
    if receives:
        return "" if function.label in ABOUT else "reads"
    return "reads" if buffer in _direct(body, value.arguments[1:]) and meaning.source is None else ""


def _direct(body: Body, arguments: tuple[int, ...]) -> Iterator[int]:
    for argument_node in arguments:
        yield argument_node
        value = body.values[argument_node]
        if value.kind == "op" and value.label not in ("is", "is not"):
            yield from value.arguments
