"""Hooks, the GitHub Action, the lintrunner adapter and the problem matcher, each run as its host would run it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from collint import cli
from tests.cli.projects import clean, commit, git, hazard, write

ROOT = Path(__file__).parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
COLLINT = f"{sys.executable} -m collint"

CALLER = """
    import torch.distributed as dist
    from helper import agree

    def step(rank, loss):
        if rank == 0:
            agree(loss)
"""
HELPER = """
    import torch.distributed as dist

    def agree(loss):
        dist.all_reduce(loss)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.collint]\nexclude = ["gen.py"]\n')
    write(tmp_path, a=clean(), gen=hazard())
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---------------------------------------------------------------------------------------------------------- pre-commit


def hook(name: str, *files: str) -> int:
    """Runs a hook's entry as pre-commit does, with file names where it passes them."""
    entry = shlex.split(HOOKS[name]["entry"])
    assert entry[0] == "collint"
    return cli.main([*entry[1:], *(files if HOOKS[name].get("pass_filenames", True) else ())])


def test_the_hook_for_commits_reports_the_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, caller=CALLER, helper=HELPER, other=hazard("other"))
    assert [hook("collint", name) for name in ("helper.py", "caller.py")] == [0, 1]
    out = capsys.readouterr().out
    assert "caller.py:5" in out and "helper.py:4" in out and "other.py" not in out


def test_the_hook_for_pushes_sees_what_the_files_have_a_part_in(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, caller=CALLER, helper=HELPER, other=hazard("other"))
    assert HOOKS["collint-push"]["stages"] == ["pre-push"]
    assert hook("collint-push", "helper.py") == 1
    out = capsys.readouterr().out
    assert "caller.py:5" in out and "other.py" not in out
    assert hook("collint-push", "a.py") == 0


def test_the_hook_passes_over_excluded_files_that_are_named(project: Path) -> None:
    assert hook("collint", "gen.py") == 0


