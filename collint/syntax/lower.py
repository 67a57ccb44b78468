"""Lower the text of one function, or of a module's top level, into the small language of :mod:`collint.ir`.

What the statements mean, and where their names lead, is for later rooms; broken text is a problem in the result.
"""

from __future__ import annotations

import re

import libcst as cst

from collint.ir.statements import Function, Span
from collint.syntax import (
    comprehensions,
    conditions,
    definitions,
    expressions,
    imports,
    literals,
    patterns,
    statements,
    structures,
)
from collint.syntax.bounds import overflows
from collint.syntax.frame import Frame, Rules, Unit
from collint.syntax.positions import Positions
from collint.syntax.slices import Lowered, SourceSlice

__all__ = ["MODULE", "Lowered", "SourceSlice", "lower"]

MODULE = "<module>"
_LINE_END = re.compile(r"\r\n?|\n")

_RULES = Rules(
    expressions={
        **literals.RULES,
        **expressions.RULES,
        **conditions.RULES,
        **comprehensions.RULES,
        **definitions.EXPRESSIONS,
    },
    statements={
        **statements.RULES,
        **structures.RULES,
        **imports.RULES,
        **patterns.RULES,
        **definitions.STATEMENTS,
    },
)


def lower(source: SourceSlice) -> Lowered:
    """The slice in the small language. Never raises: text that is not understood gives a problem of one line."""
    try:
        return _lower(source)
    except cst.ParserSyntaxError as error:
        line = error.raw_line + _shift(source)
        return Lowered({}, f"line {line}: {' '.join(error.message.split())}")
    except RecursionError:
        return Lowered({}, "nests too deeply")
    except (cst.CSTValidationError, UnicodeError, ValueError) as error:
        return Lowered({}, " ".join(str(error).split()) or type(error).__name__)


def _lower(source: SourceSlice) -> Lowered:
    if overflows(source.text):
        return Lowered({}, "nests too deeply")
    tree = cst.parse_module(f"if True:\n{source.text}" if _is_indented(source.text) else source.text)
    whole = source.qualname == MODULE
    unit = Unit(source.module, source.is_package, Positions(tree, _shift(source)), _RULES, bodies=not whole)
    if whole:
        _lower_module(unit, tree, source)
        return Lowered(unit.functions)
    definition = _first_definition(tree)
    if definition is None:
        return Lowered({}, "no function definition here")
    _lower_definition(unit, definition, source.qualname)
    return Lowered(unit.functions)


def _lower_module(unit: Unit, tree: cst.Module, source: SourceSlice) -> None:
    frame = Frame(unit, scope="")
    for node in tree.body:
        frame.statement(node)
    lines = _lines(source.text)
    span = Span(source.first_line, 0, source.first_line + len(lines) - 1, len(lines[-1]))
    unit.functions[MODULE] = Function(MODULE, (), frame.close(), span)


def _lower_definition(unit: Unit, node: cst.FunctionDef, qualname: str) -> None:
    unit.declare(qualname)
    around = Frame(unit, scope=qualname.rpartition(".")[0])  # defaults run here; their calls belong to someone else
    parameters = definitions.lower_parameters(around, node.params)
    definitions.lower_function(Frame(unit, qualname), node, parameters, qualname)


def _first_definition(tree: cst.Module) -> cst.FunctionDef | None:
    body: list[cst.CSTNode] = list(tree.body)
    while body:
        node = body.pop(0)
        if isinstance(node, cst.FunctionDef):
            return node
        if isinstance(node, cst.If):  # the wrapping around an indented definition
            body = [*node.body.body, *body]
    return None


def _is_indented(text: str) -> bool:
    for line in _lines(text):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            return line[0] in " \t"
    return False


def _lines(text: str) -> list[str]:
    """The lines as Python counts them: ``str.splitlines`` would also split at form feeds."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def _shift(source: SourceSlice) -> int:
    return source.first_line - (2 if _is_indented(source.text) else 1)
