"""Places of a release where a mistake can be planted: statements with a collective that all ranks are meant to reach.

Found with ``ast`` alone, so that what collint can see has no say in where it is tested. A spot is a call of
``torch.distributed``, of a library's wrapper by its public name, or of a function that issues such a call
unconditionally and whose name no other function of the release has. Left out is what stands below a test of a rank
already: there a further mistake may be none. Which mistakes are planted is in :mod:`benchmarks.mutations.operators`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Union

COLLECTIVES = frozenset(
    """all_gather all_gather_into_tensor all_gather_object all_reduce all_to_all all_to_all_single barrier broadcast
    broadcast_object_list gather gather_object reduce reduce_scatter reduce_scatter_tensor scatter
    scatter_object_list""".split()
)
WRAPPERS = frozenset(
    """tensor_model_parallel_all_gather tensor_model_parallel_all_reduce tensor_model_parallel_gather
    tensor_model_parallel_reduce_scatter broadcast_tensor_dict wait_for_everyone gather_for_metrics
    reduce_from_tensor_model_parallel_region gather_from_tensor_model_parallel_region
    gather_from_sequence_parallel_region reduce_scatter_to_sequence_parallel_region""".split()
)
"""What libraries document as collectives and define more than once, or through objects."""
HOPS = 2
"""So many calls may lie between a spot and the collective that it reaches."""
_RANKISH = re.compile(r"rank|stage|leader|driver|process_index|is_(main|first|last|master|local|primary)|main_process")
_DEFINITION = re.compile(r"^[ \t]*(?:async )?def (\w+)", re.MULTILINE)
_SKIPPED = re.compile(r"(^|/)(tests?|benchmarks?|examples?|test_utils)/")

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Simple = (ast.Expr, ast.Assign, ast.Return)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A function that issues a collective: the file that defines it (none for a wrapper), and how many calls below."""

    path: str
    hops: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A statement that issues a collective, in its function.

    ``op`` is the last name of what is called, ``group`` the text of a plain call's ``group`` argument, ``dist`` how the
    module spells ``torch.distributed``. ``hops`` counts the functions in between. ``loop`` is the innermost ``for``
    around it, ``following`` the statements after it in its block.
    """

    path: str
    function: str
    statement: ast.Expr | ast.Assign | ast.Return
    call: ast.Call
    op: str
    group: str
    dist: str
    hops: int
    loop: ast.For | None
    following: tuple[ast.stmt, ...]
    can_return: bool

    @property
    def payload(self) -> str:
        """The first argument where it is a plain name; else empty."""
        first = self.call.args[0] if self.call.args else None
        return first.id if isinstance(first, ast.Name) else ""

    @property
    def is_wide(self) -> bool:
        """Whether it is a plain call on the default group."""
        return self.hops == 0 and self.group == "" and self.op in COLLECTIVES


def spots(texts: Mapping[str, str]) -> tuple[Spot, ...]:
    """Every spot of a release, given its files by path, in order. Files that do not parse have none."""
    own = {path: text for path, text in sorted(texts.items()) if not _SKIPPED.search(path)}
    defined = Counter(name for text in own.values() for name in _DEFINITION.findall(text))
    issuing: dict[str, Issuer] = {name: Issuer("", 1) for name in WRAPPERS}
    modules: dict[str, ast.Module | None] = {}
    found: list[Spot] = []
    for hops in range(HOPS + 1):
        called = re.compile(rf"\b({'|'.join(sorted(COLLECTIVES | set(issuing)))})\(")
        found = []
        for path, text in own.items():
            if called.search(text):
                tree = modules[path] if path in modules else modules.setdefault(path, _parsed(text))
                found += _in_module(path, tree, issuing) if tree is not None else ()
        for spot in found:
            name = spot.function.rpartition(".")[2]
            if spot.hops == hops and defined[name] == 1 and _is_unconditional(spot, modules[spot.path]):
                issuing.setdefault(name, Issuer(spot.path, hops + 1))
    return tuple(spot for spot in found if spot.hops <= HOPS)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _is_unconditional(spot: Spot, module: ast.Module | None) -> bool:
    """Whether a spot's statement stands in the outermost block of its function, or in a ``with`` there."""
    name = spot.function.rpartition(".")[2]
    for node in ast.walk(module or ast.Module([], [])):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            blocks = [node.body, *(one.body for one in node.body if isinstance(one, ast.With))]
            return any(spot.statement is one for block in blocks for one in block)
    return False


