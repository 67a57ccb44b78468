"""Functions, lambdas and classes that are defined inside the slice, and parameters.

The statements of their bodies are lowered by ``statements``; names of other files are not resolved here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from collint.ir.expressions import LAMBDA, Argument, Attr, Expr, FunctionRef, Name
from collint.ir.statements import Call, Function, Parameter, Return
from collint.syntax.annotations import annotation
from collint.syntax.expressions import arguments
from collint.syntax.frame import ExpressionRule, Frame, StatementRule
from collint.syntax.targets import store_name


def function_definition(frame: Frame, node: cst.FunctionDef) -> None:
    """A nested ``def``: its decorators and defaults run here, its body becomes a function of its own.

    In a function the name then holds what the decorators returned. In a module or class body, where decorators are
    known from the project's index, it keeps denoting the definition itself.
    """
    decorators = [frame.expression(item.decorator) for item in node.decorators]
    parameters = lower_parameters(frame, node.params)
    qualname = frame.unit.declare(frame.nested(node.name.value))
    if frame.unit.bodies:
        lower_function(Frame(frame.unit, qualname), node, parameters, qualname)
    defined: Expr = FunctionRef(qualname)
    decorated = _decorate(frame, node.decorators, decorators, defined)
    in_function = frame.unit.bodies and frame.class_body is None
    store_name(frame, node.name.value, decorated if in_function else defined, frame.span(node))


def lower_function(frame: Frame, node: cst.FunctionDef, parameters: tuple[Parameter, ...], qualname: str) -> None:
    """Lower the body of ``node`` in its own ``frame`` and add it to the unit."""
    frame.suite(node.body)
    frame.unit.functions[qualname] = Function(
        qualname,
        parameters,
        frame.close(),
        frame.span(node),
        is_async=node.asynchronous is not None,
        is_generator=frame.is_generator,
    )


def _decorate(frame: Frame, nodes: Sequence[cst.Decorator], decorators: list[Expr], defined: Expr) -> Expr:
    """Emit the calls of the decorators, innermost first, and return the outcome."""
    for node, decorator in reversed(list(zip(nodes, decorators, strict=True))):
        result = frame.fresh()
        frame.emit(Call(result, decorator, (Argument(defined),), frame.span(node.decorator)))
        defined = result
    return defined


def class_definition(frame: Frame, node: cst.ClassDef) -> None:
    """A ``class``: its body runs in place and stores attributes of the class, its methods become functions."""
    decorators = [frame.expression(item.decorator) for item in node.decorators]
    arguments(frame, (*node.bases, *node.keywords))
    qualname = frame.unit.declare(frame.nested(node.name.value))
    outer = frame.class_body
    owner: Expr = Name(node.name.value) if outer is None else Attr(outer.owner, node.name.value)
    span = frame.span(node)
    store_name(frame, node.name.value, FunctionRef(qualname), span)
    with frame.running_class(qualname, owner):
        frame.suite(node.body)
    decorated = _decorate(frame, node.decorators, decorators, FunctionRef(qualname))
    if decorators and frame.unit.bodies and outer is None:
        store_name(frame, node.name.value, decorated, span)


def lambda_expression(frame: Frame, node: cst.Lambda) -> Expr:
    """A lambda is a function that returns its body; comprehension targets around it stay visible inside."""
    place = frame.span(node)
    parameters = lower_parameters(frame, node.params)
    qualname = frame.unit.declare(frame.nested(f"{LAMBDA}{place.line}:{place.column}>"))
    own = {parameter.name: Name(parameter.name) for parameter in parameters}
    inner = Frame(frame.unit, qualname, (*frame.renamed, dict(own)) if frame.renamed else ())
    value = inner.expression(node.body)
    inner.emit(Return(value, frame.span(node.body)))
    frame.unit.functions[qualname] = Function(
        qualname, parameters, inner.close(), place, is_generator=inner.is_generator
    )
    return FunctionRef(qualname)


def lower_parameters(frame: Frame, node: cst.Parameters) -> tuple[Parameter, ...]:
    """The parameters in order; their defaults are evaluated in ``frame``, the function around."""
    return tuple(_parameter(frame, kind, item) for kind, item in _by_kind(node))


def _by_kind(node: cst.Parameters) -> Iterator[tuple[str, cst.Param]]:
    for item in (*node.posonly_params, *node.params):
        yield "positional", item
    if isinstance(node.star_arg, cst.Param):
        yield "star", node.star_arg
    for item in node.kwonly_params:
        yield "keyword", item
    if node.star_kwarg is not None:
        yield "double-star", node.star_kwarg


def _parameter(frame: Frame, kind: str, node: cst.Param) -> Parameter:
    spelled = None if node.annotation is None else annotation(frame, node.annotation.annotation)
    default: Expr | None = None
    if node.default is not None:
        setup, value = frame.apart(node.default)
        for statement in setup:
            frame.emit(statement)
        default = None if setup else value
    return Parameter(node.name.value, kind, spelled, default)


EXPRESSIONS: dict[type[cst.CSTNode], ExpressionRule] = {cst.Lambda: lambda_expression}
STATEMENTS: dict[type[cst.CSTNode], StatementRule] = {
    cst.FunctionDef: function_definition,
    cst.ClassDef: class_definition,
}
