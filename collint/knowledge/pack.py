"""A knowledge pack as a value: its head and its tables. Rows are in ``rows``; loading is elsewhere."""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from typing import Literal

import msgspec

from collint.knowledge.calling import Application, Delegate, Dispatcher, Entry, Handed, Registration
from collint.knowledge.rows import (
    Accessor,
    Agreement,
    Array,
    Collective,
    Counterpart,
    Ending,
    Failure,
    Group,
    Handle,
    Hint,
    Mesh,
    NewGroup,
    PointToPoint,
    Rank,
    Size,
    Source,
    Transfer,
    Uniform,
)


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One TOML file: a library's vocabulary.

    ``extends`` names the libraries that this one builds on: their packs come before it and count wherever it does.
    ``modules`` are the top-level names under which Python imports the library (default: its name); the pack counts for
    programs that define or import one of them, with ``always`` for every program.
    """

    schema: Literal[1]
    library: str
    modules: tuple[str, ...] = ()
    always: bool = False
    extends: tuple[str, ...] = ()
    about: str = ""
    mesh: tuple[Mesh, ...] = ()
    group: tuple[Group, ...] = ()
    accessor: tuple[Accessor, ...] = ()
    handle: tuple[Handle, ...] = ()
    rank: tuple[Rank, ...] = ()
    size: tuple[Size, ...] = ()
    collective: tuple[Collective, ...] = ()
    p2p: tuple[PointToPoint, ...] = ()
    agreement: tuple[Agreement, ...] = ()
    source: tuple[Source, ...] = ()
    uniform: tuple[Uniform, ...] = ()
    hint: tuple[Hint, ...] = ()
    transfer: tuple[Transfer, ...] = ()
    new_group: tuple[NewGroup, ...] = ()
    counterpart: tuple[Counterpart, ...] = ()
    dispatcher: tuple[Dispatcher, ...] = ()
    registration: tuple[Registration, ...] = ()
    delegate: tuple[Delegate, ...] = ()
    handed: tuple[Handed, ...] = ()
    application: tuple[Application, ...] = ()
    array: tuple[Array, ...] = ()
    entry: tuple[Entry, ...] = ()
    failure: tuple[Failure, ...] = ()
    ending: tuple[Ending, ...] = ()