def _in_module(path: str, tree: ast.Module, issuing: Mapping[str, Issuer]) -> Iterator[Spot]:
    names = _Names(tree)
    if names.dist:
        for function, qualified in _functions(tree.body, ""):
            has_yield = any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function))
            walk = _Walk(path, qualified, names, issuing, can_return=not has_yield)
            yield from walk.block(function.body, None)


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[Function, str]]:
    """Functions and methods with their qualified names, those inside functions left out."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("test"):
            yield node, prefix + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")


class _Names:
    """How a module spells ``torch.distributed`` and what it took from there. ``dist`` is empty where it has no name."""

    def __init__(self, tree: ast.Module) -> None:
        self.modules: list[str] = []
        self.taken: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        for node in tree.body:
            if isinstance(node, ast.Import):
                for name in node.names:
                    if name.name == "torch.distributed" and name.asname:
                        self.modules.append(name.asname)
                    elif name.name in ("torch", "torch.distributed") and not name.asname:
                        self.modules.append("torch.distributed")
            elif isinstance(node, ast.ImportFrom):
                for name in node.names:
                    self.sources[name.asname or name.name] = (node.module or "").rpartition(".")[2]
                    if (node.module, name.name) == ("torch", "distributed"):
                        self.modules.append(name.asname or name.name)
                    elif node.module == "torch.distributed":
                        self.taken[name.asname or name.name] = name.name
        self.dist = min(self.modules, key=lambda name: (name == "torch.distributed", name), default="")

    def op(self, call: ast.Call) -> str:
        """The collective of ``torch.distributed`` that is called; empty for anything else."""
        last = _last_name(call)
        if last not in COLLECTIVES and last not in self.taken:
            return ""
        owner = ast.unparse(call.func).rpartition(".")[0]
        name = last if owner in self.modules else self.taken.get(last, "") if not owner else ""
        return name if name in COLLECTIVES else ""

    def is_issuer(self, call: ast.Call, name: str, issuer: Issuer, path: str) -> bool:
        """Whether a call is one of an issuing function, as far as the text of this module tells."""
        if not issuer.path:
            return True
        owner = ast.unparse(call.func).rpartition(".")[0]
        here = issuer.path == path
        return here if owner == "self" else not owner and (here or self.sources.get(name) == PurePath(issuer.path).stem)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walks the blocks of one function."""

    path: str
    function: str
    names: _Names
    issuing: Mapping[str, Issuer]
    can_return: bool

    def block(self, body: list[ast.stmt], loop: ast.For | None) -> Iterator[Spot]:
        for index, node in enumerate(body):
            if isinstance(node, Simple):
                found = self._spot(node, loop, tuple(body[index + 1 :]))
                if found is not None:
                    yield found
            elif isinstance(node, ast.If) and not _RANKISH.search(ast.unparse(node.test)):
                yield from self.block(node.body, loop)
                yield from self.block(node.orelse, loop)
            elif isinstance(node, ast.For):
                yield from self.block(node.body, node)
            elif isinstance(node, (ast.With, ast.Try)):
                yield from self.block(node.body, loop)

    def _spot(
        self, node: ast.Expr | ast.Assign | ast.Return, loop: ast.For | None, following: tuple[ast.stmt, ...]
    ) -> Spot | None:
        for call in _calls(node):
            op = self.names.op(call)
            name = op or _last_name(call)
            issuer = self.issuing.get(name)
            if op or (issuer is not None and self.names.is_issuer(call, name, issuer, self.path)):
                group = next((word.value for word in call.keywords if word.arg == "group"), None)
                text = "" if group is None or not op else ast.unparse(group)
                hops = 0 if op or issuer is None else issuer.hops
                return Spot(
                    self.path, self.function, node, call, name, text, self.names.dist, hops, loop, following,
                    self.can_return,
                )  # fmt: skip
        return None


def _last_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that run whenever a statement does: none behind ``and``, ``if`` or in a function of its own."""
    if isinstance(node, (ast.Lambda, ast.BoolOp, ast.IfExp, ast.comprehension, ast.GeneratorExp, ast.ListComp)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _calls(child)
    if isinstance(node, ast.Call):
        yield node
