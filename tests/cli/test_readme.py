"""What README.md shows is what the command prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from collint import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_finding_shown_is_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"^```\n(COL\d+ [^`]*?--> (fixtures/\S+\.py):\d+.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert shown is not None
    program = tmp_path / shown[2]
    program.parent.mkdir(parents=True)
    shutil.copy(ROOT / shown[2], program)
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.main(["check", shown[2]]) == 1
    assert capsys.readouterr().out.rstrip() == shown[1].rstrip()


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        *sorted(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")),
    ],
)
def test_links_to_files_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"`[^`]*`", "", text)
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose)
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []
