"""Follows a name to what it stands for: imports, re-exports, star imports, submodules and members of classes.

Only names and dotted chains of them are followed; what an expression evaluates to is not known here. Every alternative
counts (``try``/``except ImportError``, ``if``/``else``), so that each answer is a tuple, likeliest first:
definitions, then imports, then plain variables.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from collint.ir.expressions import dotted
from collint.project.asked import MODULE
from collint.project.facts import MODULE_BODY, ModuleFacts, enclosing
from collint.project.files import Files
from collint.project.hierarchy import Hierarchy
from collint.project.modules import aliases, is_package, package_folders
from collint.project.scopes import ModuleScopes
from collint.project.steps import Answers
from collint.project.targets import ClassTarget, ExternalTarget, FunctionTarget, ModuleTarget, Target, VariableTarget

_BUILTINS = frozenset(dir(builtins))
_Seen = frozenset[str]
_NOT_SEEN: _Seen = frozenset()
_Key = TypeVar("_Key", str, tuple[str, ...])


class Names:
    """The name tables of a project. Tables of a module are made when it is first looked into."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.hierarchy = Hierarchy(self)
        self._by_path = {path: name for name, path in files.paths.items()}
        self._aliases: dict[str, str] = {}
        self._imported_as: dict[str, str] = {}
        for name, path in files.paths.items():
            for alias in aliases(path, name):
                self._aliases.setdefault(alias, name)
        every = [*files.paths, *self._aliases]
        self._roots = {name.partition(".")[0] for name in every}
        self._folders = _prefixes(every)
        self._packages = package_folders(self._by_path)
        self._stars: Answers[str, tuple[list[str], list[str]]] = Answers(files.asked)
        self._scopes: dict[str, ModuleScopes] = {}
        self._found: Answers[str, tuple[Target, ...]] = Answers(files.asked)
        self._found_in: Answers[tuple[str, ...], tuple[Target, ...]] = Answers(files.asked)
        self.cuts = 0
        """How often a way was not followed on because it was being followed already: such an answer is not kept."""

    def at_path(self, path: str) -> str | None:
        """The name of the module whose file has this path."""
        return self._by_path.get(path)

    def canonical(self, name: str) -> str | None:
        """The project's name of the module that an import calls ``name``; None when there is none."""
        return name if name in self.files.paths else self._aliases.get(name)

    def _called(self, name: str) -> str | None:
        """As :meth:`canonical`, for whoever rests on it."""
        self.files.asked.note(MODULE, name)
        return self.canonical(name)

    def known_by(self, path: str, name: str) -> frozenset[str]:
        """All names of a module at a path, and of what is around it: those that mean something else where it comes."""
        own = [name, *aliases(path, name)]
        return frozenset(own) | _prefixes(own)

    def beside(self, path: str) -> Iterator[str]:
        """The modules to which a file at a path is known by its bare name: it is beside them, or their package."""
        folder, _, file = path.rpartition("/")
        first = file.removesuffix(".py")
        for module, entry in self.files.concordance.entries.items():
            if first in entry.roots and self._outside(self.files.paths[module]) == folder:
                yield module

    def as_imported(self, module: str) -> str:
        """The name of a module in the imports of its own package; another than ours where two packages share a name."""
        found = self._imported_as.get(module)
        if found is None:
            found = self._imported_as[module] = self._as_imported(module)
        return found

    def _as_imported(self, module: str) -> str:
        path = self.files.paths.get(module, "")
        folder = path.rpartition("/")[0]
        if folder not in self._packages:
            return module
        root = folder
        while root.rpartition("/")[0] in self._packages:
            root = root.rpartition("/")[0]
        below = module.split(".")
        depth = len(folder.split("/")) - len(root.split("/")) + (not is_package(path))
        name = below[: len(below) - depth]
        for cut in range(1, len(name)):
            if ".".join(name[cut:]) in self.files:
                return ".".join(below[cut:])
        return module

    def scopes(self, module: str) -> ModuleScopes:
        """The tables of a module of the project, by its canonical name."""
        found = self._scopes.get(module)
        if found is None:
            facts = self.files[module]
            imports = ((name, self._seen_from(facts, qualified)) for name, qualified in facts.imports)
            found = self._scopes[module] = ModuleScopes(facts, imports, self.files.asked)
        return found

    def lookup(self, qualified: str) -> tuple[Target, ...]:
        """What the absolute dotted name stands for; empty when the project ought to define it and does not."""
        found = self._found.look_up(qualified)
        if found is None:
            with self._found.finding(qualified):
                found = self._found[qualified] = self._lookup(qualified, _NOT_SEEN)
        return found

    def resolve(self, module: str, scope: str, chain: str) -> tuple[Target, ...]:
        """What ``chain`` (``name`` or ``name.attribute...``) stands for where ``scope`` of ``module`` uses it.

        Empty for local variables of ``scope`` and of the functions around it, and for names that nothing binds.
        """
        return self._resolve(module, scope, chain.split("."), _NOT_SEEN)

    # ------------------------------------------------------------------------------------------- absolute names

    def _lookup(self, qualified: str, seen: _Seen) -> tuple[Target, ...]:
        known = self._found.look_up(qualified)
        if known is not None:
            return known
        parts = qualified.split(".")
        if parts[0] not in self._roots:
            self.files.asked.note(MODULE, parts[0])
            return (ExternalTarget(qualified),)
        return self._kept(self._found, qualified, lambda: self._deepest(qualified, parts, seen))

    def _kept(
        self, known: Answers[_Key, tuple[Target, ...]], key: _Key, find: Callable[[], tuple[Target, ...]]
    ) -> tuple[Target, ...]:
        """What is found now, and kept where nothing on the way to it was cut off."""
        before = self.cuts
        with known.finding(key):
            found = find()
        if self.cuts == before:
            known[key] = found
        return found

    def _deepest(self, qualified: str, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        """What the longest beginning of a name that is a module makes of the rest."""
        deepest: str | None = None
        for cut in range(len(parts), 0, -1):
            module = self._called(".".join(parts[:cut]))
            if module is None:
                continue
            found = self._in_module(module, parts[cut:], seen) if cut < len(parts) else self._module(module, seen)
            if found:
                return found
            deepest = deepest or module
        return self._missing(qualified, deepest)

    def _missing(self, qualified: str, deepest: str | None) -> tuple[Target, ...]:
        """A name below the project that no file defines: it may be compiled, unreadable or left out of the analysis."""
        if deepest is None:
            return (ModuleTarget(qualified),) if qualified in self._folders else (ExternalTarget(qualified),)
        facts = self.files[deepest]
        return (ExternalTarget(qualified),) if facts.is_package or facts.problem else ()

    def _module(self, name: str, seen: _Seen) -> tuple[Target, ...]:
        """The module, unless its package gives the name to something else (``from .sub import sub``)."""
        package, _, last = name.rpartition(".")
        self.files.asked.note(MODULE, package)
        if package in self.files:
            scopes = self.scopes(package)
            found: tuple[Target, ...] = scopes.definitions("", last) + self._imported(scopes, "", [last], seen)
            other = tuple(target for target in found if isinstance(target, (FunctionTarget, ClassTarget)))
            if other:
                return other
        return (ModuleTarget(name),)

    def _in_module(self, module: str, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        """What ``parts`` means as an attribute chain on a module."""
        key = (module, *parts)
        known = self._found_in.look_up(key)
        if known is not None:
            return known
        return self._kept(self._found_in, key, lambda: self._find_in_module(module, parts, seen))

    def _find_in_module(self, module: str, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        scopes = self.scopes(module)
        name, rest = parts[0], parts[1:]
        if not scopes.binds(name):
            return self._starred(scopes.facts, parts, seen)
        found: list[Target] = list(self._members(scopes.definitions("", name), rest))
        found += self._imported(scopes, "", parts, seen)
        if scopes.is_variable(name) and not (found and scopes.is_placeholder(name)):
            found += self._variable(module, name, rest, seen)
        return _distinct(found)

    def _variable(self, module: str, name: str, rest: list[str], seen: _Seen) -> tuple[Target, ...]:
        if not rest:
            return (VariableTarget(module, name),)
        key = f"{module}:{name}"
        if key in seen:
            self.cuts += 1
            return ()
        chains = [dotted(value) for value in self.scopes(module).aliased("", name)]
        found = [self._resolve(module, "", [*chain.split("."), *rest], seen | {key}) for chain in chains if chain]
        return tuple(target for targets in found for target in targets)

    def _imported(self, scopes: ModuleScopes, scope: str, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        """What ``parts`` means through the imports of its first name; each import is followed once on a path."""
        key = f"{scopes.facts.name}:{scope}:{parts[0]}"
        if key in seen:
            self.cuts += 1
            return ()
        imports = self._imports(scopes, scope, parts[0])
        found = [self._lookup(".".join([qualified, *parts[1:]]), seen | {key}) for qualified in imports]
        return _distinct(target for targets in found for target in targets)

    def _starred(self, facts: ModuleFacts, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        if parts[0].startswith("_"):
            return ()
        inside, outside = self._star_closure(facts)
        for module in inside:
            if self.scopes(module).binds(parts[0]):
                return self._in_module(module, parts, seen)
        if parts[0] in _BUILTINS:
            return ()
        return tuple(ExternalTarget(".".join([star, *parts])) for star in outside)

    def _star_closure(self, facts: ModuleFacts) -> tuple[list[str], list[str]]:
        """The modules of the project, and the others, whose names reach this one through star imports."""
        found = self._stars.look_up(facts.name)
        if found is None:
            with self._stars.finding(facts.name):
                found = self._stars[facts.name] = self._follow_stars(facts)
        return found

    def _follow_stars(self, facts: ModuleFacts) -> tuple[list[str], list[str]]:
        inside: dict[str, None] = {facts.name: None}
        outside: dict[str, None] = {}
        waiting = [facts]
        for current in waiting:  # grows while it is walked
            for star in current.stars:
                module = self._called(self._seen_from(current, star))
                if module is None:
                    outside[star] = None
                elif module not in inside:
                    inside[module] = None
                    waiting.append(self.files[module])
        return list(inside)[1:], list(outside)

    # ---------------------------------------------------------------------------------------------- names in use

    def _resolve(self, module: str, scope: str, parts: list[str], seen: _Seen) -> tuple[Target, ...]:
        scopes = self.scopes(module)
        for around in self._visible(scopes, scope):
            if not scopes.gives(around, parts[0]):
                continue
            function = scopes.functions.get(around)
            found: list[Target] = list(self._members(scopes.definitions(around, parts[0]), parts[1:]))
            if function is not None:
                found += self._imported(scopes, around, parts, seen)
            if found:
                return _distinct(found)
            if function is not None and scopes.binds_locally(function, parts[0]):
                return ()
            if function is None and scopes.assigns(around, parts[0]):
                return () if parts[1:] else (VariableTarget(module, f"{around}.{parts[0]}"),)
        found = list(self._in_module(module, parts, seen))
        if not found and parts[0] in _BUILTINS:
            return (ExternalTarget(".".join(["builtins", *parts])),)
        return tuple(found)

    def _visible(self, scopes: ModuleScopes, scope: str) -> Iterator[str]:
        """``scope`` and the functions around it, innermost first; a class is seen only from its own body."""
        current = scope
        while current and current != MODULE_BODY:
            if current == scope or current not in scopes.classes:
                yield current
            current = enclosing(current)

    def _imports(self, scopes: ModuleScopes, scope: str, name: str) -> list[str]:
        function = scopes.functions.get(scope)
        if function is None:
            return scopes.imports("", name)
        return [self._seen_from(scopes.facts, qualified) for qualified in scopes.imports(scope, name)]

    def _seen_from(self, facts: ModuleFacts, qualified: str) -> str:
        """An import as its file means it: the folder of a script, or around a package, comes first on the path."""
        folder = self._outside(facts.path)
        if not folder:
            return qualified
        first, dot, rest = qualified.partition(".")
        for path in (f"{folder}/{first}.py", f"{folder}/{first}/__init__.py"):
            sibling = self._by_path.get(path)
            if sibling is not None and sibling != facts.name:
                return sibling + dot + rest
        return qualified

    def _outside(self, path: str) -> str:
        """The folder of a script, or around a package."""
        folder = path.rpartition("/")[0]
        while folder in self._packages:
            folder = folder.rpartition("/")[0]
        return folder

    def _members(self, targets: Iterable[Target], names: list[str]) -> tuple[Target, ...]:
        """What attribute access by ``names`` reaches from definitions."""
        current = tuple(targets)
        for name in names:
            reached = [self.hierarchy.members(t.id, name) for t in current if isinstance(t, ClassTarget)]
            current = _distinct(target for targets in reached for target in targets)
        return current


def _prefixes(names: Iterable[str]) -> set[str]:
    """All names of what is around these; nearly every one is soon known with all that is around it."""
    found: set[str] = set()
    for name in names:
        around = name.rpartition(".")[0]
        while around and around not in found:
            found.add(around)
            around = around.rpartition(".")[0]
    return found


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(targets))
