"""What each function says to its groups: summaries by function and assumption, made on demand.

Which atoms vary is not known here, nor how one body is read, see :mod:`collint.sequences.builder`. A function's graph,
its branches left open, *is* a nondeterministic automaton; :mod:`collint.sequences.automata` makes it minimal. Under an
assumption (an atom taken as true or false) the branches that the atom decides are cut, here and in all callees that
test it: that is how rank classes are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collint.ir.graph import BasicBlock, Goto
from collint.ir.values import CallSiteNode
from collint.linking.conditions import Conditions
from collint.linking.keys import Key, mentions_parameter
from collint.linking.program import Body
from collint.linking.recursion import Recursion
from collint.sequences.automata import Deterministic, Nondeterministic, TooLarge, determinise, minimise
from collint.sequences.builder import Builder, settled_by_caller
from collint.sequences.calls import Callee, CallEvents, StandIns
from collint.sequences.events import YIELD, Letter, Origin
from collint.sequences.summary import MAX_STATES, OPEN, SILENT, Assumption, Summary

MAX_ATOMS = 24
# Deeper chains of calls are cut: what lies behind them is taken as silent.
MAX_DEPTH = 150
MAX_ORIGINS = 12


class Summaries:
    """Summaries by function and assumption, made on demand. Recursive calls are silent letters, equal on all sides."""

    def __init__(self, conditions: Conditions, reaching: frozenset[str]) -> None:
        self.conditions = conditions
        self.program = conditions.program
        self.reaching = reaching
        self.events = CallEvents(conditions, reaching)
        self._known: Recursion[Summary] = Recursion(SILENT, MAX_DEPTH)
        self._whole: tuple[tuple[str, Assumption], Builder, Nondeterministic[Letter]] | None = None
        self.too_large: set[str] = set()

    def of_function(self, function_id: str, assumption: Assumption = OPEN, stand_ins: StandIns = ()) -> Summary:
        """The summary of a call of a function, its decorators included."""
        if function_id not in self.reaching:
            return SILENT
        key = (function_id, assumption, stand_ins)
        return self._known.run(function_id, key, lambda: self._compute(function_id, assumption, stand_ins))

    def _compute(self, function_id: str, assumption: Assumption, stand_ins: StandIns) -> Summary:
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
        stand_ins: Mapping[str, tuple[Callee, ...]] | None = None,
        limit: int = MAX_STATES,
    ) -> Summary:
        """The summary of a body under an assumption. Raises :class:`TooLarge`.

        Two assumptions that leave a body the same choices have one summary, and so have two that only lead to equal
        ones: of 6,719 in vLLM 0.18.1 a quarter need no automaton.
        """
        builder = Builder(self, body, dict(assumption), stand_ins or {})
        known: dict[object, Summary] = body.memo.setdefault("summaries", {})  # type: ignore[assignment]
        key = (builder.choices(), limit, tuple((stand_ins or {}).items()))
        found = known.get(key)
        if found is None:
            made = self._made(builder, limit)
            rows = tuple([tuple(row.items()) for row in made.machine.moves])
            origins = tuple(made.origins.items())
            found = known[key] = known.setdefault((rows, made.machine.accepting, origins, made.atoms, made.turns), made)
        return found

    def _made(self, builder: Builder, limit: int) -> Summary:
        body = builder.body
        machine = minimise(determinise(builder.automaton(), limit))
        spoken = machine.letters
        origins = {letter: tuple(sorted(o)[:MAX_ORIGINS]) for letter, o in builder.origins.items() if letter in spoken}
        # What a caller's arguments settle comes first: constants handed over are the most common way to cut a branch.
        settled = filter(settled_by_caller, dict.fromkeys(builder.atoms))
        ordered = sorted(settled, key=lambda key: not mentions_parameter(key, body.id))
        atoms = tuple(ordered[:MAX_ATOMS])
        return Summary(machine, origins, atoms, turns=builder.turns)

    def onward(self, body: Body, start: int, assumption: Assumption) -> Summary:
        """What a body still says from the beginning of a block on. Raises :class:`TooLarge`.

        Asked of one place of a body after the other: what they have in common is made once.
        """
        key = (body.id, assumption)
        if self._whole is None or self._whole[0] != key:
            made = Builder(self, body, dict(assumption), {})
            self._whole = (key, made, made.automaton())
        _, builder, whole = self._whole
        machine = minimise(determinise(Nondeterministic(whole.size, whole.edges, whole.accepting, start), MAX_STATES))
        spoken = machine.letters
        origins = {letter: tuple(sorted(o)[:MAX_ORIGINS]) for letter, o in builder.origins.items() if letter in spoken}
        return Summary(machine, origins)

    def between(self, body: Body, start: int, stop: int, assumption: Assumption) -> Deterministic[Letter]:
        """The language of the ways from one block to the first time that another is met. Raises :class:`TooLarge`."""
        builder = Builder(self, body, dict(assumption), {})
        whole = builder.automaton()
        edges = tuple(edge for edge in whole.edges if edge[0] != stop)
        part = Nondeterministic(whole.size, edges, frozenset({stop}), start)
        return minimise(determinise(part, MAX_STATES))

    def speaking_blocks(self, body: Body) -> frozenset[int]:
        """The blocks in which an event can happen."""
        found: frozenset[int] | None = body.memo.get("speaking blocks")  # type: ignore[assignment]
        if found is None:
            found = body.memo["speaking blocks"] = self.speaking_among(body, range(len(body.graph.blocks)))
        return found

    def speaking_among(self, body: Body, numbers: Iterable[int]) -> frozenset[int]:
        """Those of some blocks in which an event can happen.

        Whoever has no use for the rest of a body asks so: most of what a program says it says in blocks that always
        run, and to find out what is said takes every function that is called there.
        """
        known: dict[int, bool] = body.memo.setdefault("speaking", {})  # type: ignore[assignment]
        among = tuple(numbers)
        unknown = [number for number in among if number not in known]
        if unknown:
            builder = Builder(self, body, {}, {})
            known.update((number, builder.speaks(body.graph.blocks[number])) for number in unknown)
        return frozenset(number for number in among if known[number])

    def decides(self, body: Body) -> bool:
        """Whether an event can happen in a block that some branch or loop of the body decides about."""
        controllers = body.controllers()
        return bool(
            self.speaking_among(body, (b.number for b in body.graph.blocks if controllers[b.number] or b.loops))
        )

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
        builder = Builder(self, body, {}, {})
        for number in blocks:
            builder.block(body.graph.blocks[number])
        return {
            letter: tuple(sorted(origins)[:MAX_ORIGINS])
            for letter, origins in builder.origins.items()
            if letter != YIELD
        }

    def letters_of(self, body: Body, site: CallSiteNode) -> dict[Letter, tuple[Origin, ...]]:
        """The events of one call, each with its places."""
        builder = Builder(self, body, {}, {})
        builder.block(BasicBlock(site.block, (site.call,), Goto(site.block), None, ()))
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
