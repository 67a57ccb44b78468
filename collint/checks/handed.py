"""Where an argument of a call is chosen: at the call itself, or where a caller hands it in through parameters.

What is wrong with an argument is decided by the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks import provenance
from collint.checks.context import Context
from collint.checks.sites import Site, below, communicators
from collint.ir.graph import BranchOn
from collint.ir.statements import Call, Span
from collint.linking.binding import bind
from collint.linking.callers import skipped
from collint.linking.evaluate import leaves
from collint.linking.paths import leads
from collint.linking.program import Body
from collint.linking.references import Communicator, Ref
from collint.record import Record
from collint.uniformity.states import Variation

# Calls between an event and whoever chooses its argument.
MAX_DEPTH = 3


class Choice(Record, frozen=True):
    """The value ``node`` for an argument of the event of ``site``, in the body and at the call that choose it.

    ``groups`` are the event's communicators in the terms of that body; ``via`` are the functions between, innermost
    last.
    """

    site: Site
    body: Body
    node: int
    call: int
    groups: frozenset[Communicator]
    via: tuple[str, ...] = ()

    @property
    def block(self) -> int:
        """The block in which the value is handed over."""
        return self.body.values[self.call].block

    @property
    def span(self) -> Span:
        """The call's place in the source."""
        call = self.body.values[self.call].label
        assert isinstance(call, Call)
        return call.span


def choices(context: Context, site: Site, node: int) -> Iterator[Choice]:
    """Every place, in a file that is asked about, that chooses the value ``node`` of an argument of a call.

    A parameter that is handed on is chosen by the callers. A caller's call that packs describe as an event of its own
    is a site of its own, and not repeated here.
    """
    yield from _climb(context, Choice(site, site.body, node, site.node, frozenset(communicators(context, site))))


def _climb(context: Context, choice: Choice) -> Iterator[Choice]:
    name = _parameter(choice)
    is_asked = context.is_asked(choice.body.path)  # else only those callers matter that are, or lead to one
    among = None if is_asked else below(context, MAX_DEPTH)
    found = list(callers(context, choice, name, among)) if name and len(choice.via) < MAX_DEPTH else []
    if not found and is_asked:
        yield choice
    for outer in found:
        if context.meanings.of_call(outer.body, outer.call).collective is None:
            yield from _climb(context, outer)


def _parameter(choice: Choice) -> str:
    """The parameter that the value is, whatever calls it went through; empty where it is more than that."""
    found = [choice.body.values[leaf] for leaf in leaves(choice.body, choice.node)]
    return str(found[0].label) if len(found) == 1 and found[0].kind == "parameter" else ""


def callers(context: Context, choice: Choice, name: str, among: frozenset[str] | None = None) -> Iterator[Choice]:
    """What each caller of the choice's function, ``among`` these where only they matter, hands over as ``name``."""
    facts = context.program.facts(choice.body.id)
    if facts is None:
        return
    for caller, call, ref in provenance.calls_to(context, choice.body.id, among):
        value = caller.values[call]
        assert isinstance(value.label, Call)
        position = bind(facts.parameters, value.label.arguments, skipped(context.evaluator, facts, ref)).get(name)
        if position is not None and caller.id != choice.body.id:
            groups = _outward(context, choice, caller, call, ref)
            via = (choice.body.qualname, *choice.via)
            yield Choice(choice.site, caller, value.arguments[1 + position], call, groups, via)


def _outward(context: Context, choice: Choice, caller: Body, call: int, ref: Ref) -> frozenset[Communicator]:
    return frozenset(
        found for group in choice.groups for found in context.groups.substitute(group, caller, call, choice.body, ref)
    )


def comes_from_callers(choice: Choice, variation: Variation) -> bool:
    """Whether a proof leaves the function of a choice through a parameter, for what its callers hand over."""
    inside = [state.body == choice.body.id and not state.stack for state in variation.path]
    for position, state in enumerate(variation.path[1:], start=1):
        is_parameter = choice.body.values[state.node].kind == "parameter" if inside[position] else False
        if is_parameter and not inside[position - 1]:
            return True
    return False


def is_described(context: Context, body: Body) -> bool:
    """Whether packs describe the function around as an event of its own, which its callers' calls then are."""
    facts = context.program.facts(body.id)
    name = context.program.project.qualified_name(body.id)
    names = [name]
    if facts is not None and facts.owner is not None:
        owners = context.evaluator.members.class_names(f"{facts.module}:{facts.owner}")
        names += [f"{owner}.{facts.name}" for owner in owners]
    return any(context.vocabulary.collective(name) is not None for name in names)


def picks_a_class(context: Context, choice: Choice, depth: int = 2) -> bool:
    """Whether only some ranks of the groups come to the call: behind a test, here or around every call of the function.

    What such ranks choose need not be what the others do, who come to another call of the same event.
    """
    body, over = choice.body, context.axes(tuple(choice.groups))
    for block in body.graph.blocks:
        end = block.terminator
        if not isinstance(end, BranchOn) or end.is_loop or not body.dominates(block.number, choice.block):
            continue
        arms = [arm for arm in (end.then, end.other) if leads(body, arm, choice.block, block.number)]
        condition = body.values.conditions[block.number]
        if len(arms) == 1 and context.uniformity.differs(body.id, condition, over, at=block.number):
            return True
    if not depth:
        return False
    outer = [
        Choice(choice.site, caller, choice.node, call, _outward(context, choice, caller, call, ref))
        for caller, call, ref in provenance.calls_to(context, body.id)
    ]
    return bool(outer) and all(picks_a_class(context, one, depth - 1) for one in outer)
