"""Expressions: what is hoisted, in which order, and what stays a value."""

from __future__ import annotations

import pytest

from collint.ir.printer import render_ir
from tests.syntax.support import body, lowered, printed


def test_calls_are_hoisted_in_evaluation_order() -> None:
    assert printed("""
        t1 = a()
        t2 = t1.m(1)
        t3 = b()
        t4 = f(t2, *xs, k=t3, **kw)
        x = t4 + y[0]
        """) == body("x = f(a().m(1), *xs, k=b(), **kw) + y[0]")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("a if b else c", "a if b else c"),
        ("a and b or not c", "a and b or not c"),
        ("0 < a <= 9", "0 < a and a <= 9"),
        ("a is not None", "a is not None"),
        ("-1", "-1"),
        ("-x ** 2", "-x ** 2"),
        ("(-x) ** 2", "(-x) ** 2"),
        ("a - (b - c)", "a - (b - c)"),
        ("x[1:, ::2, ...]", "x[1:, ::2, ...]"),
        ("x[1,]", "x[1,]"),
        ("x[*y]", "x[*y,]"),
        ("{**a, 'k': [*b], 3: (c,)}", "{**a, 'k': [*b], 3: (c,)}"),
        ("{a, b}", "{a, b}"),
        ("0x10 + 1_000 + 1e3 + 2j", "16 + 1000 + 1000.0 + 2j"),
        (r"'a\x41' \"b\"".replace('\\"', '"'), "'aAb'"),
        ("b'ab'", "b'ab'"),
        ("f'{a!r:>{w}} b' 'c'", "f'{a}>{w} bc'"),
        ("not a in b", "not a in b"),
    ],
)
def test_values_without_calls_stay_values(source: str, value: str) -> None:
    assert f"x = {value}\n" == body(f"x = {source}")


def test_a_later_operand_with_a_call_becomes_a_branch() -> None:
    assert printed("""
        if a:
            t1 = b()
            if t1:
                %v1 = c
            else:
                %v1 = t1
        else:
            %v1 = a
        x = %v1
        """) == body("x = a and b() and c")


def test_an_arm_with_a_call_becomes_a_branch() -> None:
    assert printed("""
        if rank == 0:
            t1 = a()
            %v1 = t1
        else:
            %v1 = b
        x = %v1
        """) == body("x = a() if rank == 0 else b")


def test_an_await_around_a_call_marks_the_call() -> None:
    assert printed("""
        t1 = await f(x)
        t2 = await task
        """) == body("await f(x); await task")


def test_yields_are_statements() -> None:
    lowered_function = lowered("""
        def f():
            x = yield 1
            yield from x
        """).functions["f"]
    assert lowered_function.is_generator
    assert printed("""
        t1 = yield 1
        x = t1
        t2 = yield from x
        """) == body("x = yield 1\nyield from x")


def test_a_walrus_assigns_before_it_is_read() -> None:
    assert printed("""
        t1 = g()
        n = t1
        x = n + n
        """) == body("x = (n := g()) + n")


def test_comprehensions_are_loops_over_names_of_their_own() -> None:
    assert printed("""
        %c1 = []
        t1 = f(x)
        for t2 in t1:
            %c1.x = t2[0]
            %c1.y = t2[1]
            if %c1.x:
                for t3 in %c1.y:
                    %c1.z = t3
                    t4 = g(%c1.z)
                    collect t4 in %c1
        x = %c1
        """) == body("x = [g(z) for x, y in f(x) if x for z in y]")


def test_dict_comprehensions_collect_pairs() -> None:
    assert printed("""
        %c1 = {}
        for t1 in xs:
            %c1.k = t1
            collect (%c1.k, v) in %c1
        x = %c1
        """) == body("x = {k: v for k in xs}")


def test_a_generator_expression_runs_in_place() -> None:
    assert printed("""
        %c1 = generator()
        async for t1 in xs:
            %c1.x = t1
            collect %c1.x in %c1
        t2 = any(%c1)
        """) == body("any(x async for x in xs)")


def test_a_lambda_is_a_function_that_sees_the_comprehension_around_it() -> None:
    functions = lowered("""
        def f(xs):
            return [lambda y=x: y + x for x in xs]
        """).functions
    assert {"f", "f.<lambda@2:12>"} == set(functions)
    assert "return y + %c1.x" in render_ir(functions["f.<lambda@2:12>"])
