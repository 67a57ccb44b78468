"""What the index keeps of one file."""

from __future__ import annotations

import ast
import warnings
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collint.ir.expressions import (
    NONE,
    Argument,
    Attr,
    CallExpr,
    Const,
    Display,
    Expr,
    FunctionRef,
    Index,
    Name,
    Op,
    Star,
    dotted,
)
from collint.ir.node import Reader, written
from collint.ir.statements import Parameter
from collint.project.decorators import is_classmethod, is_contextmanager, is_property, is_static
from collint.project.facts import LocalAssign, ModuleFacts, with_shared_parts
from collint.project.index import index_module
from tests.project.support import function_of, indexed

UNKNOWN = Op("unknown", ())


def bindings(source: str, qualname: str = "f") -> list[tuple[str | None, Expr | None]]:
    return [(dotted(assign.target), assign.value) for assign in function_of(source, qualname).assigns]


def called(source: str, qualname: str = "f") -> list[str | None]:
    return [dotted(site.function) for site in function_of(source, qualname).calls]


def test_qualnames_tell_where_a_definition_stands_and_which_of_several_it_is() -> None:
    facts = indexed(
        """
        def f():
            def inner(): ...
            class Local:
                def method(self): ...
        class C:
            class D:
                def method(self):
                    def helper(): ...
            @property
            def x(self): ...
            @x.setter
            def x(self, value): ...
        def f(): ...
        """
    )
    found = {function.qualname: (function.owner, function.parent) for function in facts.functions}
    assert found == {
        "<module>": (None, None),
        "f": (None, None),
        "f.inner": (None, "f"),
        "f.Local.method": ("f.Local", "f"),
        "C.D.method": ("C.D", None),
        "C.D.method.helper": (None, "C.D.method"),
        "C.x": ("C", None),
        "C.x#2": ("C", None),
        "f#2": (None, None),
    }
    assert {klass.qualname: klass.methods for klass in facts.classes} == {
        "f.Local": (("method", "f.Local.method"),),
        "C": (("x", "C.x"), ("x", "C.x#2")),
        "C.D": (("method", "C.D.method"),),
    }


def test_a_definition_begins_with_its_first_decorator() -> None:
    facts = function_of("import a\n@a.b\n@c(1)\ndef f():\n    pass\n")
    assert (facts.start_line, facts.def_line, facts.end_line) == (2, 4, 5)
    assert facts.decorators == (Attr(Name("a"), "b"), CallExpr(Name("c"), (Argument(Const("1")),)))


def test_parameters_keep_kind_annotation_and_callless_default() -> None:
    facts = function_of("def f(a, /, b: 'x.Y' = None, *c, d: int = g(), **e) -> list['Z']: ...")
    assert facts.parameters == (
        Parameter("a"),
        Parameter("b", annotation=Attr(Name("x"), "Y"), default=NONE),
        Parameter("c", "star"),
        Parameter("d", "keyword", annotation=Name("int")),
        Parameter("e", "double-star"),
    )
    assert facts.returns == Index(Name("list"), Name("Z"))


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Optional['A']", Index(Name("Optional"), Name("A"))),
        ("'A | None'", Op("|", (Name("A"), NONE))),
        ("Literal['A']", Index(Name("Literal"), Const("'A'"))),
        ("Annotated['A', g()]", Name("A")),
        ("'not python'", UNKNOWN),
    ],
)
def test_annotations_in_quotes_are_read_and_run_nothing(annotation: str, expected: Expr) -> None:
    facts = function_of(f"def f(a: {annotation}): ...")
    assert facts.parameters[0].annotation == expected
    assert facts.calls == ()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("x = y.z", [("x", Attr(Name("y"), "z"))]),
        ("x = self.y = 1", [("x", Const("1")), ("self.y", Const("1"))]),
        ("a, b = b, a", [("a", Name("b")), ("b", Name("a"))]),
        ("a, (b, c) = v", [("a", Index(Name("v"), Const("0"))), *[
            (name, Index(Index(Name("v"), Const("1")), Const(str(i)))) for i, name in enumerate("bc")]]),
        ("a, *b, c = v", [
            ("a", Index(Name("v"), Const("0"))),
            ("b", Op("slice-rest", (Name("v"), Const("1"), Const("-1")))),
            ("c", Index(Name("v"), Const("-1"))),
        ]),
        ("for x in xs: pass", [("x", Op("element", (Name("xs"),)))]),
        ("[x for x in xs]", [("x", Op("element", (Name("xs"),)))]),
        ("with m as x: pass", [("x", Op("entered", (Name("m"),)))]),
        ("if (x := y): pass", [("x", Name("y"))]),
        ("x += y", [("x", Op("+", (Name("x"), Name("y"))))]),
        ("x: T", [("x", None)]),
        ("try: pass\n    except E as x: pass", [("x", Op("caught", (Name("E"),)))]),
        ("match v:\n        case [x, *y]: pass", [("x", UNKNOWN), ("y", UNKNOWN)]),
    ],
)  # fmt: skip
def test_every_binder_says_what_its_target_receives(
    statement: str, expected: list[tuple[str | None, Expr | None]]
) -> None:
    assert bindings(f"def f():\n    {statement}\n") == expected


