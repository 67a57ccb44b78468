"""Definitions inside functions, parameters, places, and what lowering answers to broken text."""

from __future__ import annotations

import sys

import pytest

from collint.ir.printer import render_ir
from collint.ir.statements import Assign, Call, Span
from collint.syntax.lower import SourceSlice, lower
from tests.syntax.slices import call_places
from tests.syntax.support import body, function, lowered, printed


def test_nested_definitions_are_functions_of_their_own() -> None:
    functions = lowered("""
        def f():
            def g():
                def h(): pass
            def g(): pass
            class K(Base):
                def m(self): return lambda: 0
            async def c(): pass
        """).functions
    assert {"f", "f.g", "f.g.h", "f.g#2", "f.K.m", "f.K.m.<lambda@6:28>", "f.c"} == set(functions)
    assert functions["f.c"].is_async


def test_decorators_and_defaults_run_where_the_definition_stands() -> None:
    assert printed("""
        t1 = deco(1)
        t2 = h()
        t3 = plain(<f.g>)
        t4 = t1(t3)
        g = t4
        """) == body("""
        @deco(1)
        @plain
        def g(x=h()):
            pass
        """)


def test_a_class_body_stores_attributes_of_the_class() -> None:
    assert printed("""
        x = 0
        K = <f.K>
        K.x = 1
        K.y: int = K.x + z
        K.m = <f.K.m>
        """) == body("""
        x = 0
        class K:
            x = 1
            y: int = x + z
            def m(self): pass
        """)


def test_parameters_have_kinds_types_and_defaults() -> None:
    header = render_ir(
        function("""
        def f(self, /, a: "Foo | None" = None, *args: int, k: Literal["x"], n: list["Foo"] = (), d=g(), **kw):
            pass
        """)
    ).splitlines()[0]
    expected = "def f(self, a: Foo | None = None, *args: int, k: Literal['x'], n: list[Foo] = (), d, **kw):"
    assert expected == header


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the syntax came with Python 3.11")
def test_a_starred_annotation_is_accepted() -> None:
    assert None is lowered("def f(*args: *Ts) -> T:\n    pass\n").problem


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with Python 3.12")
def test_type_parameters_are_accepted() -> None:
    text = "def f[T: int, *Ts](*args: *Ts) -> T:\n    type X[U] = list[U]\n"
    assert "    X = list[U]\n" in render_ir(function(text))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_are_those_of_the_file(newline: str) -> None:
    text = newline.join(['    @d("""', 'no indent""")', "    def f(self):", "        é = g(", "            1)", ""])
    subject = lower(SourceSlice(text, "C.f", 41, "m", False)).functions["C.f"]
    call = subject.body[0]
    assert isinstance(call, Call)
    assert Span(44, 12, 45, 14) == call.span
    assert Span(43, 4, 45, 14) == subject.span


@pytest.mark.parametrize(
    ("call", "place"),
    [
        ("g(x for x in y)", Span(2, 6, 2, 18)),
        ("g((x for x in y if (z)))", Span(2, 7, 2, 26)),
        ("g( ((x) for x in (y) ) )", Span(2, 8, 2, 24)),
        ("é((\n  # the first (\n  (x)\n  for x in (\n   y\n  ) # the last )\n ) )", Span(4, 2, 7, 3)),
    ],
)
def test_a_generator_stands_between_its_brackets(call: str, place: Span) -> None:
    assigned = function(f"def f():\n    {call}\n").body[0]
    assert isinstance(assigned, Assign)
    assert place == assigned.span


def test_a_form_feed_before_an_indented_definition_is_not_its_indentation() -> None:
    text = "\f    def f(self):\n        g()\n"
    assert Span(1, 5, 2, 11) == lower(SourceSlice(text, "f", 1, "m", False)).functions["f"].span


def test_a_form_feed_ends_no_line() -> None:
    text = "def f():\n    a = 1\n\f\n    b()\n"
    call = lower(SourceSlice(text, "f", 1, "m", False)).functions["f"].body[1]
    assert call.span.line == 4
    assert lower(SourceSlice("#\f x\n    def f(): pass\n", "f", 1, "m", False)).problem is None


def test_what_stands_in_an_f_string_has_its_place() -> None:
    text = "def f():\n    é = 'é' f'''{g()}\n{h(x for x in [f\"{i()}\"])}'''\n"
    subject = lower(SourceSlice(text, "f", 1, "m", False)).functions["f"]
    assert {(2, 8, 3, 29)} == call_places(subject)
    assert "t2 = i()" in render_ir(subject)


def test_strings_of_an_indented_function_keep_their_text() -> None:
    text = '    def f(self):\n        x = """a\n    b\n"""\n'
    assert r"x = 'a\n    b\n'" in render_ir(lower(SourceSlice(text, "f", 1, "m", False)).functions["f"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def f(:\n", "line 7: "),
        ("    def f():\n        x = = 1\n", "line 8: "),
        ("x = 1\n", "no function definition here"),
        ("", "no function definition here"),
        ("def f():\n    x = " + "(" * 5000 + ")" * 5000 + "\n", "line 8: "),
        ("def f():\n    x = " + "-" * 700 + "1\n", "nests too deeply"),
        ("def f():\n    x = " + " and ".join(["g()"] * 300) + "\n", "nests too deeply"),
        ("def f():\n    x = 'a' b'b'\n", ""),
        ("def f():\n    x = '\ud800'\n", ""),
        ("def f():\n    x = 1\0\n", ""),
    ],
)
def test_broken_text_is_a_problem_and_no_exception(text: str, problem: str) -> None:
    result = lower(SourceSlice(text, "f", 7, "m", False))
    assert result.functions == {}
    assert result.problem is not None
    assert result.problem.startswith(problem)
    assert "\n" not in result.problem
