"""Prints of whole functions and graphs, and the spelling of expressions."""

from __future__ import annotations

import pytest

from collint.ir.cfg import build
from collint.ir.expressions import Argument, Attr, CallExpr, Const, Display, Expr, FunctionRef, Name, Op, Temp
from collint.ir.printer import render_expression, render_graph, render_ir
from tests.syntax.support import function, printed

SOURCE = """
    async def f(self, x: int = 0, *args, k, **kw):
        async with self.lock() as held:
            for y in xs:
                self.total: int = await self.send(y, *args, key=k, **kw)
        try:
            import os as o
            from m import *
            d[0] = yield x
        except (A, B) as e:
            del d[0]
            raise
        finally:
            done()
        assert x, "no"
    """


def test_a_function_prints_one_line_per_statement() -> None:
    assert printed("""
        async generator f(self, x: int = 0, *args, k, **kw):
            t1 = self.lock()
            async with t1 as t2:
                held = t2
                for t3 in xs:
                    y = t3
                    t4 = await self.send(y, *args, key=k, **kw)
                    self.total: int = t4
            try:
                import os as o
                from m import *
                t5 = yield x
                d[0] = t5
            except (A, B) as e:
                del d[0]
                raise
            finally:
                t6 = done()
            if not x:
                assert 'no'
        """) == render_ir(function(SOURCE))


def test_a_graph_prints_its_blocks() -> None:
    source = """
        def f(x, *, k=1):
            with m() as y:
                for z in x:
                    if y: break
            return k
        """
    assert printed("""
        graph f(x, *, k = 1)
        block 0:
            t1 = m()
            %with1 = t1
            t2 = enter %with1
            y = t2
            goto 1
        block 1 in loop 1:
            for t3 in x -> 2 else 3
        block 2 in loop 1:
            z = t3
            if y -> 3 (break) else 1
        block 3:
            exit %with1
            return k
        block 4: exit
        block 5: failure
        """) == render_graph(build(function(source)))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Op("==", (Temp(3), Const("0"))), "rank() == 0"),
        (Attr(Temp(3), "size"), "rank().size"),
        (Attr(Temp(6), "size"), "(a() < b()).size"),
        (Op("-", (Temp(4), Temp(5))), "t4 - (a + b)"),
        (Op("*", (Op("+", (Name("a"), Name("b"))), Const("-1"))), "(a + b) * -1"),
        (Op("not", (Op("in", (Name("a"), Name("b"))),)), "not a in b"),
        (Attr(Op("neg", (Name("a"),)), "b"), "(-a).b"),
        (Attr(Const("1"), "real"), "(1).real"),
        (Display("set", ()), "set()"),
        (FunctionRef("C.f"), "<C.f>"),
        (FunctionRef("f.<lambda@1:2>"), "f.<lambda@1:2>"),
        (CallExpr(Name("f"), (Argument(Name("a")), Argument(Name("b"), "k"))), "f(a, k=b)"),
        (Op("fstring", (Const("'a '"), Name("x"))), "f'a {x}'"),
        (Op("matches", (Name("x"), Const("'[a, b]'"))), "x matches [a, b]"),
    ],
)
def test_expressions_are_spelled_as_python_does(expression: Expr, text: str) -> None:
    assert text == render_expression(expression, {3: "rank()", 5: "a + b", 6: "a() < b()"})
