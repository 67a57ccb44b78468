"""What can fail on one rank alone, and which handler then goes on as if nothing had happened.

Says what may raise and who catches it. What that makes of values is :mod:`collint.uniformity.caught`, what it makes of
sequences is for the checks.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from collint.findings import CONFIDENCES
from collint.ir.expressions import Attr
from collint.ir.graph import Catch, Dispatch, Step, normal_successors, successors
from collint.ir.sketch import MAY_RAISE
from collint.ir.statements import Await, Call, Span
from collint.knowledge.rows import Failure
from collint.linking.meaning import Meaning, Meanings
from collint.linking.program import Body
from collint.linking.references import ClassIs, ExternalIs
from collint.record import Record

# Through how many calls a failure is followed, and into how many candidates of each.
MAX_DEPTH = 3
MAX_CALLEES = 4


class Handler(Record, frozen=True):
    """An ``except`` clause: its first block, and for each class that it names the class with its ancestors.

    ``classes`` is None where it catches everything.
    """

    entry: int
    classes: tuple[tuple[str, ...], ...] | None
    span: Span


class Failing(Record, frozen=True):
    """Something that can fail on one rank alone: ``what`` says why, ``confidence`` counts from 0 (low)."""

    what: str
    confidence: int
    span: Span
    via: tuple[str, ...] = ()


class Failures:
    """Failures of the calls of each body, kept for the run."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings = meanings
        self.evaluator = meanings.evaluator
        self.program = meanings.evaluator.program
        self.vocabulary = meanings.vocabulary
        self._inside: dict[tuple[str, int], tuple[tuple[Failure, tuple[str, ...]], ...]] = {}
        self._endless: dict[str, bool] = {}

    def swallowed(self, body: Body, block: int) -> Failing | None:
        """What a block may raise on one rank alone, into a handler after which the function goes on."""
        memo: dict[int, Failing | None] = body.memo.setdefault("swallowed", {})  # type: ignore[assignment]
        if block not in memo:
            found = [
                failing
                for handler in self.handlers(body, block)
                if self.goes_on(body, handler.entry)
                for failing in (self.into(body, block, handler),)
                if failing is not None
            ]
            memo[block] = max(found, key=lambda failing: failing.confidence, default=None)
        return memo[block]

    # ---------------------------------------------------------------------------------------------- handlers

    def handlers(self, body: Body, block: int) -> tuple[Handler, ...]:
        """The clauses that may catch what a block raises, innermost first, down to the first that catches all."""
        found: list[Handler] = []
        start = body.graph.blocks[block].handler
        seen: set[int] = set()
        while start is not None and start not in seen:
            seen.add(start)
            end = body.graph.blocks[start].terminator
            following = normal_successors(body.graph, body.graph.blocks[start])
            if not isinstance(end, Dispatch):
                start = following[0] if len(following) == 1 and start not in _ends(body) else None
                continue
            start = None
            for target in end.targets:
                handler = self._handler(body, target)
                if handler is None:
                    start = target
                else:
                    found.append(handler)
        return tuple(found)

    def _handler(self, body: Body, block: int) -> Handler | None:
        steps = body.graph.blocks[block].steps
        if not steps or not isinstance(steps[0], Catch):
            return None
        catch = steps[0]
        if catch.types is None:
            return Handler(block, None, catch.span)
        caught = (value for value in body.values.nodes if value.kind == "caught" and value.block == block)
        types = [node for value in caught for node in value.arguments]
        classes = tuple(dict.fromkeys(found for node in types for found in self._classes(body, node)))
        return Handler(block, None if ("builtins.BaseException",) in classes else classes, catch.span)

    def _classes(self, body: Body, node: int) -> Iterator[tuple[str, ...]]:
        value = body.values[node]
        if value.kind == "display":
            for item in value.arguments:
                yield from self._classes(body, item)
            return
        for ref in sorted(self.evaluator.of_value(body, node), key=repr):
            if isinstance(ref, ClassIs):
                names = self.evaluator.members.class_names(ref.id)
                yield tuple(dict.fromkeys((*names, *(above for name in names for above in _builtin(name)))))
            elif isinstance(ref, ExternalIs):
                yield tuple(dict.fromkeys((ref.name, *_builtin(ref.name))))

    def goes_on(self, body: Body, start: int) -> bool:
        """Whether the function can still return normally from ``start``, or begin the next turn of the loop around it.

        A handler may raise or end the process instead.
        """
        memo: dict[int, bool] = body.memo.setdefault("goes on", {})  # type: ignore[assignment]
        if start not in memo:
            seen, work, met = {start}, [start], False
            ends = {body.graph.exit, *body.graph.blocks[start].loops} - {start}
            while work and not met:
                block = work.pop()
                met = block in ends
                for follower in () if self.ends(body, block) else successors(body.graph, block):
                    if follower not in seen:
                        seen.add(follower)
                        work.append(follower)
            memo[start] = met
        return memo[start]

    def ends(self, body: Body, block: int) -> bool:
        """Whether a block calls something that never returns."""
        return any(isinstance(step, Call) and self.never_returns(body, step) for step in body.graph.blocks[block].steps)

    def never_returns(self, body: Body, call: Call) -> bool:
        """Whether a call ends the process or always raises."""
        node = body.values.call_nodes.get(id(call))
        if node is None:
            return False
        meaning = self.meanings.of_call(body, node)
        if any(self.vocabulary.ending(name) is not None for name in meaning.names):
            return True
        return len(meaning.functions) == 1 and self._is_endless(meaning.functions[0][0])

    def _is_endless(self, function_id: str) -> bool:
        if function_id not in self._endless:
            self._endless[function_id] = False  # a recursive call returns, as far as is known
            body = self.program.body(function_id)
            if body is not None and not function_id.endswith(("__init__", "__new__")):
                self._endless[function_id] = not body.function.is_generator and not self.goes_on(body, 0)
        return self._endless[function_id]

    # ---------------------------------------------------------------------------------------------- failures

    def into(self, body: Body, block: int, handler: Handler) -> Failing | None:
        """What a block may raise on one rank alone that ``handler`` catches."""
        step = _raising(body.graph.blocks[block].steps)
        named = self._named(handler)
        if handler.classes and named is None:
            return None  # it catches only what every rank raises alike
        if isinstance(step, Call):
            return self._call(body, step, handler, named)
        if named is None or not isinstance(step, (Await, type(None))):
            return None
        span = step.span if step is not None else handler.span
        return Failing(named.what, CONFIDENCES.index(named.confidence), span)

    def _call(self, body: Body, call: Call, handler: Handler, named: Failure | None) -> Failing | None:
        node = body.values.call_nodes.get(id(call))
        if node is None:
            return None
        meaning = self.meanings.of_call(body, node)
        rows = self.of_call(body, node)
        fitting = [(row, via) for row, via in rows if self._fits(row, handler)]
        if fitting:
            row, via = max(fitting, key=lambda pair: CONFIDENCES.index(pair[0].confidence))
            return Failing(row.what, CONFIDENCES.index(row.confidence), call.span, via)
        if (rows and not meaning.functions) or named is None or _is_harmless(meaning):
            return None
        if meaning.functions and all(self._is_getter(function_id) for function_id, _ in meaning.functions):
            return None
        return Failing(named.what, CONFIDENCES.index(named.confidence), call.span)

    def _is_getter(self, function_id: str) -> bool:
        """Whether a function only hands out what is kept, and complains where nothing is: that is no circumstance."""
        body = self.program.body(function_id)
        if body is None or not body.values.returns:
            return False
        if any(body.values[node].kind not in ("name", "attr", "const") for _, node in body.values.returns):
            return False
        names = [name for site in body.values.calls for name in self.meanings.of_call(body, site.node).names or ("",)]
        return all(_builtin(name) for name in names) and not any(v.kind == "index" for v in body.values.nodes)

    def _named(self, handler: Handler) -> Failure | None:
        """The most telling of the exceptions that a clause names; None where all of them come to every rank alike."""
        rows = []
        for ancestors in handler.classes if handler.classes is not None else (("builtins.Exception",),):
            found = (self.vocabulary.failure(name, "exception") for name in ancestors)
            row = next((row for row in found if row is not None), None)
            if row is not None and not row.shared:
                rows.append(row)
        return max(rows, key=lambda row: CONFIDENCES.index(row.confidence), default=None)

    def of_call(self, body: Body, node: int, depth: int = 0) -> tuple[tuple[Failure, tuple[str, ...]], ...]:
        """The rows of what a call may fail in, here or in the functions that it runs, with the way there."""
        meaning = self.meanings.of_call(body, node)
        names = meaning.names
        call = body.values[node].label
        if not meaning.resolved and isinstance(call, Call) and isinstance(call.function, Attr):
            names = (*names, f".{call.function.name}")
        found = [(row, ()) for name in names for row in (self.vocabulary.failure(name),) if row is not None]
        if found or depth >= MAX_DEPTH:
            return tuple(found[:1])
        return tuple(
            (row, (function_id.partition(":")[2], *via))
            for function_id, _ in meaning.functions[:MAX_CALLEES]
            for row, via in self._in_function(function_id, depth + 1)
        )

    def _in_function(self, function_id: str, depth: int) -> tuple[tuple[Failure, tuple[str, ...]], ...]:
        key = (function_id, depth)
        if key not in self._inside:
            self._inside[key] = ()
            body = self.program.body(function_id)
            found: dict[str, tuple[Failure, tuple[str, ...]]] = {}
            for site in body.values.calls if body is not None else ():
                assert body is not None
                for row, via in self.of_call(body, site.node, depth):
                    if not any(self._fits(row, handler) for handler in self.handlers(body, site.block)):
                        found.setdefault(row.name, (row, via))
            self._inside[key] = tuple(found.values())
        return self._inside[key]

    def _fits(self, row: Failure, handler: Handler) -> bool:
        """Whether a clause catches what a row says is raised: a base class of it, or one of its kinds.

        Kinds are what a pack lists beside a class: who opens a file may meet any of those listed with ``OSError``.
        """
        if handler.classes is None or not row.raises:
            return True
        raised = {above for name in row.raises for above in (name, *_builtin(name))}
        return any(
            ancestors[0] in raised or not set(row.raises).isdisjoint(self._kinds(ancestors))
            for ancestors in handler.classes
        )

    def _kinds(self, ancestors: tuple[str, ...]) -> tuple[str, ...]:
        """A class and its ancestors, and those that packs list any of them with."""
        rows = (self.vocabulary.failure(name, "exception") for name in ancestors)
        return (*ancestors, *(row.name for row in rows if row is not None and not row.shared))


def _raising(steps: tuple[Step, ...]) -> Step | None:
    """The step of a block that can raise: the last call or suspension."""
    return next((step for step in reversed(steps) if isinstance(step, MAY_RAISE)), None)


def _is_harmless(meaning: Meaning) -> bool:
    """Whether a call only asks what this process knows, or logs."""
    transfer = meaning.transfer
    return bool(meaning.uniform or meaning.rank or meaning.is_accessor or (transfer is not None and transfer.nothing))


def _builtin(name: str) -> tuple[str, ...]:
    """A builtin exception and its ancestors, qualified; nothing for any other name."""
    module, _, last = name.rpartition(".")
    found = getattr(builtins, last, None) if module in ("builtins", "") else None
    if not isinstance(found, type) or not issubclass(found, BaseException):
        return ()
    return tuple(f"builtins.{ancestor.__name__}" for ancestor in found.__mro__[:-1])


def _ends(body: Body) -> tuple[int, int]:
    return body.graph.exit, body.graph.failure
