"""``--diff-base``: what a change touches or brings about, placed where the change is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from collint import cli
from tests.cli.projects import clean, commit, findings, git, hazard, places, write

CALLER = """
    import torch.distributed as dist
    from helper import agree

    def step(rank, loss):
        if rank == 0:
            agree(loss)
        else:
            dist.all_reduce(loss)
"""
HELPER = """
    import torch.distributed as dist

    def agree(loss):
        print("agreeing")
        dist.all_reduce(loss)
        return loss
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first commit has one old finding, in ``old.py``."""
    (tmp_path / "pyproject.toml").write_text("")
    write(tmp_path, old=hazard("old"), caller=CALLER, helper=HELPER)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_changed_reports_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert places(capsys) == ["old.py:4 COL101"]
    assert places(capsys, "--diff-base", "HEAD") == []


def test_a_new_condition_is_reported_committed_or_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, new=hazard("new"))
    assert places(capsys, "--diff-base", "HEAD") == ["new.py:4 COL101"]
    git(project, "add", "new.py")
    assert places(capsys, "--diff-base", "HEAD") == ["new.py:4 COL101"]
    commit(project)
    assert places(capsys, "--diff-base", "HEAD") == []
    assert places(capsys, "--diff-base", "HEAD~1") == ["new.py:4 COL101"]


def test_old_findings_of_a_changed_file_are_not_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, old="\n# moved down\n" + hazard("old") + "\n    # and a line below\n")
    assert places(capsys, "--diff-base", "HEAD") == []


def test_a_line_removed_in_another_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, helper=HELPER.replace("        dist.all_reduce(loss)\n", ""))
    assert places(capsys, "--diff-base", "HEAD") == ["caller.py:5 COL101"]


def test_a_line_added_in_another_file_takes_the_finding_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, helper=HELPER.replace("return loss", "dist.barrier()\n        return loss"))
    [found] = findings(capsys, "--diff-base", "HEAD")
    assert (found["path"], found["line"], found["column"], found["function"]) == ("helper.py", 6, 5, "step")
    assert any("The condition stands at caller.py:5" in note for note in found["notes"])


def test_the_one_of_several_conditions_that_is_new_is_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, old=hazard("old") + "        print(rank)\n        if rank == 0:\n            dist.barrier()\n")
    assert places(capsys, "--diff-base", "HEAD") == ["old.py:7 COL101"]


def test_a_renamed_file_is_not_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(project, "mv", "old.py", "renamed.py")
    assert places(capsys, "--diff-base", "HEAD") == []
    (project / "renamed.py").write_text((project / "renamed.py").read_text() + "# more\n")
    assert places(capsys, "--diff-base", "HEAD") == []


def test_a_file_that_is_left_out_is_not_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, copied=hazard("old"))
    found = places(capsys, "--diff-base", "HEAD", "--exclude", "old.py")
    assert found == ["copied.py:4 COL101"]


def test_what_the_other_branch_did_since_is_no_change_of_this_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "checkout", "-q", "-b", "topic")
    write(project, new=hazard("new"))
    commit(project)
    git(project, "checkout", "-q", "main")
    write(project, old=clean("old"))
    commit(project)
    git(project, "checkout", "-q", "topic")
    assert places(capsys, "--diff-base", "main") == ["new.py:4 COL101"]


def test_a_project_below_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/pyproject.toml").write_text("")
    write(tmp_path, tool__old=hazard("old"))
    commit(tmp_path)
    write(tmp_path, tool__new=hazard("new"))
    monkeypatch.chdir(tmp_path / "tool")
    assert places(capsys, "--diff-base", "HEAD") == ["new.py:4 COL101"]


def test_paths_limit_it_further(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, new=hazard("new"), newer=hazard("newer"))
    assert places(capsys, "newer.py", "--diff-base", "HEAD") == ["newer.py:4 COL101"]


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("gone", "--diff-base: git knows no revision 'gone'"),
        ("--output=x", "--diff-base: '--output=x' is no revision"),
        ("", "--diff-base: '' is no revision"),
    ],
)
def test_an_unknown_revision_stops_the_run(
    project: Path, capsys: pytest.CaptureFixture[str], revision: str, words: str
) -> None:
    assert cli.main(["check", f"--diff-base={revision}"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err


def test_a_folder_without_a_repository_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, a=hazard())
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "--diff-base", "HEAD"]) == 2
    assert "is not in a git repository" in capsys.readouterr().err


def test_nothing_of_the_repository_is_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trap = project / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {project}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "filter.x.clean",
        "filter.x.smudge",
        "diff.x.textconv",
        "core.pager",
    ):
        subprocess.run(["git", "config", key, str(trap)], cwd=project, check=True)
    (project / ".gitattributes").write_text("*.py filter=x diff=x\n")
    write(project, new=hazard("new"))
    assert places(capsys, "--diff-base", "HEAD") == ["new.py:4 COL101"]
    assert not (project / "sprung").exists()
