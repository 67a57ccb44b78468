"""What packs say of names that the program has no source of: the objects that their attributes and calls give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collint.linking.references import NOTHING, ExternalIs, ExternalObject, Refs, object_of

if TYPE_CHECKING:
    from collint.knowledge.vocabulary import Vocabulary


def attribute(vocabulary: Vocabulary, qualified: str) -> Refs:
    """An attribute, by its qualified name: a group where a row says so, else the name alone."""
    row = vocabulary.accessor(qualified, "attribute")
    return frozenset({ExternalIs(qualified) if row is None else object_of(row)})


def result(vocabulary: Vocabulary, name: str) -> Refs:
    """What calling ``name`` returns: a handle that a row tells of, an object of a class, or nothing that is known."""
    row = vocabulary.accessor(name, "call")
    if row is not None:
        return frozenset({ExternalObject(row.handle) if row.axis else object_of(row)})
    made = vocabulary.new_group(name)
    if made is not None:
        return frozenset({ExternalObject(made.handle)}) if made.handle else NOTHING
    last = name.rpartition(".")[2]
    return frozenset({ExternalObject(name)}) if last[:1].isupper() else NOTHING


def component(vocabulary: Vocabulary, name: str, position: int) -> Refs:
    """One of several results of calling what has this qualified name, where a pack names it: ``initialize[0]``."""
    row = vocabulary.accessor(f"{name}[{position}]", "call")
    return NOTHING if row is None else frozenset({object_of(row)})
