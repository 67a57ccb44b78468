"""What each function says to its groups: the automaton of its events, with calls replaced by their callees'.

A function's graph, its branches left open, *is* a nondeterministic automaton; :mod:`collint.sequences.automata` makes
it minimal. Under an assumption (an atom taken as true or false) the branches that the atom decides are cut, here and in
all callees that test it: that is how rank classes are told apart. Which atoms vary is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collint.ir.graph import BasicBlock, BranchOn, Enter, Exit, normal_successors, successors
from collint.ir.statements import Call, Yield
from collint.linking.conditions import Conditions
from collint.linking.keys import Key, decide, is_global
from collint.linking.program import Body
from collint.project.decorators import is_contextmanager
from collint.sequences.automata import Deterministic, Nondeterministic, TooLarge, determinise, minimise
from collint.sequences.calls import Callee, CallEvents
from collint.sequences.events import YIELD, Letter, Origin

# A summary with more states than this is replaced by one opaque letter per communicator.
MAX_STATES = 160
MAX_EDGES = 6000
MAX_ATOMS = 24
MAX_ORIGINS = 12

Assumption = frozenset[tuple[Key, bool]]
OPEN: Assumption = frozenset()
ONE_TURN: tuple[Key, bool] = (("every loop makes one turn",), True)
"""Assumed to tell ``b b`` from ``b`` where both are loops: as languages ``b* b*`` and ``b*`` are equal."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The events of one call of a function; ``atoms``, in its own terms, are conditions the language depends on."""

    machine: Deterministic[Letter]
    origins: Mapping[Letter, tuple[Origin, ...]] = field(default_factory=dict)
    atoms: tuple[Key, ...] = ()
    opaque: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether no event can happen."""
        return not self.origins


SILENT: Summary = Summary(Deterministic(({},), frozenset({0})))


class Summaries:
    """Summaries by function and assumption, made on demand. Recursive calls are silent letters, equal on all sides."""

    def __init__(self, conditions: Conditions, reaching: frozenset[str]) -> None:
        self.conditions = conditions
        self.program = conditions.program
        self.reaching = reaching
        self.events = CallEvents(conditions, reaching)
        self._known: dict[tuple[str, Assumption, tuple[tuple[str, str], ...]], Summary] = {}
        self._active: set[str] = set()
        self.too_large: set[str] = set()

    def of_function(
        self, function_id: str, assumption: Assumption = OPEN, stand_ins: tuple[tuple[str, str], ...] = ()
    ) -> Summary:
        """The summary of a call of a function, its decorators included."""
        if function_id not in self.reaching:
            return SILENT
        key = (function_id, assumption, stand_ins)
        found = self._known.get(key)
        if found is None:
            if function_id in self._active or len(self._active) > 150:
                return SILENT
            self._active.add(function_id)
            try:
                found = self._compute(function_id, assumption, stand_ins)
            finally:
                self._active.discard(function_id)
            self._known[key] = found
        return found

    def _compute(self, function_id: str, assumption: Assumption, stand_ins: tuple[tuple[str, str], ...]) -> Summary:
        body = self.program.body(function_id)
        if body is None:
            return SILENT
        try:
            return self.of_body(body, assumption, dict(stand_ins))
        except TooLarge:
            self.too_large.add(function_id)
            return self._opaque(body)

    def of_body(
        self,
        body: Body,
        assumption: Assumption = OPEN,
        stand_ins: Mapping[str, str] | None = None,
    ) -> Summary:
        """The summary of a body under an assumption. Raises :class:`TooLarge`."""
        builder = _Builder(self, body, dict(assumption), stand_ins or {})
        machine = minimise(determinise(builder.automaton(), MAX_STATES))
        spoken = machine.letters
        origins = {letter: tuple(sorted(o)[:MAX_ORIGINS]) for letter, o in builder.origins.items() if letter in spoken}
        atoms = tuple(list(dict.fromkeys(builder.atoms))[:MAX_ATOMS])
        return Summary(machine, origins, atoms)

    def between(self, body: Body, start: int, stop: int, assumption: Assumption) -> Deterministic[Letter]:
        """The language of the ways from one block to the first time that another is met. Raises :class:`TooLarge`."""
        builder = _Builder(self, body, dict(assumption), {})
        whole = builder.automaton()
        edges = tuple(edge for edge in whole.edges if edge[0] != stop)
        part = Nondeterministic(whole.size, edges, frozenset({stop}), start)
        return minimise(determinise(part, MAX_STATES))

    def speaking_blocks(self, body: Body) -> frozenset[int]:
        """The blocks in which an event can happen."""
        found = body.memo.get("speaking")
        if found is None:
            builder = _Builder(self, body, {}, {})
            found = body.memo["speaking"] = frozenset(b.number for b in body.graph.blocks if builder.speaks(b))
        return found  # type: ignore[return-value]

    def callee_atoms(self, body: Body) -> list[tuple[Key, ...]]:
        """For each call that can reach an event, the atoms that its callees test, in the body's terms."""
        found = []
        for site in body.values.calls:
            for callee in self.events.of_call(body, site.node).callees:
                keys = self.events.called(self, callee, OPEN).atoms
                found.append(tuple(atom.key for _, atom in self.events.outer_atoms(body, site.node, callee, keys)))
        return found

    def letters_in(self, body: Body, blocks: Iterable[int]) -> dict[Letter, tuple[Origin, ...]]:
        """The events of some blocks of a body, each with its places."""
        builder = _Builder(self, body, {}, {})
        for number in blocks:
            builder.block(body.graph.blocks[number])
        return {
            letter: tuple(sorted(origins)[:MAX_ORIGINS])
            for letter, origins in builder.origins.items()
            if letter != YIELD
        }

    def _opaque(self, body: Body) -> Summary:
        """One letter per communicator: the same on all sides, but not the same as nothing."""
        origins: dict[Letter, tuple[Origin, ...]] = {}
        for letters in self.events.letters_below(body, self):
            for letter, places in letters.items():
                blurred = Letter(f"the collectives of {body.qualname}", letter.communicators)
                origins.setdefault(blurred, places)
        moves: list[dict[Letter, int]] = []
        for number, letter in enumerate(sorted(origins, key=repr)):
            moves.append({letter: number + 1})
        moves.append({})
        return Summary(Deterministic(tuple(moves), frozenset({len(moves) - 1})), origins, opaque=True)


