"""The automaton of one body: its graph with branches open or settled, and with its calls replaced by their summaries.

Nothing is kept or made minimal here, and callees' summaries are asked for: see :mod:`collint.sequences.summaries`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from collint.ir.graph import BasicBlock, BranchOn, normal_successors, successors
from collint.linking.keys import Key, decide, unlaunched
from collint.linking.program import Body
from collint.linking.references import ClassIs
from collint.project.decorators import is_cached_property
from collint.sequences.automata import Nondeterministic, TooLarge
from collint.sequences.calls import Callee, StandIns
from collint.sequences.contributions import Run, Said, contributions, is_manager
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import EXACTLY, ONE_TURN, OPEN, Summary, half

if TYPE_CHECKING:
    from collint.sequences.summaries import Summaries

MAX_EDGES = 6000


class Builder:
    """The automaton of one body: a state before each block and after each step that is an event."""

    def __init__(
        self, owner: Summaries, body: Body, assumption: dict[Key, bool], stand_ins: Mapping[str, tuple[Callee, ...]]
    ) -> None:
        self.owner = owner
        self.body = body
        self.assumption = assumption
        self.stand_ins = stand_ins
        self.made_by = next((str(key[1]) for key in assumption if key[0] == EXACTLY), "")
        self.graph = body.graph
        self.size = len(self.graph.blocks)
        self.edges: list[tuple[int, Letter | None, int]] = []
        self.origins: dict[Letter, set[Origin]] = {}
        self.atoms: list[Key] = []
        self.turns = any(block.loops for block in self.graph.blocks)

    def automaton(self) -> Nondeterministic[Letter]:
        """The whole body. Raises :class:`TooLarge` when it has too many edges."""
        speaking = set()
        for block in self.graph.blocks:
            before = len(self.edges)
            last = self.block(block)
            if any(letter is not None for _, letter, _ in self.edges[before:]):
                speaking.add(block.number)
            for follower in self._turned(block, self._followers(block)):
                self.edges.append((last, None, follower))
            if len(self.edges) > MAX_EDGES:
                raise TooLarge
        self._own_atoms(speaking)
        self._endless()
        return Nondeterministic(self.size, tuple(self.edges), frozenset({self.graph.exit}))

    def _followers(self, block: BasicBlock) -> tuple[int, ...]:
        end = block.terminator
        if block.number in (self.graph.exit, self.graph.failure):
            return ()
        if isinstance(end, BranchOn):
            truth = self._truth(block.number)
            if truth is not None:
                return (end.then if truth else end.other,)
        if block.number in self._stuck():
            return successors(self.graph, block.number)
        return normal_successors(self.graph, block)

    def _truth(self, block: int) -> bool | None:
        """How a branch turns out under what is assumed; None where that leaves it open."""
        condition = self.body.values.conditions[block]
        atom = self.owner.conditions.atom(self.body, condition)
        alone = unlaunched(self.owner.conditions.key(self.body, condition))
        if alone is not None and decide(alone[0], self.assumption):
            return alone[1]
        truth = decide(atom.key, self.assumption)
        return None if truth is None else truth == atom.positive

    def _stuck(self) -> frozenset[int]:
        """Blocks from which only an exception leads out: ``while True:`` around ``except StopIteration: break``."""
        found: frozenset[int] | None = self.body.memo.get("stuck")  # type: ignore[assignment]
        if found is None:
            ends = (self.graph.exit, self.graph.failure)
            blocks = frozenset(block.number for block in self.graph.blocks)
            out = _reaching(ends, {b: normal_successors(self.graph, self.graph.blocks[b]) for b in blocks - {*ends}})
            found = self.body.memo["stuck"] = blocks - out
        return found

    def _turned(self, block: BasicBlock, followers: tuple[int, ...]) -> tuple[int, ...]:
        """Where one turn is assumed: into a loop's body from its head, and past the loop from the end of the body."""
        if ONE_TURN[0] not in self.assumption:
            return followers
        if block.loops and block.loops[-1] == block.number:
            inner = tuple(f for f in followers if block.number in self.graph.blocks[f].loops)
            return inner or followers
        found: list[int] = []
        for follower in followers:
            found.extend(self._past(follower) if follower in block.loops else (follower,))  # back edges
        return tuple(found)

    def _past(self, head: int) -> Iterator[int]:
        """Where a loop is left from its head: out of the loop around it as well, where that was its last statement."""
        around = self.graph.blocks[head].loops
        for follower in normal_successors(self.graph, self.graph.blocks[head]):
            if head not in self.graph.blocks[follower].loops:
                yield from self._past(follower) if follower in around else (follower,)

    def _own_atoms(self, speaking: set[int]) -> None:
        """Conditions that decide whether an event happens, where a caller could settle them."""
        controllers = self.body.controllers()
        deciding = {branch for block in speaking for branch in controllers[block]}
        for branch in sorted(deciding):
            if isinstance(self.graph.blocks[branch].terminator, BranchOn):
                condition = self.body.values.conditions[branch]
                key = self.owner.conditions.atom(self.body, condition).key
                if key[0] != "const" and settled_by_caller(key):
                    self.atoms.append(key)
                    alone = unlaunched(self.owner.conditions.key(self.body, condition))
                    self.atoms += [alone[0]] if alone is not None else []

    def _endless(self) -> None:
        """Where a function has no way out, let its turns count: a word may end each time that a loop's head is reached.

        Asked of the whole graph: a class that never returns because an assertion fails has no word at all.
        """
        heads: tuple[int, ...] | None = self.body.memo.get("endless")  # type: ignore[assignment]
        if heads is None:
            blocks = self.graph.blocks
            reached = _reaching((self.graph.exit,), {b.number: successors(self.graph, b.number) for b in blocks})
            turned = {block.loops[-1] for block in blocks if block.loops} if 0 not in reached else set()
            heads = self.body.memo["endless"] = tuple(sorted(turned - reached))
        self.edges.extend((head, None, self.graph.exit) for head in heads)

    # ------------------------------------------------------------------------------------------------- steps

    def speaks(self, block: BasicBlock) -> bool:
        """Whether a block has an event of its own or in a callee."""
        before = len(self.edges)
        self.block(block)
        return any(letter is not None and letter != YIELD for _, letter, _ in self.edges[before:])

    def block(self, block: BasicBlock) -> int:
        """Add the events of a block; returns the state after them."""
        current = block.number
        for found in contributions(self.owner.events, self.body, block, self.stand_ins):
            current = self._say(found, current) if isinstance(found, Said) else self._run(found, current)
        return current

    def _run(self, run: Run, current: int) -> int:
        """Go through one of several callees, each by its own summary under what is assumed here."""
        callees = run.callees
        if run.name in self.stand_ins:
            callees, run = self.stand_ins[run.name], Run((), run.node, own=run.own)
        elif self.made_by and run.own and not run.part:
            callees = tuple(c for c in callees if self._is_met(c.function_id))
        ends: list[int] = []
        for callee in callees:
            summary = self._summary(callee, run)
            if not summary.is_silent or summary.machine.is_empty:
                whole = not run.part or not is_manager(self.owner.program, callee.function_id)
                spoken = summary if whole else half(summary, run.part)
                ends.append(self._embed(spoken, callee, run.node, current, max(run.doubt, int(len(callees) > 1))))
        if not ends:
            return current
        if len(ends) < len(callees):
            ends.append(current)
        after = self._state()
        self.edges.extend((end, None, after) for end in ends)
        return after

    def _summary(self, callee: Callee, run: Run) -> Summary:
        stand_ins = self._handed_on(callee)
        open_summary = self.owner.events.called(self.owner, callee, OPEN, stand_ins)
        assumed: set[tuple[Key, bool]] = set()
        for key, atom in self.owner.events.outer_atoms(self.body, run.node, callee, open_summary.atoms):
            self.atoms.append(atom.key)
            truth = decide(atom.key, self.assumption)
            if truth is not None:
                assumed.add((key, truth == atom.positive))
        made_by = self._made_by(callee, run)
        if made_by and not open_summary.is_silent:
            assumed.add(((EXACTLY, made_by), True))
        found = open_summary
        if assumed:
            found = self.owner.events.called(self.owner, callee, frozenset(assumed), stand_ins)
        if found.turns and ONE_TURN[0] in self.assumption:
            found = self.owner.events.called(self.owner, callee, frozenset({*assumed, ONE_TURN}), stand_ins)
        self.turns = self.turns or found.turns
        return found

    def _made_by(self, callee: Callee, run: Run) -> str:
        """The class that made a callee's object, where others are derived from it: called here, or our own."""
        if isinstance(callee.ref, ClassIs):
            return callee.ref.id if self.owner.program.project.subclasses(callee.ref.id) else ""
        return self.made_by if run.own else ""

    def _is_met(self, function_id: str) -> bool:
        """Whether an object of exactly the class that is assumed has this method, and no derived class brings it."""
        name = function_id.rpartition(".")[2]
        found = self.owner.program.project.find_method(self.made_by, name)
        return found is None or found == function_id

    def _handed_on(self, callee: Callee) -> StandIns:
        """The functions that a callee gets here as arguments, or sees as a function within this one."""
        if not callee.given and not self.stand_ins:
            return ()
        inner = callee.function_id.startswith(f"{self.body.id}.")
        found = dict(self.stand_ins) if inner else {}
        for parameter, node in callee.given:
            value = self.body.values[node]
            own = self.stand_ins.get(str(value.label)) if value.kind == "parameter" else None
            known = self.owner.events.functions_at(self.body, node) if own is None else own
            if known is not None:
                found[parameter] = known
        return tuple(sorted(found.items(), key=repr))

    def _embed(self, summary: Summary, callee: Callee, node: int, current: int, doubt: int) -> int:
        """Copy a callee's automaton between ``current`` and a new state, in the caller's terms."""
        base = self.size
        self.size += len(summary.machine.moves)
        self.edges.append((current, None, base))
        translate = self.owner.events.translate
        seen: dict[Letter, Letter | None]
        seen = {letter: translate(letter, self.body, node, callee) for letter in summary.machine.letters}
        name = callee.function_id.partition(":")[2]
        facts = self.owner.program.facts(callee.function_id)
        once = facts is not None and is_cached_property(facts)
        for letter, origins in summary.origins.items():
            self.origins.setdefault(seen.get(letter) or letter, set()).update(
                Origin(o.path, o.line, (name, *o.via), max(o.doubt, doubt), once or o.once) for o in origins
            )
        if YIELD in seen:
            seen[YIELD] = None
        for state, row in enumerate(summary.machine.moves, base):
            self.edges += [(state, seen[letter], base + target) for letter, target in row.items()]
        after = self._state()
        self.edges += [(base + state, None, after) for state in summary.machine.accepting]
        return after

    def _say(self, said: Said, current: int) -> int:
        after = self._state()
        self.edges.append((current, said.letter, after))
        self.origins.setdefault(said.letter, set()).update(said.origins)
        return after

    def _state(self) -> int:
        self.size += 1
        return self.size - 1


def _reaching(goals: tuple[int, ...], edges: Mapping[int, tuple[int, ...]]) -> frozenset[int]:
    """The blocks from which one of ``goals`` can be reached."""
    before: dict[int, list[int]] = {}
    for block, followers in edges.items():
        for follower in followers:
            before.setdefault(follower, []).append(block)
    found, work = set(goals), list(goals)
    while work:
        for source in before.get(work.pop(), ()):
            if source not in found:
                found.add(source)
                work.append(source)
    return frozenset(found)


@lru_cache(maxsize=65_536)
def settled_by_caller(key: Key) -> bool:
    """Whether a caller can tell the truth of a key: nothing local in it."""
    return not _has_local(key)


def _has_local(key: object) -> bool:
    if not isinstance(key, tuple):
        return False
    if key and key[0] == "local":
        return True
    return any(_has_local(part) for part in key)
