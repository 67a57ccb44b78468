"""What comments make of findings, across functions and files. Single programs are in fixtures/COL901 to COL903."""

from __future__ import annotations

import textwrap
from pathlib import Path

from collint import pipeline
from collint.config import Settings
from collint.findings import Run

HAZARD = """
    import torch.distributed as dist

    def save(rank):
        if rank == 0:{comment}
            dist.barrier()
"""


def run_of(folder: Path, *texts: str, settings: Settings | None = None) -> Run:
    for number, text in enumerate(texts):
        (folder / f"m{number}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    run, problems = pipeline.analyse(folder, (folder,), settings or Settings(min_confidence="low"))
    assert problems == ()
    return run


def told(run: Run) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.path, finding.line) for finding in run.findings]


def test_a_silenced_finding_is_kept_with_its_reason(tmp_path: Path) -> None:
    run = run_of(tmp_path, HAZARD.format(comment="  # collint: ignore[COL101] balanced elsewhere"))
    assert told(run) == []
    assert [(entry.finding.rule, entry.finding.line, entry.reason) for entry in run.suppressed] == [
        ("COL101", 4, "balanced elsewhere")
    ]


def test_other_files_are_not_concerned(tmp_path: Path) -> None:
    run = run_of(
        tmp_path, HAZARD.format(comment="  # collint: ignore[COL101] balanced elsewhere"), HAZARD.format(comment="")
    )
    assert told(run) == [("COL101", "m1.py", 4)]


def test_a_claim_is_believed_in_other_files_and_names_its_reason(tmp_path: Path) -> None:
    value = """
        import torch

        def rows(shard: torch.Tensor):
            return int(shard.sum().item())  # collint: uniform[*] the sampler pads
    """
    use = """
        import torch
        import torch.distributed as dist
        from m0 import rows

        def drain(shard: torch.Tensor):
            for _ in range(rows(shard)):
                dist.barrier()
    """
    run = run_of(tmp_path, value, use)
    assert told(run) == []
    [entry] = run.suppressed
    assert (entry.finding.rule, entry.finding.path, entry.finding.line) == ("COL103", "m1.py", 6)
    assert entry.reason == "the sampler pads (claimed uniform over all axes)"


def test_a_claim_over_other_axes_changes_nothing(tmp_path: Path) -> None:
    text = """
        import torch
        from vllm.distributed import get_dp_group

        def drain(shard: torch.Tensor):
            for _ in range(int(shard.sum().item())):  # collint: uniform[{axes}] reason
                get_dp_group().barrier()
    """
    assert [rule for rule, _, _ in told(run_of(tmp_path, text.format(axes="pp")))] == ["COL103", "COL903"]
    assert told(run_of(tmp_path, text.format(axes="dp"))) == []
    assert told(run_of(tmp_path, text.format(axes="tp, dp"))) == []


def test_comments_about_rules_that_did_not_run_are_not_judged(tmp_path: Path) -> None:
    text = "x = 1  # collint: ignore[COL101] reason\n"
    assert told(run_of(tmp_path, text)) == [("COL901", "m0.py", 1)]
    assert told(run_of(tmp_path, text, settings=Settings(ignore=("COL101",)))) == []
    assert told(run_of(tmp_path, text, settings=Settings(select=("COL102", "COL901")))) == []


def test_a_claim_is_judged_by_all_rules_whatever_is_selected(tmp_path: Path) -> None:
    text = """
        import torch
        import torch.distributed as dist

        def drain(shard: torch.Tensor):
            for _ in range(int(shard.sum().item())):  # collint: uniform[*] reason
                dist.barrier()
    """
    run = run_of(tmp_path, text, settings=Settings(select=("COL903",)))
    assert (told(run), run.suppressed) == ([], ())


def test_a_low_finding_below_the_threshold_uses_its_comment(tmp_path: Path) -> None:
    text = HAZARD.format(comment="  # collint: ignore[COL101] balanced elsewhere")
    assert told(run_of(tmp_path, text, settings=Settings(min_confidence="high"))) == []


def test_remarks_name_the_function_they_stand_in(tmp_path: Path) -> None:
    text = "class A:\n    def f(self):\n        return 1  # collint: ignore[COL101] reason\n"
    assert [finding.function for finding in run_of(tmp_path, text).findings] == ["A.f"]