def test_the_hook_folds_to_a_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRE_COMMIT", "1")
    write(project, caller=CALLER, helper=HELPER)
    assert hook("collint", "caller.py") == 1
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_hook_for_everything_is_run_by_hand(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert HOOKS["collint-all"]["stages"] == ["manual"]
    assert HOOKS["collint"]["require_serial"] is True
    write(project, other=hazard("other"))
    assert hook("collint-all") == 1
    assert "other.py:4" in capsys.readouterr().out


# -------------------------------------------------------------------------------------------------------------- action


def run_action(folder: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The action's second step, its inputs filled in as a workflow would; also what it leaves for later steps."""
    [step] = [step for step in ACTION["runs"]["steps"] if step.get("id") == "check"]
    values = {**{name: facts["default"] for name, facts in ACTION["inputs"].items()}, **inputs}
    wrapper = folder / "collint.sh"
    wrapper.write_text(f'#!/bin/sh\nexec {COLLINT} "$@"\n')
    wrapper.chmod(0o755)
    known = {"runner.temp": str(folder), "github.action_path": str(ROOT)}
    environment = {
        name: re.sub(
            r"\$\{\{ (.+?) \}\}", lambda m: values.get(m[1].removeprefix("inputs."), known.get(m[1], "")), text
        )
        for name, text in step["env"].items()
    }
    outputs = folder / "outputs"
    outputs.write_text("")
    answer = subprocess.run(
        ["bash", "-c", step["run"]],
        env={
            **os.environ,
            **environment,
            "COLLINT": str(wrapper),
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return answer, outputs.read_text()


def test_the_action_annotates_what_the_pull_request_brings(project: Path, tmp_path_factory: Any) -> None:
    temp = tmp_path_factory.mktemp("runner")
    write(project, new=hazard("new"), old=clean("old"))
    answer, outputs = run_action(temp, **{"diff-base": "HEAD"})
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout.startswith("::error ") and "file=new.py,line=4" in answer.stdout
    assert "new.py" in (temp / "summary.md").read_text()
    assert outputs == ""


def test_the_action_leaves_sarif_for_the_upload(project: Path, tmp_path_factory: Any) -> None:
    temp = tmp_path_factory.mktemp("runner")
    write(project, new=hazard("new"))
    answer, outputs = run_action(temp, **{"upload-sarif": "true", "fail-on-findings": "false"})
    assert answer.returncode == 0, answer.stderr
    assert outputs == f"sarif-file={temp}/collint.sarif\n"
    assert json.loads((temp / "collint.sarif").read_text())["runs"][0]["results"]


def test_the_action_takes_several_paths_and_no_command_text(project: Path, tmp_path_factory: Any) -> None:
    temp = tmp_path_factory.mktemp("runner")
    write(project, new=hazard("new"), other=hazard("other"))
    answer, _ = run_action(temp, paths="a.py\nother.py\n", format="concise")
    assert answer.stdout.startswith("other.py:4:8: COL101") and "new.py" not in answer.stdout
    answer, _ = run_action(temp, paths="$(touch sprung)", baseline="; touch sprung")
    assert answer.returncode == 2 and not (project / "sprung").exists()


def test_the_action_fetches_a_revision_that_a_shallow_clone_lacks(
    project: Path, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp = tmp_path_factory.mktemp("runner")
    base = git(project, "rev-parse", "HEAD").strip()
    write(project, new=hazard("new"))
    commit(project)
    git(project, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = temp / "clone"
    git(temp, "clone", "-q", "--depth=1", f"file://{project}", str(clone))
    monkeypatch.chdir(clone)
    answer, _ = run_action(temp, **{"diff-base": base}, format="concise")
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout.startswith("new.py:4:8: COL101")


def test_a_run_that_cannot_do_its_work_fails_the_step(project: Path, tmp_path_factory: Any) -> None:
    answer, _ = run_action(tmp_path_factory.mktemp("runner"), **{"fail-on-findings": "false", "baseline": "gone.json"})
    assert answer.returncode == 2
    assert "gone.json: cannot be read" in answer.stderr


def test_every_input_of_the_action_is_used() -> None:
    text = json.dumps(ACTION["runs"])
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    assert all("default" in facts and "description" in facts for facts in ACTION["inputs"].values())


# ---------------------------------------------------------------------------------------- lintrunner, problem matcher


def adapter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lintrunner_adapter", ROOT / "tools/lintrunner_adapter.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lintrunner_gets_one_message_a_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    write(project, new=hazard("new"))
    (project / "files.txt").write_text("new.py\na.py\n")
    assert adapter().main(["--collint", COLLINT, "@files.txt"]) == 0
    [message] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (message["path"], message["line"], message["char"]) == (str(project / "new.py"), 4, 8)
    assert (message["code"], message["severity"], message["name"]) == ("COLLINT", "error", "COL101 divergent-branch")
    assert "because" in message["description"] and "help:" in message["description"]


@pytest.mark.parametrize(
    ("command", "words"), [("no-such-command", "cannot be run"), (f"{COLLINT} --x", "No such option")]
)
def test_lintrunner_is_told_of_a_failure(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    words: str,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert adapter().main(["--collint", command, "a.py"]) == 0
    message = json.loads(capsys.readouterr().out)
    assert (message["name"], message["path"]) == ("command-failed", None)
    assert words in message["description"]


def test_the_problem_matcher_reads_concise_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [matcher] = json.loads((ROOT / "tools/problem-matcher.json").read_text())["problemMatcher"]
    [pattern] = matcher["pattern"]
    write(project, new=hazard("new"))
    cli.main(["check", "--output-format", "concise"])
    match = re.match(pattern["regexp"], capsys.readouterr().out.splitlines()[0])
    assert match is not None
    assert [match[pattern[key]] for key in ("file", "line", "column", "code")] == ["new.py", "4", "8", "COL101"]
    assert match[pattern["message"]].startswith("divergent-branch")
