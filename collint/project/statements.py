"""Statements of ``ast`` to facts: opens a record per function and class, and fills it while walking the body.

Expressions are handed to :mod:`collint.project.terms`. Control flow is not represented: all that a body may do counts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from collint.ir.expressions import NONE, Argument, Attr, Op, called_name
from collint.ir.statements import Parameter
from collint.project.annotations import Annotations
from collint.project.atoms import UNKNOWN, name_of
from collint.project.facts import (
    MODULE_BODY,
    ClassFacts,
    Doings,
    DoingsLater,
    FunctionFacts,
    LocalAssign,
    shared_parameter,
)
from collint.project.terms import Body, Terms


class Statements:
    """Walks one file. ``functions`` and ``classes`` grow as bodies end; the module body comes last."""

    def __init__(self, source: str, module: str, is_package: bool) -> None:
        self.functions: list[FunctionFacts] = []
        self.classes: list[ClassFacts] = []
        self.stars: list[str] = []
        self._module = module
        self._package = module if is_package else module.rpartition(".")[0]
        self._lines = source.removeprefix("\ufeff").split("\n")
        self._terms = Terms(source)
        self._annotations = Annotations(self._terms)
        self._seen: dict[str, int] = {}
        self._parent: str | None = None
        self._class: str | None = None
        self._methods: list[tuple[str, str]] = []

    @property
    def imports(self) -> tuple[tuple[str, str], ...]:
        """The imports of the module body."""
        return tuple(dict.fromkeys(self._terms.body.imports))

    def module_body(self, body: Sequence[ast.stmt], lines: int) -> None:
        """Walk the whole file; its own statements become the function ``<module>``."""
        self._block(body)
        own = self._terms.body
        doings = Doings(tuple(own.assigns), tuple(own.calls))
        facts = FunctionFacts(
            MODULE_BODY,
            self._module,
            1,
            1,
            lines,
            DoingsLater(doings),
            is_around=True,
            reads=" ".join(sorted(own.reads)),
            names=_called(doings),
            writes=_written(doings),
        )
        self.functions.insert(0, facts)

    def _block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            _WALKERS.get(type(statement), Statements._other)(self, statement)

    # ------------------------------------------------------------------------------------------------- definitions

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        terms = self._terms
        decorators = tuple([terms.read(decorator) for decorator in node.decorator_list])
        parameters = self._parameters(node.args)
        owner, parent, outer = self._class, self._parent, terms.body
        qualname = self._qualname(node.name)
        if owner is not None:
            self._methods.append((node.name, qualname))
        self._class, self._parent, terms.body = None, qualname, Body(qualname)
        others = len(self.functions)
        self._block(node.body)
        body = terms.body
        self._class, self._parent, terms.body = owner, parent, outer
        doings = Doings(
            tuple(body.assigns), tuple(body.calls), tuple(body.returned), tuple(body.yielded), tuple(body.managers)
        )
        self.functions.append(
            FunctionFacts(
                qualname=qualname,
                module=self._module,
                start_line=_first_line(node),
                def_line=node.lineno,
                end_line=node.end_lineno or node.lineno,
                doings=DoingsLater(doings),
                parameters=parameters,
                owner=owner,
                parent=parent,
                decorators=decorators,
                returns=self._annotations.read(node.returns),
                is_async=type(node) is ast.AsyncFunctionDef,
                is_generator=body.is_generator,
                is_around=len(self.functions) > others,
                imports=tuple(body.imports),
                globals=tuple(body.globals),
                reads=" ".join(sorted(body.reads)),
                names=_called(doings),
                writes=_written(doings),
                body_line=self._body_line(node.body[0]),
                end_offset=node.end_col_offset or 0,
            )
        )

    def _body_line(self, first: ast.stmt) -> int:
        line = first.lineno
        if isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            line = _first_line(first)
        text = self._lines[line - 1]
        own = line < first.lineno or len(text) - len(text.lstrip(" \t\f")) == first.col_offset
        return line if own else 0

    def _parameters(self, node: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
        defaults += node.defaults
        found = [self._parameter(a, "positional", d) for a, d in zip(positional, defaults, strict=True)]
        if node.vararg is not None:
            found.append(self._parameter(node.vararg, "star", None))
        found += [self._parameter(a, "keyword", d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        if node.kwarg is not None:
            found.append(self._parameter(node.kwarg, "double-star", None))
        return tuple(found)

    def _parameter(self, node: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
        value = None
        if default is not None:
            calls = self._terms.body.calls
            before = len(calls)
            value = self._terms.read(default)
            if len(calls) != before or value is UNKNOWN:
                value = None  # a default that calls something cannot be said without the call
        return shared_parameter(Parameter(node.arg, kind, self._annotations.read(node.annotation), value))

    def _classdef(self, node: ast.ClassDef) -> None:
        terms = self._terms
        decorators = tuple([terms.read(decorator) for decorator in node.decorator_list])
        bases = tuple([terms.read(base) for base in node.bases])
        keywords = tuple([Argument(terms.read(k.value), k.arg, 0 if k.arg else 2) for k in node.keywords])
        outer, qualname = self._class, self._qualname(node.name)
        body, outer_methods = terms.body, self._methods
        outer_scope, outer_assigns = body.scope, body.assigns
        self._class, self._methods, body.scope, body.assigns = qualname, [], qualname, []
        self._block(node.body)
        self.classes.append(
            ClassFacts(
                qualname=qualname,
                module=self._module,
                bases=bases,
                keywords=keywords,
                decorators=decorators,
                start_line=_first_line(node),
                end_line=node.end_lineno or node.lineno,
                assigns=tuple(body.assigns),
                methods=tuple(self._methods),
            )
        )
        self._class, self._methods, body.scope, body.assigns = outer, outer_methods, outer_scope, outer_assigns

    def _qualname(self, name: str) -> str:
        around = self._class or self._parent
        qualname = f"{around}.{name}" if around else name
        count = self._seen[qualname] = self._seen.get(qualname, 0) + 1
        return qualname if count == 1 else f"{qualname}#{count}"

    # ----------------------------------------------------------------------------------------------------- imports

    def _import(self, node: ast.Import) -> None:
        imports = self._terms.body.imports
        for alias in node.names:
            if alias.asname:
                imports.append((alias.asname, alias.name))
            else:
                root = alias.name.partition(".")[0]
                imports.append((root, root))

    def _import_from(self, node: ast.ImportFrom) -> None:
        imports = self._terms.body.imports
        source = self._absolute(node.module, node.level)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(source)
            else:
                qualified = f"{source}.{alias.name}" if source else alias.name
                imports.append((alias.asname or alias.name, qualified))

    def _absolute(self, module: str | None, level: int) -> str:
        if level == 0:
            return module or ""
        package = self._package.split(".") if self._package else []
        base = package[: max(len(package) - level + 1, 0)]
        return ".".join([*base, module] if module else base)

    # -------------------------------------------------------------------------------------------------- assignments

    def _assign(self, node: ast.Assign) -> None:
        value = self._terms.read(node.value)
        for target in node.targets:
            self._terms.bind(target, value, node.lineno)

    def _annotated(self, node: ast.AnnAssign) -> None:
        terms = self._terms
        value = None if node.value is None else terms.read(node.value)
        annotation = self._annotations.read(node.annotation)
        terms.body.assigns.append(LocalAssign(terms.read(node.target), value, annotation, node.lineno))

    def _augmented(self, node: ast.AugAssign) -> None:
        terms = self._terms
        target, value = terms.read(node.target), terms.read(node.value)
        if isinstance(node.target, ast.Attribute):
            terms.body.reads.add(node.target.attr)
        whole = Op("+", (target, value)) if type(node.op) is ast.Add else UNKNOWN
        terms.body.assigns.append(LocalAssign(target, whole, None, node.lineno))

    def _type_alias(self, node: Any) -> None:
        value = self._annotations.read(node.value)
        self._terms.body.assigns.append(LocalAssign(name_of(node.name.id), value, None, node.lineno))

    def _declaration(self, node: ast.Global | ast.Nonlocal) -> None:
        self._terms.body.globals += node.names

    # ------------------------------------------------------------------------------------------------ other statements

    def _expression(self, node: ast.Expr) -> None:
        if type(node.value) is not ast.Constant:
            self._terms.read(node.value)

    def _return(self, node: ast.Return) -> None:
        self._terms.body.returned.append(NONE if node.value is None else self._terms.read(node.value))

    def _branch(self, node: ast.If | ast.While) -> None:
        self._terms.read(node.test)
        self._block(node.body)
        self._block(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self._terms.read(node.iter)
        self._terms.bind(node.target, Op("element", (iterable,)), node.lineno)
        self._block(node.body)
        self._block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            manager = self._terms.read(item.context_expr)
            self._terms.body.managers.append(manager)
            if item.optional_vars is not None:
                self._terms.bind(item.optional_vars, Op("entered", (manager,)), item.context_expr.lineno)
        self._block(node.body)

    def _try(self, node: ast.Try) -> None:
        self._block(node.body)
        for handler in node.handlers:
            caught = UNKNOWN if handler.type is None else self._terms.read(handler.type)
            if handler.name:
                value = Op("caught", (caught,))
                self._terms.body.assigns.append(LocalAssign(name_of(handler.name), value, None, handler.lineno))
            self._block(handler.body)
        self._block(node.orelse)
        self._block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self._terms.read(node.subject)
        for case in node.cases:
            for name in _captures(case.pattern):
                self._terms.body.assigns.append(LocalAssign(name_of(name), UNKNOWN, None, case.pattern.lineno))
            if case.guard is not None:
                self._terms.read(case.guard)
            self._block(case.body)

    def _ignore(self, node: ast.stmt) -> None:
        """``pass``, ``break``, ``continue``: nothing to remember."""

    def _other(self, node: ast.stmt) -> None:
        """``raise``, ``assert``, ``del``: only the calls inside count."""
        self._terms.read_parts(node)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Where the definition begins, its decorators included."""
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno


