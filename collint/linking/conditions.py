"""One name for one condition: canonical keys of values, so that the same test in other words is the same test.

Whether a condition varies is not asked here; spelling and deciding keys on their own is :mod:`collint.linking.keys`. A
key is *global* when it means the same in every function (no local value, no parameter inside).
"""

from __future__ import annotations

from itertools import islice

from collint.ir.expressions import Const
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.arguments import parse_argument
from collint.knowledge.rows import Rank
from collint.linking.always_given import literal_given
from collint.linking.binding import argument_at, bind
from collint.linking.callers import skipped
from collint.linking.groups import Groups
from collint.linking.keys import (
    ZERO,
    Atom,
    Key,
    holds,
    is_global,
    mentions,
    mentions_parameter,
    normal,
    substituted,
    tested,
)
from collint.linking.meaning import Meaning
from collint.linking.program import Body
from collint.linking.references import WORLD, ClassIs, FunctionIs, ModuleIs, ObjectIs, Ref, in_order
from collint.project.decorators import is_self

MAX_DEPTH = 14
MAX_JOINED = 200
PURE = frozenset("builtins.int builtins.bool builtins.len builtins.str builtins.isinstance".split())


class Conditions:
    """Canonical keys of values and atoms of conditions, kept per body."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.meanings = groups.meanings
        self.evaluator = groups.evaluator
        self.program = groups.evaluator.program

    def atom(self, body: Body, node: int) -> Atom:
        """The atom of a condition."""
        memo: dict[int, Atom] = body.memo.setdefault("atoms", {})  # type: ignore[assignment]
        if node not in memo:
            memo[node] = normal(self.key(body, node))
        return memo[node]

    def key(self, body: Body, node: int, depth: float = 0) -> Key:
        """The canonical key of a value."""
        memo: dict[int, Key] = body.memo.setdefault("keys", {})  # type: ignore[assignment]
        found = memo.get(node)
        if found is None:
            if depth > MAX_DEPTH:
                return ("local", body.id, node)
            memo[node] = ("local", body.id, node)  # what a cyclic definition sees of itself
            value = body.values[node]
            # Joins and what calls leave unchanged nest without making a key larger.
            found = memo[node] = self._key(body, node, value, depth + (0.25 if value.kind in ("phi", "after") else 1))
        return found

    def _key(self, body: Body, node: int, value: Value, depth: float) -> Key:
        kind = value.kind
        if kind == "const":
            return ("const", value.label)
        if kind == "parameter":
            return self._parameter(body, str(value.label))
        if kind == "name":
            return self._name(body, node, str(value.label))
        if kind == "attr":
            return self._attribute(body, node, value, depth)
        if kind == "op":
            return ("op", value.label, *(self.key(body, argument, depth) for argument in value.arguments))
        part = self.meanings.part_of_call(body, node) if kind == "index" else None
        if part is not None:
            return tested(("rank", part.of), part.test) if isinstance(part, Rank) else ("size", part.of)
        if kind in ("index", "display", "choose"):
            return (kind, value.label, *(self.key(body, argument, depth) for argument in value.arguments))
        if kind == "call":
            return self._call(body, node, value, depth)
        if kind == "after":
            return self._after(body, node, value, depth)
        if kind == "phi":
            return self._phi(body, node, value, depth)
        return ("local", body.id, node)

    def _phi(self, body: Body, node: int, value: Value, depth: float) -> Key:
        """A join of equal values is that value, however often a loop hands it round."""
        memo: dict[int, Key] = body.memo["keys"]  # type: ignore[assignment]
        before = len(memo)
        itself: Key = ("local", body.id, node)
        joined = {self.key(body, leaf, depth) for leaf in self._joined(body, node)}
        if len(joined) == 1 and itself not in joined:
            keys = joined
        else:
            keys = {self.key(body, argument, depth) for argument in value.arguments} - {itself}
        if len(keys) != 1:
            return itself
        # What was keyed on the way round took this join for a value of its own.
        for met in [other for other in islice(memo, before, None) if holds(memo[other], itself)]:
            del memo[met]
        return keys.pop()

    def _joined(self, body: Body, node: int) -> tuple[int, ...]:
        """The values that meet in a join, seen through other joins and calls that leave them alone; none if many."""
        work, seen, found = [node], {node}, set()
        while work:
            current = work.pop()
            value = body.values[current]
            if value.kind == "phi":
                following = value.arguments
            elif value.kind == "after" and self._is_kept(body, current, value):
                following = value.arguments[:1]
            else:
                found.add(current)
                continue
            work += [other for other in following if other not in seen]
            seen.update(following)
            if len(seen) > MAX_JOINED:
                return ()
        return tuple(sorted(found))

    def _parameter(self, body: Body, name: str) -> Key:
        facts = self.program.facts(body.id)
        if facts is not None and is_self(facts, name):
            return ("object", f"{facts.module}:{facts.owner}")
        return ("parameter", body.id, name)

    def _name(self, body: Body, node: int, name: str) -> Key:
        refs = self.evaluator.of_value(body, node)
        if len(refs) == 1:
            ref = next(iter(refs))
            if isinstance(ref, (FunctionIs, ClassIs, ModuleIs)):
                return ("definition", repr(ref))
        return ("global", body.module, name)

    def _attribute(self, body: Body, node: int, value: Value, depth: float) -> Key:
        base, name = value.arguments[0], str(value.label)
        refs = self.evaluator.of_value(body, base)
        test = self._rank_attribute(refs, name)
        if test is not None:
            return test
        assigned = self._constant_attribute(refs, name, depth)
        if assigned is not None:
            return assigned
        return ("attr", self.key(body, base, depth), name)

    def _rank_attribute(self, refs: frozenset[Ref], name: str) -> Key | None:
        """Rank attributes of groups and packs: ``group.rank_in_group``, ``group.is_first_rank``."""
        members = self.evaluator.members
        for ref in in_order(refs):
            handle = members.handle(ref)
            group = members.group_of(ref)
            if handle is not None and group is not None:
                rank: Key = ("rank", group.group)
                if name in handle.ranks:
                    return rank
                if name == "world_size" and name in handle.uniform:
                    return ("size", group.group)
                if name in handle.leaders:
                    return ("op", "==", rank, ZERO) if "first" in name else ("leader", name, rank)
            if isinstance(ref, ObjectIs):
                row = next(
                    (
                        r
                        for c in members.class_names(ref.class_id)
                        if (r := self.program.vocabulary.rank(f"{c}.{name}", "attribute"))
                    ),
                    None,
                )
                if row is not None:
                    return tested(("rank", row.of), row.test)
        return None

    def _constant_attribute(self, refs: frozenset[Ref], name: str, depth: float) -> Key | None:
        """An attribute that is written once, in a constructor, with a value that means the same everywhere."""
        if len(refs) != 1:
            return None
        ref = next(iter(refs))
        if not isinstance(ref, ObjectIs):
            return None
        writers = self.evaluator.project.writers(ref.class_id, name)
        if len(writers) != 1 or not writers[0].function_id.endswith(".__init__"):
            return None
        body = self.program.body(writers[0].function_id)
        if body is None:
            return None
        for store in body.values.stores:
            if store.name == name:
                key = self.key(body, store.value, depth)
                if key[:2] == ("parameter", body.id):
                    return literal_given(self.evaluator, self.program, body, ref.class_id, (name, str(key[2])))
                return key if is_global(key) and key[0] != "const" else None
        return None

    def _after(self, body: Body, node: int, value: Value, depth: float) -> Key:
        """A value after a call that had it: the same value, unless the call is known to change it."""
        if self._is_kept(body, node, value):
            return self.key(body, value.arguments[0], depth)
        return ("local", body.id, node)

    def _is_kept(self, body: Body, node: int, value: Value) -> bool:
        memo: dict[int, bool] = body.memo.setdefault("kept", {})  # type: ignore[assignment]
        if node not in memo:
            memo[node] = self._leaves_alone(body, value)
        return memo[node]

    def _leaves_alone(self, body: Body, value: Value) -> bool:
        """Whether the call of an ``after`` leaves the value as it was."""
        effect = value.label
        role = getattr(effect, "role", "")
        call = value.arguments[1]
        meaning = self.meanings.of_call(body, call)
        if role == "object":
            return not self.program_writes(meaning.functions, getattr(effect, "attribute", ""))
        if role != "argument":
            return False
        if meaning.functions and meaning.collective is None:
            return self._keeps(meaning.functions, body, call, effect)
        return meaning.p2p is None and self._unchanged(meaning, body, call, effect)

    def _unchanged(self, meaning: Meaning, body: Body, call: int, effect: object) -> bool:
        """Whether an outside call leaves an argument alone: a collective changes only what it agrees on."""
        row = meaning.collective or meaning.agreement
        site = body.values[call].label
        assert isinstance(site, Call)
        spellings = row.agrees if row is not None else ()
        changed = {argument_at(parse_argument(spelling), site.arguments) for spelling in spellings}
        return getattr(effect, "position", -1) not in changed

    def _keeps(self, functions: tuple[tuple[str, Ref], ...], body: Body, call: int, effect: object) -> bool:
        """Whether no candidate callee changes the argument; those that reach no event are not looked into."""
        site = body.values[call].label
        assert isinstance(site, Call)
        reaching: frozenset[str] = self.program.memo.get("reaching", frozenset())  # type: ignore[assignment]
        for function_id, ref in functions:
            callee = self.program.body(function_id) if function_id in reaching else None
            facts = self.program.facts(function_id)
            if callee is None or facts is None:
                continue
            bound = bind(facts.parameters, site.arguments, skipped(self.evaluator, facts, ref))
            for name, position in bound.items():
                if position == getattr(effect, "position", -1) and self._changes(callee, name):
                    return False
        return True

    def _changes(self, callee: Body, name: str) -> bool:
        """Whether a parameter holds something else on return, for all that is known."""
        final = callee.values.finals.get(name)
        return final is not None and self.key(callee, final) != self._parameter(callee, name)

    def program_writes(self, functions: tuple[tuple[str, Ref], ...], attribute: str) -> bool:
        """Whether a candidate callee, or what it calls on the same object, writes an attribute of this name."""
        writers = {write.function_id for write in self.evaluator.project.attribute_writers_by_name(attribute)}
        return any(function_id in writers for function_id, _ in functions)

    # ------------------------------------------------------------------------------------------------- calls

    def _call(self, body: Body, node: int, value: Value, depth: float) -> Key:
        meaning = self.meanings.of_call(body, node)
        if meaning.rank is not None:
            group = sorted(self.groups.of_rank(body, node, meaning), key=repr)
            return tested(("rank", *(communicator.group for communicator in group)), meaning.rank.test)
        if any(name.endswith((".get_world_size", "_world_size", ".ProcessGroup.size")) for name in meaning.names):
            sized = self._size(body, node, meaning)
            if sized is not None:
                return sized
        if meaning.uniform is not None and meaning.uniform.peers:
            return ("peers",)
        if meaning.is_accessor or meaning.uniform is not None or set(meaning.names) & PURE:
            arguments = tuple(self.key(body, argument, depth) for argument in value.arguments[1:])
            if meaning.names and meaning.names[0] in ("builtins.int", "builtins.bool") and len(arguments) == 1:
                return arguments[0]
            return ("call", meaning.names[0] if meaning.names else "", *arguments)
        if len(meaning.functions) == 1:
            return self._project_call(body, node, value, meaning.functions[0], depth)
        return ("local", body.id, node)

    def _size(self, body: Body, node: int, meaning: Meaning) -> Key | None:
        """How many ranks a group has: ``dist.get_world_size(group)``."""
        if meaning.uniform is None or meaning.functions:
            return None
        arguments = body.values[node].arguments[1:]
        receiver = self.meanings.argument(body, node, "receiver")
        if any(name.endswith(".ProcessGroup.size") for name in meaning.names) and receiver is not None:
            arguments = (receiver,)
        groups = self.groups.of_value(body, arguments[0]) if arguments else frozenset({WORLD})
        return ("size", *(group.group for group in sorted(groups, key=repr)))

    def _project_call(self, body: Body, node: int, value: Value, target: tuple[str, Ref], depth: float) -> Key:
        function_id, ref = target
        callee = self.program.body(function_id)
        if callee is None or not isinstance(ref, FunctionIs) or len(callee.graph.blocks) > 24:
            return ("local", body.id, node)
        if len(callee.values.returns) == 1:
            key = self.key(callee, callee.values.returns[0][1], depth)
            key = self.substitute(key, body, node, callee, ref, depth)
            if not mentions(key, callee.id):
                return key
        arguments = tuple(self.key(body, argument, depth) for argument in value.arguments[1:])
        receiver = body.values[value.arguments[0]]
        if ref.bound and receiver.kind == "attr":
            arguments = (self.key(body, receiver.arguments[0], depth), *arguments)
        if callee.values.calls and any(
            self.meanings.of_call(callee, site.node).is_event for site in callee.values.calls
        ):
            return ("local", body.id, node)
        if callee.values.stores or not callee.values.returns:
            return ("local", body.id, node)
        return ("call", function_id, *arguments)

    def substitute(self, key: Key, body: Body, node: int, callee: Body, ref: Ref, depth: float = 0) -> Key:
        """A callee's key in the caller's terms at one call: its parameters become the caller's arguments."""
        key = self.groups.substituted(key, body, node, callee, ref)
        if not mentions_parameter(key, callee.id):
            return key
        facts = self.program.facts(callee.id)
        call = body.values[node].label
        if facts is None or not isinstance(call, Call):
            return key
        positions = bind(facts.parameters, call.arguments, skipped(self.evaluator, facts, ref))
        arguments = body.values[node].arguments[1:]
        table: dict[str, Key] = {}
        for parameter in facts.parameters:
            if parameter.name in positions:
                table[parameter.name] = self.key(body, arguments[positions[parameter.name]], depth)
            elif isinstance(parameter.default, Const):
                table[parameter.name] = ("const", parameter.default.text)
        return substituted(key, callee.id, table)
