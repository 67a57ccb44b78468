"""A change of a file concerns every question to which the file gives another answer, and no closure but theirs."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.scope import packs_in_play
from collint.knowledge.vocabulary import Vocabulary
from collint.linking import closure
from collint.linking.answers import names_changed, questions_changed
from collint.linking.callers import caller_sites
from collint.linking.evaluate import Evaluator
from collint.linking.lowering import Lowering
from collint.linking.meaning import Meanings
from collint.linking.program import Program
from collint.project import asked
from collint.project.asked import any_asked, mark
from collint.project.project import Project
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
    "a decorator of a nested function": BEFORE.replace(
        "        value", "        @step\n        def inner(): pass\n        value"
    ),
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


def test_another_base_concerns_what_names_mean_in_the_classes_below() -> None:
    found = names_changed(indexed(BEFORE), indexed(BEFORE.replace("(Base)", "(torch.nn.Module)")))
    assert found is not None and mark(asked.BASES, "pkg.mod:Engine") in found


def test_another_parameter_concerns_nobody_who_asks_for_the_method() -> None:
    found = changed(BEFORE, BEFORE.replace("step):", "step, last=None):"))
    assert found is not None
    assert found.isdisjoint({mark(asked.METHOD, "run"), mark(asked.NAME, "pkg.mod", "Engine", "run")})


@pytest.mark.parametrize("text", ANY.values(), ids=ANY)
def test_some_changes_concern_any_question(text: str) -> None:
    before = "def g(): pass\ndef f(): pass\n" if text == ANY["another order"] else BEFORE
    assert changed(before, text) is None


def test_every_kind_of_question_can_change() -> None:
    kinds = {
        value for name, value in vars(asked).items() if name.isupper() and isinstance(value, str) and value.isalpha()
    }
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


PROGRAM = {
    "core": """
        import torch.distributed as dist

        def reduce(x, group=None):
            return dist.all_reduce(x, group=group)

        class Sync:
            def __enter__(self):
                dist.barrier()

            def __exit__(self, *error):
                pass

            @property
            def total(self):
                return reduce(self.x)

        def apply(step, x):
            return step(x)
    """,
    "model": """
        from functools import partial
        from core import Sync, apply, reduce

        class Layer:
            def __init__(self, size):
                self.size = size
                self.sync = Sync()

            def forward(self, x):
                y = x
                return self.inner(y)

            def inner(self, x):
                return x

        class Wide(Layer):
            def inner(self, x):
                z = self.size
                return apply(reduce, x)
    """,
    "main": """
        import model
        from model import Layer, Wide

        def build(wide):
            kind = Wide if wide else Layer
            return kind(3)

        def train(batch):
            net = build(True)
            other = batch
            return net(batch)
    """,
}
STATEMENTS = (
    "hook = reduce",
    "self.inner = reduce",
    "self.hook = reduce",
    "y = self.hook(x)",
    "net.inner(batch)",
    "reduce = abs",
    "kind = Sync",
    "with Sync(): pass",
    "with self.sync: pass",
    "return net.sync.total",
    "return partial(reduce, group=None)",
    "return reduce",
    "from core import reduce as inner",
    "from core import apply as build",
    "apply(inner, x)",
    "apply(lambda q: reduce(q), x)",
    "x = [reduce, inner]",
    "self.size = Wide(4)",
    "def helper(q): return reduce(q)",
    "global kind",
    "z = sorted(x)",
    "@property",
    "@staticmethod",
    "@apply",
    "@functools.wraps(reduce)",
    "class More(Wide): inner = reduce",
    "class More(Sync): total = 1",
    "class More: forward = 1",
    "def forward(self, x): return reduce(x)",
    "unasked = 1",
)


@pytest.fixture(scope="module")
def knowledge() -> Vocabulary:
    packs, complaints = load_packs(default_pack_paths(), ())
    assert not complaints
    return packs


def closure_of(files: dict[str, str], knowledge: Vocabulary) -> tuple[object, bytes]:
    """The functions of a closure with the calls of each and those that may end a group; what was asked to find it."""
    project = Project(indexed(text, name) for name, text in files.items())
    program = Program(project, Vocabulary(packs_in_play(knowledge.packs, ["torch"])), lambda path: "", Lowering(None))
    evaluator = Evaluator(program)
    project.asked.begin()
    functions, ending = closure._found(Meanings(evaluator))
    sites = {each: [(caller, site.function) for caller, site in caller_sites(evaluator, each)] for each in functions}
    return (sites, ending), project.asked.end()


def with_line(text: str, place: int, line: str) -> str | None:
    """A text with a statement before that of its ``place``; None where that is no Python."""
    lines = text.split("\n")
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    text = "\n".join([*lines[:place], indent + line, *lines[place:]])
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    return text


# What stands instead of a text in one line.
INSTEAD = (
    ("(self", "(self, more=reduce"),
    ("(self", "(more, self"),
    ("x):", "x, more: Layer = None):"),
    ("x):", "more=reduce, x=None):"),
    ("x):", "x: Sync):"),
    ("x):", "x) -> Wide:"),
    ("(batch):", "(batch: Wide):"),
    ("(step, x)", "(x, step)"),
    ("(step, x)", "(step=None, *x)"),
    ("class Wide(Layer)", "class Wide"),
    ("class Wide(Layer)", "class Wide(Layer, Sync)"),
    ("class Layer", "class Layer(Sync)"),
    ("class Sync", "class Sync(list)"),
)


def changes_of(text: str) -> list[str]:
    """The same text with a statement more, or with another line."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if line.strip()]
    found = [with_line(text, place, statement) for place in places for statement in STATEMENTS]
    for place in places:
        for part, instead in INSTEAD:
            if part in lines[place]:
                found.append("\n".join([*lines[:place], lines[place].replace(part, instead), *lines[place + 1 :]]))
    return [each for each in found if each is not None]


def test_a_closure_that_is_not_concerned_is_found_again(knowledge: Vocabulary) -> None:
    files = {name: dedent(text).strip() for name, text in PROGRAM.items()}
    found, questions = closure_of(files, knowledge)
    kept = anew = 0
    for name, text in files.items():
        for now in changes_of(text):
            changes = questions_changed(indexed(text, name), indexed(now, name), knowledge.passing_names)
            if changes is None or any_asked(questions, changes):
                anew += 1
            else:
                kept += 1
                assert closure_of({**files, name: now}, knowledge)[0] == found, (name, now)
    assert kept > 100 and anew > 100
