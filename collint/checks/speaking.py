"""Which functions come to a send or receive, and where those stand. What becomes of them is for ``unmatched``."""

from __future__ import annotations

import re
from collections.abc import Callable

from collint.checks import unmatched_words as words
from collint.checks.context import Context
from collint.checks.sites import Site, called_from, site_at
from collint.ir.expressions import called_name
from collint.ir.statements import Call
from collint.knowledge.rows import PointToPoint
from collint.linking.callers import callers_of
from collint.linking.uses import held, mentioned, referred_to
from collint.project.facts import ModuleFacts

# Callers this far up are run.
MAX_LEVELS = 4


class Speaking:
    """The functions that come to a send or receive, directly or through others, and where those are.

    Where few files are asked about, of the others those that may count for a finding in these.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sites: dict[str, list[Site]] = {}
        self._known_callers: dict[str, set[str]] = {}
        by_name = _ByName(context)
        self._look(by_name, context.is_asked_function)
        if context.asked is not None:
            self._look(by_name, self._beside(self.leading()))
        self.functions: dict[str, int] = dict.fromkeys(self.sites, 0)
        level = list(self.sites)
        for height in range(1, MAX_LEVELS + 1):
            level = [caller for function in level for caller in self._callers(function)]
            level = [caller for caller in dict.fromkeys(level) if caller in context.reaching]
            for caller in level:
                self.functions[caller] = height

    def _look(self, by_name: _ByName, wanted: Callable[[str], bool]) -> None:
        """Note the sends and receives of the functions that are wanted."""
        for body in self.context.bodies_of(lambda each: wanted(each) and by_name.in_function(each)):
            calls = [called.node for called in body.values.calls if by_name.is_one(body.module, called.call)]
            found = [site for node in calls if (site := site_at(self.context, body, node)) is not None]
            spoken = [site for site in found if isinstance(site.row, PointToPoint)]
            if spoken:
                self.sites[body.id] = spoken

    def _beside(self, leading: frozenset[str]) -> Callable[[str], bool]:
        """Which functions of files that nobody asked about count: what runs of the leading ones can come to, and what
        else stands in their modules."""
        called = called_from(self.context, leading)
        modules = {function_id.partition(":")[0] for function_id in leading}

        def counts(function_id: str) -> bool:
            beside = function_id in called or function_id.partition(":")[0] in modules
            return beside and not self.context.is_asked_function(function_id)

        return counts

    def _callers(self, function_id: str) -> set[str]:
        if function_id not in self._known_callers:
            found = set(callers_of(self.context.evaluator, function_id))
            self._known_callers[function_id] = found - {function_id}
        return self._known_callers[function_id]

    def ordered(self) -> list[str]:
        """Callers before what they call."""
        return sorted(self.functions, key=lambda function_id: (-self.functions[function_id], function_id))

    def leading(self) -> frozenset[str]:
        """The functions that may come to a send or receive in a file asked about: each finding stands at one."""
        work = [id_ for id_, found in self.sites.items() if any(self.context.is_asked(s.body.path) for s in found)]
        found = set(work)
        while work:
            fresh = self._callers(work.pop()) - found
            found |= fresh
            work += fresh
        return frozenset(found)

    def has_callers(self, function_id: str) -> bool:
        """Whether somebody in the program calls a function."""
        return bool(self._callers(function_id))

    def elsewhere(self, module: str, visited: frozenset[str], direction: str) -> bool:
        """Whether code of a module that runs did not pass has sends or receives of a kind."""
        for function_id, found in self.sites.items():
            if function_id in visited or function_id.partition(":")[0] != module:
                continue
            if any(words.direction_of(self.context, site) in (direction, "") for site in found):
                return True
        return False


def mention_matcher(context: Context) -> Callable[[str], bool]:
    """Tells whether a file names anything that sends or receives: where none does, nothing is sent or received."""
    every = sorted(context.vocabulary.p2p_names())
    names = re.compile(rf"\b(?:{'|'.join(every) or '(?!)'})\b")
    shortest = [name for name in every if not any(other in name for other in every if other != name)]
    known: dict[str, bool] = context.memo.setdefault("mentions", {})  # type: ignore[assignment]

    def mentions(path: str) -> bool:
        if path not in known:
            text = context.program.text_of(path)
            known[path] = any(name in text for name in shortest) and names.search(text) is not None
        return known[path]

    return mentions


class _ByName:
    """Which calls may send or receive: those of such names, and all of a file where such a name is a value or another
    name's meaning."""

    def __init__(self, context: Context) -> None:
        self._project = context.program.project
        self._path = context.program.path
        self._mentions = mention_matcher(context)
        self._names = context.vocabulary.p2p_names()
        self._open: dict[str, bool] = {}

    def in_function(self, function_id: str) -> bool:
        """Whether a function may make such a call."""
        module = function_id.partition(":")[0]
        if not self._mentions(self._path(module)):
            return False
        facts = self._project.function(function_id)
        return facts is None or not self._names.isdisjoint(facts.names.split()) or self._is_open(module)

    def is_one(self, module: str, call: Call) -> bool:
        """Whether a call may be one."""
        return called_name(call.function) in self._names or self._is_open(module)

    def _is_open(self, module: str) -> bool:
        if module not in self._open:
            facts = self._project.module(module)
            self._open[module] = facts is None or self._is_value_in(facts)
        return self._open[module]

    def _is_value_in(self, facts: ModuleFacts) -> bool:
        renamed = (local for local, name in facts.every_import if name.rpartition(".")[2] in self._names)
        if any(local not in self._names for local in renamed):
            return True
        bound = [assign.value for klass in facts.classes for assign in klass.assigns if assign.value is not None]
        held_there = {referred_to(part) for value in bound for part in held(value, frozenset())}
        return not self._names.isdisjoint(held_there.union(*map(mentioned, facts.functions)))
