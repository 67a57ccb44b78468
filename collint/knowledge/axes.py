"""The axes of the process mesh, with sub-axes spelled out.

A sub-axis is an axis of its own and its parent is the rest: where ``dcp`` lies within ``tp``, a row's ``tp`` means
``{tp, dcp}``, so that plain set operations are right (a value agreed over ``dcp`` still varies over ``tp``, one agreed
over ``tp`` varies over neither). What groups span, and what they are called, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from collint.knowledge.rows import Mesh

LONE_AXIS = "rank"
"""The one axis of a program whose packs declare no mesh; people see ``*``."""


class Axes:
    """The axes of some meshes together. ``every`` is all of them, expanded."""

    def __init__(self, meshes: Sequence[Mesh]) -> None:
        self._parents = {child: parent for mesh in meshes for child, parent in mesh.within.items()}
        self._splits = [split for mesh in meshes for split in mesh.splits.items()]
        declared = {axis for mesh in meshes for axis in mesh.axes}
        self.every: frozenset[str] = frozenset(declared | set(self._parents)) or frozenset({LONE_AXIS})

    def expand(self, axes: Iterable[str]) -> frozenset[str]:
        """Axes as a row writes them, with ``*`` and sub-axes spelled out."""
        wanted = set(axes)
        if "*" in wanted:
            return self.every
        inner = {child for child in self._parents if wanted & set(self._ancestors(child))}
        return frozenset(wanted | inner)

    def outermost(self, axes: Iterable[str]) -> frozenset[str]:
        """Expanded axes, a sub-axis left out where its parent stands; ``*`` for all there are."""
        present = frozenset(axes)
        if present == self.every and (len(present) > 1 or LONE_AXIS in present):
            return frozenset({"*"})
        return frozenset(axis for axis in present if not present & set(self._ancestors(axis)))

    def is_mixed(self, axes: frozenset[str]) -> bool:
        """Whether several sub-axes stand side by side, which have no short name."""
        return len(axes & set(self._parents)) > 1

    def split_over(self, class_names: Iterable[str]) -> frozenset[str]:
        """The axes along which ranks hold different objects of these classes."""
        classes = frozenset(class_names)
        return self.expand(axis for axis, split in self._splits if classes & frozenset(split))

    def _ancestors(self, axis: str) -> Iterator[str]:
        seen = {axis}
        while (parent := self._parents.get(axis)) is not None and parent not in seen:
            yield parent
            seen.add(parent)
            axis = parent
