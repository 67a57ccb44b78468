"""Compare the rows of a pack with an unpacked package: names that it does not define, arguments that it does not take.

The package is indexed, never imported. Which packs there are, and how the answer is printed, is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from collint.knowledge.arguments import ArgumentRef, parse_argument
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Handle, Named, Row
from collint.knowledge.validate import ARGUMENT_FIELDS, tables
from collint.project.decorators import is_property, is_static
from collint.project.facts import FunctionFacts
from collint.project.index import index_module
from collint.project.modules import imported_names, is_package, mentioned_namespaces, name_modules, namespace_candidates
from collint.project.project import Project
from collint.project.targets import ClassTarget, FunctionTarget, ModuleTarget, Target, VariableTarget
from collint.record import Record
from collint.source import SourceFile, discover, read

DYNAMIC = ("torch.ops.",)
"""Names that exist only once the library has registered them."""

FIELDS_OF_OBJECTS = ("ranks", "leaders", "uniform", "named_by")
"""Of a handle: the fields that list attributes."""


class Doubt(Record, frozen=True):
    """What a package does not confirm of a row: ``place`` is ``collective[3]``, ``bounds`` its since and until."""

    place: str
    name: str
    what: str
    bounds: str = ""


class Comparison(Record, frozen=True):
    """``rows`` were looked at, ``elsewhere`` name other packages or operations registered at run time."""

    rows: int
    elsewhere: int
    doubts: tuple[Doubt, ...]


def index_package(root: Path) -> Project:
    """The package unpacked at ``root``: its modules, and stubs where there is no source (compiled modules)."""
    files = {name: read(root, name) for name in discover(root, [root])}
    for stub in sorted(root.rglob("*.pyi")):
        name = stub.relative_to(root).as_posix()
        if name.removesuffix("i") not in files:
            files[name.removesuffix("i")] = read(root, name)
    texts = {name: file.text for name, file in files.items() if isinstance(file, SourceFile)}
    paths = list(texts)
    imported = (name for text in texts.values() for name in imported_names(text))
    names = name_modules(paths, mentioned_namespaces(namespace_candidates(paths), imported))
    return Project(index_module(texts[path], path, names[path], is_package(path)) for path in paths)


def compare(pack: Pack, project: Project, release: str = "") -> Comparison:
    """What ``project`` does not confirm of ``pack``, rows for other releases than ``release`` left out."""
    own = _roots(project)
    looked_at = elsewhere = 0
    doubts: list[Doubt] = []
    for table, rows in tables(pack):
        for number, row in enumerate(rows):
            if not isinstance(row, Named) or not _in_bounds(row, release):
                continue
            names = [_plain(name) for name in (row.name, *row.also) if not name.startswith(".")]
            mine = [name for name in names if own & _starts(name) and not name.startswith(DYNAMIC)]
            if not mine:
                elsewhere += 1
                continue
            looked_at += 1
            doubts.extend(_doubts(project, table, f"{table}[{number}]", row, mine))
    return Comparison(looked_at, elsewhere, tuple(doubts))


def _roots(project: Project) -> set[str]:
    """The outermost packages that are the project's own: several packages may share the namespace around them."""
    modules = {module.name for module in project.modules()}
    return {min(_starts(name) & modules, key=len) for name in modules}


def _starts(name: str) -> set[str]:
    """``a``, ``a.b`` and ``a.b.c`` of ``a.b.c``."""
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _plain(name: str) -> str:
    """A row's name without what stands for one of several results, or for a call or a key."""
    return name.partition("[")[0].removesuffix(".__call__")