class _Builder:
    """The automaton of one body: a state before each block and after each step that is an event."""

    def __init__(self, owner: Summaries, body: Body, assumption: dict[Key, bool], stand_ins: Mapping[str, str]) -> None:
        self.owner = owner
        self.body = body
        self.assumption = assumption
        self.stand_ins = stand_ins
        self.graph = body.graph
        self.size = len(self.graph.blocks)
        self.edges: list[tuple[int, Letter | None, int]] = []
        self.origins: dict[Letter, set[Origin]] = {}
        self.atoms: list[Key] = []

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
            atom = self.owner.conditions.atom(self.body, self.body.values.conditions[block.number])
            truth = decide(atom.key, self.assumption)
            if truth is not None:
                return (end.then if truth == atom.positive else end.other,)
        return normal_successors(self.graph, block)

    def _turned(self, block: BasicBlock, followers: tuple[int, ...]) -> tuple[int, ...]:
        """Where one turn is assumed: into a loop's body from its head, and past the loop from the end of the body."""
        if ONE_TURN[0] not in self.assumption:
            return followers
        if block.loops and block.loops[-1] == block.number:
            inner = tuple(f for f in followers if block.number in self.graph.blocks[f].loops)
            return inner or followers
        found: list[int] = []
        for follower in followers:
            if follower in block.loops:  # a back edge
                head = self.graph.blocks[follower]
                found.extend(
                    f for f in normal_successors(self.graph, head) if follower not in self.graph.blocks[f].loops
                )
            else:
                found.append(follower)
        return tuple(found)

    def _own_atoms(self, speaking: set[int]) -> None:
        """Conditions that decide whether an event happens, where a caller could settle them."""
        controllers = self.body.controllers()
        deciding = {branch for block in speaking for branch in controllers[block]}
        for branch in sorted(deciding):
            if isinstance(self.graph.blocks[branch].terminator, BranchOn):
                key = self.owner.conditions.atom(self.body, self.body.values.conditions[branch]).key
                if key[0] != "const" and _settled_by_caller(key):
                    self.atoms.append(key)

    def _endless(self) -> None:
        """Where a function has no way out, let its turns count: a word may end each time that a loop's head is reached.

        Asked of the whole graph: a class that never returns because an assertion fails has no word at all.
        """
        reached = {self.graph.exit}
        before: dict[int, list[int]] = {}
        for block in self.graph.blocks:
            for follower in successors(self.graph, block.number):
                before.setdefault(follower, []).append(block.number)
        work = [self.graph.exit]
        while work:
            for source in before.get(work.pop(), ()):
                if source not in reached:
                    reached.add(source)
                    work.append(source)
        if 0 not in reached:
            heads = {block.loops[-1] for block in self.graph.blocks if block.loops}
            self.edges.extend((head, None, self.graph.exit) for head in sorted(heads - reached))

    # ------------------------------------------------------------------------------------------------- steps

    def speaks(self, block: BasicBlock) -> bool:
        """Whether a block has an event of its own or in a callee."""
        before = len(self.edges)
        self.block(block)
        return any(letter is not None and letter != YIELD for _, letter, _ in self.edges[before:])

    def block(self, block: BasicBlock) -> int:
        """Add the events of a block; returns the state after them."""
        current = block.number
        for position, step in enumerate(block.steps):
            if isinstance(step, Call):
                node = self.body.values.call_nodes.get(id(step))
                if node is not None:
                    current = self._call(node, step, current)
            elif isinstance(step, (Enter, Exit)):
                manager = self.body.values.entered.get((block.number, position))
                if manager is not None:
                    current = self._manage(manager, step, current)
            elif isinstance(step, Yield):
                current = self._say({YIELD: ()}, current)
        return current

    def _call(self, node: int, step: Call, current: int) -> int:
        found = self.owner.events.of_call(self.body, node)
        if found.letter is not None:
            origin = Origin(self.body.path, step.span.line, (), found.doubt)
            return self._say({found.letter: (origin,)}, current)
        callees = found.callees or self._stand_in(step)
        callees = tuple(c for c in callees if not self._is_contextmanager(c.function_id))
        return self._run(callees, node, current, doubt=found.doubt)

    def _stand_in(self, step: Call) -> tuple[Callee, ...]:
        name = getattr(step.function, "id", "")
        target = self.stand_ins.get(name)
        return (Callee(target, None, bare=True),) if target else ()

    def _manage(self, manager: int, step: Enter | Exit, current: int) -> int:
        callees, node = self.owner.events.of_manager(self.body, manager, isinstance(step, Enter), step.is_async)
        return self._run(callees, node, current, part="enter" if isinstance(step, Enter) else "exit")

    def _is_contextmanager(self, function_id: str) -> bool:
        facts = self.owner.program.facts(function_id)
        return facts is not None and is_contextmanager(facts)

    def _run(self, callees: Iterable[Callee], node: int, current: int, part: str = "", doubt: int = 0) -> int:
        """Go through one of several callees, each by its own summary under what is assumed here."""
        ends: list[int] = []
        chosen = list(callees)
        for callee in chosen:
            summary = self._summary(callee, node)
            if not summary.is_silent or summary.machine.is_empty:
                half = _half(summary, part) if part and self._is_contextmanager(callee.function_id) else summary
                ends.append(self._embed(half, callee, node, current, max(doubt, int(len(chosen) > 1))))
        if not ends:
            return current
        if len(ends) < len(chosen):
            ends.append(current)
        after = self._state()
        self.edges.extend((end, None, after) for end in ends)
        return after

    def _summary(self, callee: Callee, node: int) -> Summary:
        open_summary = self.owner.events.called(self.owner, callee, OPEN)
        assumed: set[tuple[Key, bool]] = {ONE_TURN} & set(self.assumption.items())
        for key, atom in self.owner.events.outer_atoms(self.body, node, callee, open_summary.atoms):
            if _settled_by_caller(atom.key):
                self.atoms.append(atom.key)
            truth = decide(atom.key, self.assumption)
            if truth is not None:
                assumed.add((key, truth == atom.positive))
        if not assumed:
            return open_summary
        return self.owner.events.called(self.owner, callee, frozenset(assumed))

    def _embed(self, summary: Summary, callee: Callee, node: int, current: int, doubt: int) -> int:
        """Copy a callee's automaton between ``current`` and a new state, in the caller's terms."""
        base = self.size
        self.size += len(summary.machine.moves)
        self.edges.append((current, None, base))
        translated = {
            letter: self.owner.events.translate(letter, self.body, node, callee) for letter in summary.machine.letters
        }
        name = callee.function_id.partition(":")[2]
        for letter, origins in summary.origins.items():
            kept = self.origins.setdefault(translated.get(letter, letter), set())
            for origin in origins:
                kept.add(Origin(origin.path, origin.line, (name, *origin.via), max(origin.doubt, doubt)))
        for state, row in enumerate(summary.machine.moves):
            for letter, target in row.items():
                self.edges.append((base + state, translated[letter] if letter != YIELD else None, base + target))
        after = self._state()
        self.edges.extend((base + state, None, after) for state in summary.machine.accepting)
        return after

    def _say(self, letters: Mapping[Letter, tuple[Origin, ...]], current: int) -> int:
        after = self._state()
        for letter, origins in letters.items():
            self.edges.append((current, letter, after))
            self.origins.setdefault(letter, set()).update(origins)
        return after

    def _state(self) -> int:
        self.size += 1
        return self.size - 1


