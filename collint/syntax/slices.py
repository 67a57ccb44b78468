"""What is lowered at a time, and what that gives. No parser is known here: what was kept is had without one."""

from __future__ import annotations

from collint.ir.node import Node
from collint.ir.statements import Function
from collint.record import Record


class SourceSlice(Record, frozen=True):
    """Whole lines of a file: one function definition with its decorators, or a module (``qualname`` ``<module>``).

    ``first_line`` is the file's line on which ``text`` begins. ``module`` and ``is_package`` make relative imports
    absolute.
    """

    text: str
    qualname: str
    first_line: int
    module: str
    is_package: bool


class Lowered(Node, frozen=True):
    """The functions of a slice by qualified name, the slice's own one included; ``problem`` says why there are none."""

    functions: dict[str, Function]
    problem: str | None = None
