"""What the command may import before it is asked to work: ``--help`` and ``--version`` stay fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = set("networkx rich jinja2 pygments msgspec pathspec collint.syntax collint.knowledge".split())
PROBE = "import sys; from collint.cli import main; main(sys.argv[1:]); print('\\n'.join(sys.modules), file=sys.stderr)"

NOT_FOR_HELP = set("collint.config collint.findings traceback".split())


def imported_by(*arguments: str) -> set[str]:
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", PROBE, *arguments]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return set(answer.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["rule"]])
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    imported = imported_by(*arguments)
    assert "collint.cli" in imported
    assert imported & HEAVY == set()


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"]])
def test_help_imports_no_settings(arguments: list[str]) -> None:
    assert imported_by(*arguments) & NOT_FOR_HELP == set()
