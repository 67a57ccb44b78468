"""COL107: functions that stand in for each other in one step, and issue different sequences.

Two cases: a call whose receiver is of another class on some ranks only (a worker with work and an idle one), and pairs
of a real and a dummy step that a pack declares. Classes chosen by a setting that all ranks share are no such case.
Branches in one function are :mod:`collint.checks.divergence`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.placing import Verdict, place
from collint.checks.wording import classes, collectives, listed, message
from collint.findings import Finding
from collint.ir.expressions import Attr, dotted
from collint.ir.statements import Span
from collint.ir.values import CallSiteNode
from collint.knowledge.rows import Counterpart
from collint.linking.describe import describe, shortened
from collint.linking.keys import Key
from collint.linking.program import Body
from collint.linking.references import Communicator, FunctionIs, ObjectIs
from collint.sequences.automata import TooLarge
from collint.sequences.calls import Callee
from collint.sequences.mismatch import Mismatch
from collint.sequences.summary import OPEN, Summary
from collint.sequences.twins import ownerless, renamed
from collint.uniformity.states import HIGH, LOW, MEDIUM, Axis, State

CODES = ("COL107",)
NAME = "unbalanced-counterpart"
HELP = (
    "let both issue the same collectives over {groups} under the same conditions: what one leaves out, the other must "
    "leave out too, or make up for with a neutral value"
)
MAX_CANDIDATES = 4
MAX_ATOMS = 12


def check(context: Context) -> Iterator[Finding]:
    """Every call that runs another sibling on other ranks, and every declared pair that is not balanced."""
    for body in context.bodies():
        for site in body.values.calls:
            yield from _dispatched(context, body, site)
    for row in context.vocabulary.counterparts:
        yield from _declared(context, row)


# ------------------------------------------------------------------------------------------------ one call, two classes


def _dispatched(context: Context, body: Body, site: CallSiteNode) -> Iterator[Finding]:
    meaning = context.meanings.of_call(body, site.node)
    candidates = [Callee(function_id, ref) for function_id, ref in meaning.functions]
    if not 2 <= len(candidates) <= MAX_CANDIDATES or meaning.is_event or meaning.dispatcher is not None:
        return
    if not any(callee.function_id in context.reaching for callee in candidates):
        return
    function = body.values[site.node].arguments[0]
    chosen = body.values[function].arguments[0] if body.values[function].kind == "attr" else function
    if len(_made(context, body, chosen, function)) < 2:
        return
    where: dict[Communicator, tuple[Communicator, ...]] = {}
    said = [(callee, _said(context, body, site, callee, where)) for callee in candidates]
    for position, (one, first) in enumerate(said):
        for other, second in said[position + 1 :]:
            if first is None or second is None:
                continue
            for mismatch in context.comparison.between(first, second):
                found = _judged(context, body, site, chosen, (one, other), mismatch, where)
                if found is not None:
                    yield found
                    return


def _made(context: Context, body: Body, chosen: int, function: int) -> frozenset[object]:
    """The classes, known exactly, whose objects the receiver may be, or the functions that may be called.

    A receiver that is only annotated may be of any subclass: nothing in the program chooses between them.
    """
    refs = context.evaluator.of_value(body, chosen)
    if chosen == function:
        return frozenset(ref for ref in refs if isinstance(ref, FunctionIs))
    return frozenset(ref for ref in refs if isinstance(ref, ObjectIs) and ref.exact)


def _said(
    context: Context,
    body: Body,
    site: CallSiteNode,
    callee: Callee,
    where: dict[Communicator, tuple[Communicator, ...]],
) -> Summary | None:
    """What a candidate says in the caller's terms; ``where`` receives the groups behind the names that are compared."""
    events = context.summaries.events
    summary = events.called(context.summaries, callee, OPEN)
    known: dict[object, object] = {}

    def rename(letter: object) -> object:
        if letter not in known:
            outer = events.translate(letter, body, site.node, callee)  # type: ignore[arg-type]
            known[letter] = ownerless(outer)
            for bare, full in zip(ownerless(outer).communicators, outer.communicators, strict=True):
                where[bare] = tuple(dict.fromkeys((*where.get(bare, ()), full)))
        return known[letter]

    try:
        return renamed(summary, rename)  # type: ignore[arg-type]
    except TooLarge:
        return None


