"""What a name can stand for: a definition of the project, or something outside it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from collint.project.facts import LocalAssign


@dataclass(frozen=True, slots=True, order=True)
class FunctionTarget:
    """A function or method, by id."""

    id: str


@dataclass(frozen=True, slots=True, order=True)
class ClassTarget:
    """A class, by id."""

    id: str


@dataclass(frozen=True, slots=True, order=True)
class ModuleTarget:
    """A module by its name in the project, or a folder without ``__init__.py`` that holds some."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class VariableTarget:
    """A name that an assignment binds in a module, or ``Class.name`` in a class body."""

    module: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class ExternalTarget:
    """Something outside the project, by the name under which the outside knows it."""

    qualified: str


Target = Union[FunctionTarget, ClassTarget, ModuleTarget, VariableTarget, ExternalTarget]


@dataclass(frozen=True, slots=True)
class AttributeWrite:
    """A place that binds an attribute or a module variable.

    ``function_id`` is the function that does it; for an assignment in a class body it is the id of that class, which
    :meth:`~collint.project.project.Project.resolve_name` takes as a scope just the same.
    """

    function_id: str
    assign: LocalAssign
