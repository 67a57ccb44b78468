"""COL403: a loop whose collectives come in an order that each rank finds for itself: sets, directories, hashes.

Whether a value's order differs is asked of :mod:`collint.uniformity`; here are the ways in which an iterable takes over
another's order, and whether the order matters to what is said inside. Groups that are created in such a loop are
:mod:`collint.checks.group_creation`, numbers of turns :mod:`collint.checks.loops`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.wording import event
from collint.findings import Because, Event, Finding, RankClass
from collint.ir.graph import NextOf
from collint.ir.statements import Call
from collint.ir.values import CallSiteNode, Value
from collint.linking.describe import excerpt
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.slicing import slice_of
from collint.sequences.events import Letter, Origin
from collint.uniformity.states import HIGH, LOW, Axis, Variation

CODES = ("COL403",)
BY_FILE = True
NAME = "unordered-iteration"
HELP = (
    "iterate in an order that all ranks share: `sorted(...)` by name, or a list or dict that keeps the order of making"
)
# Attributes and functions of an element by which sorting tells elements apart, and those that differ by process.
NAMING = frozenset("name id key path index rank uuid str repr fspath as_posix".split())
BY_PROCESS = frozenset({"builtins.hash", "builtins.id"})
KEEPING = frozenset(f"builtins.{name}" for name in "list tuple enumerate reversed iter zip map filter".split())
# Comprehensions and copies through which an order is followed.
MAX_WRAPPERS = 6


def check(context: Context) -> Iterator[Finding]:
    """Every loop whose order differs and whose collectives depend on the element."""
    for body in context.bodies():
        speaking = context.summaries.speaking_among(body, (b.number for b in body.graph.blocks if b.loops))
        heads = {head for block in speaking for head in body.graph.blocks[block].loops}
        for head in sorted(heads):
            end = body.graph.blocks[head].terminator
            if isinstance(end, NextOf):
                yield from _judged(context, body, head, end, speaking)


def _judged(context: Context, body: Body, head: int, end: NextOf, speaking: frozenset[int]) -> Iterator[Finding]:
    telling = [
        called
        for called in body.values.calls
        if called.block in speaking and head in body.graph.blocks[called.block].loops
        if context.meanings.of_call(body, called.node).new_group is None and _depends(body, called, head)
    ]
    for called in telling:
        letters = context.summaries.letters_of(body, called)
        over = context.axes(tuple(c for letter in letters for c in letter.communicators))
        variation = _order(context, body, body.values.conditions[head], head, over) if letters else None
        if variation is not None:
            yield _report(context, body, end, letters, variation)
            return


def _depends(body: Body, called: CallSiteNode, head: int) -> bool:
    """Whether a call says something about the element: an argument, or a condition around it, comes from it."""
    asked = {*body.values[called.node].arguments, *_conditions(body, called.block, head)}
    parts = {part for node in asked for part in slice_of(body, node)}
    chosen = {body.values[part].block for part in parts if body.values[part].kind in ("phi", "collected", "after")}
    parts |= {part for block in chosen for node in _conditions(body, block, head) for part in slice_of(body, node)}
    return any(body.values[part].kind == "element" and body.values[part].label == head for part in parts)


def _conditions(body: Body, block: int, head: int) -> list[int]:
    """What decides about a block, inside the loop."""
    around = [b for b in body.controllers()[block] if b != head and head in body.graph.blocks[b].loops]
    return [body.values.conditions[b] for b in around if b in body.values.conditions]


def _order(context: Context, body: Body, node: int, at: int, over: frozenset[Axis], depth: int = 0) -> Variation | None:
    """How the order of an iterable varies, through copies, comprehensions and sorting by what tells nothing apart."""
    if depth > MAX_WRAPPERS:
        return None
    sorting = _sorted_in_place(context, body, node)
    if sorting is not None:
        before = body.values[body.values[sorting].arguments[0]].arguments[0]
        return _sorted(context, body, sorting, before, at, over, depth)
    for leaf in leaves(body, node):
        value = body.values[leaf]
        names = set(context.meanings.of_call(body, leaf).names) if value.kind == "call" else set()
        if "builtins.sorted" in names:
            listed = context.meanings.argument(body, leaf, "@0")
            found = None if listed is None else _sorted(context, body, leaf, listed, at, over, depth)
            if found is not None:
                return found
        handed: tuple[int, ...] = ()
        if names & KEEPING:
            handed = value.arguments[1:]
        elif value.kind == "op" and value.label in ("|", "&", "-", "^"):
            handed = value.arguments
        for part in handed:
            found = _order(context, body, part, at, over, depth + 1)
            if found is not None:
                return found
    for head in _comprehended(body, node):
        found = _order(context, body, body.values.conditions[head], head, over, depth + 1)
        if found is not None:
            return found
    found = context.uniformity.varies(body.id, node, over, "order", at=at, births="local")
    # What is in the iterable, and how much, are other rules' questions: the proof has to begin with an order.
    return found if found is not None and found.path and found.path[0].side == "order" else None


def _sorted_in_place(context: Context, body: Body, node: int) -> int | None:
    """The call of ``sort()``, where that is the last thing that happened to a list."""
    value = body.values[node]
    while value.kind == "after" and getattr(value.label, "role", "") != "receiver":
        value = body.values[value.arguments[0]]
    if value.kind == "phi":  # the head of the loop itself, which only reads it
        found = (_sorted_in_place(context, body, part) for part in value.arguments if part < node)
        return next((call for call in found if call is not None), None)
    if value.kind != "after":
        return None
    row = context.meanings.of_call(body, value.arguments[1]).transfer
    return value.arguments[1] if row is not None and row.sorts else None


def _comprehended(body: Body, node: int) -> tuple[int, ...]:
    """The loops of the comprehension that made a list, if one did."""
    work, seen = [node], {node}
    while work:
        value = body.values[work.pop()]
        if value.kind == "collected":
            return body.graph.blocks[value.block].loops[-1:]
        if value.kind in ("phi", "after"):
            fresh = [part for part in value.arguments[: None if value.kind == "phi" else 1] if part not in seen]
            seen.update(fresh)
            work.extend(fresh)
    return ()


def _sorted(
    context: Context, body: Body, node: int, listed: int, at: int, over: frozenset[Axis], depth: int
) -> Variation | None:
    """Sorting mends an order unless its key leaves several elements as they came, or differs by process."""
    key = context.meanings.argument(body, node, "key")
    if key is None:
        return None
    name = _by_process(context, body, key)
    span = body.values[node].span
    if name and span is not None:
        step = Because(body.path, span.line, f"{excerpt(context.program, body.path, span)}: a number of this process")
        return Variation(over, HIGH, f"{name.rpartition('.')[2]}() of this process", (step,))
    if _tells_apart(context, body, key):
        return None
    found = _order(context, body, listed, at, over, depth + 1)
    return found if found is None else Variation(found.axes, min(found.confidence, LOW + 1), found.what, found.because)


def _by_process(context: Context, body: Body, key: int) -> str:
    """The function of which a sort key is made whose numbers each process has for itself; empty for any other key."""
    names = set(context.meanings.of_refs(context.evaluator.of_value(body, key)).names)
    inner = _lambda(context, body, key)
    if inner is not None:
        names = {
            name
            for part in _parts(inner, inner.values.returns[0][1])
            if inner.values[part].kind == "call"
            for name in context.meanings.of_call(inner, part).names
        }
    return min(names & BY_PROCESS, default="")


def _lambda(context: Context, body: Body, key: int) -> Body | None:
    """The body of a key that is a function written there, with one result."""
    value = body.values[key]
    inner = context.program.body(f"{body.module}:{value.label}") if value.kind == "function" else None
    return inner if inner is not None and len(inner.values.returns) == 1 else None


def _tells_apart(context: Context, body: Body, key: int) -> bool:
    """Whether a sort key is the element, or its name; what is not known counts as one."""
    value = body.values[key]
    if value.kind != "function":
        last = str(value.label).rpartition(".")[2]
        return value.kind not in ("name", "import") or last not in ("len",)
    inner = _lambda(context, body, key)
    if inner is None:
        return True
    return any(_is_name(inner.values[part]) for part in _parts(inner, inner.values.returns[0][1]))


def _parts(body: Body, node: int) -> tuple[int, ...]:
    value = body.values[node]
    return value.arguments if value.kind == "display" and value.label == "tuple" else (node,)


def _is_name(value: Value) -> bool:
    """Whether a key is the element itself, its name, or an entry of it (``item[0]`` of a dict's items)."""
    if value.kind in ("parameter", "index"):
        return True
    if value.kind == "attr":
        return str(value.label) in NAMING
    if value.kind == "call" and isinstance(value.label, Call):
        function = value.label.function
        return str(getattr(function, "id", getattr(function, "name", ""))) in NAMING
    return False


def _report(
    context: Context, body: Body, end: NextOf, letters: dict[Letter, tuple[Origin, ...]], variation: Variation
) -> Finding:
    events = [event(letter, origins) for letter, origins in sorted(letters.items(), key=lambda entry: repr(entry[0]))]
    first = events[0]
    iterated = excerpt(context.program, body.path, end.span)
    through = f", through {' -> '.join(first.via)}" if first.via else ""
    text = (
        f"the loop over `{iterated}` runs in an order that differs between ranks ({variation.what}): where one rank "
        f"issues {first.op} ({first.path.rpartition('/')[2]}:{first.line}{through}) for one element, its peers issue "
        "it for another. Equal sizes mix up values silently, unequal ones hang."
    )
    shown: tuple[Event, ...] = tuple(events)
    return place(
        context,
        body,
        end.span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="error",
            certainty=min(HIGH, variation.confidence),
            groups=tuple(dict.fromkeys(c.group_name for letter in letters for c in letter.communicators)),
            message=text,
            help=HELP,
            mismatch=f"order of {iterated}: " + " ".join(sorted(letter.op for letter in letters)),
            predicate=iterated,
            varies_over=context.shown_axes(variation.axes),
            because=variation.because,
            classes=(
                RankClass("one rank", shown, "wait with its element"),
                RankClass("another", shown, "wait with another element"),
            ),
            collectives=shown,
        ),
    )
