"""Indices that pick the entries of an array for which something is true, so that their contents tell how many.

What a mask makes of a size is in :mod:`collint.checks.measuring`.
"""

from __future__ import annotations

from collint.checks.context import Context
from collint.ir.statements import Call
from collint.linking.meaning import called_name
from collint.linking.program import Body
from collint.uniformity.subscripts import selects


def is_mask(context: Context, body: Body, node: int) -> bool:
    """Whether an index selects by true and false, by the way it is made, by its type, or by its name."""
    return selects(body, node, lambda part: _is_called_mask(context, body, part))


def _is_called_mask(context: Context, body: Body, node: int) -> bool:
    value = body.values[node]
    if value.kind in ("after", "stored"):
        return is_mask(context, body, value.arguments[0])
    if value.kind == "call" and isinstance(value.label, Call):
        row = context.meanings.of_call(body, node).transfer
        return called_name(value.label) == "bool" and row is not None and row.name.startswith(".")
    return value.kind in ("parameter", "name", "attr") and str(value.label).rpartition("_")[2] in ("mask", "masks")
