"""What an earlier run found of the classes of a project: the bases of each, and its methods by name.

Whether it still holds is decided by whoever kept it, see :mod:`collint.linking.earlier`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collint.ir.node import Node
from collint.project.targets import ClassTarget, ExternalTarget, Target


class KnownClass(Node, frozen=True):
    """A class by what it says. ``bases`` are ids of classes and, without a colon, names outside the project.

    ``methods`` are the names that mean the function ``Class.name``, ``others`` those that mean another function of the
    module, by its qualname. What the names ``unsettled`` mean is to be looked up in the file.
    """

    bases: tuple[str, ...]
    methods: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    unsettled: tuple[str, ...] = ()


KnownClasses = Mapping[str, Mapping[str, KnownClass]]
"""By module, then by qualname. A module without classes is there too: one that is not there is to be looked into."""


def spelled(bases: Sequence[Target]) -> tuple[str, ...]:
    """Bases as a :class:`KnownClass` has them."""
    return tuple(
        base.id if isinstance(base, ClassTarget) else base.qualified
        for base in bases
        if isinstance(base, (ClassTarget, ExternalTarget))
    )


def meant(bases: Sequence[str]) -> tuple[Target, ...]:
    """The bases that are spelled so."""
    return tuple(ClassTarget(base) if ":" in base else ExternalTarget(base) for base in bases)


class Lineage:
    """The classes of the modules that are known; nothing is known of any other."""

    def __init__(self, known: KnownClasses) -> None:
        self.known = known
        self._methods: dict[str, dict[str, str]] = {}

    def bases(self, class_id: str) -> tuple[Target, ...] | None:
        """The bases of a class; None where they are not known."""
        known = self._class(class_id)
        return meant(known.bases) if known is not None else None

    def has(self, class_id: str, name: str) -> bool:
        """Whether it is known which function ``name`` means in the body of a class."""
        known = self._class(class_id)
        return known is not None and name not in known.unsettled

    def method(self, class_id: str, name: str) -> str | None:
        """The function that ``name`` means in the body of a class, where that is known."""
        found = self._methods.get(class_id)
        if found is None:
            found = self._methods[class_id] = {}
            module, _, qualname = class_id.partition(":")
            known = self._class(class_id)
            if known is not None:
                found.update((each, f"{module}:{qualname}.{each}") for each in known.methods)
                found.update((each, f"{module}:{other}") for each, other in known.others)
        return found.get(name)

    def heirs(self) -> dict[str, list[str]]:
        """The classes that are built on each class."""
        found: dict[str, list[str]] = {}
        for module, classes in self.known.items():
            for qualname, known in classes.items():
                for base in known.bases:
                    if ":" in base:
                        found.setdefault(base, []).append(f"{module}:{qualname}")
        return found

    def _class(self, class_id: str) -> KnownClass | None:
        module, _, qualname = class_id.partition(":")
        return self.known.get(module, {}).get(qualname)
