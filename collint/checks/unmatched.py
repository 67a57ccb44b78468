"""COL301 and COL302: sends and receives that do not pair, or that wait for each other in a circle.

Each function that comes to a send or receive is run on the ranks of small worlds (:mod:`collint.worlds`); what they say
is compared by :mod:`collint.checks.pairing`. Who else may have the other half is asked here, the words are in
:mod:`collint.checks.unmatched_words`. Batches that depend on local data are :mod:`collint.checks.batches`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collint.checks import unmatched_words as words
from collint.checks.context import Context
from collint.checks.pairing import Lonely, Stuck, deadlock, unpaired
from collint.checks.posting import decisions_about, is_about_ranks, is_told
from collint.checks.sites import communicators, sites_of
from collint.checks.speaking import Speaking, mention_matcher
from collint.findings import Finding
from collint.knowledge.rows import PointToPoint
from collint.linking.paths import is_guard
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator
from collint.linking.slicing import slice_of
from collint.record import Record
from collint.uniformity.states import HIGH, LOW, MEDIUM
from collint.worlds.world import Knowledge, Run, runs

CODES = ("COL301", "COL302")
SIZES = (2, 3, 4)
# All runs of a project together make at most so many steps.
MAX_SPENT = 3_000_000
LOST = ("unknown", "local", "long")
"""Reasons why a run could not be followed to where it ends, or to a rank that is not there."""


class Outcome(Record, frozen=True):
    """What came of a function: its runs by world size, and whether every one of them could be followed."""

    body: Body
    runs: dict[int, list[Run]]

    @property
    def is_whole(self) -> bool:
        """Whether no run was cut off by something that is not known."""
        return all(run.stopped in ("", "raised", "outside") for each in self.runs.values() for run in each)

    def ended(self, size: int) -> list[Run]:
        """The runs of a world that came to an end and said something."""
        return [run for run in self.runs[size] if not run.stopped and any(trace.said for trace in run.traces)]

    @property
    def visited(self) -> frozenset[str]:
        """The bodies that some run went through."""
        return frozenset(id_ for each in self.runs.values() for run in each for id_ in run.visited)


def check(context: Context) -> Iterator[Finding]:
    """Every send or receive that its peer does not answer, and every circle of ranks that wait for each other."""
    if context.asked is not None and not any(map(mention_matcher(context), context.asked)):
        return
    speaking = Speaking(context)
    leading = speaking.leading()
    knowledge = Knowledge(context.conditions, _open(context), speaking.functions.__contains__)
    covered: set[str] = set()
    told: set[object] = set()
    for function_id in speaking.ordered():
        body = context.program.body(function_id)
        if function_id not in leading or body is None or function_id in covered or knowledge.spent > MAX_SPENT:
            continue
        outcome = _outcome(knowledge, body)
        if outcome.is_whole and any(outcome.ended(size) for size in SIZES):
            covered |= outcome.visited
        for finding in _judged(context, speaking, outcome):
            key = (finding.rule, finding.path, finding.line)
            if key not in told:
                told.add(key)
                yield finding
    yield from _by_local_data(context, told)


def _outcome(knowledge: Knowledge, body: Body) -> Outcome:
    """The runs of a function in worlds of each size; in none but the smallest where no run could be followed in it."""
    found: dict[int, list[Run]] = {}
    for size in SIZES:
        is_lost = size > SIZES[0] and all(run.stopped in LOST for run in found[SIZES[0]])
        found[size] = [] if is_lost else list(runs(knowledge, body, size))
    return Outcome(body, found)


def _open(context: Context) -> Callable[[Body, int], bool]:
    """Whether ranks decide differently at the end of a block, or by what one told the other."""
    over = context.axes((WORLD,))

    def is_open(body: Body, block: int) -> bool:
        node = body.values.conditions[block]
        if any(
            body.values[part].kind == "call" and context.meanings.of_call(body, part).p2p is not None
            for part in slice_of(body, node)
        ):
            return True
        return context.uniformity.differs(body.id, node, over, words.side_of(body, block), at=block)

    return is_open


def _judged(context: Context, speaking: Speaking, outcome: Outcome) -> Iterator[Finding]:
    lonely = _mismatch(outcome)
    if lonely is not None:
        run, left, always = lonely
        certain = _certainty(speaking, outcome, run, left, always)
        if certain is not None:
            yield words.unmatched(context, run, left, certain)
        return
    absent = _absent_peer(outcome)
    if absent is not None:
        yield words.absent(context, absent, MEDIUM if _knows_edges(context, speaking, outcome) else LOW)
        return
    circle = _circle(outcome)
    if circle is not None and _is_one_group(context, circle[1]):
        run, stuck, always = circle
        yield words.circle(context, run, stuck, HIGH if always and outcome.is_whole else MEDIUM)


def _mismatch(outcome: Outcome) -> tuple[Run, list[Lonely], bool] | None:
    """The smallest world in which the roles do not pair; and if so in every one, and every setting.

    The largest world has to be among them: what is right for even numbers is right for four.
    """
    found = {size: [(run, unpaired(run.traces)) for run in outcome.ended(size)] for size in SIZES}
    sizes = [size for size in SIZES if found[size]]
    telling = [size for size in sizes if size > 2] or sizes
    if not telling or not any(left for _, left in found[telling[-1]]):
        return None
    if 2 in sizes and not any(left for _, left in found[2]) and _is_for_two(found[2] + found[telling[0]]):
        return None
    size = next(size for size in sizes if any(left for _, left in found[size]))
    run, left = next((run, left) for run, left in found[size] if left)
    return run, left, all(left for size in telling for _, left in found[size])


def _is_for_two(found: list[tuple[Run, list[Lonely]]]) -> bool:
    """Whether a program speaks of ranks 0 and 1 alone: further ranks are not what it is for."""
    return all(said.peer in (0, 1) or said.peer < 0 for run, _ in found for trace in run.traces for said in trace.said)


def _certainty(speaking: Speaking, outcome: Outcome, run: Run, left: list[Lonely], always: bool) -> int | None:
    """How certain it is that nobody has the other halves; None when somebody may."""
    ended = [each for size in SIZES for each in outcome.ended(size)]
    both = {"send", "receive"} <= {said.kind for each in ended for trace in each.traces for said in trace.said}
    missing = {"receive" if lonely.said.kind == "send" else "send" for lonely in left}
    if any(speaking.elsewhere(outcome.body.module, outcome.visited, direction) for direction in missing):
        return None
    if not both and (speaking.has_callers(outcome.body.id) or _is_helper(ended)):
        return None
    if any(_is_loose(run, lonely) or (not always and _both_choose(run, lonely)) for lonely in left):
        return None
    if speaking.has_callers(outcome.body.id) or not outcome.is_whole:
        return MEDIUM if always else LOW
    return HIGH if always else MEDIUM


def _is_helper(ended: list[Run]) -> bool:
    """Whether a function only does one thing, on every rank that does any: the other half is somebody else's."""
    shapes = {tuple((said.kind, said.place) for said in trace.said) for run in ended for trace in run.traces}
    return len(shapes - {()}) == 1


