"""The names under which wrapped objects may be called: a prefilter that must stay as small as the program's own use."""

from __future__ import annotations

from pathlib import Path

from collint import pipeline
from collint.config import Settings

SOURCE = """
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.distributed.fsdp import fully_shard

def build(net):
    wrapped = DDP(net)
    return wrapped

def shard(module):
    fully_shard(module)

class Trainer:
    def __init__(self, net, other):
        self.model = build(net)
        self.other = other
        shard(other)
        count = len(net)

def unrelated(wrapped_elsewhere):
    result = wrapped_elsewhere
    return result

class User:
    def __init__(self):
        self.result = unrelated(3)
"""


def test_only_names_that_a_wrapper_reaches_are_held(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(SOURCE, encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert {"wrapped", "model", "module", "other"} == context.evaluator.expressions.wrapped.held_names()


def test_a_program_without_wrappers_holds_none(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("def f(model):\n    result = model(1)\n    return result\n", encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert not context.evaluator.expressions.wrapped.held_names()
