"""Statements: what each construct becomes."""

from __future__ import annotations

import pytest

from collint.ir.statements import Import
from tests.syntax.support import body, function, lowered, module_body, printed


def test_conditions_keep_their_atoms_and_the_calls_of_each() -> None:
    assert printed("""
        if t1 == 0 and not (x or t2):
          before t1 == 0:
              t1 = get_rank()
          before t2:
              t2 = g()
            return None
        elif y:
            pass
        else:
            t3 = h()
        """) == body("""
        if get_rank() == 0 and not (x or g()):
            return
        elif y:
            pass
        else:
            h()
        """)


def test_targets_are_unpacked_by_index() -> None:
    assert printed("""
        a = v[0]
        b = v[1][0]
        c = [*v[1][1:]]
        d.e = v[2]
        t1 = i()
        f[t1] = v[3]
        """) == body("a, (b, *c), d.e, f[i()] = v")


def test_what_stands_after_a_star_counts_from_the_end() -> None:
    assert printed("""
        a = [*v[0:-2]]
        b = v[-2]
        c = v[-1]
        """) == body("*a, b, c = v")


def test_swapped_values_are_read_before_they_are_overwritten() -> None:
    assert printed("""
        %v1 = a
        a = b
        b = %v1
        c = 1
        d = 2
        """) == body("a, b = b, a; c, d = 1, 2")


def test_chained_targets_share_one_value() -> None:
    assert printed("""
        t1 = g()
        a = t1
        b.c = t1
        %v1 = a + 1
        a = %v1
        d = %v1
        """) == body("a = b.c = g(); a = d = a + 1")


def test_augmented_targets_are_evaluated_once() -> None:
    assert printed("""
        n = n + 1
        self.n = self.n * 2
        t1 = i()
        t2 = j()
        q[t1] = q[t1] | t2
        """) == body("n += 1; self.n *= 2; q[i()] |= j()")


def test_annotations_are_kept_and_their_calls_ignored() -> None:
    assert printed("""
        a: int | None = None
        self.b: int = 1
        """) == body("a: 'int | None' = None\nself.b: Annotated[int, Gt(0)] = 1\nc: int")


def test_an_assertion_is_a_branch_that_raises() -> None:
    assert printed("""
        if not x > 0:
            t1 = text()
            assert t1
        """) == body("assert x > 0, text()")


def test_several_managers_nest() -> None:
    assert printed("""
        t1 = a()
        async with t1 as t2:
            x = t2[0]
            y = t2[1]
            async with b as t3:
                z = 1
        """) == body("async with a() as (x, y), b:\n    z = 1")


def test_try_keeps_its_parts() -> None:
    assert printed("""
        try:
            t1 = a()
        except (A, B) as error:
            raise error
        except:
            raise
        else:
            t2 = b()
        finally:
            t3 = c()
        """) == body("""
        try:
            a()
        except (A, B) as error:
            raise error from None
        except:
            raise
        else:
            b()
        finally:
            c()
        """)


def test_except_star_is_like_except() -> None:
    assert printed("""
        try:
            pass
        except E as e:
            pass
        """) == body("try:\n    pass\nexcept* E as e:\n    pass")


def test_match_is_a_chain_of_branches() -> None:
    assert printed("""
        t1 = p(a)
        if t1 == 0 or t1 == Foo.BAR:
            t2 = one()
        elif t1 is None:
            pass
        elif t1 matches [x, *rest, Y(z, k=w)] and True and w:
          before True:
              x = t1[0]
              rest = [*t1[1:-1]]
              z = t1[-1][0]
              w = t1[-1].k
            pass
        elif t1 matches {'k': v, **others}:
            v = t1['k']
            others = t1
        elif t1 matches str():
            s = t1
        elif True:
            pass
        """) == body("""
        match p(a):
            case 0 | Foo.BAR: one()
            case None: pass
            case [x, *rest, Y(z, k=w)] if w: pass
            case {"k": v, **others}: pass
            case str() as s: pass
            case _: pass
        """)


def test_a_pattern_is_one_text_however_it_is_folded() -> None:
    one, other = (
        "match a:\n    case A(x=1, y='k'): pass",
        'match a:\n    case A(\n        x=1,\n        y="k",\n    ): pass',
    )
    assert body(one) == body(other)


def test_a_subject_survives_its_own_captures() -> None:
    assert printed("""
        %v1 = x
        if %v1 matches [x, y]:
            x = %v1[0]
            y = %v1[1]
        """) == body("match x:\n    case [x, y]: pass")


def test_loops_set_their_targets_first() -> None:
    assert printed("""
        t1 = enumerate(xs)
        for t2 in t1:
            i = t2[0]
            x = t2[1]
            if x:
                break
            continue
        else:
            t3 = g()
        while t4:
          before t4:
              t4 = more()
            pass
        """) == body("""
        for i, x in enumerate(xs):
            if x: break
            continue
        else:
            g()
        while more():
            pass
        """)


@pytest.mark.parametrize(
    ("source", "target", "qualified"),
    [
        ("import a.b", "a", "a"),
        ("import a.b as c", "c", "a.b"),
        ("from a.b import c as d", "d", "a.b.c"),
        ("from . import u", "u", "pkg.sub.u"),
        ("from .. import u", "u", "pkg.u"),
        ("from .a.b import c", "c", "pkg.sub.a.b.c"),
        ("from ..a import *", "*", "pkg.a"),
        ("from .... import far", "far", "far"),
    ],
)
def test_imports_become_absolute(source: str, target: str, qualified: str) -> None:
    statement = function(f"def f():\n    {source}\n").body[0]
    assert isinstance(statement, Import)
    assert (target, qualified) == (statement.target, statement.qualified)


def test_a_package_counts_as_its_own_parent() -> None:
    functions = lowered("def f():\n    from . import u\n", package=True).functions
    statement = functions["f"].body[0]
    assert isinstance(statement, Import)
    assert statement.qualified == "pkg.sub.mod.u"


def test_deletions_and_declarations() -> None:
    assert printed("""
        global a, b
        del a
        del c[0]
        del d.e
        """) == body("global a, b\ndel a, (c[0], d.e)")


def test_a_module_runs_class_bodies_but_not_functions() -> None:
    source = """
        import os
        @register("c")
        class C(Base):
            size = make()
            twice: int = size * 2
            @property
            def m(self): return forbidden()
        if os.environ:
            def g(): pass
        else:
            def g(): pass
        """
    assert printed("""
        import os as os
        t1 = register('c')
        C = <C>
        t2 = make()
        C.size = t2
        C.twice: int = C.size * 2
        t3 = property(<C.m>)
        C.m = <C.m>
        t4 = t1(<C>)
        if os.environ:
            g = <g>
        else:
            g = <g#2>
        """) == module_body(source)
    assert {"<module>"} == set(lowered(source, "<module>").functions)
