"""Lower the text of one function, or of a module's top level, into the small language of :mod:`collint.ir`.

What the statements mean, and where their names lead, is for later rooms; broken text is a problem in the result.
"""

from __future__ import annotations

import ast
import re
import warnings

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
from collint.syntax.frame import Frame, Rules, Unit
from collint.syntax.positions import Positions, lines_of
from collint.syntax.slices import Lowered, SourceSlice

__all__ = ["MODULE", "Lowered", "SourceSlice", "lower"]

MODULE = "<module>"
_INDENTED = re.compile(r"(?:[ \t\f]*(?:#[^\r\n]*)?[\r\n])*(?:[ \t]*\f)*[ \t]+[^ \t\f#\r\n]")

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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the analysed code are not ours to report
            return _lower(source)
    except SyntaxError as error:
        line = (error.lineno or 1) + _shift(source)
        return Lowered({}, f"line {line}: {' '.join(error.msg.split())}")
    except (RecursionError, MemoryError):  # the latter from the parser, whose own stack is bounded
        return Lowered({}, "nests too deeply")
    except ValueError as error:
        return Lowered({}, " ".join(str(error).split()) or type(error).__name__)


def _lower(source: SourceSlice) -> Lowered:
    text = f"if True:\n{source.text}" if _is_indented(source.text) else source.text
    tree = ast.parse(text)
    whole = source.qualname == MODULE
    unit = Unit(source.module, source.is_package, Positions(text, _shift(source)), _RULES, bodies=not whole)
    if whole:
        _lower_module(unit, tree, source)
        return Lowered(unit.functions)
    definition = _first_definition(tree)
    if definition is None:
        return Lowered({}, "no function definition here")
    _lower_definition(unit, definition, source.qualname)
    return Lowered(unit.functions)


def _lower_module(unit: Unit, tree: ast.Module, source: SourceSlice) -> None:
    frame = Frame(unit, scope="")
    frame.suite(tree.body)
    lines = lines_of(source.text)
    span = Span(source.first_line, 0, source.first_line + len(lines) - 1, len(lines[-1]))
    unit.functions[MODULE] = Function(MODULE, (), frame.close(), span)


def _lower_definition(unit: Unit, node: definitions.AnyFunction, qualname: str) -> None:
    unit.declare(qualname)
    around = Frame(unit, scope=qualname.rpartition(".")[0])  # defaults run here; their calls belong to someone else
    parameters = definitions.lower_parameters(around, node.args)
    definitions.lower_function(Frame(unit, qualname), node, parameters, qualname)


def _first_definition(tree: ast.Module) -> definitions.AnyFunction | None:
    body = tree.body
    while body:
        node, *body = body
        if isinstance(node, definitions.AnyFunction):
            return node
        if isinstance(node, ast.If):  # the wrapping around an indented definition
            body = [*node.body, *body]
    return None


def _is_indented(text: str) -> bool:
    return _INDENTED.match(text) is not None


def _shift(source: SourceSlice) -> int:
    return source.first_line - (2 if _is_indented(source.text) else 1)