def test_nested_calls_have_their_own_sites_innermost_first() -> None:
    sites = function_of("def f():\n    a.b(c(1), *d, k=e, **g)\n").calls
    inner = CallExpr(Name("c"), (Argument(Const("1")),))
    assert [site.function for site in sites] == [Name("c"), Attr(Name("a"), "b")]
    assert sites[1].arguments == (
        Argument(inner),
        Argument(Name("d"), star=1),
        Argument(Name("e"), "k"),
        Argument(Name("g"), star=2),
    )


def test_lambdas_comprehensions_and_class_bodies_belong_to_the_function_around_them() -> None:
    source = """
        def f():
            g = lambda x=a(): b(lambda: c())
            [d(x) for x in e() if h(x)]
            class C(i()):
                y = j()
            @k()
            def inner(z=l()):
                m()
            raise n(f"{o()}")
        """
    assert sorted(name or "" for name in called(source)) == list("abcdehijklno")
    assert bindings(source)[0] == ("g", FunctionRef("f.<lambda@3:8>"))


def test_a_lambda_is_named_by_its_scope_and_its_column_in_characters() -> None:
    assert bindings("x = lambda: 1", "<module>") == [("x", FunctionRef("<lambda@1:4>"))]
    assert "<lambda@1:9>" in str(bindings("x = 'é', lambda: 1", "<module>"))
    assert indexed("class C:\n    x = lambda: lambda: 1").classes[0].assigns[0].value == FunctionRef("C.<lambda@2:8>")
    in_f_string = function_of("def f():\n    x = 'é', f'a {g(lambda: 1)}'").calls[0]
    assert in_f_string.arguments == (Argument(FunctionRef("f.<lambda@2:13>")),)


def test_unpacking_in_a_dict_stands_as_a_key() -> None:
    assert bindings("x = {'k': v, **other}", "<module>")[0][1] == Display(
        "dict", (Const("'k'"), Name("v"), Star(Name("other"), double=True), NONE)
    )


def test_generators_async_functions_returns_and_globals_are_noted() -> None:
    source = """
        async def f():
            global counter
            counter = 1
            if a: return
            return await b()
        def g():
            yield a
            yield from b
            def not_this(): yield c
        def h():
            return lambda: (yield)
        """
    f, g, h = (function_of(source, name) for name in "fgh")
    assert (f.is_async, f.is_generator, f.globals) == (True, False, ("counter",))
    assert f.returned == (NONE, CallExpr(Name("b"), ()))
    assert (g.is_generator, g.yielded) == (True, (Name("a"), Op("element", (Name("b"),))))
    assert not h.is_generator


def test_imports_are_absolute_and_all_alternatives_count() -> None:
    facts = indexed(
        """
        import a.b, c.d as e
        from . import sibling
        from ..up import x as y
        from q import *
        try:
            from fast import kernel
        except ImportError:
            from slow import kernel
        def f():
            from .z import w
        """,
        "top.pkg.mod",
    )
    assert facts.imports == (
        ("a", "a"),
        ("e", "c.d"),
        ("sibling", "top.pkg.sibling"),
        ("y", "top.up.x"),
        ("kernel", "fast.kernel"),
        ("kernel", "slow.kernel"),
    )
    assert facts.stars == ("q",)
    assert facts.functions[1].imports == (("w", "top.pkg.z.w"),)


