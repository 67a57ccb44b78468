"""The values of one function: a hash-consed static single assignment graph. :mod:`collint.ir.ssa` builds it.

A node is a value at a place; its arguments are the nodes that it is computed from. Equal pure expressions over equal
nodes are one node, so that node identity is value identity (global value numbering). Attribute paths that the function
stores (``self.count``) are variables like any other. What a call does to its arguments is explicit: ``after`` nodes.
"""

from __future__ import annotations

from collint.ir.graph import Graph
from collint.ir.node import Node
from collint.ir.statements import Call, Span
from collint.record import Mutable


class Effect(Node, frozen=True):
    """Which part of a call a value was: ``role`` is ``argument``, ``receiver`` or ``object`` (its attribute
    ``attribute`` may change).

    ``position`` indexes ``Call.arguments``; ``whole`` is false when only an element of the value was handed over.
    """

    role: str
    position: int = 0
    whole: bool = True
    attribute: str = ""


class Value(Node, frozen=True):
    """One node. ``kind`` and ``label`` say what it is, ``arguments`` what it is computed from.

    ============ ======================================= =====================================
    kind         label                                   arguments
    ============ ======================================= =====================================
    parameter    its name
    name         a name that is not local
    import       the qualified name
    const        the literal's text
    attr         the attribute's name                    base
    index                                                base, index
    slice                                                lower, upper, step
    op           the operator                            operands
    display      tuple, list, set, dict or a
                 comprehension's kind                    items
    star                                                 value
    choose                                               condition, then, other
    function     the qualified name in the module
    call         the :class:`Call`                       function, then one per argument
    after        an :class:`Effect`                      the value before, the call
    stored       ``index``                               the container before, index, value
    collected                                            the collection before, the element
    phi          the variable                            one per predecessor of its block
    element      the head's block number                 iterable
    enter                                                manager
    yielded, awaited                                     value
    caught       the handler's block number              types
    unknown
    ============ ======================================= =====================================
    """

    kind: str
    label: object
    arguments: tuple[int, ...]
    block: int
    span: Span | None


class AttributeStore(Node, frozen=True):
    """``base.name = value`` in ``block``; ``base`` and ``value`` are nodes."""

    base: int
    name: str
    value: int
    block: int
    span: Span


class CallSiteNode(Node, frozen=True):
    """A call with its node, for those who look for calls rather than values."""

    node: int
    call: Call
    block: int


class ValueGraph(Mutable):
    """All values of one function, and where they matter.

    ``conditions`` maps a block that ends in a branch or loop head to the node that decides it (for a loop head: the
    iterable). ``finals`` maps a parameter to its value on return, where a call or store may have changed it.
    ``assigned`` lists every value that a variable is given anywhere, ``assigned_in`` in which blocks, for closures,
    which see it at an unknown time. ``predecessors`` are those of each block, exceptional edges included, in the order
    of a phi's arguments; ``dominators`` holds the immediate dominator of each block. Nobody writes to it: what is empty
    is one object in all.
    """

    graph: Graph
    nodes: tuple[Value, ...]
    calls: tuple[CallSiteNode, ...]
    stores: tuple[AttributeStore, ...]
    returns: tuple[tuple[int, int], ...]
    yields: tuple[tuple[int, int], ...]
    conditions: dict[int, int]
    finals: dict[str, int]
    globals_written: dict[str, list[tuple[int, int]]]
    entered: dict[tuple[int, int], int]
    assigned: dict[str, tuple[int, ...]]
    assigned_in: dict[str, tuple[int, ...]]
    predecessors: tuple[tuple[int, ...], ...]
    dominators: tuple[int | None, ...]
    _call_nodes: dict[int, int] | None = None

    def __getitem__(self, node: int) -> Value:
        return self.nodes[node]

    @property
    def call_nodes(self) -> dict[int, int]:
        """The node of each call, by the identity of the step: equal calls may stand in several places."""
        if self._call_nodes is None:
            self._call_nodes = {id(site.call): site.node for site in self.calls}
        return self._call_nodes
