"""Where a group has one member only: code behind ``world_size == 1`` runs on ranks that have no peers to differ from.

What varies is not asked here; the walk takes these axes for agreed.
"""

from __future__ import annotations

from collint.ir.graph import BranchOn
from collint.linking.conditions import Conditions
from collint.linking.keys import PEERS, Key, end_tested, tests_lone_size
from collint.linking.paths import way_to
from collint.linking.program import Body
from collint.linking.references import Communicator
from collint.uniformity.states import Axis


def alone(conditions: Conditions, body: Body, block: int, towards: int | None = None) -> frozenset[Axis]:
    """Axes along which a block (or its edge ``towards`` another) runs only where the group has one member."""
    memo: dict[tuple[int, int | None], frozenset[Axis]] = body.memo.setdefault("alone", {})  # type: ignore[assignment]
    found = memo.get((block, towards))
    if found is None:
        found = memo[block, towards] = _alone(conditions, body, block, towards)
    return found


def _alone(conditions: Conditions, body: Body, block: int, towards: int | None) -> frozenset[Axis]:
    found: frozenset[Axis] = frozenset()
    way = list(way_to(conditions, body, block))
    end = body.graph.blocks[block].terminator
    if towards is not None and isinstance(end, BranchOn) and end.then != end.other:
        atom = conditions.atom(body, body.values.conditions[block])
        way.append((atom.key, (end.then == towards) == atom.positive))
        found |= _without_group(conditions, body, body.values.conditions[block], end.then == towards)
    for key, truth in way:
        if key == PEERS and not truth:
            found |= conditions.program.vocabulary.mesh_axes
            continue
        size = _size_tested(key, truth)
        if size is not None:
            found |= _axes_of_size(conditions, size)
    return found


def alone_after(conditions: Conditions, body: Body, node: int, truth: bool) -> frozenset[Axis]:
    """Axes along which a test that turned out as ``truth`` leaves the group one member."""
    atom = conditions.atom(body, node)
    size = _size_tested(atom.key, truth == atom.positive)
    return frozenset() if size is None else _axes_of_size(conditions, size)


def between_ends(conditions: Conditions, body: Body, one: int, other: int) -> frozenset[Axis]:
    """Axes of the group about whose size ``is_first and is_last`` asks: both hold where it has one member."""
    first, last = ends_of(conditions, body, one), ends_of(conditions, body, other)
    if not first or first != {(rank, "last" if end == "first" else "first") for rank, end in last}:
        return frozenset()
    groups = (Communicator(group) for rank, _ in first for group in rank[1:])  # type: ignore[arg-type]
    return frozenset(axis for group in groups for axis in conditions.groups.axes(group))


def between_tests(conditions: Conditions, body: Body, block: int) -> frozenset[Axis]:
    """The same axes where the two ends are the tests of two branches: ``if is_first and is_last:``.

    Both tests have one other arm, so that whoever fails one of them goes the same way as who fails the other.
    """
    memo: dict[int, frozenset[Axis]] = body.memo.setdefault("between tests", {})  # type: ignore[assignment]
    found = memo.get(block)
    if found is None:
        found = memo[block] = _between_tests(conditions, body, block)
    return found


def _between_tests(conditions: Conditions, body: Body, block: int) -> frozenset[Axis]:
    end = body.graph.blocks[block].terminator
    if not isinstance(end, BranchOn) or end.is_loop or end.then == end.other:
        return frozenset()
    before = body.values.predecessors[block]
    pairs = [(block, end.then), *((one, block) for one in before if len(before) == 1)]
    for one, other in pairs:
        first, last = body.graph.blocks[one].terminator, body.graph.blocks[other].terminator
        if not isinstance(first, BranchOn) or not isinstance(last, BranchOn) or first.is_loop or last.is_loop:
            continue
        if first.then == other and first.other == last.other != last.then:
            found = between_ends(conditions, body, body.values.conditions[one], body.values.conditions[other])
            if found:
                return found
    return frozenset()


def ends_of(conditions: Conditions, body: Body, node: int) -> frozenset[tuple[Key, str]]:
    """The ends of groups that a test asks for, one for each way that the function it calls may return."""
    atom = conditions.atom(body, node)
    end = end_tested(atom.key)
    if end is not None:
        return frozenset({end}) if atom.positive else frozenset()
    functions = conditions.meanings.of_call(body, node).functions if body.values[node].kind == "call" else ()
    callee = conditions.program.body(functions[0][0]) if len(functions) == 1 else None
    found: set[tuple[Key, str]] = set()
    for _, returned in callee.values.returns if callee is not None else ():
        assert callee is not None
        test = conditions.atom(callee, returned)
        end = end_tested(test.key)
        if end is None or not test.positive:
            return frozenset()
        for group in end[0][1:]:
            inner = Communicator(group)  # type: ignore[arg-type]
            for handed in conditions.groups.substitute(inner, body, node, callee, functions[0][1]):
                found.add((("rank", handed.group), end[1]))
    return frozenset(found)


def _without_group(conditions: Conditions, body: Body, node: int, truth: bool) -> frozenset[Axis]:
    """``if group is not None: agree(value, group)``: the axes of the group, on the way where there is none."""
    value = body.values[node]
    if value.kind != "op" or value.label not in ("is", "is not") or truth != (value.label == "is"):
        return frozenset()
    group, other = value.arguments
    if body.values[other].kind != "const" or body.values[other].label != "None":
        return frozenset()
    members = conditions.evaluator.members
    if not any(members.group_of(ref) is not None for ref in conditions.evaluator.of_value(body, group)):
        return frozenset()
    communicators = conditions.groups.of_value(body, group)
    return frozenset(axis for communicator in communicators for axis in conditions.groups.axes(communicator))


def _axes_of_size(conditions: Conditions, size: Key) -> frozenset[Axis]:
    """The axes of the group whose size a key is; every axis where the size names no group."""
    if size[0] == "size":
        return frozenset(
            axis
            for group in size[1:]
            for axis in conditions.groups.axes(Communicator(group))  # type: ignore[arg-type]
        )
    return frozenset(conditions.program.vocabulary.mesh_axes)


def _size_tested(key: Key, truth: bool) -> Key | None:
    """The size that a test, by turning out as it did, finds to be one."""
    size = tests_lone_size(key)
    if size is None:
        return None
    is_bigger = key[1] == "<" and len(key) == 4 and key[2] == ("const", "1")
    return size if truth != is_bigger else None
