"""Compare what two rank classes of one body say, communicator by communicator, and find the shortest difference.

Which atoms are worth asking about is decided by the checks; here an atom is only a condition to take as true or as
false.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from copy import copy

from collint.ir.graph import BranchOn
from collint.linking.keys import Key, are_two_ends
from collint.linking.paths import is_guard, way_to
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.record import replace
from collint.sequences import summary
from collint.sequences.automata import TooLarge
from collint.sequences.mismatch import MAX_STATES, Mismatch, differences
from collint.sequences.spending import Given, Spending
from collint.sequences.summaries import Summaries
from collint.sequences.summary import ONE_TURN, SILENT, Summary

MAX_CHOICES = 6


class _Every:
    """A container of everything."""

    def __contains__(self, _: object) -> bool:
        return True


EVERY = _Every()


class Comparison:
    """Comparisons of rank classes, over the summaries of the program."""

    def __init__(self, summaries: Summaries) -> None:
        self.summaries = summaries
        self.exhausted: set[str] = set()
        self._asking = ""
        self._askers = 0

    def on_behalf_of(self, body: Body, askers: int) -> Comparison:
        """The same for questions about another body that one of so many asks: at its cost, whoever asks first."""
        found = copy(self)
        found._asking, found._askers = body.id, askers
        return found

    def classes(self, body: Body, key: Key, given: Given = ()) -> tuple[Summary, Summary] | None:
        """The body's summaries with the atom true and false; None when one of them is too large."""
        memo: dict[object, tuple[Summary, Summary] | None]
        memo = body.memo.setdefault("classes", {})  # type: ignore[assignment]
        place = (key, given)
        spending = self._spending(body)
        if not spending.allows(place):
            self.exhausted.add(self._asking or body.id)
            return None
        if place not in memo:
            plain = memo.get((key, given[:-1])) if given[-1:] == (ONE_TURN,) else None
            turns = plain is None or plain[0].turns or plain[1].turns
            memo[place] = self._classes(body, key, given) if turns else plain
        spending.spend(place, memo[place] is None)
        return memo[place]

    def _spending(self, body: Body) -> Spending:
        key = ("spending", self._asking)
        if key not in body.memo:
            body.memo[key] = Spending(len(body.graph.blocks), self._askers)
        return body.memo[key]  # type: ignore[return-value]

    def _is_left_out(self, body: Body, key: Key) -> bool:
        """Whether nothing is known of an atom, nor will be: then the way to it is not worth looking for."""
        left_out = self._spending(body).leaves_out(key)
        if left_out:
            self.exhausted.add(self._asking or body.id)
        return left_out

    def forget(self, body: Body) -> None:
        """Lets go of the summaries of a body's classes, when all that is likely to be asked was asked."""
        for kept in ("classes", "differences", "summaries", "translated"):
            body.memo.pop(kept, None)

    def _classes(self, body: Body, key: Key, given: Given) -> tuple[Summary, Summary] | None:
        # One turn of each loop takes more states than any number of turns, and nobody embeds what is compared here.
        limit = MAX_STATES if ONE_TURN in given else summary.MAX_STATES
        try:
            return (
                self.summaries.of_body(body, frozenset({(key, True), *given}), limit=limit),
                self.summaries.of_body(body, frozenset({(key, False), *given}), limit=limit),
            )
        except TooLarge:
            self.summaries.too_large.add(body.id)
            return None

    def mismatches(self, body: Body, key: Key, blocks: Sequence[int] = ()) -> list[Mismatch]:
        """Every communicator on which the classes of an atom, tested at ``blocks``, plainly differ.

        What leads to a test is assumed, so that a way around it does not lend its words to both classes. Each loop is
        also taken to make one turn, which tells two loops from one. A difference that no truth of another, twice tested
        atom upholds is none: the two tests balance each other.
        """
        for given in self._ways(body, key, blocks) if not self._is_left_out(body, key) else ():
            plain = None
            for assumed in (given, (*given, ONE_TURN)):
                pair = self.classes(body, key, assumed)
                if pair is None or pair is plain or (pair[0].is_silent and pair[1].is_silent):
                    break
                plain = pair
                found = [replace(mismatch, given=assumed) for mismatch in self._differences(body, pair)]
                if found:
                    return found
        return []

    def agreeing(self, body: Body, key: Key, blocks: Sequence[int] = ()) -> tuple[Summary, Summary] | None:
        """The classes of an atom where no communicator tells them apart and both speak; else None."""
        if self._is_left_out(body, key) or self.mismatches(body, key, blocks):
            return None
        pair = self.classes(body, key, self._ways(body, key, blocks)[0])
        return None if pair is None or pair[0].is_silent or pair[1].is_silent else pair

    def hidden(self, body: Body, key: Key, blocks: Sequence[int] = ()) -> list[Mismatch]:
        """Differences that appear once a choice that all ranks share is fixed (``x() if cfg else y()`` crosswise)."""
        for given in reversed(self._ways(body, key, blocks)) if not self._is_left_out(body, key) else ():
            found = self._hidden(body, key, given, blocks)
            if found:
                return found
        return []

    def _ways(self, body: Body, key: Key, blocks: Sequence[int]) -> list[Given]:
        found = list(dict.fromkeys(self._way_to(body, key, block) for block in blocks)) or [()]
        # Nobody is first and last, for groups have peers: one end is compared with the ranks between the two.
        apart = tuple((other, False) for other in self._deciding(body) if are_two_ends(key, other))
        return [(*given, *(pair for pair in apart if pair[0] not in dict(given))) for given in found]

    def upheld(self, body: Body, key: Key, mismatch: Mismatch) -> bool:
        """Whether a mismatch remains for some truth of every other atom that is tested more than once.

        Where it does not, the two tests of that atom balance each other. Costly, so to be asked of what varies only.
        """
        known = {key, *(assumed for assumed, _ in mismatch.given)}
        return all(
            mismatch.communicators in self.parted(body, key, (*mismatch.given, (other, True)))
            or mismatch.communicators in self.parted(body, key, (*mismatch.given, (other, False)))
            for other in self._tested_twice(body)
            if other not in known
        )

    def parted(self, body: Body, key: Key, given: Given) -> Container[tuple[Communicator, ...]]:
        """The communicators on which the classes differ; every one where they are too large to tell."""
        memo: dict[object, Container[tuple[Communicator, ...]]]
        memo = body.memo.setdefault("parted", {})  # type: ignore[assignment]
        place = (key, given)
        if place not in memo:
            pair = self.classes(body, key, given)
            memo[place] = EVERY if pair is None else {found.communicators for found in self._differences(body, pair)}
        return memo[place]

    def _tested_twice(self, body: Body) -> list[Key]:
        """Atoms that several places of a body depend on, its callees' tests included."""
        found: list[Key] | None = body.memo.get("tested twice")  # type: ignore[assignment]
        if found is None:
            tested = list(self._deciding(body).elements())
            found = body.memo["tested twice"] = [k for k, n in Counter(tested).items() if n > 1][:MAX_CHOICES]
        return found

    def _deciding(self, body: Body) -> Counter[Key]:
        """How often each atom decides about events: in branches around them, and in calls whose callees test it."""
        found: Counter[Key] | None = body.memo.get("deciding")  # type: ignore[assignment]
        if found is None:
            conditions = self.summaries.conditions
            controllers = body.controllers()
            branches = {b for block in self.summaries.speaking_blocks(body) for b in controllers[block]}
            found = Counter()
            for branch in sorted(branches):
                end = body.graph.blocks[branch].terminator
                if isinstance(end, BranchOn) and not end.is_loop:
                    found[conditions.atom(body, body.values.conditions[branch]).key] += 1
            for callee_keys in self.summaries.callee_atoms(body):
                found.update(callee_keys)
            body.memo["deciding"] = found
        return found

    def _way_to(self, body: Body, key: Key, block: int) -> Given:
        return tuple(pair for pair in way_to(self.summaries.conditions, body, block) if pair[0] != key)

    def _hidden(self, body: Body, key: Key, given: Given, blocks: Sequence[int]) -> list[Mismatch]:
        """Differences that appear once a choice that all ranks share is fixed."""
        pair = self.classes(body, key, given)
        if pair is None or pair[0].is_silent or pair[1].is_silent:
            return []
        found: list[Mismatch] = []
        for choice in self._choices(body, pair, key, given, blocks):
            for truth in (True, False):
                fixed = self.classes(body, key, (*given, (choice, truth)))
                if fixed is not None:
                    found.extend(self._differences(body, fixed, (choice, truth)))
            if found:
                return found
        return found

    def _choices(
        self, body: Body, pair: tuple[Summary, Summary], key: Key, given: Given, blocks: Sequence[int]
    ) -> list[Key]:
        """Conditions other than the atom that may hide a difference: those inside its arms, then all that decide."""
        deciding = self._deciding(body)
        inside = [
            self.summaries.conditions.atom(body, body.values.conditions[number]).key
            for number, controllers in enumerate(body.controllers())
            if number in body.values.conditions
            and isinstance(body.graph.blocks[number].terminator, BranchOn)
            and any(block in controllers for block in blocks)
        ]
        checks = {
            self.summaries.conditions.atom(body, body.values.conditions[number]).key
            for number in body.values.conditions
            if is_guard(body, number)  # who raises is not compared
        }
        known = {key, *(assumed for assumed, _ in given), *checks}
        ordered = dict.fromkeys((*(choice for choice in inside if choice in deciding), *deciding))
        return [choice for choice in ordered if choice not in known and choice[0] != "const"][:MAX_CHOICES]

    def onward(self, body: Body, first: int, second: int, given: Given = ()) -> list[Mismatch]:
        """Every communicator on which the rest of a body differs, begun at one block or at another.

        As for classes, each loop is also taken to make one turn: the one in which both begin.
        """
        spending, place = self._spending(body), (("onward", first, second), given)
        if not spending.allows(place):
            self.exhausted.add(self._asking or body.id)
            return []
        spending.spend(place, too_large=False)
        for assumed in (given, (*given, ONE_TURN)):
            try:
                sides = [self.summaries.onward(body, start, frozenset(assumed)) for start in (first, second)]
            except TooLarge:
                self.summaries.too_large.add(body.id)
                return []
            if sides[0].is_silent and sides[1].is_silent:
                return []
            pair = (sides[0], sides[1])
            found = [replace(mismatch, given=assumed) for mismatch in self._differences(body, pair)]
            if found:
                return found
        return []

    def rest_of_turn(self, body: Body, first: int, second: int, head: int, given: Given = ()) -> list[Mismatch]:
        """Every communicator on which the rest of a loop's turn differs, begun at one block or at another.

        For loops that nothing but the end of the program leaves. Empty where one of the two does not come to the head.
        """
        sides = []
        try:
            for start in (first, second):
                machine = self.summaries.between(body, start, head, frozenset(given))
                origins = self.summaries.onward(body, start, frozenset(given)).origins
                sides.append(Summary(machine, {letter: origins.get(letter, ()) for letter in machine.letters}))
        except TooLarge:
            self.summaries.too_large.add(body.id)
            return []
        return [replace(mismatch, given=given) for mismatch in self._differences(body, (sides[0], sides[1]))]

    def left_behind(self, body: Body, start: int, given: Given = ()) -> list[Mismatch]:
        """Every communicator on which the rest of a body, from a block on, says something: to ranks that left.

        The classes are those of whoever left (``if_true``) and of whoever goes on.
        """
        try:
            rest = self.summaries.onward(body, start, frozenset(given))
        except TooLarge:
            self.summaries.too_large.add(body.id)
            return []
        return [
            replace(mismatch, given=given)
            for mismatch in self._differences(body, (SILENT, rest))
            if not mismatch.if_true.word and mismatch.if_false.word
        ]

    def between(self, first: Summary, second: Summary) -> list[Mismatch]:
        """Every communicator on which two summaries differ; ``if_true`` is the first one's side."""
        try:
            return differences((first, second))
        except TooLarge:
            return []

    def _differences(
        self, body: Body, pair: tuple[Summary, Summary], choice: tuple[Key, bool] | None = None
    ) -> list[Mismatch]:
        """The differences of two classes of a body; none where they are too large to tell, and the body is told of."""
        memo: dict[tuple[Summary, Summary], list[Mismatch]]
        memo = body.memo.setdefault("differences", {})  # type: ignore[assignment]
        if pair not in memo:
            try:
                memo[pair] = differences(pair)
            except TooLarge:
                self.summaries.too_large.add(body.id)
                memo[pair] = []
        return memo[pair] if choice is None else [replace(found, uniform_choice=choice) for found in memo[pair]]
