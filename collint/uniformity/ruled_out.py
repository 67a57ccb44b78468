"""Places of a callee that the literals of a call rule out: ``is_idle(for_health_check=True)`` never looks at the rest.

Only the call through which a walk came is asked; what every caller hands over alike is a matter of conditions' keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.linking.conditions import Conditions
from collint.linking.keys import Key, decide, mentions_parameter, normal
from collint.linking.paths import Way, way_to
from collint.linking.program import Body
from collint.uniformity.states import State

if TYPE_CHECKING:
    from collint.uniformity.presence import Presence


class RuledOut:
    """Answers for each call, kept for the run."""

    def __init__(self, conditions: Conditions, presence: Presence) -> None:
        self.conditions = conditions
        self.presence = presence
        self._known: dict[tuple[str, tuple[tuple[str, int], ...], int, int | None], bool] = {}

    def block(self, state: State, body: Body, block: int) -> bool:
        """Whether a block cannot run in the calls through which the walk came."""
        if not state.stack:
            return False
        return self._contradicts(state, body, block, None)

    def edge(self, state: State, body: Body, before: int, block: int) -> bool:
        """The same of an edge between two blocks."""
        if not state.stack:
            return False
        return self._contradicts(state, body, before, block)

    def _contradicts(self, state: State, body: Body, block: int, towards: int | None) -> bool:
        tests = self._tests(body, block, towards)
        if not tests:
            return False
        asked = (body.id, state.stack, block, towards)
        if asked not in self._known:
            self._known[asked] = any(self._truth(state, body, key) is (not truth) for key, truth in tests)
        return self._known[asked]

    def _tests(self, body: Body, block: int, towards: int | None) -> Way:
        """The atoms about the body's own parameters under which a block, or an edge, is reached."""
        memo: dict[tuple[int, int | None], Way]
        memo = body.memo.setdefault("tests of parameters", {})  # type: ignore[assignment]
        if (block, towards) not in memo:
            way = way_to(self.conditions, body, block)
            if towards is not None:
                way = self.presence.way_along(body, block, towards)
            memo[block, towards] = tuple((key, truth) for key, truth in way if mentions_parameter(key, body.id))
        return memo[block, towards]

    def _truth(self, state: State, body: Body, key: Key) -> bool | None:
        """What the literals that the calls hand over make of a condition."""
        positive = True
        for caller_id, call in reversed(state.stack):
            caller = self.conditions.program.body(caller_id)
            if caller is None:
                return None
            functions = self.conditions.meanings.of_call(caller, call).functions
            refs = [ref for function_id, ref in functions if function_id == body.id]
            if not refs:
                return None
            atom = normal(self.conditions.substitute(key, caller, call, body, refs[0]))
            key, positive = atom.key, positive == atom.positive
            truth = decide(key, {})
            if truth is not None:
                return truth == positive
            if not mentions_parameter(key, caller_id):
                return None
            body = caller
        return None
