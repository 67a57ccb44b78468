"""What the documents tell people to type or to copy works: commands run, settings are read, workflows fit."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from collint import cli, config, rules
from collint.config import Settings
from tests.cli.projects import clean, commit, hazard, write

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


COMMANDS = sorted(
    {
        line
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if "--package" not in line and re.match(r"(?:\w+=\w+ )?collint\b", line)
    }
)
YAML = [(page, text) for page in PAGES for text in blocks(page, "yaml")]
TOML = [(page, text) for page in PAGES for text in blocks(page, "toml")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the names that the documents use, and ``collint`` on the path; shared by all commands."""
    folder = tmp_path_factory.mktemp("docs") / "project"
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin/collint"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m collint "$@"\n')
    script.chmod(0o755)
    (folder / "pyproject.toml").write_text("")
    write(folder, trainer____init__="", trainer__loop=hazard(), trainer__sync=clean())
    commit(folder)
    run(folder, "collint check --write-baseline collint-baseline.json")
    return folder


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """One line in a shell, in the project."""
    environment = {
        **os.environ,
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 12


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    if not re.search(r"[<>|]", command):  # no shell is needed
        monkeypatch.chdir(project)
        assert cli.main(shlex.split(command)[1:]) in (0, 1), capsys.readouterr().err
        return
    answer = run(project, command)
    assert answer.returncode in (0, 1), answer.stderr
    assert "internal error" not in answer.stderr


@pytest.mark.parametrize(("page", "text"), TOML, ids=[f"{page.name}-{n}" for n, (page, _) in enumerate(TOML)])
def test_settings_are_read(page: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tomllib.loads(text)
    if "tool" not in document:
        assert document.keys() == {"linter"}
        return
    codes = {*rules.codes(), *re.findall(r"COL\d{3}", text)}  # rules that a page names as examples
    monkeypatch.setattr(config, "codes", lambda: tuple(sorted(codes)))
    for name in document["tool"]["collint"].get("models", []):
        (tmp_path / name).write_text("")
    settings = config.from_table(document["tool"]["collint"], tmp_path / "pyproject.toml")
    assert settings != Settings()


@pytest.mark.parametrize(("page", "text"), YAML, ids=[f"{page.name}-{n}" for n, (page, _) in enumerate(YAML)])
def test_workflows_and_hooks_name_what_exists(page: Path, text: str) -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    for mapping in _mappings(yaml.safe_load(text)):
        if "REPOSITORY" in mapping.get("uses", ""):
            assert set(mapping["with"]) <= set(inputs)
        if "hooks" in mapping:
            assert {hook["id"] for hook in mapping["hooks"]} <= hooks


def test_every_input_of_the_action_is_explained() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    explained = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs/ci.md").read_text("utf-8"), flags=re.MULTILINE)
    assert explained == list(inputs)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_no_page_names_a_distribution_that_is_not_ours(page: Path) -> None:
    assert not re.search(r"pip install\s+(-\S+\s+)*collint\b", page.read_text("utf-8"))


def _mappings(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in _mappings(inner))]
    return [found for inner in value for found in _mappings(inner)] if isinstance(value, list) else []