def _judged(
    context: Context,
    body: Body,
    site: CallSiteNode,
    chosen: int,
    pair: tuple[Callee, Callee],
    mismatch: Mismatch,
    where: dict[Communicator, tuple[Communicator, ...]],
) -> Finding | None:
    full = tuple(c for bare in mismatch.communicators for c in where.get(bare, (bare,)))
    over: frozenset[Axis] = context.axes(full)
    kinds = tuple(_kinds(context, body, chosen, site, callee) for callee in pair)
    if not all(kinds):
        return None
    asked = State(body.id, chosen, "kind", kinds=kinds)
    variation = context.uniformity.of_state(asked, over, site.block)
    if variation is None:
        return None
    receiver = _receiver(body, site, chosen)
    truths = (f"`{receiver}` leads to {_shown(pair[0])}", f"`{receiver}` leads to {_shown(pair[1])}")
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    return place(
        context,
        body,
        site.call.span,
        Verdict(
            rule="COL107",
            name=NAME,
            severity="error",
            certainty=min(variation.confidence, HIGH),
            groups=groups,
            varies_over=context.shown_axes(variation.axes),
            message=message(mismatch, *truths, ("", "")),
            because=variation.because,
            classes=classes(mismatch, *truths, ("", "")),
            collectives=collectives(mismatch),
            help=HELP.format(groups=listed(groups)),
            mismatch=f"{mismatch.if_true.word!r} / {mismatch.if_false.word!r}",
        ),
    )


def _kinds(context: Context, body: Body, chosen: int, site: CallSiteNode, callee: Callee) -> tuple[str, ...]:
    """The classes of the receiver by which a call leads to a candidate; the function itself where it is called."""
    function = body.values[body.values[site.node].arguments[0]]
    if function.kind != "attr":
        return (callee.function_id,)
    refs = (ref for ref in context.evaluator.of_value(body, chosen) if isinstance(ref, ObjectIs))
    methods = context.evaluator.members.methods
    return tuple(sorted({r.class_id for r in refs if callee.function_id in methods(r, str(function.label))}))


def _receiver(body: Body, site: CallSiteNode, chosen: int) -> str:
    """What is called, as the source names it where it does."""
    function = site.call.function
    path = dotted(function.base if isinstance(function, Attr) else function)
    return path if path is not None else shortened(describe(body, chosen))


def _shown(callee: Callee) -> str:
    return callee.function_id.rpartition(":")[2].partition("#")[0]


# ---------------------------------------------------------------------------------------------------- declared pairs


def _declared(context: Context, row: Counterpart) -> Iterator[Finding]:
    """One finding for a declared pair: the condition that only one of them knows, else the first plain difference."""
    project = context.program.project
    for real_id in (getattr(target, "id", "") for target in project.lookup_all(row.real)):
        for dummy_id in (getattr(target, "id", "") for target in project.lookup_all(row.dummy)):
            if not context.is_asked_function(dummy_id):
                continue
            real, dummy = context.program.body(real_id), context.program.body(dummy_id)
            if real is None or dummy is None or real_id not in context.reaching:
                continue
            axes = frozenset(context.vocabulary.axes_of(row.over)) if row.over else context.vocabulary.mesh_axes
            found = _one_sided(context, real, dummy, axes) or _plain(context, real, dummy, axes)
            if found is not None:
                yield found


def _pair(context: Context, real: Body, dummy: Body, given: frozenset[tuple[Key, bool]]) -> list[Mismatch]:
    try:
        first, second = (renamed(context.summaries.of_function(body.id, given), ownerless) for body in (real, dummy))
    except TooLarge:
        return []
    return context.comparison.between(first, second)


