"""COL502: traffic on a group that was destroyed before, on one way through a function and what it calls.

Destroyed and made again is another group. Two functions that nothing visible calls in a row are not looked at together.
"""

from __future__ import annotations

from collections.abc import Iterator

from collint.checks.context import Context
from collint.checks.driving import Driven, driving, events, shown
from collint.checks.joining import loops_of, steps_after
from collint.checks.placing import Verdict, place
from collint.checks.sharing import is_one
from collint.checks.sites import sites_of
from collint.findings import Because, Finding
from collint.ir.graph import BranchOn
from collint.ir.statements import Call
from collint.linking.describe import excerpt
from collint.linking.evaluate import leaves
from collint.linking.program import Body
from collint.linking.references import WORLD, Communicator, Symbol
from collint.record import Record
from collint.sequences.events import CREATION, Letter, Origin
from collint.uniformity.states import HIGH, LOW, MEDIUM

CODES = ("COL502",)
BY_FILE = True
NAME = "use-after-destroy"
HELP = "move the collective before the group is destroyed, or destroy the group at the end of the program only"


class Ending(Record, frozen=True):
    """A call that ends groups: ``everything`` where it is the whole job's, and so takes all groups along."""

    node: int
    call: Call
    block: int
    letters: tuple[Letter, ...]
    doubt: int

    @property
    def everything(self) -> bool:
        return any(WORLD in letter.communicators for letter in self.letters)


def check(context: Context) -> Iterator[Finding]:
    """Every function that goes on using a group after its end."""
    for body in context.bodies():
        endings = list(_endings(context, body))
        if not endings:
            continue
        beginnings = frozenset(_beginnings(context, body))
        told: set[int] = set()
        for ending in endings:
            for node, used in _uses(context, body, ending, beginnings):
                if node not in told:
                    told.add(node)
                    yield _report(context, body, ending, node, used)


def _endings(context: Context, body: Body) -> Iterator[Ending]:
    lifetime = context.vocabulary.lifetime_families
    for called in body.values.calls:
        if not driving(context).may_end(body, called.node):
            continue
        found = driving(context).lifetimes(body, called.node)
        ends = [letter for letter in found if lifetime.get(letter.op) == "end"]
        if ends and len(ends) == len(found):
            doubt = min(origin.doubt for letter in ends for origin in found[letter])
            yield Ending(called.node, called.call, called.block, tuple(sorted(ends, key=repr)), doubt)


def _beginnings(context: Context, body: Body) -> Iterator[int]:
    """The steps after which there are groups again."""
    lifetime = context.vocabulary.lifetime_families
    for called in body.values.calls:
        found = driving(context).lifetimes(body, called.node)
        if any(letter.op == CREATION or lifetime.get(letter.op) == "begin" for letter in found):
            yield id(called.call)


def _uses(context: Context, body: Body, ending: Ending, beginnings: frozenset[int]) -> Iterator[tuple[int, Driven]]:
    """The calls after an ending that use what it ended, each with what it issues there."""
    for following in steps_after(body, ending.node, beginnings, loops_of(body)):
        node = body.values.call_nodes.get(id(following)) if isinstance(following, Call) else None
        if node is None or node == ending.node or id(following) in beginnings:
            continue
        used = {
            letter: unguarded
            for letter, origins in driving(context).of_call(body, node).items()
            if _is_ended(context, body, ending, node, letter)
            and (unguarded := tuple(origin for origin in origins if not _is_guarded_inside(context, origin)))
        }
        if used and not _is_guarded(context, body, body.values[node].block, ending.block):
            yield node, used


def _is_ended(context: Context, body: Body, ending: Ending, node: int, letter: Letter) -> bool:
    """Whether every communicator that an event may run on was ended."""
    return all(
        any(
            _takes_along(context, body, ending, node, gone, used)
            for ended in ending.letters
            for gone in ended.communicators
        )
        for used in letter.communicators
    )


def _takes_along(
    context: Context, body: Body, ending: Ending, node: int, gone: Communicator, used: Communicator
) -> bool:
    if isinstance(used.group, Symbol) and used.group.kind == "object":
        return False
    if gone == WORLD:
        return isinstance(used.group, Symbol) or used.group not in context.vocabulary.kinds_of_groups
    same = Communicator(gone.group) == Communicator(used.group) or is_one(context, gone, used)
    attribute = isinstance(used.group, Symbol) and used.group.kind == "attribute"
    return same and not (attribute and _receiver(body, ending.node) != _receiver(body, node))


