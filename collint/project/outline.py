"""The text of a module without the bodies of its functions, for who wants to know what the module itself does.

Every line and column keeps its place. What the remaining text means is for ``syntax``.
"""

from __future__ import annotations

from collections.abc import Sequence

from collint.project.facts import MODULE_BODY, FunctionFacts, ModuleFacts


def outline(facts: ModuleFacts, lines: Sequence[str]) -> list[str]:
    """``lines`` of the module with each outermost function's body replaced by a name that ends where it ended."""
    found = list(lines)
    for function in facts.functions:
        if function.parent is None and function.qualname != MODULE_BODY and function.body_line:
            _empty(found, function)
    return found


def _empty(lines: list[str], function: FunctionFacts) -> None:
    first, last = function.body_line - 1, function.end_line - 1
    indentation = lines[first][: len(lines[first]) - len(lines[first].lstrip(" \t\f"))]
    end = len(lines[last].encode()[: function.end_offset].decode(errors="replace"))
    if end > len(indentation):  # else the body ends with a text whose last line stands further left
        lines[first:last] = [""] * (last - first)
        lines[last] = indentation + "_" * (end - len(indentation)) + lines[last][end:]
