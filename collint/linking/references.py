"""What a value can refer to: functions, classes, objects, modules, process groups. Values only.

How a reference is found is :mod:`collint.linking.evaluate`; what a call to one means is :mod:`collint.linking.meaning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Union

from collint.ir.node import Node

if TYPE_CHECKING:
    from collint.knowledge.rows import Accessor


class Symbol(Node, frozen=True, cache_hash=True, order=True):
    """A process group known only by where it is held.

    ``kind`` is ``parameter`` (owner: function id), ``attribute`` (owner: class id), ``variable`` (owner: module),
    ``created`` (owner: function id, name: line of the call), ``object`` (a handle without a known group; owner: class
    name), ``axis`` (no owner; name: an axis of the program's mesh, or several joined by ``+``) or ``unknown`` (a pack's
    name for a group that nothing tells more of).
    """

    kind: str
    owner: str
    name: str

    def __str__(self) -> str:
        if self.kind == "attribute":
            return f"self.{self.name}"
        if self.kind == "created":
            return f"group made in {self.owner.split(':', 1)[-1]}:{self.name}"
        if self.kind == "object":
            return "its own group"
        return self.name


class Communicator(Node, frozen=True, cache_hash=True):
    """One communicator: a named group of a pack, or a symbol; ``channel`` tells the cpu from the device one."""

    group: str | Symbol
    channel: str = ""

    @property
    def group_name(self) -> str:
        """The group alone, without the channel."""
        return str(self.group)

    @property
    def display(self) -> str:
        name = str(self.group)
        return f"{name}.{self.channel}" if self.channel and not isinstance(self.group, Symbol) else name


WORLD = Communicator("world")


class FunctionIs(Node, frozen=True, cache_hash=True):
    """A function or method of the analysed program; ``receiver`` tells whether its first argument is bound."""

    id: str
    bound: bool = False


class ClassIs(Node, frozen=True, cache_hash=True):
    """A class object of the analysed program."""

    id: str


class ObjectIs(Node, frozen=True, cache_hash=True):
    """An object of a class of the analysed program. ``group`` is set when the class stands for a process group."""

    class_id: str
    group: Communicator | None = None
    exact: bool = False


class ModuleIs(Node, frozen=True, cache_hash=True):
    """A module of the analysed program."""

    name: str


class ExternalIs(Node, frozen=True, cache_hash=True):
    """Anything outside the analysed program, by qualified name: a module, class, function or constant."""

    name: str


class ExternalObject(Node, frozen=True, cache_hash=True):
    """An object of an outside class, or what an outside call returned; ``group`` as for :class:`ObjectIs`."""

    class_name: str
    group: Communicator | None = None


def object_of(row: Accessor) -> ExternalObject:
    """The handle that a pack's accessor gives, with the group that it names."""
    return ExternalObject(row.handle, Communicator(row.group, row.channel))


class SuperOf(Node, frozen=True, cache_hash=True):
    """``super()`` inside a method of ``class_id``."""

    class_id: str


class ContainerOf(Node, frozen=True, cache_hash=True):
    """A container whose elements refer to ``element`` (from an annotation such as ``list[Layer]``)."""

    element: Ref


class ContainerMethod(Node, frozen=True, cache_hash=True):
    """A method of a container, such as ``table.values`` or ``queue.pop``."""

    container: ContainerOf
    name: str


class PartialOf(Node, frozen=True, cache_hash=True):
    """``functools.partial(function, ...)`` with ``count`` positional arguments bound."""

    function: Ref
    count: int


class AppliedBy(Node, frozen=True, cache_hash=True):
    """A function that an outside call runs: the call's first argument, which gets the ones behind it, or, with
    ``each``, what they contain."""

    function: Ref
    each: bool


Ref = Union[
    FunctionIs,
    ClassIs,
    ObjectIs,
    ModuleIs,
    ExternalIs,
    ExternalObject,
    SuperOf,
    ContainerOf,
    ContainerMethod,
    PartialOf,
    AppliedBy,
]
Refs = frozenset[Ref]
NOTHING: Refs = frozenset()


def in_order(refs: Refs) -> Sequence[Ref]:
    """The references in one order, whatever hashes say: for who takes the first that fits.

    Who asks further about each needs an order too: where an answer is cut off depends on what was asked before.
    """
    return sorted(refs, key=_spelling) if len(refs) > 1 else tuple(refs)


@cache
def _spelling(ref: Ref) -> str:
    return repr(ref)
