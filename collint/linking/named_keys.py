"""What a key of a dict is as a literal: written out, or by the name of a module's constant (``config[WORLD_RANK]``).

What a dict holds under a key is not looked for here, see :mod:`collint.uniformity.subscripts`.
"""

from __future__ import annotations

from collint.ir.expressions import Const
from collint.linking.program import Body, Program
from collint.project.targets import VariableTarget


def literal_key(program: Program, body: Body, node: int) -> str | None:
    """The text of a literal, or of the literal that the one constant of this name is; None for any other value."""
    value = body.values[node]
    if value.kind == "const":
        return str(value.label)
    if value.kind not in ("name", "import", "attr"):
        return None
    memo: dict[int, str | None] = body.memo.setdefault("literal keys", {})  # type: ignore[assignment]
    if node not in memo:
        memo[node] = _constant(program, body, _dotted(body, node))
    return memo[node]


def _dotted(body: Body, node: int) -> str:
    """``NAME`` or ``module.NAME``; an empty text for other values."""
    value = body.values[node]
    if value.kind == "name":
        return str(value.label)
    base = _dotted(body, value.arguments[0]) if value.kind == "attr" else ""
    return f"{base}.{value.label}" if base else ""


def _constant(program: Program, body: Body, chain: str) -> str | None:
    """The string that a module's variable is, where it is written once and in the module itself."""
    targets = program.project.resolve_name(body.module, body.qualname, chain) if chain else ()
    target = targets[0] if len(targets) == 1 else None
    if not isinstance(target, VariableTarget):
        return None
    writes = program.project.module_writers(target.module, target.name)
    value = writes[0].assign.value if len(writes) == 1 else None
    return value.text if isinstance(value, Const) and value.text[:1] in "'\"" else None
