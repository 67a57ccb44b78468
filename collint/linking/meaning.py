"""What each call means: the pack rows that describe it, the functions that it runs, and the communicators it names.

Whether a value varies, and what sequences follow, is not asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from collint.ir.expressions import Attr, Name
from collint.ir.statements import Call
from collint.ir.values import CallSiteNode, Value
from collint.knowledge.arguments import parse_argument
from collint.knowledge.calling import Application, Dispatcher, Entry
from collint.knowledge.rows import (
    Agreement,
    Collective,
    NewGroup,
    PointToPoint,
    Rank,
    Size,
    Source,
    Transfer,
    Uniform,
)
from collint.linking.binding import argument_at
from collint.linking.callers import functions_of
from collint.linking.computed import computing_calls, computing_objects
from collint.linking.evaluate import Evaluator
from collint.linking.partials import given_arguments, partial_call
from collint.linking.program import Body
from collint.linking.references import (
    AppliedBy,
    ExternalIs,
    ExternalObject,
    FunctionIs,
    ObjectIs,
    PartialOf,
    Ref,
    Refs,
)
from collint.project.facts import short_name
from collint.project.steps import Answers
from collint.record import Record, replace

Row = TypeVar("Row")
# A call with more candidates than this is treated as unresolved: joining them all would say nothing.
MAX_CANDIDATES = 12
# Methods that a call runs under other names than their own.
RUN_BY_CALLING = frozenset({"__init__", "__new__", "__post_init__", "__call__", "forward", "__enter__", "__exit__"})


class Meaning(Record, frozen=True):
    """All that is known of one call. ``functions`` pairs each function it may run with the reference it is reached by.

    ``names`` are the qualified names under which rows were sought. ``certain`` is false where the row was found by
    the method's name alone, the receiver being unknown.
    """

    functions: tuple[tuple[str, Ref], ...] = ()
    names: tuple[str, ...] = ()
    collective: Collective | None = None
    p2p: PointToPoint | None = None
    rank: Rank | None = None
    source: Source | None = None
    uniform: Uniform | None = None
    transfer: Transfer | None = None
    agreement: Agreement | None = None
    new_group: NewGroup | None = None
    dispatcher: Dispatcher | None = None
    entry: Entry | None = None
    certain: bool = True
    resolved: bool = True
    is_accessor: bool = False

    @property
    def is_event(self) -> bool:
        """Whether the call itself, not what it runs, is seen by other ranks."""
        return self.collective is not None


class Meanings:
    """Meanings of calls, kept per body and node."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.vocabulary = evaluator.program.vocabulary
        self._known: Answers[tuple[Refs, str], Meaning] = Answers(evaluator.project.asked)

    def of_call(self, body: Body, node: int) -> Meaning:
        """The meaning of the call at ``node``."""
        memo: dict[int, Meaning] = body.memo.setdefault("meanings", {})  # type: ignore[assignment]
        found = memo.get(node)
        if found is None:
            found = memo[node] = self._of_call(body, node)
        return found

    def calls_to(self, body: Body, function_id: str) -> Sequence[tuple[CallSiteNode, bool]]:
        """The calls of a body that may run a function, each with whether it runs no other."""
        memo: dict[str, list[tuple[CallSiteNode, bool]]] | None = body.memo.get("calls to")  # type: ignore[assignment]
        if memo is None:
            memo = {}
            for site in body.values.calls:
                functions = self.of_call(body, site.node).functions
                for called in dict.fromkeys(called for called, _ in functions):
                    memo.setdefault(called, []).append((site, len(functions) == 1))
            body.memo["calls to"] = memo
        return memo.get(function_id, ())

    def _of_call(self, body: Body, node: int) -> Meaning:
        value = body.values[node]
        call = value.label
        assert isinstance(call, Call)
        refs = self.evaluator.of_value(body, value.arguments[0])
        found = self.of_refs(refs, self._keyed(body, value))
        method = _method_name(call)
        application = _first(self.vocabulary.application, found.names)
        if isinstance(application, Application):
            found = replace(found, functions=self._applied(body, node, application))
        if not found.resolved:
            return self._of_unknown(body, node, method) if method else found
        if any(isinstance(ref, PartialOf) for ref in refs) and partial_call(self.evaluator, body, node) is None:
            return Meaning(functions=found.functions)  # what a partial binds elsewhere is not seen
        row = found.collective
        if row is not None and row.taken_from and not self.computing(body, node, row):
            found = replace(found, collective=None)
        if method and found == Meaning(names=found.names, resolved=True):
            # A method of an outside class that no row names: what holds for the method of any class holds here.
            general = self._by_name(method)
            if self.is_general(found):
                return replace(general, names=found.names, resolved=True)
            return replace(found, transfer=general.transfer, source=general.source)
        return found

    def part_of_call(self, body: Body, node: int) -> Rank | Size | None:
        """The row of one of several results: ``get_dist_info()[0]``, also where they are taken apart."""
        base, index = body.values[node].arguments
        place = str(body.values[index].label)
        if body.values[base].kind != "call" or body.values[index].kind != "const" or not place.isdigit():
            return None
        for name in self.of_call(body, base).names:
            row = self.vocabulary.rank(f"{name}[{place}]") or self.vocabulary.size(f"{name}[{place}]")
            if row is not None:
                return row
        return None

    def _applied(self, body: Body, node: int, row: Application) -> tuple[tuple[str, Ref], ...]:
        """The functions of the program that a call is handed and runs."""
        place = self.argument(body, node, row.function)
        functions: dict[str, Ref] = {}
        for ref in sorted(self.evaluator.of_value(body, place), key=repr) if place is not None else ():
            for function_id in functions_of(self.evaluator, ref):
                functions.setdefault(function_id, AppliedBy(ref, row.each))
        return tuple(functions.items()) if len(functions) <= MAX_CANDIDATES else ()

    def is_general(self, meaning: Meaning) -> bool:
        """Whether it is a method of a general class (``nn.Module``): the object's own class is not known."""
        owners = [name.rpartition(".")[0] for name in meaning.names]
        return bool(owners) and self.vocabulary.general_classes.issuperset(owners)

    def _of_unknown(self, body: Body, node: int, method: str) -> Meaning:
        row = self.vocabulary.computed_method(method)
        if row is None:
            return self._by_name(method)
        return Meaning(collective=row if self.computing(body, node, row) else None, certain=False, resolved=False)

    def computing(self, body: Body, node: int, row: Collective) -> tuple[tuple[Body, int], ...]:
        """The calls or objects that ``row.computed_by`` names, from which the receiver or argument was computed."""
        place = self.argument(body, node, row.taken_from or "receiver")
        search = computing_objects if row.taken_from else computing_calls
        return () if place is None else tuple(search(self, body, place, frozenset(row.computed_by)))

    def _keyed(self, body: Body, value: Value) -> str:
        """The literal key of a look-up, as rows spell it: ``os.getenv[RANK]``."""
        if len(value.arguments) < 2:
            return ""
        first = body.values[value.arguments[1]]
        text = str(first.label)
        return f"[{text[1:-1]}]" if first.kind == "const" and text[:1] in "'\"" else ""

    def of_refs(self, refs: Refs, key: str = "") -> Meaning:
        """The meaning of a call whose function refers to ``refs``, its first argument being the literal ``key``."""
        found = self._known.look_up((refs, key))
        if found is None:
            with self._known.finding((refs, key)):
                found = self._known[refs, key] = self._of_refs(refs, key)
        return found

    def _of_refs(self, refs: Refs, key: str) -> Meaning:
        functions: dict[str, Ref] = {}
        names: dict[str, None] = {}
        for ref in sorted(refs, key=repr):
            for function_id in functions_of(self.evaluator, ref):
                functions.setdefault(function_id, ref)
            for name in self.names_of(ref):
                if key:
                    names.setdefault(name + key)
                names.setdefault(name)
        rows = self._rows(tuple(names))
        if rows["rank"] or rows["uniform"]:
            rows["source"] = None
        if len(functions) > MAX_CANDIDATES:
            functions = {}
        row = rows["collective"]
        if functions and isinstance(row, Collective) and row.implicit:
            rows["collective"] = None  # its source tells more
        resolved = bool(functions or names)
        return Meaning(tuple(functions.items()), tuple(names), resolved=resolved, **rows)  # type: ignore[arg-type]

    def _rows(self, names: tuple[str, ...]) -> dict[str, object]:
        words = self.vocabulary
        return {
            "collective": _first(words.collective, names),
            "p2p": _first(words.p2p, names),
            "rank": _first(lambda name: words.rank(name, "call"), names),
            "source": _first(lambda name: words.source(name, "call"), names),
            "uniform": _first(lambda name: words.uniform(name, "call"), names),
            "transfer": _first(words.transfer, names),
            "agreement": _first(words.agreement, names),
            "new_group": _first(words.new_group, names),
            "dispatcher": _first(words.dispatcher, names),
            "entry": _first(words.entry, names),
            "is_accessor": any(words.accessor(name, "call") for name in names),
        }

    def _by_name(self, method: str) -> Meaning:
        """A method on an unknown receiver: rows for the name alone, and an event where only groups have the method."""
        transfer = self.vocabulary.transfer_method(method)
        source = self.vocabulary.source_method(method)
        events = [row for row in self.vocabulary.event_methods(method) if isinstance(row, Collective)]
        collective = events[0] if events and "_" in method and _agree(events) else None
        return Meaning(
            transfer=transfer,
            source=source,
            collective=collective,
            entry=self.vocabulary.entry(f".{method}"),
            certain=False,
            resolved=False,
        )

    def names_of(self, ref: Ref) -> tuple[str, ...]:
        """Qualified names under which packs may know a callable: a method is sought in all ancestors of its class."""
        if isinstance(ref, ExternalIs):
            return (ref.name,)
        if isinstance(ref, PartialOf):
            return self.names_of(ref.function)
        if isinstance(ref, ExternalObject):
            called = self.vocabulary.called_object(ref.class_name)
            return (called,) if called else ()
        if isinstance(ref, FunctionIs):
            name = self.evaluator.project.qualified_name(ref.id)
            facts = self.evaluator.project.function(ref.id)
            if facts is None or facts.owner is None:
                return (name,)
            classes = self.evaluator.members.class_names(f"{facts.module}:{facts.owner}")
            return (name, *(f"{owner}.{facts.name}" for owner in classes))
        classes = self.evaluator.members.class_names(ref.class_id) if isinstance(ref, ObjectIs) else ()
        calls = (self.vocabulary.called_object(name) for name in classes)
        return (
            *(name for name in calls if name),
            *(
                name
                for function_id in functions_of(self.evaluator, ref)
                for name in self.names_of(FunctionIs(function_id, bound=True))
            ),
        )

    def is_made_by_all(self, body: Body, node: int) -> bool:
        """Whether a call makes a group that ranks outside of it must make too."""
        row = self.of_call(body, node).new_group
        if row is None or not row.collective:
            return False
        place = self.argument(body, node, row.local_when)
        return place is None or body.values[place].label != "True"

    def argument(self, body: Body, node: int, spelling: str) -> int | None:
        """The node that a pack's argument spelling means at this call; None when the call leaves it out."""
        if not spelling:
            return None
        value = body.values[node]
        call = value.label
        assert isinstance(call, Call)
        reference = parse_argument(spelling)
        if reference.role == "result":
            return node
        if reference.role == "receiver":
            function = body.values[value.arguments[0]]
            return function.arguments[0] if function.kind == "attr" else None
        given = given_arguments(self.evaluator, body, node)
        position = argument_at(reference, [argument for argument, _ in given])
        return None if position is None else given[position][1]


def _method_name(call: Call) -> str:
    return call.function.name if isinstance(call.function, Attr) else ""


def _first(lookup: object, names: tuple[str, ...]) -> object:
    for name in names:
        found = lookup(name)  # type: ignore[operator]
        if found is not None:
            return found
    return None


def _agree(rows: list[Collective]) -> bool:
    """Whether rows that share a method name describe it alike, so that one may stand for all."""
    return len({(row.family, row.group) for row in rows}) == 1


def is_by_value(body: Body, node: int, meaning: Meaning) -> bool:
    """Whether a call runs one of several functions that came to it as values, not by their own names."""
    call = body.values[node].label
    assert isinstance(call, Call)
    names = {short_name(function_id.rpartition(":")[2]) for function_id, _ in meaning.functions}
    return len(meaning.functions) > 1 and not names <= {called_name(call), *RUN_BY_CALLING}


def called_name(call: Call) -> str:
    """The last name of what is called, for people: ``all_reduce``."""
    function = call.function
    if isinstance(function, Attr):
        return function.name
    return function.id if isinstance(function, Name) else "call"
