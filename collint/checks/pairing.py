"""Do the ranks of a small world pair? Sends against receives by number, then a run in which each waits for its peer.

Traces come from :mod:`collint.worlds`; what is said about a mismatch is the rules'.
"""

from __future__ import annotations

from collections import defaultdict

from collint.record import Record
from collint.worlds.trace import ANYONE, Said, Trace


class Lonely(Record, frozen=True):
    """A send or receive of ``rank`` that its peer has no other half for, with its place in the rank's trace."""

    rank: int
    index: int
    said: Said


class Stuck(Record, frozen=True):
    """A rank that waits in an event of its trace for ever; ``waits_for`` are the ranks that would have to move."""

    rank: int
    index: int
    said: Said
    waits_for: tuple[int, ...]


def unpaired(traces: tuple[Trace, ...], *, tags: bool = True) -> list[Lonely]:
    """The sends and receives without another half, in order: the first so many of each pair of ranks and tag pair."""
    sends: dict[object, list[Lonely]] = defaultdict(list)
    receives: dict[object, list[Lonely]] = defaultdict(list)
    anyone: dict[int, list[Lonely]] = defaultdict(list)
    for trace in traces:
        for index, said in enumerate(trace.said):
            lonely = Lonely(trace.rank, index, said)
            tag = said.tag if tags else 0
            if said.kind == "send":
                sends[(trace.rank, said.peer, tag)].append(lonely)
            elif said.kind == "receive" and said.peer == ANYONE:
                anyone[trace.rank].append(lonely)
            elif said.kind == "receive":
                receives[(said.peer, trace.rank, tag)].append(lonely)
    left: list[Lonely] = []
    spare: dict[int, list[Lonely]] = defaultdict(list)
    for key in {**sends, **receives}:
        ours, theirs = sends.get(key, []), receives.get(key, [])
        common = min(len(ours), len(theirs))
        for lonely in ours[common:]:
            spare[lonely.said.peer].append(lonely)
        left += theirs[common:]
    for rank in {**anyone, **spare}:
        common = min(len(anyone.get(rank, [])), len(spare.get(rank, [])))
        left += spare.get(rank, [])[common:] + anyone.get(rank, [])[common:]
    return sorted(left, key=lambda lonely: (lonely.rank, lonely.index))


class _Clock:
    """One run in which nothing is buffered: a send ends when its receive has begun."""

    def __init__(self, traces: tuple[Trace, ...]) -> None:
        self.traces = traces
        self.at = [0] * len(traces)
        self.begun: set[tuple[int, int]] = set()
        self.done: set[tuple[int, int]] = set()
        self.met: dict[int, int] = defaultdict(int)

    def run(self) -> None:
        moved = True
        while moved:
            moved = sum(self._advance(trace) for trace in self.traces) > 0
            moved = self._match() or moved
            moved = self._meet() or moved

    def _advance(self, trace: Trace) -> bool:
        """Move one rank on as far as it gets by itself."""
        rank, start = trace.rank, self.at[trace.rank]
        while self.at[rank] < len(trace.said):
            index = self.at[rank]
            said = trace.said[index]
            if said.kind in ("send", "receive"):
                self.begun.add((rank, index))
                if said.blocks and (rank, index) not in self.done:
                    break
            elif said.kind == "wait":
                if any((rank, awaited) not in self.done for awaited in said.awaited):
                    break
            else:
                break
            self.at[rank] += 1
        return self.at[rank] != start

    def _match(self) -> bool:
        moved = False
        waiting = sorted(self.begun - self.done)
        for rank, index in waiting:
            said = self.traces[rank].said[index]
            if said.kind != "send" or (rank, index) in self.done:
                continue
            for peer, other in waiting:
                answer = self.traces[peer].said[other]
                if (peer, other) not in self.done and peer == said.peer and _answers(answer, said, rank):
                    self.done |= {(rank, index), (peer, other)}
                    moved = True
                    break
        return moved

    def _meet(self) -> bool:
        """Let all ranks through a collective in which all of them are."""
        here = [
            trace.said[self.at[trace.rank]].op
            for trace in self.traces
            if self.at[trace.rank] < len(trace.said) and trace.said[self.at[trace.rank]].kind == "meet"
        ]
        if len(here) != len(self.traces):
            return False
        self.at = [index + 1 for index in self.at]
        return True

    def stuck(self) -> list[Stuck]:
        found = []
        for trace in self.traces:
            index = self.at[trace.rank]
            if index < len(trace.said):
                said = trace.said[index]
                found.append(Stuck(trace.rank, index, said, self._waits_for(trace, said)))
        return found

    def _waits_for(self, trace: Trace, said: Said) -> tuple[int, ...]:
        if said.kind == "meet":
            return tuple(
                other.rank
                for other in self.traces
                if self.at[other.rank] >= len(other.said) or other.said[self.at[other.rank]].kind != "meet"
            )
        if said.kind == "wait":
            open_ = [trace.said[i] for i in said.awaited if (trace.rank, i) not in self.done]
            return tuple(sorted({other.peer for other in open_ if other.peer != ANYONE}))
        return (said.peer,) if said.peer != ANYONE else ()


def _answers(answer: Said, said: Said, sender: int) -> bool:
    return answer.kind == "receive" and answer.peer in (sender, ANYONE) and answer.tag == said.tag


def deadlock(traces: tuple[Trace, ...]) -> list[Stuck]:
    """The ranks that wait for each other in a circle, when every send waits for its receive; empty when none do."""
    clock = _Clock(traces)
    clock.run()
    stuck = {entry.rank: entry for entry in clock.stuck()}
    circle = dict(stuck)
    while True:  # whoever waits for a rank that has finished is no part of a circle
        outside = [rank for rank, entry in circle.items() if not any(peer in circle for peer in entry.waits_for)]
        if not outside:
            break
        for rank in outside:
            del circle[rank]
    blocked = [entry for entry in circle.values() if entry.said.kind != "meet"]
    return sorted(circle.values(), key=lambda entry: entry.rank) if blocked else []
