"""What every check may ask: the bodies, what varies, what is said to whom. Built once per run by the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from collint.findings import NotAnalysed
from collint.ir.graph import BranchOn
from collint.knowledge.vocabulary import Vocabulary
from collint.linking.conditions import Conditions
from collint.linking.evaluate import Evaluator
from collint.linking.groups import Groups
from collint.linking.keys import Key
from collint.linking.meaning import Meanings
from collint.linking.program import Body, Program
from collint.linking.references import Communicator, Symbol
from collint.record import Mutable, field, replace
from collint.sequences.compare import Comparison
from collint.sequences.summaries import Summaries
from collint.source import Directive
from collint.uniformity.query import Uniformity
from collint.uniformity.states import Axis

CUT_OFF = "depends on too many conditions at once; not all of its rank classes were compared"


class Context(Mutable):
    """The rooms below, joined.

    ``reaching`` are the ids of functions that can reach an event, ``ending`` of those that can reach the end of a
    group; ``directives`` are the comments for collint by file, ``asked`` the files whose findings are wanted, None for
    all of them. ``unmeasured`` collects the functions of which a check did not find out how large all is that they
    send.
    """

    program: Program
    vocabulary: Vocabulary
    evaluator: Evaluator
    meanings: Meanings
    groups: Groups
    conditions: Conditions
    summaries: Summaries
    comparison: Comparison
    uniformity: Uniformity
    reaching: frozenset[str]
    ending: frozenset[str]
    directives: Mapping[str, Sequence[Directive]] = field(default_factory=dict)
    asked: frozenset[str] | None = None
    unmeasured: set[str] = field(default_factory=set)
    memo: dict[object, object] = field(default_factory=dict)

    def about(self, asked: frozenset[str]) -> Context:
        """The same with other files asked about. What was worked out for some is worked out anew for others."""
        return replace(self, asked=asked, memo={"by file": self.by_file(), "in order": self._in_order()})

    def is_asked(self, path: str) -> bool:
        """Whether findings in a file are wanted."""
        return self.asked is None or path in self.asked

    def is_asked_function(self, function_id: str) -> bool:
        """Whether findings in a function's file are wanted."""
        return self.asked is None or self.is_asked(self.program.path(function_id.partition(":")[0]))

    def asked_modules(self) -> frozenset[str] | None:
        """The modules in whose files findings are wanted, None for all of them."""
        if self.asked is None:
            return None
        return frozenset(name for path in self.asked if (name := self.program.project.name_at(path)) is not None)

    def bodies(self) -> Iterator[Body]:
        """The bodies of the functions in files that are asked about which can reach an event, in order."""
        if self.asked is None:
            return self.bodies_of(lambda _: True)
        table = self.by_file()
        ids = sorted(function_id for path in self.asked for function_id in table.get(path, ()))
        return (body for function_id in ids if (body := self.program.body(function_id)) is not None)

    def by_file(self) -> Mapping[str, Sequence[str]]:
        """The ids of the functions that can reach an event, by the path of their file."""
        found: dict[str, list[str]] | None = self.memo.get("by file")  # type: ignore[assignment]
        if found is None:
            found = {}
            for function_id in self._in_order():
                found.setdefault(self.program.path(function_id.partition(":")[0]), []).append(function_id)
            self.memo["by file"] = found
        return found

    def bodies_of(self, wanted: Callable[[str], bool]) -> Iterator[Body]:
        """The bodies of the functions that can reach an event and whose ids are wanted, in any file, in order."""
        for function_id in self._in_order():
            body = self.program.body(function_id) if wanted(function_id) else None
            if body is not None:
                yield body

    def _in_order(self) -> tuple[str, ...]:
        found: tuple[str, ...] | None = self.memo.get("in order")  # type: ignore[assignment]
        if found is None:
            found = self.memo["in order"] = tuple(sorted(self.reaching))
        return found

    def axes(self, communicators: tuple[Communicator, ...]) -> frozenset[Axis]:
        """The axes of an event's communicators, alternatives joined."""
        return frozenset(axis for communicator in communicators for axis in self.groups.axes(communicator))

    def shown_axes(self, axes: frozenset[Axis]) -> tuple[str, ...]:
        """Axes as a finding names them; a symbolic group's own axis by the place that holds the group."""
        named = [axis for axis in axes if isinstance(axis, str)]
        shown = self.vocabulary.shown_axes(named) if named else ()
        return (*shown, *sorted({str(axis) for axis in axes if isinstance(axis, Symbol)}))

    def branches(self, body: Body) -> dict[Key, list[int]]:
        """The branch blocks of a body by the atom that they test; loop heads are another matter."""
        found: dict[Key, list[int]] = {}
        for block in body.graph.blocks:
            if isinstance(block.terminator, BranchOn) and not block.terminator.is_loop:
                key = self.conditions.atom(body, body.values.conditions[block.number]).key
                if key[0] != "const":
                    found.setdefault(key, []).append(block.number)
        return found

    def left_out(self) -> tuple[NotAnalysed, ...]:
        """Functions that were not analysed, or not in full, so that silence about them has a meaning."""
        found = list(self.program.not_analysed)
        bounds = (
            (self.summaries.too_large, "has too many event sequences; its collectives are compared as one"),
            (self.uniformity.exhausted, "a condition depends on too many values; the search was cut off"),
            (self.comparison.exhausted, CUT_OFF),
            (self.unmeasured, "the size of what it sends depends on too many values; the search was cut off"),
        )
        for ids, reason in bounds:
            for function_id in sorted(ids):
                body = self.program.body(function_id)
                if body is not None:
                    found.append(NotAnalysed(body.path, body.function.span.line, body.qualname, reason))
        found = [entry for entry in found if self.is_asked(entry.path)]
        return tuple(sorted(set(found), key=lambda entry: (entry.path, entry.line, entry.what, entry.reason)))
