"""The words of COL301 and COL302: what the ranks of a small world do, shortest first. Nothing is decided here."""

from __future__ import annotations

from collint.checks.batches import direction_of as direction_of_operation
from collint.checks.context import Context
from collint.checks.pairing import Lonely, Stuck
from collint.checks.placing import Verdict, holds, place
from collint.checks.posting import Decision
from collint.checks.sites import Site, group_names
from collint.findings import Because, Event, Finding, RankClass
from collint.ir.graph import NextOf
from collint.ir.statements import Span
from collint.knowledge.rows import PointToPoint
from collint.linking.describe import excerpt
from collint.linking.program import Body
from collint.linking.references import ObjectIs
from collint.uniformity.states import LOW, MEDIUM, Side, Variation
from collint.worlds.trace import ANYONE, Said
from collint.worlds.world import Run

HELP_UNMATCHED = (
    "give each send its receive: guard both halves by the same test of the two ranks, and count them alike "
    "(`if not first: recv(rank - 1)`, `if not last: send(rank + 1)`)"
)
HELP_CIRCLE = (
    "let one side begin: even ranks send first and odd ranks receive first, or post both halves at once "
    "(isend, recv, wait; or batch_isend_irecv)"
)
HELP_ALONE = (
    "tell the peer first (a header message with the count or a flag), or always send, an empty payload if need be"
)
SHOWN = 6


def direction_of(context: Context, site: Site) -> str:
    """Whether a site sends or receives; empty where that is not known, or it posts what others describe."""
    assert isinstance(site.row, PointToPoint)
    if site.row.direction == "operation":
        return direction_of_operation(context, site)
    return "batch" if site.row.direction == "batch" else site.row.direction


def side_of(body: Body, block: int) -> Side:
    """What decides at the end of a block: how many elements, or what a condition is."""
    return "extent" if isinstance(body.graph.blocks[block].terminator, NextOf) else "data"


def asks_presence(body: Body, node: int) -> bool:
    """Whether a condition is ``x is None``: which buffers there are follows from a role."""
    value = body.values[node]
    return value.kind == "op" and value.label in ("is", "is not")


def unmatched(context: Context, run: Run, left: list[Lonely], certain: int) -> Finding:
    """A send or receive without its other half."""
    first = _shown_first(left)
    other = next((lonely for lonely in left if lonely.said.kind != first.said.kind and _faces(lonely, first)), None)
    text = f"with {run.size} ranks, rank {first.rank} {_does(context, first.said)}, "
    if other is not None and other.rank == first.said.peer:
        text += f"and rank {other.rank} {_does(context, other.said)}: {_quarrel(first.said, other.said)}."
    else:
        text += _unanswered(run, first, left)
    peer = other.rank if other is not None else first.said.peer
    ranks = [first.rank] + ([peer] if 0 <= peer < run.size and peer != first.rank else [])
    classes = tuple(
        RankClass(
            f"rank {rank} of {run.size}",
            _events(context, run, rank),
            f"wait in {first.said.op}" if rank == first.rank else "go on",
        )
        for rank in ranks
    )
    events = tuple(_event(context, lonely.said) for lonely in left)
    mismatch = " ".join(sorted({f"{lonely.said.kind} {lonely.said.op}" for lonely in left}))
    return _at(context, first.said, "COL301", "unmatched-p2p", certain, text, HELP_UNMATCHED, mismatch, classes, events)


def _shown_first(left: list[Lonely]) -> Lonely:
    """The mismatch to show: a receive that waits says more than a send that may be buffered."""
    receives = [lonely for lonely in left if lonely.said.kind == "receive"]
    return (receives or left)[0]


def _faces(lonely: Lonely, first: Lonely) -> bool:
    return lonely.rank == first.said.peer


def _quarrel(first: Said, other: Said) -> str:
    if first.tag != other.tag and other.peer >= 0:
        return f"the tags differ ({first.tag} and {other.tag}), so they do not meet"
    return "neither is answered"


