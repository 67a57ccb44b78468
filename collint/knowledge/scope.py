"""Choose the packs that say something about a program: those of the libraries that it defines or imports.

Names of other libraries could not occur in it, but their axes would count as axes of its mesh and their hints would
guess at its parameters. What the program imports is found out elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from collint.knowledge.pack import Pack


def packs_in_play(packs: Iterable[Pack], modules: Collection[str]) -> tuple[Pack, ...]:
    """Those of ``packs`` that count where the top-level ``modules`` are defined or imported, in the given order.

    A pack that counts brings along those that it extends, and all packs of one library count together.
    """
    packs = tuple(packs)
    wanted = [pack.library for pack in packs if pack.always or not modules_of(pack).isdisjoint(modules)]
    libraries = with_extended(packs, wanted)
    return tuple(pack for pack in packs if pack.library in libraries)


def with_extended(packs: Collection[Pack], libraries: Iterable[str]) -> frozenset[str]:
    """``libraries`` and all that their packs extend, directly or through others."""
    found: set[str] = set()
    waiting = list(libraries)
    while waiting:
        library = waiting.pop()
        if library not in found:
            found.add(library)
            waiting.extend(base for pack in packs if pack.library == library for base in pack.extends)
    return frozenset(found)


def modules_of(pack: Pack) -> frozenset[str]:
    """The top-level modules that are this pack's library."""
    return frozenset(pack.modules or (pack.library,))
