"""What the rest of the program does while a function runs in another thread: before, meanwhile, after the join.

The main line of a thread is the code around the place that starts it: what follows there and in its callers until the
thread is waited for, and the other methods of the objects on the way. Which communicators are driven is
:mod:`collint.checks.driving`.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.driving import Driven, driving
from collint.checks.joining import after, calls_of, is_waited_for, joins_of, waiting_functions, waits_first
from collint.checks.provenance import calls_to
from collint.linking.callers import callers_of
from collint.linking.entries import Handed, arguments_of
from collint.linking.evaluate import leaves
from collint.linking.keys import FALSE_TEXTS, Key
from collint.linking.program import Body
from collint.linking.references import Communicator, Symbol
from collint.record import Record
from collint.sequences.automata import TooLarge
from collint.sequences.calls import Callee
from collint.sequences.events import Letter, Origin

Letters = dict[Letter, tuple[Origin, ...]]
# Callers of the place that starts a thread, and hops up to them, that are looked at.
MAX_ABOVE = 40
SETUP = frozenset({"__init__", "__new__", "__post_init__"})


class Meanwhile(Record, frozen=True):
    """What the thread drives and what somebody else does meanwhile, in common terms.

    ``follows`` tells that the other side visibly comes after the start; else it is a method or function beside it.
    """

    thread: Driven
    main: Driven
    follows: bool


def thread_side(context: Context, handed: Handed) -> Driven:
    """What the thread drives, its parameters replaced by what the place that starts it hands over."""
    driven = driving(context).of_function(handed.function_id)
    given = arguments_of(context.meanings, handed)
    unsaid = _left_out(context, handed, given)
    found: Letters = {}
    for letter, origins in driven.items():
        if letter in unsaid:
            continue
        where: set[Communicator] = set()
        for communicator in letter.communicators:
            where |= _in_terms_of_starter(context, handed, communicator, given)
        own = handed.function_id.partition(":")[2]
        via = tuple(Origin(o.path, o.line, (own, *o.via), o.doubt) for o in origins)
        moved = Letter(letter.op, tuple(sorted(where, key=repr)), letter.arguments)
        found[moved] = (*found.get(moved, ()), *via)
    return found


def _in_terms_of_starter(
    context: Context, handed: Handed, communicator: Communicator, given: dict[str, int]
) -> frozenset[Communicator]:
    symbol = communicator.group
    if isinstance(symbol, Symbol) and symbol.kind == "parameter" and symbol.owner == handed.function_id:
        node = given.get(symbol.name)
        if node is not None:
            return context.groups.of_value(handed.body, node)
    return frozenset({communicator})


def _left_out(context: Context, handed: Handed, given: dict[str, int]) -> frozenset[Letter]:
    """The collectives that literal arguments switch off: ``submit(build, path, False)``."""
    body = context.program.body(handed.function_id)
    literal = {
        name: str(handed.body.values[node].label)
        for name, node in given.items()
        if handed.body.values[node].kind == "const"
    }
    if body is None or not literal:
        return frozenset()
    assumed: dict[Key, bool] = {}
    for key, blocks in context.branches(body).items():
        truths = {_truth(body, body.values.conditions[block], literal) for block in blocks}
        atom = context.conditions.atom(body, body.values.conditions[blocks[0]])
        truth = truths.pop() if len(truths) == 1 else None
        if truth is not None:
            assumed[key] = truth == atom.positive
    try:
        said = context.summaries.of_body(body, frozenset(assumed.items())).machine.letters
        everything = context.summaries.of_body(body).machine.letters
    except TooLarge:
        return frozenset()
    return everything - said


def _truth(body: Body, node: int, literal: dict[str, str]) -> bool | None:
    """The truth of a value of which every alternative is a literal, or a parameter that is given one."""
    found = set()
    for leaf in leaves(body, node):
        value = body.values[leaf]
        text = literal.get(str(value.label)) if value.kind == "parameter" else None
        text = str(value.label) if value.kind == "const" else text
        found.add(None if text is None else text not in FALSE_TEXTS)
    return found.pop() if len(found) == 1 else None


def thread_region(context: Context, function_id: str) -> frozenset[str]:
    """The functions that a thread runs: its own and all that can be reached from it."""
    seen = {function_id}
    work = [function_id]
    while work:
        body = context.program.body(work.pop())
        for called in body.values.calls if body is not None else ():
            assert body is not None
            for callee in context.summaries.events.of_call(body, called.node).callees:
                if callee.function_id not in seen:
                    seen.add(callee.function_id)
                    work.append(callee.function_id)
    return frozenset(seen)


def main_side(context: Context, handed: Handed, thread: Driven) -> Iterator[Meanwhile]:
    """What runs while the thread does: one entry per function around it."""
    if handed.node < 0 and handed.row.runs == "handler":
        return  # where its server runs is not seen: perhaps in this very thread
    region = thread_region(context, handed.function_id)
    joined = joins_of(context, handed)
    waiting = waiting_functions(context, handed)
    stops = joined | calls_of(context, handed.body, waiting)
    yield Meanwhile(thread, _issued(context, handed.body, after(handed.body, handed.node, stops)), True)
    if is_waited_for(handed.body, handed.node, joined):
        return
    around = {handed.body.id}
    for body, node, letters in callers_above(context, handed.body, thread):
        around.add(body.id)
        following = after(body, node, calls_of(context, body, waiting))
        yield Meanwhile(letters, _issued(context, body, following), True)
    for function_id in beside(context, frozenset(around), handed.body.id, region):
        other = context.program.body(function_id)
        if other is not None and not waits_first(context, other, waiting):
            yield Meanwhile(thread, driving(context).of_function(function_id), False)


def _issued(context: Context, body: Body, nodes: list[int]) -> Driven:
    found: Letters = {}
    for node in nodes:
        for letter, origins in driving(context).of_call(body, node).items():
            found[letter] = (*found.get(letter, ()), *origins)
    return found


def callers_above(context: Context, body: Body, thread: Driven) -> Iterator[tuple[Body, int, Driven]]:
    """The callers of a body, theirs and so on, each with the call that leads down and the thread in its own terms."""
    work: list[tuple[Body, Driven]] = [(body, thread)]
    seen = {body.id}
    while work and len(seen) <= MAX_ABOVE:
        current, letters = work.pop(0)
        for caller, node, ref in calls_to(context, current.id):
            if caller.id in seen:
                continue
            seen.add(caller.id)
            callee = Callee(current.id, ref)
            moved: Letters = {}
            for letter, origins in letters.items():
                moved[context.summaries.events.translate(letter, caller, node, callee)] = origins
            work.append((caller, moved))
            yield caller, node, moved


def beside(context: Context, around: frozenset[str], starter: str, region: frozenset[str]) -> Iterator[str]:
    """Functions that nothing visible calls, of the same objects as the functions around a thread, or beside it."""
    project = context.program.project
    owners: dict[str, None] = {}
    for function_id in sorted(around):
        facts = context.program.facts(function_id)
        if facts is not None and facts.owner is not None:
            owners.update(dict.fromkeys(project.mro(f"{facts.module}:{facts.owner}")))
            owners.update(dict.fromkeys(project.subclasses(f"{facts.module}:{facts.owner}")))
    module = starter.partition(":")[0]
    for function_id in sorted(context.reaching):
        facts = context.program.facts(function_id)
        if facts is None or function_id in region or function_id in around or facts.parent is not None:
            continue
        mine = f"{facts.module}:{facts.owner}" in owners if facts.owner is not None else facts.module == module
        if mine and facts.name not in SETUP and not _is_called(context, function_id):
            yield function_id


def _is_called(context: Context, function_id: str) -> bool:
    return any(caller != function_id for caller in callers_of(context.evaluator, function_id))