def _one_sided(context: Context, real: Body, dummy: Body, axes: frozenset[Axis]) -> Finding | None:
    """A setting under which both agree one way and part the other way: only one of them asks for it."""
    atoms = [
        *context.summaries.of_function(real.id).atoms,
        *context.summaries.of_function(dummy.id).atoms,
    ]
    for atom in [a for a in dict.fromkeys(atoms) if _is_shared(a)][:MAX_ATOMS]:
        sides = {
            truth: _over(context, _pair(context, real, dummy, frozenset({(atom, truth)})), axes)
            for truth in (True, False)
        }
        for truth in (True, False):
            equal = {m.communicators for m in sides[not truth]}
            for mismatch in sides[truth]:
                if mismatch.communicators not in equal:
                    return _finding(context, real, dummy, mismatch, MEDIUM, _asked(context, (real, dummy), atom, truth))
    return None


def _plain(context: Context, real: Body, dummy: Body, axes: frozenset[Axis]) -> Finding | None:
    """The first difference between two steps; without conditions in either of them it is certain."""
    certain = not any(context.summaries.of_function(body.id).atoms for body in (real, dummy))
    for mismatch in _over(context, _pair(context, real, dummy, OPEN), axes):
        return _finding(context, real, dummy, mismatch, HIGH if certain else LOW, "")
    return None


def _over(context: Context, mismatches: list[Mismatch], axes: frozenset[Axis]) -> list[Mismatch]:
    return [m for m in mismatches if axes & context.axes(m.communicators) or not _named(m)]


def _named(mismatch: Mismatch) -> bool:
    return all(isinstance(communicator.group, str) for communicator in mismatch.communicators)


def _is_shared(key: object) -> bool:
    """Whether a condition means the same in both functions: nothing local or handed over in it."""
    if not isinstance(key, tuple):
        return True
    return (not key or key[0] not in ("local", "parameter", "const", "rank")) and all(_is_shared(part) for part in key)


def _asked(context: Context, bodies: tuple[Body, Body], atom: Key, truth: bool) -> str:
    """Where a condition is tested, in words."""
    for body in bodies:
        for key, blocks in context.branches(body).items():
            if key == atom:
                text = shortened(describe(body, body.values.conditions[blocks[0]]))
                return f"This depends on `{text}`, which only one of them asks for."
    return f"This depends on a condition that only one of them asks for, where it is {str(truth).lower()}."


def _finding(context: Context, real: Body, dummy: Body, mismatch: Mismatch, certainty: int, note: str) -> Finding:
    truths = (f"the step is {real.qualname}", f"the step is {dummy.qualname}")
    groups = tuple(dict.fromkeys(communicator.group_name for communicator in mismatch.communicators))
    text = f"{message(mismatch, *truths, ('', ''))} {note}".strip()
    return place(
        context,
        dummy,
        _first_word(context, dummy, mismatch),
        Verdict(
            rule="COL107",
            name=NAME,
            severity="error",
            certainty=certainty,
            groups=groups,
            message=text,
            predicate=dummy.qualname,
            classes=classes(mismatch, *truths, ("", "")),
            collectives=collectives(mismatch),
            help=HELP.format(groups=listed(groups)),
            mismatch=f"{mismatch.if_true.word!r} / {mismatch.if_false.word!r}",
            notes=(note,) if note else (),
        ),
    )


def _first_word(context: Context, body: Body, mismatch: Mismatch) -> Span:
    """The first call of a body that leads to the groups of a mismatch; its head where it says nothing to them."""
    groups = {communicator.group for communicator in mismatch.communicators}
    for site in sorted(body.values.calls, key=lambda site: (site.call.span.line, site.call.span.column)):
        event = context.summaries.events.of_call(body, site.node)
        letters = [] if event.letter is None else [event.letter]
        for callee in event.callees:
            letters += context.summaries.of_function(callee.function_id).machine.letters
        if any(communicator.group in groups for letter in letters for communicator in letter.communicators):
            return site.call.span
    head = body.function.span
    return Span(head.line, head.column, head.line, head.column + 1)
