"""A search leaves out what cannot beat the birth that it has found: its answers are those of the whole search.

Programs of one class whose methods hand values on by attributes at random, with a few births of both kinds.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from collint.uniformity.query import Question
from collint.uniformity.states import State
from tests.uniformity.support import context_of

METHODS = 14
PROGRAMS = 16
BIRTHS = ("random.random()", "dist.get_rank()")


def _program(chance: Random) -> str:
    def name() -> str:
        return f"self.x{chance.randrange(METHODS)}"

    lines = ["class Box:"]
    for number in range(METHODS):
        used = [name() for _ in range(chance.choice((1, 1, 2)))]
        born = [chance.choice(BIRTHS)] if chance.random() < 0.15 else []
        lines += [
            f"    def m{number}(self):",
            f"        if {name()}:",
            f"            self.x{number} = {' + '.join([*used, *born])}",
            f"        self.helper{number % 3}(self.x{number})",
        ]
    for number in range(3):
        lines += [f"    def helper{number}(self, value):", f"        {name()} = value"]
    return "\n".join(lines)


def test_what_is_left_out_changes_no_answer(tmp_path: Path) -> None:
    left_out = again = 0
    for seed in range(PROGRAMS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        context = context_of(folder, _program(Random(seed)))
        uniformity, over = context.uniformity, context.vocabulary.mesh_axes
        for number in range(METHODS):
            body = context.program.body(f"m:Box.m{number}")
            assert body is not None
            for node in body.values.conditions.values():
                question: Question = (State(body.id, node), over, None, "all")
                best, ways, _ = uniformity._walk(question, set(), "the best of all ways")
                expected = None if best is None else uniformity._answer(best, ways)
                assert uniformity.differs(body.id, node, over) == (expected is not None)
                assert uniformity.varies(body.id, node, over) == expected
                again += not uniformity._walk(question, set(), "the best birth")[2]
        left_out += len(uniformity._shortened)
    assert left_out > again > 0
