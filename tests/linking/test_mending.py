"""A closure that is put together of what still holds is the one that is found anew."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from textwrap import dedent

import pytest

from collint.cache import Shelf, digest
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.scope import packs_in_play
from collint.knowledge.vocabulary import Vocabulary
from collint.linking import closure
from collint.linking.callers import caller_sites
from collint.linking.earlier import Earlier
from collint.linking.evaluate import Evaluator
from collint.linking.lowering import Lowering
from collint.linking.meaning import Meanings
from collint.linking.program import Program
from collint.project.facts import ModuleFacts
from collint.project.project import Project
from tests.project.support import indexed

Texts = Mapping[str, str]
"""The text of each file by its module's name."""

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


class Memory(Shelf):
    """A shelf without a disk."""

    def __init__(self, kept: Mapping[bytes, bytes]) -> None:
        self.entries = dict(kept)

    def get(self, key: bytes) -> bytes | None:
        return self.entries.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.entries[key] = value


class Runs:
    """Finds closures of programs. The runs of one memory are a chain."""

    def __init__(self, knowledge: Vocabulary) -> None:
        self.vocabulary = Vocabulary(packs_in_play(knowledge.packs, ["torch"]))
        self.facts: dict[tuple[str, bytes], ModuleFacts] = {}

    def closure(self, files: Texts, memory: Memory | None = None) -> object:
        """Its functions with the calls of each, their lambdas among them; and those that may end a group."""
        facts = [self._indexed(name, text) for name, text in files.items()]
        project = Project(facts)
        evaluator = Evaluator(Program(project, self.vocabulary, lambda path: "", Lowering(None)))
        earlier = self._earlier(files, facts, memory) if memory is not None else None
        found = closure.reaching_functions(Meanings(evaluator), earlier)
        if earlier is not None:
            kept = earlier.closure(project)
            assert kept is not None and kept.functions | kept.lambdas == found.functions
        sites = {each: [(c, site.function) for c, site in caller_sites(evaluator, each)] for each in found.functions}
        return sites, found.ending

    def _indexed(self, name: str, text: str) -> ModuleFacts:
        key = name, digest(text.encode())
        if key not in self.facts:
            self.facts[key] = indexed(text, name)
        return self.facts[key]

    def _earlier(self, files: Texts, facts: list[ModuleFacts], memory: Memory) -> Earlier:
        digests = {one.path: digest(files[one.name].encode()) for one in facts}
        passing = self.vocabulary.passing_names
        return Earlier(memory, b"key", digests, lambda path, name, text: self.facts.get((name, text)), passing)


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


def test_after_any_change_it_is_the_one_that_is_found_anew(
    knowledge: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: dedent(text).strip() for name, text in PROGRAM.items()}
    runs = Runs(knowledge)
    first = Memory({})
    runs.closure(files, first)
    found: list[object] = []
    original = closure._found
    monkeypatch.setattr(closure, "_found", lambda *given: found.append(given) or original(*given))
    held = mended = 0
    for name, text in files.items():
        for now in changes_of(text):
            changed = {**files, name: now}
            found.clear()
            after = runs.closure(changed, Memory(first.entries))
            mended, held = mended + len(found), held + 1 - len(found)
            assert after == runs.closure(changed), (name, now)
    assert held > 100 and mended > 100


def test_one_change_after_another_is_told_from_what_the_last_one_left(knowledge: Vocabulary) -> None:
    files = {name: dedent(text).strip() for name, text in PROGRAM.items()}
    runs, memory = Runs(knowledge), Memory({})
    states = [files]
    for name in (*files, *files):
        for now in changes_of(states[-1][name])[::17]:
            states.append({**states[-1], name: now})
        states.append({**states[-1], name: files[name]})
    states.append({name: text for name, text in files.items() if name != "main"})
    states.append({**files, "other": files["main"].replace("build(True)", "build(False)")})
    states.append({**files, "torch": "distributed = None"})
    states.append(files)
    for state in states:
        assert runs.closure(state, memory) == runs.closure(state)
    assert len(states) > 100
