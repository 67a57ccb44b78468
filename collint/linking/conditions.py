"""One name for one condition: canonical keys of values, so that the same test in other words is the same test.

``rank == 0``, ``not rank`` and ``rank != 0`` are one key with two signs, in one function or in several. A key is a
nested tuple; it is *global* when it means the same in every function (no local value, no parameter inside). Whether a
condition varies is not asked here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from collint.ir.expressions import Const
from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.arguments import parse_argument
from collint.linking.binding import argument_at, bind
from collint.linking.callers import skipped
from collint.linking.groups import Groups
from collint.linking.meaning import Meaning
from collint.linking.program import Body
from collint.linking.references import WORLD, ClassIs, FunctionIs, ModuleIs, ObjectIs, Ref

Key = tuple[object, ...]
MAX_DEPTH = 14
NEGATIONS = {"!=": "==", "is not": "is", "not in": "in", ">=": "<", "<=": "<"}
TRUE: Key = ("const", "True")
FALSE: Key = ("const", "False")
ZERO: Key = ("const", "0")
PURE = frozenset("builtins.int builtins.bool builtins.len builtins.str builtins.isinstance".split())


class Atom(NamedTuple):
    """A condition: ``key`` is true when ``positive``, else false."""

    key: Key
    positive: bool


class Conditions:
    """Canonical keys of values and atoms of conditions, kept per body."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.meanings = groups.meanings
        self.evaluator = groups.evaluator
        self.program = groups.evaluator.program
        self._calls: dict[str, Key | None] = {}

    def atom(self, body: Body, node: int) -> Atom:
        """The atom of a condition."""
        memo: dict[int, Atom] = body.memo.setdefault("atoms", {})  # type: ignore[assignment]
        if node not in memo:
            memo[node] = normal(self.key(body, node))
        return memo[node]

    def key(self, body: Body, node: int, depth: int = 0) -> Key:
        """The canonical key of a value."""
        memo: dict[int, Key] = body.memo.setdefault("keys", {})  # type: ignore[assignment]
        found = memo.get(node)
        if found is None:
            if depth > MAX_DEPTH:
                return ("local", body.id, node)
            memo[node] = ("local", body.id, node)  # what a cyclic definition sees of itself
            found = memo[node] = self._key(body, node, body.values[node], depth + 1)
        return found

    def _key(self, body: Body, node: int, value: Value, depth: int) -> Key:
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
        if kind in ("index", "display", "choose"):
            return (kind, value.label, *(self.key(body, argument, depth) for argument in value.arguments))
        if kind == "call":
            return self._call(body, node, value, depth)
        if kind == "after":
            return self._after(body, node, value, depth)
        if kind == "phi":
            keys = {self.key(body, argument, depth) for argument in value.arguments}
            keys.discard(("local", body.id, node))
            if len(keys) == 1:
                return keys.pop()
        return ("local", body.id, node)

    def _parameter(self, body: Body, name: str) -> Key:
        facts = self.program.facts(body.id)
        if facts is not None and facts.parameters and facts.parameters[0].name == name and facts.owner is not None:
            return ("object", f"{facts.module}:{facts.owner}")
        return ("parameter", body.id, name)

    def _name(self, body: Body, node: int, name: str) -> Key:
        refs = self.evaluator.of_value(body, node)
        if len(refs) == 1:
            ref = next(iter(refs))
            if isinstance(ref, (FunctionIs, ClassIs, ModuleIs)):
                return ("definition", repr(ref))
        return ("global", body.module, name)

    def _attribute(self, body: Body, node: int, value: Value, depth: int) -> Key:
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
        for ref in refs:
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
                    return _tested(("rank", row.of), row.test)
        return None

    def _constant_attribute(self, refs: frozenset[Ref], name: str, depth: int) -> Key | None:
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
                return key if is_global(key) and key[0] != "const" else None
        return None

    def _after(self, body: Body, node: int, value: Value, depth: int) -> Key:
        """A value after a call that had it: the same value, unless the call is known to change it."""
        effect = value.label
        role = getattr(effect, "role", "")
        call = value.arguments[1]
        meaning = self.meanings.of_call(body, call)
        if role == "object":
            name = getattr(effect, "attribute", "")
            if not self.program_writes(meaning.functions, name):
                return self.key(body, value.arguments[0], depth)
        elif role == "argument":
            known = meaning.collective or meaning.p2p or meaning.agreement or meaning.functions
            if not known or (meaning.functions and self._keeps(meaning.functions, body, call, effect)):
                return self.key(body, value.arguments[0], depth)
        return ("local", body.id, node)

    def _unchanged(self, meaning: Meaning, body: Body, call: int, effect: object) -> bool:
        """Whether an outside call leaves an argument alone: a collective changes only what it agrees on."""
        row = meaning.collective or meaning.agreement
        site = body.values[call].label
        assert isinstance(site, Call)
        spellings = row.agrees if row is not None else ()
        changed = {argument_at(parse_argument(spelling), site.arguments) for spelling in spellings}
        return getattr(effect, "position", -1) not in changed

    def _keeps(self, functions: tuple[tuple[str, Ref], ...], body: Body, call: int, effect: object) -> bool:
        """Whether no candidate callee changes the argument, as far as bodies already lowered tell."""
        site = body.values[call].label
        assert isinstance(site, Call)
        for function_id, ref in functions:
            callee = self.program.bodies.get(function_id)
            facts = self.program.facts(function_id)
            if callee is None or facts is None:
                continue
            bound = bind(facts.parameters, site.arguments, skipped(self.evaluator, facts, ref))
            for name, position in bound.items():
                if position == getattr(effect, "position", -1) and name in callee.values.finals:
                    return False
        return True

    def program_writes(self, functions: tuple[tuple[str, Ref], ...], attribute: str) -> bool:
        """Whether a candidate callee, or what it calls on the same object, writes an attribute of this name."""
        writers = {write.function_id for write in self.evaluator.project.attribute_writers_by_name(attribute)}
        return any(function_id in writers for function_id, _ in functions)

    # ------------------------------------------------------------------------------------------------- calls

    def _call(self, body: Body, node: int, value: Value, depth: int) -> Key:
        meaning = self.meanings.of_call(body, node)
        if meaning.rank is not None:
            group = sorted(self.groups.of_rank(body, node, meaning), key=repr)
            return _tested(("rank", *(communicator.group for communicator in group)), meaning.rank.test)
        if any(name.endswith((".get_world_size", "_world_size")) for name in meaning.names):
            sized = self._size(body, node, meaning)
            if sized is not None:
                return sized
        if meaning.is_accessor or set(meaning.names) & PURE:
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
        groups = self.groups.of_value(body, arguments[0]) if arguments else frozenset({WORLD})
        return ("size", *(group.group for group in sorted(groups, key=repr)))

    def _project_call(self, body: Body, node: int, value: Value, target: tuple[str, Ref], depth: int) -> Key:
        function_id, ref = target
        callee = self.program.body(function_id)
        if callee is None or not isinstance(ref, FunctionIs) or len(callee.graph.blocks) > 24:
            return ("local", body.id, node)
        if len(callee.values.returns) == 1:
            key = self.key(callee, callee.values.returns[0][1], depth)
            key = self.substitute(key, body, node, callee, ref, depth)
            if not _mentions(key, callee.id):
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

    def substitute(self, key: Key, body: Body, node: int, callee: Body, ref: Ref, depth: int = 0) -> Key:
        """A callee's key in the caller's terms at one call: its parameters become the caller's arguments."""
        if not _mentions_parameter(key, callee.id):
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
        return _replace(key, callee.id, table)


