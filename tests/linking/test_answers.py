"""A change of a file concerns every question to which the file gives another answer."""

from __future__ import annotations

import pytest

from collint.linking.answers import questions_changed
from collint.project import asked
from collint.project.asked import mark
from tests.project.support import indexed

PASSING = frozenset({"checkpoint"})
BEFORE = """
import torch
from other import Base

table = []

class Engine(Base):
    def run(self, step):
        value = 1
        return value
"""
# The line that stands before ``value = 1``, or below everything, and questions that it concerns.
CONCERNED = {
    "step(value)": [
        (asked.CALL, "step"),
        (asked.COUNT, "step"),
        (asked.NEAR, "pkg.mod", "step"),
        (asked.GIVE, "step"),
        (asked.GIVE, "pkg.mod", "step"),
        (asked.HAND, "pkg.mod", "value"),
        (asked.HAND, "pkg.mod", "step"),
    ],
    "self.size = step": [(asked.WRITE, "size"), (asked.MENTION, "step"), (asked.USE, "pkg.mod", "step")],
    "other = make()": [
        (asked.NAME, "pkg.mod", "Engine.run", "other"),
        (asked.WRAP, "make"),
        (asked.RESULT, "pkg.mod", "make"),
    ],
    "other = make(); other(value)": [(asked.HOLD, "()", "make")],
    "held = self.maker; held(value)": [(asked.HOLD, ".", "maker")],
    "return make()": [(asked.RETURN, "pkg.mod:Engine.run"), (asked.WRAP, "make")],
    "return other": [(asked.WRAP, "pkg.mod:Engine.run", "other")],
    "with guard(): pass": [(asked.ENTER, "guard")],
    "with guard: pass": [(asked.ENTER, "")],
    "if step.ready: pass": [(asked.READ, "ready")],
    "from a.b import c as d": [(asked.NAME, "pkg.mod", "Engine.run", "d"), (asked.ALIAS, "c")],
    "x = checkpoint(step)": [(asked.USE, "pkg.mod", "step"), (asked.MENTION, "step")],
    "@step\n        def inner(): pass": [(asked.DECORATE, "step"), (asked.DECORATE, "")],
    "def inner(): return 1": [(asked.NAME, "pkg.mod", "Engine.run", "inner")],
}
BELOW = {
    "table = step": [(asked.NAME, "pkg.mod", "", "table"), (asked.ALIAS, "step")],
    "import os.path as way": [(asked.NAME, "pkg.mod", "", "way"), (asked.ALIAS, "path")],
    "def more(x: Base): return x()": [(asked.NAME, "pkg.mod", "", "more"), (asked.HOLD, "()", "Base")],
    "    def stop(self): pass": [(asked.METHOD, "stop"), (asked.NAME, "pkg.mod", "Engine", "stop")],
    "    limit = step": [
        (asked.NAME, "pkg.mod", "Engine", "limit"),
        (asked.WRITE, "limit"),
        (asked.FIELDS, "pkg.mod:Engine"),
        (asked.ALIAS, "step"),
    ],
}
RUN = "pkg.mod:Engine.run"
# What stands instead of the first text of each pair, and questions that it concerns.
HEADS = {
    ("step):", "step, last: Base = None):"): [
        (asked.PARAMETERS, RUN),
        (asked.NAME, "pkg.mod", "Engine.run", "last"),
    ],
    ("step):", "step: Base):"): [(asked.NAME, "pkg.mod", "Engine.run", "step")],
    ("step):", "step) -> Base:"): [(asked.RETURN, RUN), (asked.HOLD, "()", "Base")],
    ("self, step", "this, step"): [
        (asked.NAME, "pkg.mod", "Engine", "run"),
        (asked.METHOD, "run"),
        (asked.RETURN, RUN),
    ],
    ("    def", "    @wrap(1)\n    def"): [
        (asked.DECORATE, "wrap"),
        (asked.METHOD, "run"),
        (asked.NAME, "pkg.mod", "Engine.run", "value"),
    ],
    ("return value", "yield value"): [(asked.METHOD, "run"), (asked.NAME, "pkg.mod", "Engine.run", "value")],
    ("(Base)", "(torch.nn.Module)"): [
        (asked.BASE, "Base"),
        (asked.BASE, "Module"),
        (asked.BASES, "pkg.mod:Engine"),
    ],
    ("class Engine", "class Other(Base): pass\nclass Engine"): [
        (asked.BASE, "Base"),
        (asked.NAME, "pkg.mod", "", "Other"),
    ],
}
ANY = {
    "names from a star": BEFORE + "from other import *\n",
    "another order": "def f(): pass\ndef g(): pass\n",
    "no Python": "def f(:\n",
}


