"""The automaton of one body: its graph with branches open or settled, and with its calls replaced by their summaries.

Nothing is kept or made minimal here, and callees' summaries are asked for: see :mod:`collint.sequences.summaries`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Optional

from collint.ir.graph import BasicBlock, BranchOn, normal_successors, successors
from collint.linking.keys import Atom, Key, decide, unlaunched
from collint.linking.program import Body
from collint.linking.references import ClassIs
from collint.record import replace
from collint.sequences.automata import Nondeterministic, TooLarge
from collint.sequences.calls import Callee, StandIns
from collint.sequences.contributions import Contribution, Run, Said, contributions, is_manager, of_all_blocks
from collint.sequences.embedding import Translated, translated
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import EXACTLY, ONE_TURN, OPEN, Summary, half

if TYPE_CHECKING:
    from collint.sequences.summaries import Summaries

MAX_EDGES = 6000

# Whether each loop makes one turn, the class that made the object, how branches turn out, what callees say run by run.
Choices = tuple[bool, str, tuple[Optional[bool], ...], tuple[tuple[Summary, ...], ...]]


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
        self.one_turn = ONE_TURN[0] in assumption
        self.graph = body.graph
        self.size = len(self.graph.blocks)
        self.edges: list[tuple[int, Letter | None, int]] = []
        self.origins: dict[Letter, set[Origin]] = {}
        self.atoms: list[Key] = []
        self.turns = any(block.loops for block in self.graph.blocks)
        self._choices: Choices | None = None
        self._truths: dict[int, bool | None] = {}
        self._said: Iterator[tuple[Summary, ...]] = iter(())

    def choices(self) -> Choices:
        """All that the automaton takes from what is assumed: with equal choices a body has equal automata."""
        if self._choices is not None:
            return self._choices
        self._truths = {number: self._truth(number) for number in self._tests()}
        said = tuple(
            [
                self._summaries(self._meant(found))
                for of_block in of_all_blocks(self.owner.events, self.body, self.stand_ins)
                for found in of_block
                if isinstance(found, Run)
            ]
        )
        self._choices = self.one_turn, self.made_by, tuple(self._truths.values()), said
        return self._choices

    def automaton(self) -> Nondeterministic[Letter]:
        """The whole body. Raises :class:`TooLarge` when it has too many edges."""
        *_, said = self.choices()
        self._said = iter(said)
        speaking = set()
        added = of_all_blocks(self.owner.events, self.body, self.stand_ins)
        for number, (of_block, followers) in enumerate(zip(added, self._followers(), strict=True)):
            last = number
            if of_block:
                before = len(self.edges)
                last = self._add(number, of_block)
                if any(letter is not None for _, letter, _ in self.edges[before:]):
                    speaking.add(number)
            for follower in followers:
                self.edges.append((last, None, follower))
            if len(self.edges) > MAX_EDGES:
                raise TooLarge
        self._own_atoms(speaking)
        self._endless()
        return Nondeterministic(self.size, tuple(self.edges), frozenset({self.graph.exit}))

    def _followers(self) -> list[tuple[int, ...]]:
        """The blocks that can follow each block under what is assumed."""
        found = list(self._open())
        for number, truth in self._truths.items():
            if truth is not None:
                end = self.graph.blocks[number].terminator
                assert isinstance(end, BranchOn)
                found[number] = (end.then if truth else end.other,)
        if self.one_turn:
            return [self._turned(block, found[block.number]) for block in self.graph.blocks]
        return found

    def _open(self) -> list[tuple[int, ...]]:
        """The blocks that can follow each block where nothing is assumed."""
        found: list[tuple[int, ...]] | None = self.body.memo.get("followers")  # type: ignore[assignment]
        if found is None:
            stuck, ends = self._stuck(), (self.graph.exit, self.graph.failure)
            found = self.body.memo["followers"] = [
                ()
                if block.number in ends
                else successors(self.graph, block.number)
                if block.number in stuck
                else normal_successors(self.graph, block)
                for block in self.graph.blocks
            ]
        return found

    def _tests(self) -> dict[int, tuple[Atom, tuple[Key, bool] | None]]:
        """What each branch of the body tests, and the test for a process alone inside it."""
        found: dict[int, tuple[Atom, tuple[Key, bool] | None]] | None = self.body.memo.get("branches tested")  # type: ignore[assignment]
        if found is None:
            found, conditions = {}, self.owner.conditions
            for block in self.graph.blocks:
                if isinstance(block.terminator, BranchOn):
                    condition = self.body.values.conditions[block.number]
                    alone = unlaunched(conditions.key(self.body, condition))
                    found[block.number] = conditions.atom(self.body, condition), alone
            self.body.memo["branches tested"] = found
        return found

    def _truth(self, block: int) -> bool | None:
        """How a branch turns out under what is assumed; None where that leaves it open."""
        atom, alone = self._tests()[block]
        if alone is not None and decide(alone[0], self.assumption):
            return alone[1]
        truth = decide(atom.key, self.assumption)
        return None if truth is None else truth == atom.positive

    def _stuck(self) -> frozenset[int]:
        """Blocks from which only an exception leads out: ``while True:`` around ``except StopIteration: break``."""
        ends = (self.graph.exit, self.graph.failure)
        blocks = frozenset(block.number for block in self.graph.blocks)
        return blocks - _reaching(
            ends, {b: normal_successors(self.graph, self.graph.blocks[b]) for b in blocks - {*ends}}
        )

    def _turned(self, block: BasicBlock, followers: tuple[int, ...]) -> tuple[int, ...]:
        """Where one turn is assumed: into a loop's body from its head, and past the loop from the end of the body."""
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
        for branch in sorted(deciding.intersection(self._tests())):
            atom, alone = self._tests()[branch]
            if atom.key[0] != "const" and settled_by_caller(atom.key):
                self.atoms.append(atom.key)
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
        return self._add(block.number, contributions(self.owner.events, self.body, block, self.stand_ins))

    def _add(self, current: int, found: tuple[Contribution, ...]) -> int:
        for each in found:
            current = self._say(each, current) if isinstance(each, Said) else self._run(each, current)
        return current

    def _meant(self, run: Run) -> Run:
        """A run with the callees that it has here: what a name stands for, methods of the class that is assumed."""
        if run.name in self.stand_ins:
            return Run(self.stand_ins[run.name], run.node, own=run.own)
        if self.made_by and run.own and not run.part:
            return replace(run, callees=tuple(c for c in run.callees if self._is_met(c.function_id)))
        return run

    def _run(self, run: Run, current: int) -> int:
        """Go through one of several callees, each by its own summary under what is assumed here."""
        run = self._meant(run)
        said, callees = next(self._said, None), run.callees
        ends: list[int] = []
        for callee, summary in zip(callees, self._summaries(run) if said is None else said, strict=True):
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

    def _summaries(self, run: Run) -> tuple[Summary, ...]:
        return tuple([self._summary(callee, run) for callee in run.callees])

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
        if found.turns and self.one_turn:
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
        edges, origins = self._translated(summary, callee, node, doubt)
        self.edges.append((current, None, base))
        self.edges += [(base + state, letter, base + target) for state, letter, target in edges]
        for letter, places in origins:
            self.origins.setdefault(letter, set()).update(places)
        self.size += len(summary.machine.moves)
        return self._state()

    def _translated(self, summary: Summary, callee: Callee, node: int, doubt: int) -> Translated:
        """A summary at one call; under most assumptions a call says the same, so that it is kept."""
        memo: dict[object, Translated] = self.body.memo.setdefault("translated", {})  # type: ignore[assignment]
        key = (summary, callee, node, doubt)
        found = memo.get(key)
        if found is None:
            found = memo[key] = translated(self.owner.events, summary, self.body, node, callee, doubt)
        return found

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