# ---------------------------------------------------------------------------------------------------- pure helpers


def normal(key: Key) -> Atom:
    """Bring a key to its normal spelling, and tell whether that is the key or its negation."""
    positive = True
    while True:
        if key[:2] == ("op", "not"):
            key, positive = key[2], not positive  # type: ignore[assignment]
            continue
        if key[0] == "op" and key[1] in NEGATIONS and len(key) == 4:
            left, right = (key[2], key[3]) if key[1] != "<=" else (key[3], key[2])
            key, positive = ("op", NEGATIONS[str(key[1])], left, right), not positive
            continue
        if key[0] == "op" and key[1] == ">" and len(key) == 4:
            key = ("op", "<", key[3], key[2])
            continue
        simpler = _simpler(key)
        if simpler is None:
            return Atom(key, positive)
        key = simpler


def _simpler(key: Key) -> Key | None:
    """Rewrite comparisons of ranks (never negative), and comparisons with True, False and one-element lists."""
    if _is_rank(key):
        return ("op", "not", ("op", "==", key, ZERO))
    if key[0] != "op" or len(key) != 4:
        return None
    operator, left, right = key[1], key[2], key[3]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if operator == "==" and left[0] == "const" and right[0] != "const":
        return ("op", "==", right, left)
    if operator in ("==", "is") and right == TRUE:
        return left
    if operator in ("==", "is") and right == FALSE:
        return ("op", "not", left)
    if operator == "<" and left == ZERO and _is_rank(right):
        return ("op", "not", ("op", "==", right, ZERO))
    if operator == "<" and _is_rank(left) and right == ("const", "1"):
        return ("op", "==", left, ZERO)
    if operator == "in" and right[0] == "display" and len(right) == 3:
        return ("op", "==", left, right[2])
    return None


