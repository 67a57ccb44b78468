"""A long chain of calls is followed to its end: each link takes several frames of Python's own stack."""

from __future__ import annotations

from pathlib import Path

from collint.config import Settings
from collint.linking.called import called_parameters
from collint.pipeline import analyse_tree, build

LINKS = 130
FAR = 2_000


def test_a_long_chain_of_calls_is_analysed_in_full(tmp_path: Path) -> None:
    links = [f"def f{n}(rank, x):\n    if rank == {n}:\n        f{n + 1}(rank, x)\n" for n in range(LINKS)]
    last = f"def f{LINKS}(rank, x):\n    if rank == 0:\n        dist.barrier()\n"
    (tmp_path / "chain.py").write_text("\n".join(["import torch.distributed as dist\n", *links, last]))
    run = analyse_tree(tmp_path)
    assert run.not_analysed == ()
    assert any(finding.function == f"f{LINKS}" for finding in run.findings)


def test_what_is_handed_down_a_long_chain_is_known_to_be_called(tmp_path: Path) -> None:
    links = [f"def f{n}(x):\n    f{n + 1}(x)\n" for n in range(FAR)]
    (tmp_path / "chain.py").write_text("\n".join([*links, f"def f{FAR}(x):\n    f0(x)\n    x()\n"]))
    context, _, _ = build(tmp_path, (tmp_path,), Settings())
    every = {f"chain:f{n}" for n in range(FAR + 1)}
    assert called_parameters(context.evaluator, f"chain:f{FAR // 2}", every) == {"x"}
    assert called_parameters(context.evaluator, "chain:f0", every) == {"x"}
