"""The graphs of small programs, as printed."""

from __future__ import annotations

from collint.ir.cfg import build
from collint.ir.expressions import NONE, Name, Temp
from collint.ir.graph import BranchOn
from collint.ir.statements import Block, Call, Function, Handler, If, Leaf, Return, Span, Try
from tests.ir.support import blocks, broken_rules, graph
from tests.syntax.support import printed

HERE = Span(1, 0, 1, 1)


def test_short_circuits_become_branches_on_single_atoms() -> None:
    assert printed("""
        block 0:
            t1 = r()
            if t1 == 0 -> 1 (return) else 4
        block 1:
            if x -> 2 else 3 (return)
        block 2:
            t2 = y()
            if t2 -> 3 (return) else 4
        block 3:
            return None
        block 4:
            t3 = z()
            end
        """) == blocks("""
        if r() == 0 and (not x or y()):
            return
        z()
        """)


def test_pure_conditions_decompose_too() -> None:
    assert printed("""
        block 0:
            if 0 < n -> 1 else 2
        block 1:
            if n < 9 -> 3 else 2
        block 2:
            t1 = g()
            goto 3
        block 3:
            end
        """) == blocks("""
        if 0 < n < 9:
            pass
        else:
            g()
        """)


def test_constant_conditions_choose() -> None:
    assert printed("""
        block 0:
            goto 1
        block 1 in loop 1:
            t1 = a()
            goto 1
        """) == blocks("""
        while True:
            if not 0: a()
            else: b()
        c()
        """)


def test_loops_have_heads_and_elses() -> None:
    assert printed("""
        block 0:
            goto 1
        block 1 in loop 1:
            for t1 in xs -> 2 else 5
        block 2 in loop 1:
            x = t1
            if x -> 6 (break) else 3
        block 3 in loop 1:
            if y -> 1 (continue) else 4
        block 4 in loop 1:
            t2 = a()
            goto 1
        block 5:
            t3 = b()
            goto 6
        block 6:
            end
        """) == blocks("""
        for x in xs:
            if x: break
            if y: continue
            a()
        else:
            b()
        """)


def test_while_heads_are_marked() -> None:
    subject = graph("while a and b(): pass")
    marks = [block.terminator.is_loop for block in subject.blocks if isinstance(block.terminator, BranchOn)]
    assert marks == [True, True]


def test_each_guarded_call_ends_its_block() -> None:
    assert printed("""
        block 0:
            t1 = a()
            goto 1
        block 1 raises to 4:
            x = 1
            t2 = b()
            goto 2
        block 2 raises to 4:
            t3 = c()
            goto 3
        block 3:
            y = t3
            t5 = d()
            goto 6
        block 4:
            dispatch -> 5, 7
        block 5:
            catch E as e
            t4 = h()
            goto 6
        block 6:
            t6 = z()
            end
        block 7:
            raise
        """) == blocks("""
        a()
        try:
            x = 1
            b()
            y = c()
        except E as e:
            h()
        else:
            d()
        z()
        """)


def test_a_handler_of_everything_leaves_no_way_past_it() -> None:
    assert "dispatch -> 2\n" in blocks("try: a()\nexcept Exception: pass\nb()")
    assert "dispatch -> 2\n" in blocks("try: a()\nexcept (A, BaseException): pass\nb()")


def test_a_raise_inside_a_try_goes_to_its_handlers() -> None:
    assert printed("""
        block 0:
            dispatch -> 1, 2
        block 1:
            catch F
            end
        block 2:
            raise
        """) == blocks("""
        try: raise E
        except F: pass
        """)


def test_a_body_without_calls_can_still_raise() -> None:
    assert printed("""
        block 0 raises to 2:
            goto 1
        block 1:
            x = d[k]
            goto 4
        block 2:
            dispatch -> 3, 5
        """) == _head(blocks("try: x = d[k]\nexcept KeyError: x = g()"), 7)


def test_finally_runs_on_every_way_out() -> None:
    assert printed("""
        block 0:
            goto 1
        block 1 in loop 1:
            while a -> 2 else 7
        block 2 in loop 1:
            if b -> 3 (return) else 4
        block 3 in loop 1:
            %return = x + 1
            t1 = f()
            return %return
        block 4 in loop 1:
            if c -> 5 (break) else 6
        block 5 in loop 1:
            t1 = f()
            goto 7
        block 6 in loop 1:
            t1 = f()
            goto 1
        block 7:
            end
        """) == blocks("""
        while a:
            try:
                if b: return x + 1
                if c: break
            finally:
                f()
        """)


def test_exceptions_pass_finally_on_their_way_to_an_outer_handler() -> None:
    assert printed("""
        block 0 raises to 2:
            t1 = a()
            goto 1
        block 1 raises to 3:
            t2 = f()
            goto 5
        block 2 raises to 3:
            t2 = f()
            goto 3
        block 3:
            dispatch -> 4, 6
        block 4:
            catch E
            goto 5
        block 5:
            end
        block 6:
            raise
        """) == blocks("""
        try:
            try: a()
            finally: f()
        except E: pass
        """)


def test_finally_after_an_endless_body_is_not_lost() -> None:
    assert "f()" in blocks("try:\n    while True: x = 1\nfinally:\n    f()")


def test_with_is_left_on_every_way_out() -> None:
    assert printed("""
        block 0:
            t1 = m()
            %with1 = t1
            t2 = enter %with1
            x = t2
            if x -> 1 (return) else 2
        block 1:
            exit %with1
            return x
        block 2:
            if y -> 3 (raise) else 4
        block 3:
            exit %with1
            raise E
        block 4:
            exit %with1
            end
        """) == blocks("""
        with m() as x:
            if x: return x
            if y: raise E
        """)


def test_suppress_is_a_handler_that_does_nothing() -> None:
    text = blocks("""
        with contextlib.suppress(E):
            a()
        b()
        """)
    assert "catch (E,)" in text
    assert "dispatch" in text


def test_what_cannot_be_reached_is_dropped() -> None:
    assert "nothing" not in blocks("""
        if x: return
        else: raise E
        nothing()
        """)


def test_ten_thousand_branches_in_a_row_and_in_a_chain() -> None:
    call = Call(Temp(1), Name("f"), (), HERE)
    row = tuple(If(Leaf((), Name("x"), HERE), (call,), (), HERE) for _ in range(10_000))
    chain: Block = ()
    for _ in range(10_000):
        chain = (If(Leaf((), Name("x"), HERE), (call,), chain, HERE),)
    for body in (row, chain):
        subject = build(Function("f", (), body, HERE))
        assert len(subject.blocks) == 20_003


def test_copies_of_finally_are_bounded() -> None:
    body: Block = (Call(Temp(1), Name("f"), (), HERE),)
    for _ in range(12):
        leaving = If(Leaf((), Name("x"), HERE), (Return(NONE, HERE),), (), HERE)
        body = (Try((leaving, Call(Temp(1), Name("f"), (), HERE)), (), (), body, HERE),)
    guarded = Try(body, (Handler(Name("E"), None, (), HERE),), (), (), HERE)
    subject = build(Function("f", (), (guarded,), HERE))
    assert broken_rules(subject) == []
    assert len(subject.blocks) < 1000


def _head(text: str, lines: int) -> str:
    return "".join(text.splitlines(keepends=True)[:lines])