def _receiver(body: Body, node: int) -> tuple[int, ...]:
    """The object whose method a call runs; nothing for a plain function."""
    function = body.values[body.values[node].arguments[0]]
    if function.kind != "attr":
        return ()
    found = leaves(body, function.arguments[0])
    return () if all(body.values[leaf].kind in ("import", "name") for leaf in found) else found


def _is_guarded(context: Context, body: Body, block: int, ended: int) -> bool:
    """Whether a use stands under a test that is false once groups are gone, or that excludes the ending."""
    controllers = body.controllers()
    return _asks_for_groups(context, body, controllers[block] - controllers[ended]) or _excludes(
        context, body, block, ended
    )


def _is_guarded_inside(context: Context, origin: Origin) -> bool:
    """Whether a callee asks for groups before it uses one: ``if dist.is_initialized(): ...``."""
    body, block = _places(context, origin.path).get(origin.line, (None, 0))
    return body is not None and bool(origin.via) and _asks_for_groups(context, body, body.controllers()[block])


def _places(context: Context, path: str) -> dict[int, tuple[Body, int]]:
    """The collective calls of a file by line, each with where it stands."""
    found: dict[int, tuple[Body, int]] | None = context.memo.get(("places", path))  # type: ignore[assignment]
    if found is None:
        inside = context.bodies_of(lambda function_id: context.program.path(function_id.partition(":")[0]) == path)
        each = (site for body in inside for site in sites_of(context, body))
        found = context.memo["places", path] = {site.call.span.line: (site.body, site.block) for site in each}
    return found


def _asks_for_groups(context: Context, body: Body, branches: frozenset[int]) -> bool:
    for branch in branches:
        for leaf in leaves(body, body.values.conditions[branch]) if branch in body.values.conditions else ():
            if body.values[leaf].kind == "call":
                uniform = context.meanings.of_call(body, leaf).uniform
                if uniform is not None and uniform.peers:
                    return True
    return False


def _excludes(context: Context, body: Body, block: int, ended: int) -> bool:
    """Whether use and ending stand in opposite arms of two tests of one atom."""
    mine, other = _arms(context, body, block), _arms(context, body, ended)
    return any(other.get(key, truth) != truth for key, truth in mine.items())


def _arms(context: Context, body: Body, block: int) -> dict[object, bool]:
    found: dict[object, bool] = {}
    for branch in body.controllers()[block]:
        end = body.graph.blocks[branch].terminator
        if isinstance(end, BranchOn) and end.then != end.other:
            atom = context.conditions.atom(body, body.values.conditions[branch])
            for target, truth in ((end.then, True), (end.other, False)):
                if body.dominates(target, block):
                    found[atom.key] = truth == atom.positive
    return found


def _report(context: Context, body: Body, ending: Ending, node: int, used: Driven) -> Finding:
    letter = min(used, key=lambda letter: (min(o.doubt for o in used[letter]), repr(letter)))
    value = body.values[node]
    assert value.span is not None
    line = ending.call.span.line
    certain = HIGH if body.dominates(ending.block, value.block) else MEDIUM
    doubt = max(ending.doubt, min(origin.doubt for origin in used[letter]))
    through = any(origin.via for origin in used[letter]) or isinstance(ending.letters[0].communicators[0].group, Symbol)
    gone = "all process groups" if ending.everything else f"`{ending.letters[0].group}`"
    return place(
        context,
        body,
        value.span,
        Verdict(
            rule=CODES[0],
            name=NAME,
            severity="error",
            certainty=max(LOW, min(certain, MEDIUM if through else HIGH) - doubt),
            groups=tuple(sorted({c.group_name for letter in used for c in letter.communicators})),
            message=(
                f"{shown(letter, used[letter])} comes after line {line} has destroyed {gone}: ranks that get here "
                "fail at once, and those that are still before the end wait for them."
            ),
            help=HELP,
            mismatch=f"{letter!r} after {ending.letters[0]!r}",
            because=(Because(body.path, line, excerpt(context.program, body.path, ending.call.span)),),
            collectives=events(used),
        ),
    )
