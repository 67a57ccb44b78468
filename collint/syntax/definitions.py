"""Functions, lambdas and classes that are defined inside the slice, and parameters.

The statements of their bodies are lowered by ``statements``; names of other files are not resolved here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from collint.ir.expressions import LAMBDA, Argument, Attr, Expr, FunctionRef, Name
from collint.ir.statements import Call, Function, Parameter, Return
from collint.syntax.annotations import annotation
from collint.syntax.expressions import arguments
from collint.syntax.frame import ClassBody, ExpressionRule, Frame, StatementRule
from collint.syntax.targets import store_name

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def function_definition(frame: Frame, node: AnyFunction) -> None:
    """A nested ``def``: its decorators and defaults run here, its body becomes a function of its own.

    In a function the name then holds what the decorators returned. In a module or class body, where decorators are
    known from the project's index, it keeps denoting the definition itself.
    """
    decorators = [frame.expression(item) for item in node.decorator_list]
    parameters = lower_parameters(frame, node.args)
    qualname = frame.unit.declare(frame.nested(node.name))
    if frame.unit.bodies:
        lower_function(Frame(frame.unit, qualname), node, parameters, qualname)
    defined: Expr = FunctionRef(qualname)
    decorated = _decorate(frame, node.decorator_list, decorators, defined)
    in_function = frame.unit.bodies and frame.class_body is None
    store_name(frame, node.name, decorated if in_function else defined, frame.span(node))


def lower_function(frame: Frame, node: AnyFunction, parameters: tuple[Parameter, ...], qualname: str) -> None:
    """Lower the body of ``node`` in its own ``frame`` and add it to the unit."""
    frame.suite(node.body)
    frame.unit.functions[qualname] = Function(
        qualname,
        parameters,
        frame.close(),
        frame.span(node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=frame.is_generator,
    )


def _decorate(frame: Frame, nodes: Sequence[ast.expr], decorators: list[Expr], defined: Expr) -> Expr:
    """Emit the calls of the decorators, innermost first, and return the outcome."""
    for node, decorator in reversed(list(zip(nodes, decorators, strict=True))):
        result = frame.fresh()
        frame.emit(Call(result, decorator, (Argument(defined),), frame.span(node)))
        defined = result
    return defined


def class_definition(frame: Frame, node: ast.ClassDef) -> None:
    """A ``class``: its body runs in place and stores attributes of the class, its methods become functions."""
    decorators = [frame.expression(item) for item in node.decorator_list]
    arguments(frame, node.bases, node.keywords)
    qualname = frame.unit.declare(frame.nested(node.name))
    outer = frame.class_body
    owner: Expr = Name(node.name) if outer is None else Attr(outer.owner, node.name)
    span = frame.span(node)
    store_name(frame, node.name, FunctionRef(qualname), span)
    scope = frame.scope
    frame.scope, frame.class_body = qualname, ClassBody(owner)
    frame.suite(node.body)
    frame.scope, frame.class_body = scope, outer
    decorated = _decorate(frame, node.decorator_list, decorators, FunctionRef(qualname))
    if decorators and frame.unit.bodies and outer is None:
        store_name(frame, node.name, decorated, span)


def lambda_expression(frame: Frame, node: ast.Lambda) -> Expr:
    """A lambda is a function that returns its body; comprehension targets around it stay visible inside."""
    place = frame.span(node)
    parameters = lower_parameters(frame, node.args)
    qualname = frame.unit.declare(frame.nested(f"{LAMBDA}{place.line}:{place.column}>"))
    own = {parameter.name: Name(parameter.name) for parameter in parameters}
    inner = Frame(frame.unit, qualname, (*frame.renamed, dict(own)) if frame.renamed else ())
    value = inner.expression(node.body)
    inner.emit(Return(value, frame.span(node.body)))
    frame.unit.functions[qualname] = Function(
        qualname, parameters, inner.close(), place, is_generator=inner.is_generator
    )
    return FunctionRef(qualname)


def lower_parameters(frame: Frame, node: ast.arguments) -> tuple[Parameter, ...]:
    """The parameters in order; their defaults are evaluated in ``frame``, the function around."""
    return tuple([_parameter(frame, kind, item, default) for kind, item, default in _by_kind(node)])


def _by_kind(node: ast.arguments) -> Iterator[tuple[str, ast.arg, ast.expr | None]]:
    positional = (*node.posonlyargs, *node.args)
    without = len(positional) - len(node.defaults)
    for item, default in zip(positional, (*[None] * without, *node.defaults), strict=True):
        yield "positional", item, default
    if node.vararg is not None:
        yield "star", node.vararg, None
    for item, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield "keyword", item, default
    if node.kwarg is not None:
        yield "double-star", node.kwarg, None


def _parameter(frame: Frame, kind: str, node: ast.arg, default: ast.expr | None) -> Parameter:
    spelled = None if node.annotation is None else annotation(frame, node.annotation)
    value: Expr | None = None
    if default is not None:
        setup, value = frame.apart(default)
        for statement in setup:
            frame.emit(statement)
        if setup:
            value = None
    return Parameter(node.arg, kind, spelled, value)


EXPRESSIONS: dict[type[ast.AST], ExpressionRule] = {ast.Lambda: lambda_expression}
STATEMENTS: dict[type[ast.AST], StatementRule] = {
    ast.FunctionDef: function_definition,
    ast.AsyncFunctionDef: function_definition,
    ast.ClassDef: class_definition,
}