def _captures(pattern: ast.AST) -> list[str]:
    names: list[str] = []
    for part in ast.walk(pattern):
        name = getattr(part, "rest", None) if isinstance(part, ast.MatchMapping) else None
        if isinstance(part, (ast.MatchAs, ast.MatchStar)):
            name = part.name
        if name:
            names.append(name)
    return names


_WALKERS: dict[type, Callable[[Statements, Any], None]] = {
    ast.FunctionDef: Statements._function,
    ast.AsyncFunctionDef: Statements._function,
    ast.ClassDef: Statements._classdef,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import_from,
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Global: Statements._declaration,
    ast.Nonlocal: Statements._declaration,
    ast.Expr: Statements._expression,
    ast.Return: Statements._return,
    ast.If: Statements._branch,
    ast.While: Statements._branch,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    ast.Match: Statements._match,
    ast.Pass: Statements._ignore,
    ast.Break: Statements._ignore,
    ast.Continue: Statements._ignore,
}
for _name, _walker in (("TryStar", Statements._try), ("TypeAlias", Statements._type_alias)):
    if hasattr(ast, _name):
        _WALKERS[getattr(ast, _name)] = _walker


def _called(doings: Doings) -> str:
    return " ".join(sorted({called_name(site.function) for site in doings.calls} - {""}))


def _written(doings: Doings) -> str:
    return " ".join(sorted({assign.target.name for assign in doings.assigns if isinstance(assign.target, Attr)}))