def _is_rank(key: Key) -> bool:
    last = key[-1] if key[0] in ("attr", "parameter", "global") else key[1] if key[0] == "call" else ""
    return key[0] == "rank" or (isinstance(last, str) and last.rpartition(".")[2].rpartition("_")[2] == "rank")


def _tested(rank: Key, test: str) -> Key:
    if not test:
        return rank
    operator, _, constant = test.partition(" ")
    return ("op", operator, rank, ("const", constant)) if constant.isdigit() else ("leader", test, rank)


def is_global(key: object) -> bool:
    """Whether a key means the same in every function."""
    if not isinstance(key, tuple):
        return True
    if key and key[0] in ("local", "parameter"):
        return False
    return all(is_global(part) for part in key)


def _mentions(key: object, owner: str) -> bool:
    if not isinstance(key, tuple):
        return False
    if len(key) > 1 and key[0] in ("local", "parameter") and key[1] == owner:
        return True
    return any(_mentions(part, owner) for part in key)


def _mentions_parameter(key: object, owner: str) -> bool:
    if not isinstance(key, tuple):
        return False
    if key[:2] == ("parameter", owner):
        return True
    return any(_mentions_parameter(part, owner) for part in key)


def _replace(key: Key, owner: str, table: Mapping[str, Key]) -> Key:
    if key[:2] == ("parameter", owner) and key[2] in table:
        return table[str(key[2])]
    return tuple(_replace(part, owner, table) if isinstance(part, tuple) else part for part in key)


def decide(key: Key, assumption: Mapping[Key, bool]) -> bool | None:
    """The truth of a normal key under assumed atoms; None when they do not settle it."""
    if key in assumption:
        return assumption[key]
    if key[0] == "const":
        return key[1] not in ("False", "None", "0", "''")
    if key[0] == "op" and key[1] in ("and", "or"):
        return _decide_junction(key, assumption)
    if key[0] == "op" and len(key) == 4:
        settled = _settled(key)
        if settled is not None:
            return settled
        for assumed, truth in assumption.items():
            if truth and assumed[:2] == ("op", "==") and assumed[2] in (key[2], key[3]):
                return _compare(key, assumed[2], assumed[3])
    return None


def _settled(key: Key) -> bool | None:
    """The truth of a comparison on its own: of two literals, or of a group's size with one, for groups have peers."""
    left, right = key[2], key[3]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if key[1] in ("==", "<") and tests_lone_size(key) is not None:
        return key[1] == "<" and left == ("const", "1")
    if left[0] == "const" and right[0] == "const":
        if key[1] == "is":
            return bool(left[1] == right[1])
        return _compare(key, left, left)
    if key[1] == "is" and ("const", "None") in (left, right):
        other = left if right == ("const", "None") else right
        return False if other[0] in ("display", "size", "rank", "definition") else None
    return None


def tests_lone_size(key: Key) -> Key | None:
    """The size that ``size == 1``, ``1 < size`` or ``size < 2`` tests, whatever the answer; None for other keys."""
    if key[0] != "op" or len(key) != 4:
        return None
    left, right = key[2], key[3]
    one, two = ("const", "1"), ("const", "2")
    if key[1] in ("==", "<") and right == (one if key[1] == "==" else two):
        size = left
    elif key[1] == "<" and left == one:
        size = right
    else:
        return None
    assert isinstance(size, tuple)
    return size if size[0] == "size" or is_size_name(str(size[-1])) else None


def is_size_name(name: str) -> bool:
    """Whether a name says that it holds how many ranks a group has."""
    name = name.rpartition(".")[2].lower()
    return name.endswith(("world_size", "parallel_size", "dp_size", "tp_size", "ep_size", "pp_size"))


def _decide_junction(key: Key, assumption: Mapping[Key, bool]) -> bool | None:
    stop = key[1] == "or"
    results = []
    for part in key[2:]:
        assert isinstance(part, tuple)
        atom = normal(part)
        truth = decide(atom.key, assumption)
        results.append(truth if truth is None else truth == atom.positive)
    if stop in results:
        return stop
    return None if None in results else not stop


def _compare(key: Key, subject: object, constant: object) -> bool | None:
    """Evaluate a comparison of ``subject``, which equals ``constant``, with another literal."""
    sides = [constant if side == subject else side for side in key[2:]]
    if not all(isinstance(side, tuple) and side[0] == "const" for side in sides):
        return None
    try:
        left, right = (ast.literal_eval(str(side[1])) for side in sides)  # type: ignore[index]
        if key[1] == "==":
            return bool(left == right)
        if key[1] == "<":
            return bool(left < right)
    except (ValueError, TypeError, SyntaxError):
        return None
    return None