def test_relative_imports_of_a_package_start_at_itself_and_stop_at_the_top() -> None:
    assert indexed("from .x import y", "pkg", package=True).imports == (("y", "pkg.x.y"),)
    assert indexed("from .....x import y", "a.b", package=True).imports == (("y", "x.y"),)


def test_class_bodies_keep_their_own_assignments() -> None:
    klass = indexed("class C(Base[T], metaclass=M):\n    a: int = 1\n    b = a\n").classes[0]
    assert klass.bases == (Index(Name("Base"), Name("T")),)
    assert klass.keywords == (Argument(Name("M"), "metaclass"),)
    assert klass.assigns == (
        LocalAssign(Name("a"), Const("1"), Name("int"), 2),
        LocalAssign(Name("b"), Name("a"), None, 3),
    )


def test_decorators_say_what_kind_of_method_it_is() -> None:
    source = """
        class C:
            @functools.cached_property
            def a(self): ...
            @staticmethod
            def b(): ...
            @classmethod
            def c(cls): ...
            def __new__(cls): ...
            @contextlib.contextmanager
            def d(self): ...
        """
    a, b, c, new, d = (function_of(source, f"C.{name}") for name in ("a", "b", "c", "__new__", "d"))
    assert (is_property(a), is_property(b)) == (True, False)
    assert (is_static(b), is_static(c)) == (True, False)
    assert (is_classmethod(c), is_classmethod(new), is_classmethod(d)) == (True, True, False)
    assert (is_contextmanager(d), is_contextmanager(a)) == (True, False)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1\ndef f(:\n", "line 2: "),
        ("x = 1\n\0", "line "),
        ("(" * 5000, "line "),
        ("-" * 50000 + "1", "nests too deeply"),
        ("x = '\udcff'", "line 1: "),
    ],
    ids=["syntax", "null", "parentheses", "depth", "surrogate"],
)
def test_a_file_that_does_not_parse_is_a_problem_not_an_exception(source: str, problem: str) -> None:
    facts = index_module(source, "a.py", "a", False)
    assert facts.problem is not None
    assert facts.problem.startswith(problem)
    assert "\n" not in facts.problem
    assert facts.functions == ()


def test_warnings_of_the_analysed_code_are_not_shown() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert index_module("x = '\\d'\ny = 1 is 1\n", "a.py", "a", False).problem is None


def test_every_call_outside_annotations_has_a_site() -> None:
    for source in (index_module.__globals__["__file__"], ast.__file__):
        with open(source, encoding="utf-8") as file:
            text = file.read()
        calls = sum(isinstance(node, ast.Call) for node in ast.walk(ast.parse(text)))
        sites = sum(len(function.calls) for function in index_module(text, "a.py", "a", False).functions)
        assert sites == calls


@given(st.text(alphabet="abx=.,()[]{}:*'\"\n \t#fdeéif+-1", max_size=60))
def test_no_text_raises(source: str) -> None:
    facts = index_module(dedent(source), "a.py", "a", False)
    assert (facts.problem is None) == bool(facts.functions)


def test_equal_arguments_and_parameters_are_one_object() -> None:
    facts = indexed(
        """
        def f(x: int):
            return g(x, key=y) + h(x, key=y)
        def k(x: int): ...
        """
    )
    _, f, k = facts.functions
    of_g, of_h = f.calls
    assert [one is other for one, other in zip(of_g.arguments, of_h.arguments, strict=True)] == [True, True]
    assert f.parameters[0] is k.parameters[0]


def test_facts_made_of_bytes_share_their_parts_again() -> None:
    facts = indexed("def f(x: list[int]) -> str: ...\nasync def k(x: list[int]) -> str: ...")
    made = Reader(ModuleFacts).read(written(facts))
    assert made is not None
    shared = with_shared_parts(made)
    assert shared == facts
    f, k = shared.functions[1:]
    assert f.parameters[0] is k.parameters[0]
    assert f.returns is k.returns
    assert f.module is shared.name
