"""Whether a value is an array (a tensor), whose truth a branch reads from its contents, or a list of Python's.

Which classes are arrays is said by rows of packs; what an array holds, and whether ranks differ in it, is not asked.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from collint.ir.statements import Call
from collint.ir.values import Value
from collint.knowledge.rows import Array
from collint.linking.evaluate import leaves
from collint.linking.meaning import Meanings, called_name
from collint.linking.program import Body
from collint.linking.references import ExternalObject

MAX_DEPTH = 12
# What Python makes of operands without asking them.
OF_PYTHON = frozenset({"is", "is not", "in", "not in", "and", "or", "fstring", "matches", "slice-rest"})


def is_array(meanings: Meanings, body: Body, node: int, depth: int = 0) -> bool:
    """Whether a value may be an array, as far as names and types tell."""
    memo: dict[int, bool] = body.memo.setdefault("arrays", {})  # type: ignore[assignment]
    found = memo.get(node)
    if found is None:
        if depth > MAX_DEPTH:
            return False
        memo[node] = False  # a value that is made of itself is what its other parts are
        found = memo[node] = _is_array(meanings, body, node, depth + 1)
    return found


def _is_array(meanings: Meanings, body: Body, node: int, depth: int) -> bool:
    value = body.values[node]
    if value.kind == "op":
        return value.label not in OF_PYTHON and any(is_array(meanings, body, n, depth) for n in value.arguments)
    if value.kind in ("after", "stored", "index", "awaited"):
        return is_array(meanings, body, value.arguments[0], depth)
    if value.kind in ("phi", "choose"):
        return any(is_array(meanings, body, n, depth) for n in value.arguments[value.kind == "choose" :])
    if value.kind == "call":
        return _makes_array(meanings, body, node, value, depth)
    return bool(_rows_of_class(meanings, body, node))


def _makes_array(meanings: Meanings, body: Body, node: int, value: Value, depth: int) -> bool:
    assert isinstance(value.label, Call)
    name = called_name(value.label)
    function = body.values[value.arguments[0]]
    meaning = meanings.of_call(body, node)
    if meaning.functions or meaning.rank is not None or (meaning.transfer is not None and meaning.transfer.reads):
        return bool(_rows_of_class(meanings, body, node))
    rows = [row for row in meanings.vocabulary.arrays if f"{row.made_by}.{name}" in meaning.names]
    if not rows and function.kind == "attr" and is_array(meanings, body, function.arguments[0], depth):
        rows = list(meanings.vocabulary.arrays)
    return any(not any(fnmatchcase(name, apart) for apart in row.apart) for row in rows)


def _rows_of_class(meanings: Meanings, body: Body, node: int) -> tuple[Array, ...]:
    names = {ref.class_name for ref in meanings.evaluator.of_value(body, node) if isinstance(ref, ExternalObject)}
    return tuple(row for row in meanings.vocabulary.arrays if names.intersection((row.name, *row.also)))


def is_list(body: Body, node: int) -> bool:
    """Whether a value is a Python list by the way it was made."""
    return all(
        body.values[leaf].kind == "display" and body.values[leaf].label not in ("dict", "tuple")
        for leaf in leaves(body, node)
    )