def changed(before: str, now: str) -> set[int] | None:
    found = questions_changed(indexed(before), indexed(now), PASSING)
    return None if found is None else set(found)


@pytest.mark.parametrize("line", CONCERNED)
def test_a_statement_concerns_the_questions_that_name_what_it_names(line: str) -> None:
    found = changed(BEFORE, BEFORE.replace("        value = 1", f"        {line}\n        value = 1"))
    assert found is not None and {mark(*question) for question in CONCERNED[line]} <= found


@pytest.mark.parametrize("line", BELOW)
def test_so_does_what_is_added_to_a_module_or_class(line: str) -> None:
    found = changed(BEFORE, f"{BEFORE}{line}\n")
    assert found is not None and {mark(*question) for question in BELOW[line]} <= found


@pytest.mark.parametrize(("text", "instead"), HEADS)
def test_so_does_what_a_definition_says_in_its_head(text: str, instead: str) -> None:
    found = changed(BEFORE, BEFORE.replace(text, instead, 1))
    assert found is not None and {mark(*question) for question in HEADS[text, instead]} <= found


def test_another_argument_concerns_only_who_asks_what_calls_are_given() -> None:
    before, now = (BEFORE.replace("        value = 1", f"        step({argument})") for argument in ("1", "2"))
    given = [(asked.GIVE, "step"), (asked.GIVE, "pkg.mod", "step"), (asked.HAND, "pkg.mod", "step")]
    assert changed(before, now) == {mark(*question) for question in given}


def test_to_call_a_function_by_its_name_is_no_mention_of_it() -> None:
    called, handed = (
        changed(BEFORE, BEFORE.replace("        value = 1", f"        {line}"))
        for line in ("helper(1)", "step(helper)")
    )
    assert called is not None and mark(asked.MENTION, "helper") not in called
    assert handed is not None and mark(asked.MENTION, "helper") in handed


def test_what_a_variable_holds_concerns_nobody_where_nothing_comes_of_it() -> None:
    unused = changed(BEFORE, BEFORE.replace("        value = 1", "        other = make()\n        value = len(other)"))
    assert unused is not None and mark(asked.HOLD, "()", "make") not in unused


def test_another_parameter_concerns_nobody_who_asks_for_the_method() -> None:
    found = changed(BEFORE, BEFORE.replace("step):", "step, last=None):"))
    assert found is not None
    assert found.isdisjoint({mark(asked.METHOD, "run"), mark(asked.NAME, "pkg.mod", "Engine", "run")})


@pytest.mark.parametrize("text", ANY.values(), ids=ANY)
def test_some_changes_concern_any_question(text: str) -> None:
    before = "def g(): pass\ndef f(): pass\n" if text == ANY["another order"] else BEFORE
    assert changed(before, text) is None


# What the text of a file answers alone is not what these ask for.
OF_THE_PROGRAM = {
    asked.MODULE,
    asked.LINEAGE,
    asked.HEIRS,
    asked.CALLERS,
    asked.IN_PLACE,
    asked.RUN,
    asked.EVENT,
    asked.OBJECT,
}


def test_every_kind_of_question_can_change() -> None:
    kinds = {
        value for name, value in vars(asked).items() if name.isupper() and name != "LAMBDA" and isinstance(value, str)
    }
    kinds -= OF_THE_PROGRAM
    told = (*CONCERNED.values(), *BELOW.values(), *HEADS.values())
    assert kinds == {question[0] for found in told for question in found}


def test_what_other_files_settle_is_no_question() -> None:
    now = BEFORE.replace("        value = 1", "        step(value)\n        value = 1")
    before, later = indexed(BEFORE), indexed(now)
    found = questions_changed(before, later, PASSING, lambda question: question == (asked.COUNT, "step"))
    assert found is not None
    assert mark(asked.COUNT, "step") not in found and mark(asked.CALL, "step") in found


def test_places_concern_nothing() -> None:
    assert changed(BEFORE, "# more\n\n" + BEFORE.replace("        value", "\n        value")) == set()
