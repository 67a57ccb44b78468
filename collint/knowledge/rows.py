"""The rows that a knowledge pack may hold: one type per table of its file, :mod:`collint.knowledge.pack`. Values only.

Names are qualified as Python would import them (``torch.distributed.all_reduce``, ``pkg.mod.Class.method``); ``also``
lists further public spellings of the same thing. ``os.environ[RANK]`` is the value that ``os.environ`` gives for the
literal key ``"RANK"``, and ``os.getenv[RANK]`` what the call gives when that is its first argument. An *argument* is
written ``"group@2"`` (keyword ``group``, or third positional; ``self`` does not count), ``"group"`` (keyword only),
``"@2"`` (positional only), ``"receiver"`` (the object before the dot) or ``"result"`` (what the call returns). Axes are
names of the pack's mesh; ``"*"`` stands for every axis.
"""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from typing import Literal

import msgspec

Confidence = Literal["low", "medium", "high"]
Side = Literal["data", "extent", "order"]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all rows share: ``since`` and ``until`` name library releases, ``about`` is for people."""

    since: str = ""
    until: str = ""
    about: str = ""


class Named(Row, frozen=True, kw_only=True):
    """A row about one public name, and its other spellings."""

    name: str
    also: tuple[str, ...] = ()


class Mesh(Row, frozen=True, kw_only=True):
    """The process mesh: its axes, and sub-axes as ``{dcp = "tp"}`` (dcp spans part of tp).

    Along an axis of ``splits`` the ranks hold different objects of the named classes: the stages of a pipeline have
    different layers.
    """

    name: str
    axes: tuple[str, ...]
    within: dict[str, str] = {}
    splits: dict[str, tuple[str, ...]] = {}


class Array(Named, frozen=True, kw_only=True):
    """A class of arrays, whose truth is read from their contents: ``if flags.any():``.

    What operators and methods make of one is one as well, and what functions of the module ``made_by`` return; apart
    from the names in ``apart``, which may be globs.
    """

    made_by: str
    apart: tuple[str, ...] = ()


class Group(Row, frozen=True, kw_only=True):
    """A named process group and the axes that it spans. ``display`` is how messages call it (default: the name).

    ``unknown`` is set where nothing tells which ranks these are: a group of which only this name is known.
    """

    name: str
    axes: tuple[str, ...] = ()
    display: str = ""
    unknown: bool = False


class Accessor(Named, frozen=True, kw_only=True):
    """A function (``kind = "call"``) or attribute/global (``"attribute"``) whose value is the group ``group``.

    ``handle`` is the class of that value. ``in_place`` is an argument that the call turns into such an object, besides
    returning it (``fully_shard``). ``name[0]`` is the first of several results. ``axis`` is an argument whose literal
    names axes of the program's mesh (``get_group("tp")``; for ``.__getitem__`` the key); else the receiver's are meant.
    """

    group: str
    kind: Literal["call", "attribute"] = "call"
    channel: str = ""
    handle: str = ""
    in_place: str = ""
    axis: str = ""


class Handle(Named, frozen=True, kw_only=True):
    """A class whose objects stand for a group: coordinators, communicators.

    ``channels`` maps attributes to the communicator they name (``{device_group = "device", cpu_group = "cpu"}``); the
    object itself is ``channel``. ``ranks`` are attributes that hold the rank within the group, ``leaders`` those that
    are true on exactly one rank of it, ``uniform`` those that are equal on all its ranks, ``named_by`` those that
    hold the name it is registered by. ``made_from`` is the constructor's argument that holds the underlying group.
    Subclasses are included. ``among`` are general classes of such objects: callers tell more than an annotation.
    """

    channel: str = ""
    channels: dict[str, str] = {}
    ranks: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    uniform: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    group: str = ""
    made_from: str = ""
    among: tuple[str, ...] = ()


class Rank(Named, frozen=True, kw_only=True):
    """A call or attribute that tells this process's place in a group; a decorator lets the ranks of ``test`` through.

    ``group`` is an argument spelling when ``group_argument`` is set, else ``of`` names the group (``"world"`` ...).
    ``test`` is set when the value is already a comparison: ``"== 0"`` (is main process), ``"is member"``.
    ``space`` is what the number counts in: ``global`` ranks or the ``group``'s own. ``axis`` is as for an accessor.
    """

    kind: Literal["call", "attribute", "decorator"] = "call"
    of: str = "world"
    group: str = ""
    test: str = ""
    space: Literal["global", "group", "local"] = "group"
    axis: str = ""


class Size(Named, frozen=True, kw_only=True):
    """A call or attribute that tells how many ranks a group has, or whose length does (``side = "extent"``: their
    list).

    ``group`` is an argument spelling (``receiver`` for an attribute of the group), else ``of`` names the group.
    """

    kind: Literal["call", "attribute"] = "call"
    of: str = "world"
    group: str = ""
    side: Literal["data", "extent"] = "data"


class Collective(Named, frozen=True, kw_only=True):
    """A call in which every rank of a group must take part.

    ``family`` is the letter that sequences compare (``all_reduce``, ``barrier``, ...). The group is the argument
    ``group``, ``default_group`` when it is absent or None. ``agrees`` lists the arguments (or ``result``) whose *data*
    is uniform over the group afterwards; ``payload`` the tensors that are sent; ``equal_size`` demands the same extent
    from every rank, unless one of ``sizes``, arguments that tell how much each rank sends, is given; ``root``
    (``root_space`` global or group) must be the same on every rank; ``lists`` are tensor lists that need one entry per
    rank of the group. ``group_root`` is a further argument for the root, in the group's own ranks. ``blocking`` is
    false for one that returns a handle; ``handle_when`` is an argument that makes it return one when true
    (``async_op``). ``lifetime`` marks calls that make a group usable (``begin``) or end it, ``members`` is the argument
    of the former that says how many processes come.

    A name that ends in ``.__call__`` is a call of an object of that class. ``computed_by`` lists such names for a
    method on any receiver (``.backward``): it counts, on the group of that object, where the receiver was computed by a
    call of one. With ``taken_from``, an argument, ``computed_by`` lists classes: it counts, on the object's group,
    where the argument is an object of one or was taken from it (``clip_grad_norm_(model.parameters())``). ``implicit``
    marks a call that is a collective in most programs, not in all; where the program has its source, that is believed
    instead. ``unless_within`` names context managers that stand in for ranks that do not call (``Join``).
    """

    family: str
    group: str = ""
    default_group: str = "world"
    channel: str = ""
    payload: tuple[str, ...] = ()
    agrees: tuple[str, ...] = ()
    gathers: bool = False
    equal_size: bool = False
    sizes: tuple[str, ...] = ()
    root: str = ""
    root_space: Literal["global", "group"] = "global"
    group_root: str = ""
    reduce_op: str = ""
    lists: tuple[str, ...] = ()
    blocking: bool = True
    handle_when: str = ""
    computed_by: tuple[str, ...] = ()
    taken_from: str = ""
    implicit: bool = False
    unless_within: tuple[str, ...] = ()
    lifetime: Literal["", "begin", "end"] = ""
    members: str = ""


class PointToPoint(Named, frozen=True, kw_only=True):
    """A send or receive between two ranks; ``batch`` posts a list of them.

    ``group_peer`` is a further argument for the peer, in the group's own ranks. ``blocking`` is false for one that
    returns a handle. ``unnamed_peer`` is who it is when no argument says: the ``next`` or ``previous`` rank in the
    group's ring. ``agrees`` and the other effects on data do not exist: what arrives is rank-local.
    """

    direction: Literal["send", "receive", "batch", "operation"]
    peer: str = ""
    unnamed_peer: Literal["", "next", "previous"] = ""
    peer_space: Literal["global", "group"] = "global"
    group_peer: str = ""
    group: str = ""
    default_group: str = "world"
    channel: str = ""
    payload: tuple[str, ...] = ()
    blocking: bool = True


class Agreement(Named, frozen=True, kw_only=True):
    """A wrapper that makes ``agrees`` (arguments, ``result``, ``result.NAME``, ``result[N]``) uniform over ``of``."""

    of: str = ""
    group: str = ""
    agrees: tuple[str, ...] = ("result",)


class Source(Named, frozen=True, kw_only=True):
    """Where variation is born: a call, an attribute (``kind``), or every value of a class (``type``).

    ``what`` finishes the sentence "NAME is ..." in a finding: "this rank's free memory". A name that begins with
    ``.`` is a method on any receiver that nothing else explains. A source adds variation on ``sides``; arguments still
    flow as in any call (``set(x)`` has an order of its own and the contents of ``x``). It is none where a literal
    argument begins with one of ``except_for``. Its size is alike on all ranks where the argument ``shared_by`` was made
    by one of ``makers``: a sampler that gives each rank as much.
    ``own`` is the argument that tells what of this process it asks about: a literal there asks every rank of a machine
    the same, which is a weak reason. ``passing`` marks an answer that changes while a rank waits: who keeps it for a
    later turn comes later, but comes. ``mostly_alike`` marks one that ranks seldom differ in when they start: what an
    object keeps of it says little to whoever asks functions away.
    """

    kind: Literal["call", "attribute", "type"] = "call"
    except_for: tuple[str, ...] = ()
    shared_by: str = ""
    makers: tuple[str, ...] = ()
    own: str = ""
    passing: bool = False
    mostly_alike: bool = False
    axes: tuple[str, ...] = ("*",)
    sides: tuple[Side, ...] = ("data",)
    what: str = ""
    confidence: Confidence = "high"


class Uniform(Named, frozen=True, kw_only=True):
    """A call, attribute or type whose value is the same on every rank by contract (configuration, group sizes).

    ``peers`` marks a test that is true wherever there is more than one process (``is_initialized``): what runs where
    it is false has nobody to differ from.
    """

    kind: Literal["call", "attribute", "type"] = "call"
    peers: bool = False


class Failure(Named, frozen=True, kw_only=True):
    """What can fail on one rank while its peers go on: a call, or whatever raises an exception class (``kind``).

    ``what`` finishes the sentence "NAME can fail on one rank alone: ...". ``raises`` are the exceptions of a call, base
    classes of those it raises; without it a handler of any exception may be the one that catches them. ``shared`` marks
    exceptions that come to every rank or to the whole process (a missing module, an interrupt). A name that begins with
    ``.`` is a method on any receiver that nothing else explains.
    """

    kind: Literal["call", "exception"] = "call"
    what: str = ""
    raises: tuple[str, ...] = ()
    confidence: Confidence = "medium"
    shared: bool = False


class Ending(Named, frozen=True, kw_only=True):
    """A call that never returns: it ends the process, or raises."""


class Hint(Row, frozen=True, kw_only=True):
    """A weak guess by name for values that nothing else explains: parameters and attributes matching a glob.

    The first match counts, within a pack in the order of its rows; a hint without axes says "uniform" and so shields
    names that a later, wider glob would catch.
    """

    parameter: tuple[str, ...] = ()
    attribute: tuple[str, ...] = ()
    axes: tuple[str, ...] = ("*",)
    sides: tuple[Side, ...] = ("data",)
    what: str = ""
    confidence: Confidence = "medium"
    rank_of: str = ""


class Transfer(Named, frozen=True, kw_only=True):
    """How a call's result depends on its arguments where the default (data to data, extent to extent) is wrong.

    ``extent_from_data``: arguments whose values size the result (``torch.zeros``). ``data_from_extent``: the result
    tells a size (``len``). ``extent_only``: the result takes over their size, not their contents (``zeros_like``).
    Arguments listed in these three flow that way and no other. ``reads``: the result exposes tensor contents to Python
    (``Tensor.item``). ``shape_from_data``: contents also decide the size (``nonzero``). ``same``: the result stands for
    this argument (``tqdm``, ``cast``). ``only``: apart from arguments listed elsewhere in the row, these alone flow by
    the default (``torch.tensor``: not its device). ``fresh``: the contents are new, whatever the arguments hold
    (``zeros``). ``keeps``: the extent is that of these arguments, taken elementwise, and of nothing else. ``reduces``:
    the argument that names the dimensions to do away with; without it one number is left. ``joins``: a list of arrays
    that are laid end to end. ``pads``: how much longer the kept extent becomes. ``splits``: the number of parts that
    the kept extent is divided into, the first ones longer where it is no multiple. ``converts``: the result has another
    dtype, which the argument names, or the call itself (``name``). ``nothing``: no argument flows at all.
    ``fixed_extent``: the result's size does not depend on the arguments'. ``sorts``: the result does not show the order
    of its arguments (``sorted``, ``len``). ``space``: the result is a rank in this numbering, ``global`` or that of the
    argument ``group``. A name that begins with ``.`` is a method, or an attribute read, on any receiver.
    """

    extent_from_data: tuple[str, ...] = ()
    data_from_extent: tuple[str, ...] = ()
    extent_only: tuple[str, ...] = ()
    shape_from_data: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    reduces: str = ""
    pads: str = ""
    splits: str = ""
    converts: str = ""
    same: str = ""
    fixed_extent: bool = False
    fresh: bool = False
    nothing: bool = False
    sorts: bool = False
    space: Literal["", "global", "group"] = ""
    group: str = ""


class NewGroup(Named, frozen=True, kw_only=True):
    """A call that creates a group; every rank of ``over``, or of the argument ``group``, must make it, in one order.

    ``handle`` is the class of what it returns, where that is not a plain process group. ``local_when`` is an argument
    with which, when true, only the members make the call. ``axis`` is the argument that names the axes of a mesh.
    """

    ranks: str = ""
    local_when: str = ""
    over: str = "world"
    group: str = ""
    handle: str = ""
    axis: str = ""
    collective: bool = True


class Counterpart(Row, frozen=True, kw_only=True):
    """Two entry points that stand in for each other: ``driver`` runs ``dummy`` where ``real`` found nothing to do.

    ``over`` is the group whose ranks may be in either of them at one time (default: all ranks).
    """

    real: str
    dummy: str
    driver: str = ""
    over: str = ""