def _unanswered(run: Run, first: Lonely, left: list[Lonely]) -> str:
    """What the peer does not do, by number where it does some of it."""
    said = run.traces[first.rank].said
    alike = [entry for entry in said if (entry.kind, entry.peer) == (first.said.kind, first.said.peer)]
    open_ = [
        one
        for one in left
        if (one.rank, one.said.kind, one.said.peer) == (first.rank, first.said.kind, first.said.peer)
    ]
    answered = len(alike) - len(open_)
    sends = first.said.kind == "send"
    if first.said.peer == ANYONE:
        return "and nobody sends to it: the receive waits for ever."
    verb = "receives from" if sends else "sends to"
    verb_alone = verb.partition(" ")[0]
    how = f"{verb_alone} only {answered} of {len(alike)}" if answered else f"never {verb} it"
    return f"and rank {first.said.peer} {how}: the {'send' if sends else 'receive'} waits for ever."


def absent(context: Context, run: Run, certain: int) -> Finding:
    """A rank names one that the world does not have."""
    assert run.outside is not None
    rank, said = run.outside
    which = "the one after the last" if said.peer == run.size else "the one before the first"
    verb = "sends to" if said.kind == "send" else "receives from"
    text = (
        f"with {run.size} ranks, rank {rank} {verb} rank {said.peer}, {which}: there is none, in no size of the group. "
        "The call raises on that rank, and the others wait for it."
    )
    classes = (
        RankClass(f"rank {rank} of {run.size}", (_event(context, said),), "raise"),
        RankClass("the other ranks", (), "wait for what it would have done next"),
    )
    mismatch = f"{said.kind} {said.op} outside"
    help_text = "leave the call out on the last (or first) rank, or close the ring with `% world_size`"
    events = (_event(context, said),)
    return _at(context, said, "COL301", "unmatched-p2p", certain, text, help_text, mismatch, classes, events)


def circle(context: Context, run: Run, stuck: list[Stuck], certain: int) -> Finding:
    """Ranks that wait for each other."""
    first = next(entry for entry in stuck if entry.said.kind != "meet")
    parts = [f"rank {entry.rank} waits in {_where(context, entry.said)} for {_ranks(entry)}" for entry in stuck[:3]]
    more = f", and so on for all {len(stuck)}" if len(stuck) > 3 else ""
    kinds = {entry.said.kind for entry in stuck}
    every = {"send": "every one of them sends first", "receive": "every one of them receives first"}
    why = every.get(next(iter(kinds)), "") if len(kinds) == 1 else ""
    text = f"with {run.size} ranks, {', '.join(parts)}{more}: {why or 'nobody can go on'}."
    classes = tuple(
        RankClass(
            f"rank {entry.rank} of {run.size}",
            _events(context, run, entry.rank, entry.index),
            f"wait in {entry.said.op}",
        )
        for entry in stuck[:2]
    )
    events = tuple(_event(context, entry.said) for entry in stuck)
    mismatch = " ".join(sorted({f"{entry.said.kind} {entry.said.op}" for entry in stuck}))
    return _at(context, first.said, "COL302", "p2p-cycle", certain, text, HELP_CIRCLE, mismatch, classes, events)


def _ranks(entry: Stuck) -> str:
    return " and ".join(f"rank {rank}" for rank in entry.waits_for[:3])


def decided_alone(context: Context, site: Site, decision: Decision, variation: Variation) -> Finding:
    """A send or receive that this rank's data decides about."""
    body = site.body
    predicate = excerpt(context.program, body.path, decision.span)
    event = Event(site.op, (group_names(context, site) or ("world",))[0], body.path, site.call.span.line)
    how = "how often" if decision.side == "extent" else "whether"
    assert isinstance(site.row, PointToPoint)
    half = "receive" if site.row.direction == "send" else "send"
    text = (
        f"{how} this rank comes to {site.op} (line {site.call.span.line}) hangs on `{predicate}`, which only it knows "
        f"({variation.what}): the peer has no way to tell whether to {half}, and one of the two waits for ever."
    )
    return place(
        context,
        body,
        decision.span,
        Verdict(
            rule="COL301",
            name="unmatched-p2p",
            severity="error",
            certainty=_certainty(context, site, variation),
            groups=group_names(context, site),
            message=text,
            help=HELP_ALONE,
            mismatch=f"{site.op} by {predicate}",
            varies_over=context.shown_axes(variation.axes),
            because=variation.because,
            classes=(
                RankClass(f"`{predicate}` lets it", (event,), f"wait for the peer's {half}"),
                RankClass("otherwise", (), f"go on; the peer waits in its {half}"),
            ),
            collectives=(event,),
        ),
    )


