"""The project as one thing to ask: modules, definitions, names, classes, and who writes or calls what.

It evaluates no expression and knows no library; what a value's type is, or what a call means, is decided above.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from collint.ir.statements import Parameter
from collint.project.asked import COUNT, DECORATE, METHOD, PARAMETERS, Asked
from collint.project.concordance import MOST_CALLS
from collint.project.facts import CallSite, ClassFacts, FunctionFacts, LocalAssign, ModuleFacts
from collint.project.files import Files, files_of
from collint.project.lineage import KnownClass, KnownClasses
from collint.project.names import Names
from collint.project.steps import Step
from collint.project.targets import AttributeWrite, Target
from collint.project.told import ToldCall, ToldCalls
from collint.project.usage import Usage


class Project:
    """All indexed files together. Ids are ``module:qualname``; module names may be given by any of their aliases.

    Of two files with one module name the first by path counts; :func:`collint.project.modules.name_modules` gives
    names without such clashes.
    """

    def __init__(self, modules: Files | Iterable[ModuleFacts]) -> None:
        self._files = modules if isinstance(modules, Files) else files_of(modules)
        self._functions: tuple[FunctionFacts, ...] | None = None
        self._names = Names(self._files)
        self._usage = Usage(self._names)
        self._told = ToldCalls(self._names, self._usage)

    @property
    def asked(self) -> Asked:
        """What is asked of the index; whoever asks other than by the methods here notes it there."""
        return self._files.asked

    # ------------------------------------------------------------------------------------------------- definitions

    def module(self, name: str) -> ModuleFacts | None:
        """The module that an import calls ``name``."""
        canonical = self._names.canonical(name)
        return None if canonical is None else self._files[canonical]

    def path(self, module: str) -> str | None:
        """The path of a module's file."""
        canonical = self._names.canonical(module)
        return None if canonical is None else self._files.paths[canonical]

    def name_at(self, path: str) -> str | None:
        """The name of the module whose file has this path."""
        return self._names.at_path(path)

    def names_around(self, path: str, name: str) -> frozenset[str]:
        """All names that mean something else where a module of this name comes or goes at a path."""
        return self._names.known_by(path, name)

    def beside(self, path: str) -> Iterator[str]:
        """The modules that mean a file at this path by its bare name."""
        return self._names.beside(path)

    def spelled_otherwise(self) -> list[tuple[str, str]]:
        """The modules that their own package imports by another name than ours, each with that one."""
        names = ((module, self._names.as_imported(module)) for module in sorted(self._files))
        return [(module, name) for module, name in names if module != name]

    def module_names(self) -> Iterator[str]:
        """The names of all modules, in the order of their paths."""
        return iter(self._files)

    def problems(self) -> Iterator[tuple[str, str]]:
        """The paths of the files that could not be read, each with the reason."""
        for module, entry in self._files.concordance.entries.items():
            if entry.problem is not None:
                yield self._files.paths[module], entry.problem

    def modules(self) -> Iterator[ModuleFacts]:
        """Every module, sorted by name."""
        for name in sorted(self._files):
            yield self._files[name]

    def qualified_name(self, definition_id: str) -> str:
        """The dotted name of a definition, with its module's name in the imports of its own package."""
        module, _, qualname = definition_id.partition(":")
        return f"{self._names.as_imported(module)}.{qualname}"

    def top_level_modules(self) -> frozenset[str]:
        """First components of all module names: of the project's own modules and of every module it imports."""
        found = frozenset(name.partition(".")[0] for name in self._files)
        return found.union(*(entry.roots for entry in self._files.concordance.entries.values()))

    def function(self, function_id: str) -> FunctionFacts | None:
        """The function of that id; ``module:<module>`` is the module's body."""
        module, _, qualname = function_id.partition(":")
        canonical = self._names.canonical(module)
        return None if canonical is None else self._names.scopes(canonical).functions.get(qualname)

    def settles(self, question: Sequence[str], besides: Collection[str]) -> bool:
        """Whether the other modules, ``besides`` some, settle a question whatever these say: there are many already."""
        concordance = self._files.concordance
        if question[0] == METHOD:
            return len(set(concordance.defining(question[1])).difference(besides)) > 1
        return question[0] == COUNT and concordance.count_calls(question[1], besides) > MOST_CALLS

    def parameters(self, facts: FunctionFacts) -> tuple[Parameter, ...]:
        """The parameters of a function, for whoever wants to know which arguments they get."""
        if self.asked.is_on:
            self.asked.note(PARAMETERS, facts.id)
        return facts.parameters

    def klass(self, class_id: str) -> ClassFacts | None:
        """The class of that id."""
        module, _, qualname = class_id.partition(":")
        canonical = self._names.canonical(module)
        return None if canonical is None else self._names.scopes(canonical).classes.get(qualname)

    def functions(self) -> Iterator[str]:
        """The ids of all functions and module bodies, sorted."""
        entries = self._files.concordance.entries
        return iter(
            sorted(f"{module}:{qualname}" for module in entries for qualname in entries[module].functions.split())
        )

    def defines(self, function_id: str) -> bool:
        """Whether there is a function of that id, told without its facts."""
        module, _, qualname = function_id.partition(":")
        return self._files.concordance.defines(self._names.canonical(module) or "", qualname)

    def decorated_as(self, name: str) -> frozenset[str]:
        """The modules with a function that something of this last name may decorate."""
        return self._files.concordance.decorating(name)

    def ask_who_is_decorated(self, name: str) -> None:
        """Note that somebody asks which functions something of this last name decorates."""
        if self.asked.is_on:
            self._files.concordance.ask_by_any_name(DECORATE, name)

    def count_functions(self) -> int:
        """How many functions and module bodies there are."""
        return sum(len(entry.functions.split()) for entry in self._files.concordance.entries.values())

    def properties(self) -> Iterator[str]:
        """The ids of the functions that reading an attribute runs."""
        for module, entry in self._files.concordance.entries.items():
            for qualname in entry.properties:
                yield f"{module}:{qualname}"

    def nested(self, function_id: str) -> Iterator[str]:
        """The ids of all functions within a function, sorted."""
        module, _, qualname = function_id.partition(":")
        canonical = self._names.canonical(module)
        entry = self._files.concordance.entries.get(canonical or "")
        inner = (
            (name for name in entry.functions.split() if name.startswith(f"{qualname}.")) if entry is not None else ()
        )
        return iter(sorted(f"{module}:{name}" for name in inner))

    def every_function(self) -> tuple[FunctionFacts, ...]:
        """All functions and module bodies, sorted by id."""
        if self._functions is None:
            every = ((function.id, function) for facts in self._files.values() for function in facts.functions)
            self._functions = tuple(function for _, function in sorted(every, key=lambda pair: pair[0]))
        return self._functions

    def classes(self) -> Iterator[str]:
        """The ids of all classes, sorted."""
        return iter(sorted(klass.id for facts in self._files.values() for klass in facts.classes))

    # ------------------------------------------------------------------------------------------------------- names

    def imported_as(self, name: str) -> tuple[str, ...]:
        """The other names under which ``import ... as`` binds this last name anywhere."""
        return self._files.concordance.imported_as(name)

    def lookup(self, qualified: str) -> Target | None:
        """What an absolute dotted name stands for, through imports, re-exports and inheritance: the likeliest target.

        A name outside the project is an ExternalTarget; None means that a module of the project should define the
        name and does not.
        """
        found = self._names.lookup(qualified)
        return found[0] if found else None

    def lookup_all(self, qualified: str) -> tuple[Target, ...]:
        """As :meth:`lookup`, with every alternative: ``try``/``except`` imports, definitions under ``if``."""
        return self._names.lookup(qualified)

    def resolve_name(self, module: str, scope: str, name: str) -> tuple[Target, ...]:
        """What a bare name, or a dotted chain, stands for where it is used.

        ``scope`` is the qualname of the function (or class body) that uses it; ``<module>`` or an empty text is the
        module. Empty for parameters and assigned variables of ``scope`` and of functions around it.
        """
        canonical = self._names.canonical(module)
        return () if canonical is None else self._names.resolve(canonical, scope, name)

    def member(self, class_id: str, name: str) -> tuple[Target, ...]:
        """What ``Class.name`` stands for: method, nested class or class variable; else a member of outside bases."""
        return self._names.hierarchy.members(class_id, name)

    # ----------------------------------------------------------------------------------------------------- classes

    def believe_classes(self, known: KnownClasses) -> None:
        """Take over what is known of the classes of these modules. To be called before anything else is asked."""
        self._names.hierarchy.believe(known)

    def known_classes(self) -> dict[str, dict[str, KnownClass]]:
        """What there is to know of the classes of all modules."""
        return self._names.hierarchy.known()

    def step_of_bases(self, class_id: str) -> Step:
        """On what it rests what a class is built on, where that was found out and not believed."""
        return self._names.hierarchy.step_of_bases(class_id)

    def bases(self, class_id: str) -> tuple[Target, ...]:
        """The bases of a class: classes of the project and external names."""
        return self._names.hierarchy.bases(class_id)

    def mro(self, class_id: str) -> tuple[str, ...]:
        """The project's classes in method resolution order, itself first."""
        return self._names.hierarchy.mro(class_id)

    def external_bases(self, class_id: str) -> tuple[str, ...]:
        """Qualified names of all ancestors outside the project."""
        return self._names.hierarchy.external_bases(class_id)

    def subclasses(self, class_id: str) -> tuple[str, ...]:
        """All descendants of a class, sorted."""
        return self._names.hierarchy.subclasses(class_id)

    def family(self, class_id: str) -> frozenset[str]:
        """The classes whose code can touch an object of this class: of every descendant, all that it inherits."""
        return self._names.hierarchy.family(class_id)

    def find_method(self, class_id: str, name: str) -> str | None:
        """The id of the method that an object of exactly this class has; of a property, the getter."""
        return self._names.hierarchy.find_method(class_id, name)

    def overrides(self, class_id: str, name: str) -> tuple[str, ...]:
        """The ids of the methods that an object of this class or a descendant can have under ``name``."""
        return self._names.hierarchy.overrides(class_id, name)

    # ------------------------------------------------------------------------------------------------------- usage

    def assigned(self, facts: FunctionFacts, name: str) -> tuple[LocalAssign, ...]:
        """The assignments to a local name of a function, in the order of its text."""
        return self._names.scopes(facts.module).assigns(facts.qualname, name)

    def writers(self, class_id: str, attribute: str) -> tuple[AttributeWrite, ...]:
        """Assignments to ``self.attribute`` and in class bodies, in the class, its ancestors and its descendants."""
        return self._usage.writers(class_id, attribute)

    def attribute_writers_by_name(self, attribute: str) -> tuple[AttributeWrite, ...]:
        """Every assignment to an attribute of that name, on whatever object."""
        return self._usage.writers_by_name(attribute)

    def module_writers(self, module: str, name: str) -> tuple[AttributeWrite, ...]:
        """Assignments to a module variable, from the module, through ``global`` and through the module object."""
        canonical = self._names.canonical(module)
        return () if canonical is None else self._usage.module_writers(canonical, name)

    def calls_told_by_name(self, function_id: str, name: str) -> Sequence[ToldCall]:
        """The calls of ``name`` that are told by this name alone to be those of a function."""
        return self._told.calls(function_id, name)

    def is_common(self, name: str) -> bool:
        """Whether more calls have that last name than are looked at one by one."""
        return self._files.concordance.is_common(name)

    def calling(self, name: str) -> Sequence[str]:
        """The modules with a call of that last name, sorted."""
        return self._files.concordance.calling(name)

    def calls_in(self, module: str, name: str) -> Sequence[tuple[str, CallSite]]:
        """Those of :meth:`calls_named` that stand in one module, by its canonical name."""
        return self._usage.calls_near(module, name)

    def calls_within(self, function_id: str, name: str) -> Sequence[tuple[str, CallSite]]:
        """Those of :meth:`calls_named` that stand in the text of a function, and so may mean a variable of it."""
        facts = self.function(function_id)
        return self._usage.calls_within(facts, name) if facts is not None else ()

    def calls_named(self, name: str) -> tuple[tuple[str, CallSite], ...]:
        """Every call whose last name is ``name``, with the id of the function around it."""
        return self._usage.calls_named(name)