def _is_loose(run: Run, lonely: Lonely) -> bool:
    """Whether how often the two ranks speak to each other is not known: one loops more often than can be said."""
    two = {lonely.rank, lonely.said.peer}
    loops = {
        said.loose
        for trace in run.traces
        if trace.rank in two
        for said in trace.said
        if said.peer in two or said.peer < 0
    }
    return loops != {()} and len(loops) > 1


def _both_choose(run: Run, lonely: Lonely) -> bool:
    """Whether both ranks come to conditions that not all come to: the one may know what the other chose."""
    shared = set.intersection(*(trace.asked for trace in run.traces))
    peers = [lonely.rank, lonely.said.peer] if 0 <= lonely.said.peer < run.size else [lonely.rank]
    return all(run.traces[rank].asked - shared for rank in peers)


def _absent_peer(outcome: Outcome) -> Run | None:
    """A world in which a rank names one that is not there, if every world has one: the rank after the last, or -1."""
    found = []
    for size in SIZES:
        if outcome.ended(size):
            return None
        beyond = [run for run in outcome.runs[size] if run.outside is not None and run.outside[1].peer in (size, -1)]
        if not beyond:
            return None
        found.append(beyond[0])
    return found[0]


def _knows_edges(context: Context, speaking: Speaking, outcome: Outcome) -> bool:
    """Whether the code asks about ranks around some send or receive: else its callers may, for all of them."""
    return any(
        is_about_ranks(context, site.body, decision.node)
        for function_id in outcome.visited
        for site in speaking.sites.get(function_id, ())
        for decision in decisions_about(site.body, site.block)
    )


def _circle(outcome: Outcome) -> tuple[Run, list[Stuck], bool] | None:
    """A circle of waiting ranks, if all worlds (of three and more, where there are) have one."""
    found = {
        size: [(run, deadlock(run.traces)) for run in outcome.ended(size) if not unpaired(run.traces)] for size in SIZES
    }
    telling = [size for size in SIZES if size > 2 and found[size]] or [size for size in SIZES if found[size]]
    if not telling or not all(any(stuck for _, stuck in found[size]) for size in telling):
        return None
    size = next(size for size in SIZES if any(stuck for _, stuck in found[size]))
    run, stuck = next((run, stuck) for run, stuck in found[size] if stuck)
    return run, stuck, all(stuck for size in telling for _, stuck in found[size])


def _is_one_group(context: Context, stuck: list[Stuck]) -> bool:
    """Whether the ranks of a circle wait within one group, as far as is known: other groups have other members."""
    found: list[tuple[str, frozenset[Communicator]]] = []
    for entry in stuck:
        body_id, node = entry.said.place
        body = context.program.body(body_id)
        sites = (site for site in sites_of(context, body) if site.node == node) if body is not None else ()
        found += [(entry.said.kind, frozenset(communicators(context, site))) for site in sites]
    messages = {communicator.group for kind, every in found if kind != "meet" for communicator in every}
    meetings = [{communicator.group for communicator in every} for kind, every in found if kind == "meet"]
    return all(groups & (messages | {"world"}) for groups in meetings)


# --------------------------------------------------------------------------------- a half that local data decides


def _by_local_data(context: Context, told: set[object]) -> Iterator[Finding]:
    """Single sends and receives that this rank's data decides about, the peers not having been told."""
    for body in context.bodies():
        for site in sites_of(context, body):
            if not isinstance(site.row, PointToPoint) or site.row.direction not in ("send", "receive"):
                continue
            over = context.axes(tuple(sorted(communicators(context, site), key=repr)))
            for decision in decisions_about(body, site.block):
                if is_guard(body, decision.block) or words.asks_presence(body, decision.node):
                    continue
                if is_about_ranks(context, body, decision.node):
                    continue
                variation = context.uniformity.varies(
                    body.id, decision.node, over, decision.side, at=decision.block, births="local"
                )
                key = ("COL301", body.path, decision.span.line)
                if variation is None or key in told or is_told(context, body, decision.node, decision.block):
                    continue
                told.add(key)
                yield words.decided_alone(context, site, decision, variation)
                break
