"""What a name can stand for: a definition of the project, or something outside it. Values only."""

from __future__ import annotations

from typing import Union

from collint.project.facts import LocalAssign
from collint.record import Record


class FunctionTarget(Record, frozen=True, order=True):
    """A function or method, by id."""

    id: str


class ClassTarget(Record, frozen=True, order=True):
    """A class, by id."""

    id: str


class ModuleTarget(Record, frozen=True, order=True):
    """A module by its name in the project, or a folder without ``__init__.py`` that holds some."""

    name: str


class VariableTarget(Record, frozen=True, order=True):
    """A name that an assignment binds in a module, or ``Class.name`` in a class body."""

    module: str
    name: str


class ExternalTarget(Record, frozen=True, order=True):
    """Something outside the project, by the name under which the outside knows it."""

    qualified: str


Target = Union[FunctionTarget, ClassTarget, ModuleTarget, VariableTarget, ExternalTarget]


class AttributeWrite(Record, frozen=True):
    """A place that binds an attribute or a module variable.

    ``function_id`` is the function that does it; for an assignment in a class body it is the id of that class, which
    :meth:`~collint.project.project.Project.resolve_name` takes as a scope just the same.
    """

    function_id: str
    assign: LocalAssign