def _doubts(project: Project, table: str, place: str, row: Named, names: list[str]) -> Iterator[Doubt]:
    bounds = ", ".join(f"{word} {value}" for word, value in (("since", row.since), ("until", row.until)) if value)
    found = {name: find(project, name) for name in names}
    for name in names:
        if found[name] is None:
            yield Doubt(place, name, "is not defined", bounds)
    target = next((target for target in found.values() if target is not None), None)
    if target is not None:
        for field in ARGUMENT_FIELDS.get(table, ()):
            for spelling in _strings(getattr(row, field)):
                what = _argument_doubt(project, target, parse_argument(spelling))
                if what:
                    yield Doubt(place, row.name, f"{field} = {spelling!r}: {what}", bounds)
        if isinstance(row, Handle) and isinstance(target, ClassTarget):
            for attribute in (*row.channels, *(a for field in FIELDS_OF_OBJECTS for a in getattr(row, field))):
                if not _has_attribute(project, target.id, attribute):
                    yield Doubt(place, row.name, f"its objects have no attribute {attribute!r}", bounds)


def find(project: Project, name: str) -> Target | None:
    """What a qualified name stands for in the package: a definition, a variable, or an attribute of objects."""
    for target in project.lookup_all(name):
        if isinstance(target, (FunctionTarget, ClassTarget, VariableTarget)):
            return target
        if isinstance(target, ModuleTarget) and project.module(target.name) is not None:
            return target
    owner, _, attribute = name.rpartition(".")
    for target in project.lookup_all(owner) if owner else ():
        if isinstance(target, ClassTarget) and _has_attribute(project, target.id, attribute):
            return VariableTarget(target.id.partition(":")[0], attribute)
        if isinstance(target, FunctionTarget) and project.attribute_writers_by_name(attribute):
            return VariableTarget(target.id.partition(":")[0], attribute)
    return None


def _has_attribute(project: Project, class_id: str, attribute: str) -> bool:
    if project.member(class_id, attribute) or project.writers(class_id, attribute):
        return True
    # A class that builds on an outside one may have it from there; what is generic over attributes has any.
    return bool(project.find_method(class_id, "__getattr__"))


def _argument_doubt(project: Project, target: Target, reference: ArgumentRef) -> str:
    facts = _signature(project, target)
    if reference.role != "argument" or facts is None:
        return ""
    kinds = {parameter.kind for parameter in facts.parameters}
    places = [parameter.name for parameter in facts.parameters if parameter.kind == "positional"]
    if facts.owner is not None and not is_static(facts):
        places = places[1:]
    named = {parameter.name for parameter in facts.parameters}
    if reference.name is not None and reference.name not in named and "double-star" not in kinds:
        return f"it takes {', '.join(places) or 'nothing'}"
    position = reference.position
    if position is None or (position >= len(places) and "star" in kinds):
        return ""
    if position >= len(places):
        return f"it takes {len(places)} positional arguments"
    return "" if reference.name in (None, places[position]) else f"argument {position} is {places[position]!r}"


def _signature(project: Project, target: Target) -> FunctionFacts | None:
    """The function whose parameters a call of the target fills; None where the index cannot tell."""
    if isinstance(target, FunctionTarget):
        facts = project.function(target.id)
        return None if facts is None or is_property(facts) or (facts.decorators and not _keeps(facts)) else facts
    if isinstance(target, ClassTarget):
        method = project.find_method(target.id, "__init__") or project.find_method(target.id, "__new__")
        return project.function(method) if method else None
    return None


def _keeps(facts: FunctionFacts) -> bool:
    """Whether the decorators leave the signature as it is; unknown ones usually do, overloads never."""
    names = {getattr(decorator, "name", getattr(decorator, "id", "")) for decorator in facts.decorators}
    return "overload" not in names


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) and value else ()


def _in_bounds(row: Row, release: str) -> bool:
    if not release:
        return True
    here = _ordered(release)
    return not (row.since and here < _ordered(row.since)) and not (row.until and here > _ordered(row.until))


def _ordered(release: str) -> tuple[int, ...]:
    """The leading numbers of a release; ``0.18.1rc1`` counts as ``0.18.1``."""
    match = re.match(r"\d+(?:\.\d+)*", release)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