def _settled_by_caller(key: Key) -> bool:
    """Whether a caller can tell the truth of a key: nothing local in it."""
    return is_global(key) or not _has_local(key)


def _has_local(key: object) -> bool:
    if not isinstance(key, tuple):
        return False
    if key and key[0] == "local":
        return True
    return any(_has_local(part) for part in key)


def _half(summary: Summary, part: str) -> Summary:
    """The part of a context manager's generator before its ``yield`` (``enter``), or after it (``exit``)."""
    machine = summary.machine
    before = frozenset(state for state, row in enumerate(machine.moves) if YIELD in row)
    if part == "enter":
        moves = tuple({k: v for k, v in row.items() if k != YIELD} for row in machine.moves)
        half: Deterministic[Letter] = minimise(Deterministic(moves, before))
    else:
        starts = sorted(machine.moves[state][YIELD] for state in before)
        size = len(machine.moves)
        edges: list[tuple[int, Letter | None, int]] = [(size, None, start) for start in starts]
        for state, row in enumerate(machine.moves):
            edges.extend((state, None if letter == YIELD else letter, target) for letter, target in row.items())
        half = minimise(determinise(Nondeterministic(size + 1, tuple(edges), machine.accepting, size), MAX_STATES))
    origins = {letter: places for letter, places in summary.origins.items() if letter in half.letters}
    return Summary(half, origins, summary.atoms)