def _certainty(context: Context, site: Site, variation: Variation) -> int:
    """That of the source; a flag that says that this rank's own end of the channel was never set up is no guess."""
    if not site.certain:
        return LOW
    return MEDIUM if _is_failed_set_up(context, site.body, variation) else min(variation.confidence, MEDIUM)


def _is_failed_set_up(context: Context, body: Body, variation: Variation) -> bool:
    """Whether all that a condition asks is a flag that a constructor leaves as it is where something fails in it."""
    if len(variation.path) != 1 or body.values[variation.path[0].node].kind != "attr":
        return False
    asked, source = body.values[variation.path[0].node], variation.because[0]
    owners = [ref.class_id for ref in context.evaluator.of_value(body, asked.arguments[0]) if isinstance(ref, ObjectIs)]
    writers = {w.function_id for owner in owners for w in context.program.project.writers(owner, str(asked.label))}
    makers = (context.program.body(writer) for writer in writers if writer.endswith(".__init__"))
    return any(maker is not None and holds(maker, source) for maker in makers)


# ------------------------------------------------------------------------------------------------------- events


def _does(context: Context, said: Said) -> str:
    whom = "anyone" if said.peer == ANYONE else f"rank {said.peer}"
    return f"{'sends to' if said.kind == 'send' else 'receives from'} {whom} ({_line(context, said)})"


def _where(context: Context, said: Said) -> str:
    return f"{said.op} ({_line(context, said)})"


def _line(context: Context, said: Said) -> str:
    body, span = _span(context, said)
    return f"{body.path.rpartition('/')[2]}:{span.line}"


def _span(context: Context, said: Said) -> tuple[Body, Span]:
    body = context.program.body(said.place[0])
    assert body is not None
    span = body.values[said.place[1]].span
    return body, span if span is not None else body.function.span


def _group(context: Context, said: Said) -> tuple[str, ...]:
    body, _ = _span(context, said)
    meaning = context.meanings.of_call(body, said.place[1])
    row = meaning.p2p or meaning.collective
    if row is None or not row.group:
        return ("world",)
    handed = context.meanings.argument(body, said.place[1], row.group)
    known = context.groups.of_value(body, handed, row.default_group) if handed is not None else ()
    return tuple(sorted({str(communicator.group) for communicator in known})) or (row.default_group,)


def _event(context: Context, said: Said) -> Event:
    body, span = _span(context, said)
    via = tuple(name.rpartition(".")[2] for name in said.via[1:])
    return Event(said.op, _group(context, said)[0], body.path, span.line, via)


def _events(context: Context, run: Run, rank: int, upto: int | None = None) -> tuple[Event, ...]:
    said = run.traces[rank].said
    shown = said if upto is None else said[: upto + 1]
    return tuple(_event(context, entry) for entry in shown[:SHOWN])


def _at(
    context: Context,
    said: Said,
    rule: str,
    name: str,
    certain: int,
    text: str,
    help_text: str,
    mismatch: str,
    classes: tuple[RankClass, ...],
    events: tuple[Event, ...],
) -> Finding:
    body, span = _span(context, said)
    because = tuple(
        Because(event.path, event.line, f"{event.op} on {event.group}") for event in dict.fromkeys(events[:SHOWN])
    )
    return place(
        context,
        body,
        span,
        Verdict(
            rule=rule,
            name=name,
            severity="error",
            certainty=certain,
            groups=_group(context, said),
            message=text,
            help=help_text,
            mismatch=mismatch,
            because=because,
            classes=classes,
            collectives=events,
        ),
    )
