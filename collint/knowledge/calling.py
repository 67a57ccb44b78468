"""Rows about calls that run other functions: by name, registered, handed to threads and hooks, or on a class's behalf.

All other rows, and what their fields have in common, are in :mod:`collint.knowledge.rows`.
"""

# Annotations are no text in this module: msgspec would compile each of them when it first reads such a value.

from typing import Literal

from collint.knowledge.rows import Confidence, Named


class Dispatcher(Named, frozen=True, kw_only=True):
    """A call that runs a method by its name: ``method`` is the argument with the string, ``classes`` hold it."""

    method: str
    classes: tuple[str, ...]
    agrees: tuple[str, ...] = ()


class Registration(Named, frozen=True, kw_only=True):
    """A call that registers ``function`` (an argument) as ``prefix`` + the string in ``operation``."""

    operation: str
    function: str
    prefix: str


class Delegate(Named, frozen=True, kw_only=True):
    """A method of a library's class that runs a method of the program's subclass: ``Function.apply`` runs ``forward``.

    It is asked of the class, and fills the first parameter of ``runs`` by itself (``ctx``), unless the subclass defines
    ``unless``.
    """

    runs: str
    unless: str = ""


class Handed(Named, frozen=True, kw_only=True):
    """A method that a library calls on the program's subclass with data of this rank: ``training_step(batch)``.

    ``arguments`` are those that differ between ranks; ``what`` finishes the sentence "NAME is ...". ``confidence`` is
    that of their contents, ``size`` that of their sizes: a batch may be of one size everywhere.
    """

    arguments: tuple[str, ...]
    what: str
    confidence: Confidence = "medium"
    size: Confidence = "low"


class Application(Named, frozen=True, kw_only=True):
    """A call that runs a function it is handed, before it returns: ``checkpoint(f, x)``, ``tree_map(f, tree)``.

    ``function`` is the argument that holds it. It gets the arguments behind it; with ``each``, what those contain, one
    at a time.
    """

    function: str
    each: bool = False


class Entry(Named, frozen=True, kw_only=True):
    """A call that has a function run by somebody else: another thread, an exit hook, a finalizer, a signal.

    ``function`` is the argument that holds it, ``arguments`` the tuple of what it is called with; without that field
    it gets the positional arguments behind it, or, where ``passes_on`` is false, arguments that are made elsewhere.
    ``methods`` are run that way in subclasses of the named class. ``decorator`` marks a call whose result decorates
    the function. ``pool`` threads run several such functions at once, as ``handler`` threads of a server do. A ``task``
    takes turns with others at each ``await``; it is made of the coroutines among the call's arguments. A name that
    begins with ``.`` is a method on any receiver.
    """

    runs: Literal["thread", "pool", "handler", "task", "exit", "finalizer", "signal"]
    function: str = ""
    arguments: str = ""
    passes_on: bool = True
    methods: tuple[str, ...] = ()
    decorator: bool = False
