"""What an attribute, a call or an element of a reference refers to.

Where the references come from is not known here, see :mod:`collint.linking.evaluate`, nor what an annotation admits:
that is :mod:`collint.linking.annotations`. These are the rules of Python's object model over sets of references;
heights are bounded: every answer is a finite set drawn from the program's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from collint.ir.expressions import Const, Expr
from collint.knowledge.rows import Handle
from collint.linking import outside
from collint.linking.annotations import Annotations
from collint.linking.guard import Guard
from collint.linking.references import (
    NOTHING,
    ClassIs,
    Communicator,
    ContainerMethod,
    ContainerOf,
    ExternalIs,
    ExternalObject,
    FunctionIs,
    ModuleIs,
    ObjectIs,
    PartialOf,
    Ref,
    Refs,
    SuperOf,
    Symbol,
    object_of,
)
from collint.linking.registrations import Registrations
from collint.linking.wrapped import Wrapped
from collint.project.asked import FIELDS, RETURN
from collint.project.decorators import is_classmethod, is_property, is_static
from collint.project.facts import FunctionFacts
from collint.project.hierarchy import EMPTY_BASES
from collint.project.steps import Answers
from collint.project.targets import (
    AttributeWrite,
    ClassTarget,
    ExternalTarget,
    FunctionTarget,
    ModuleTarget,
    VariableTarget,
)

if TYPE_CHECKING:
    from collint.linking.program import Program

# A value that may be one of more classes than this is as good as unknown.
MAX_REFS = 24
NAMED_TUPLES = {"typing.NamedTuple"}
PROCESS_GROUP = "torch.distributed.ProcessGroup"


class Members:
    """Object-model rules over references. ``value_of`` evaluates an index expression in a scope."""

    def __init__(self, program: Program, value_of: Callable[[str, str, Expr], Refs], guard: Guard) -> None:
        self.program = program
        self.project = program.project
        self.vocabulary = program.vocabulary
        self.value_of = value_of
        self._guard = guard
        self._known: Answers[Hashable, Refs] = Answers(self.project.asked)
        self._class_names: Answers[str, tuple[str, ...]] = Answers(self.project.asked)
        self._handles: Answers[str, Handle | None] = Answers(self.project.asked)
        self.annotations = Annotations(value_of)
        self.registrations = Registrations(program, value_of)
        self.wrapped = Wrapped(program, value_of)

    # ------------------------------------------------------------------------------------------- targets

    def of_targets(self, targets: Iterable[object]) -> Refs:
        """References for what a name resolves to in the project."""
        found: set[Ref] = set()
        for target in targets:
            if isinstance(target, FunctionTarget):
                found.add(FunctionIs(target.id))
            elif isinstance(target, ClassTarget):
                found.add(ClassIs(target.id))
            elif isinstance(target, ModuleTarget):
                found.add(ModuleIs(target.name))
            elif isinstance(target, VariableTarget):
                found |= self.variable(target.module, target.name)
            elif isinstance(target, ExternalTarget):
                found.add(ExternalIs(target.qualified))
        return frozenset(found)

    def variable(self, module: str, name: str) -> Refs:
        """What a module variable refers to, over all its writers."""
        row = self.vocabulary.accessor(f"{module}.{name}", "attribute")
        if row is not None:
            return frozenset({object_of(row)})
        writes = self.project.module_writers
        return self._once(("variable", module, name), lambda: self._written(writes(module, name)))

    def _written(self, writes: Iterable[AttributeWrite]) -> Refs:
        """What the writers of an attribute or variable put there: their values, else what they are annotated with."""
        found: set[Ref] = set()
        for write in writes:
            module, _, scope = write.function_id.partition(":")
            if write.assign.value is not None:
                found |= self.value_of(module, scope, write.assign.value)
            if write.assign.annotation is not None and not found:
                found |= self.annotations.objects(module, scope, write.assign.annotation)
        return _bounded(found)

    def _once(self, key: Hashable, compute: Callable[[], Refs]) -> Refs:
        return self._guard.run(key, self._known, NOTHING, compute)

    # ------------------------------------------------------------------------------------------- members

    def member(self, ref: Ref, name: str) -> Refs:
        """What ``ref.name`` refers to."""
        if isinstance(ref, (ObjectIs, ExternalObject)):
            return self._object_member(ref, name)
        if isinstance(ref, ClassIs):
            return self._class_member(ref.id, name)
        if isinstance(ref, ModuleIs):
            return self.of_targets(self.project.lookup_all(f"{ref.name}.{name}"))
        if isinstance(ref, ExternalIs):
            return outside.attribute(self.vocabulary, f"{ref.name}.{name}")
        if isinstance(ref, SuperOf):
            return self._super_member(ref.class_id, name)
        if isinstance(ref, ContainerOf):
            return frozenset({ContainerMethod(ref, name)})
        return NOTHING

    def _object_member(self, ref: ObjectIs | ExternalObject, name: str) -> Refs:
        handle = self.handle(ref)
        if handle is not None and name in handle.channels:
            group = self.group_of(ref)
            assert group is not None
            # A handle's own group object is a plain one of the library below; its communicator has no such class.
            inner = PROCESS_GROUP if name.endswith("group") else ""
            return frozenset({ExternalObject(inner, Communicator(group.group, handle.channels[name]))})
        if isinstance(ref, ExternalObject):
            return outside.attribute(self.vocabulary, f"{ref.class_name}.{name}") if ref.class_name else NOTHING
        for qualified in self.class_names(ref.class_id):
            row = self.vocabulary.accessor(f"{qualified}.{name}", "attribute")
            if row is not None:
                return frozenset({object_of(row)})
        methods = self.methods(ref, name)
        if methods:
            return _bounded(set().union(*(self._bind(method) for method in methods)))
        return self.attribute(ref.class_id, name) or self._external_member(ref.class_id, name)

    def methods(self, ref: ObjectIs, name: str) -> tuple[str, ...]:
        """The methods that ``ref.name`` may run: those of subclasses too, unless the class is known exactly."""
        if ref.exact:
            found = self.project.find_method(ref.class_id, name)
            return (found,) if found else ()
        return self.project.overrides(ref.class_id, name)

    def _external_member(self, class_id: str, name: str) -> Refs:
        bases = self.project.external_bases(class_id)
        return frozenset(ExternalIs(f"{base}.{name}") for base in bases if base not in EMPTY_BASES)

    def _bind(self, method: str) -> Refs:
        facts = self.project.function(method)
        if facts is not None and is_property(facts):
            return self.returned(method)
        return frozenset({FunctionIs(method, bound=facts is None or not is_static(facts))})

    def _class_member(self, class_id: str, name: str) -> Refs:
        method = self.project.find_method(class_id, name)
        if method is not None:
            facts = self.project.function(method)
            return frozenset({FunctionIs(method, bound=facts is not None and is_classmethod(facts))})
        delegated = self._delegated(class_id, name)
        if delegated:
            return delegated
        module, _, qualname = class_id.partition(":")
        nested = f"{module}:{qualname}.{name}"
        if self.project.klass(nested) is not None:
            return frozenset({ClassIs(nested)})
        return self.attribute(class_id, name) or self._external_member(class_id, name)

    def _delegated(self, class_id: str, name: str) -> Refs:
        """The method of a class that a method of its library's base class runs."""
        rows = (self.vocabulary.delegate(f"{base}.{name}") for base in self.project.external_bases(class_id))
        for row in rows:
            method = self.project.find_method(class_id, row.runs) if row is not None else None
            if row is not None and method is not None:
                whole = bool(row.unless) and self.project.find_method(class_id, row.unless) is not None
                return frozenset({FunctionIs(method, bound=not whole)})
        return NOTHING

    def _super_member(self, class_id: str, name: str) -> Refs:
        for ancestor in self.project.mro(class_id)[1:]:
            found = self.project.find_method(ancestor, name)
            if found is not None:
                return self._bind(found)
        return self._external_member(class_id, name)

    def attribute(self, class_id: str, name: str) -> Refs:
        """What an attribute of a class's objects may refer to, over all its writers."""
        return self._once(("attribute", class_id, name), lambda: self._attribute(class_id, name))

    def _attribute(self, class_id: str, name: str) -> Refs:
        written = self._written(self.project.writers(class_id, name))
        return _bounded(set(written | self.wrapped.attribute(self.class_names(class_id), name)))

    def field_at(self, ref: Ref, position: int) -> Refs:
        """What a named tuple holds at a position, by its fields' annotations."""
        if not isinstance(ref, ObjectIs) or not NAMED_TUPLES & set(self.project.external_bases(ref.class_id)):
            return NOTHING
        facts = self.project.klass(ref.class_id)
        self.project.asked.note(FIELDS, ref.class_id)
        fields = [assign for assign in facts.assigns if assign.annotation is not None] if facts else []
        if facts is None or not 0 <= position < len(fields):
            return NOTHING
        annotation = fields[position].annotation
        return self.annotations.objects(facts.module, facts.qualname, annotation) if annotation is not None else NOTHING

    # --------------------------------------------------------------------------------------------- calls

    def result(self, ref: Ref) -> Refs:
        """What calling ``ref`` returns."""
        if isinstance(ref, FunctionIs):
            return self.returned(ref.id)
        if isinstance(ref, ClassIs):
            return frozenset({ObjectIs(ref.id, exact=True)})
        if isinstance(ref, ObjectIs):
            for name in ("__call__", "forward"):
                methods = self.methods(ref, name)
                if methods:
                    return _bounded(set().union(*(self.returned(method) for method in methods)))
            return NOTHING
        if isinstance(ref, PartialOf):
            return self.result(ref.function)
        if isinstance(ref, ContainerMethod):
            return _container_result(ref)
        if isinstance(ref, ExternalIs):
            return outside.result(self.vocabulary, ref.name)
        return NOTHING

    def returned(self, function_id: str) -> Refs:
        """What a function of the program returns: its pack row, its annotation, else its return statements."""
        row = self.vocabulary.accessor(self.project.qualified_name(function_id), "call")
        facts = self.project.function(function_id)
        typed: Refs = NOTHING
        self.project.asked.note(RETURN, function_id)
        if facts is not None and facts.returns is not None:
            typed = self.annotations.objects(facts.module, facts.qualname, facts.returns)
        if row is not None:
            group = Communicator(row.group, row.channel)
            handles = {_with_group(ref, group) for ref in typed if isinstance(ref, (ObjectIs, ExternalObject))}
            return frozenset(handles or {ExternalObject(row.handle, group)})
        if facts is None:
            return NOTHING
        concrete = self._once(("returned", function_id), lambda: self._returned(facts))
        return concrete or typed

    def _returned(self, facts: FunctionFacts) -> Refs:
        found: set[Ref] = set()
        self.project.asked.note(RETURN, facts.id)
        for value in facts.returned:
            found |= self.value_of(facts.module, facts.qualname, value)
        return _bounded(found)

    def element(self, ref: Ref) -> Refs:
        """What an element of a container refers to."""
        if isinstance(ref, ContainerOf):
            return frozenset({ref.element})
        return NOTHING

    # -------------------------------------------------------------------------------------------- handles

    def class_names(self, class_id: str) -> tuple[str, ...]:
        """Qualified names of a class and all its ancestors, outside ones last."""
        found = self._class_names.look_up(class_id)
        if found is None:
            with self._class_names.finding(class_id):
                own = tuple(self.project.qualified_name(ancestor) for ancestor in self.project.mro(class_id))
                found = self._class_names[class_id] = own + self.project.external_bases(class_id)
        return found

    def handle(self, ref: Ref) -> Handle | None:
        """The pack row that says that this object stands for a process group."""
        if isinstance(ref, ExternalObject):
            return self.vocabulary.handle(ref.class_name) if ref.class_name else None
        if not isinstance(ref, ObjectIs):
            return None
        self._handles.look_up(ref.class_id)
        if ref.class_id not in self._handles:
            with self._handles.finding(ref.class_id):
                rows = [self.vocabulary.handle(name) for name in self.class_names(ref.class_id)]
            self._handles[ref.class_id] = next((row for row in rows if row is not None), None)
        return self._handles[ref.class_id]

    def group_of(self, ref: Ref) -> Communicator | None:
        """The communicator that an object stands for: a named one, or a symbol of its class."""
        if not isinstance(ref, (ObjectIs, ExternalObject)):
            return None
        handle = self.handle(ref)
        if ref.group is not None:
            default = handle.channel if handle is not None else ""
            return ref.group if ref.group.channel or not default else Communicator(ref.group.group, default)
        if handle is None:
            return None
        if handle.group:
            return Communicator(handle.group, handle.channel)
        owner = handle.name
        return Communicator(Symbol("object", owner, ""), handle.channel)


def _container_result(ref: ContainerMethod) -> Refs:
    """What a container's method returns: an element, or a view of all. Pairs of ``items`` are containers in turn."""
    if ref.name in ("get", "pop", "popleft", "setdefault", "popitem", "__getitem__"):
        return frozenset({ref.container.element})
    if ref.name in ("values", "copy"):
        return frozenset({ref.container})
    return frozenset({ContainerOf(ref.container)}) if ref.name == "items" else NOTHING


def _with_group(ref: Ref, group: Communicator) -> Ref:
    if isinstance(ref, ObjectIs):
        return ObjectIs(ref.class_id, group, ref.exact)
    assert isinstance(ref, ExternalObject)
    return ExternalObject(ref.class_name, group)


def _bounded(refs: set[Ref]) -> Refs:
    return frozenset(refs) if len(refs) <= MAX_REFS else NOTHING


def constant_index(expression: Expr) -> int | None:
    """The integer of a literal index, else None."""
    if isinstance(expression, Const) and expression.text.lstrip("-").isdigit():
        return int(expression.text)
    return None
