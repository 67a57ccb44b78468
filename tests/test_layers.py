"""The rooms of the project keep to their layers, and outside packages to the rooms that may know them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent

ALLOWED = {
    "click": {"cli", "commands"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "msgspec": {"ir", "knowledge", "processes", "project", "record", "volume"},
    "networkx": {"ir", "project"},
    "pathspec": {"source"},
    "pygments": {"report"},
    "rich": {"report"},
    "tomli": {"config", "knowledge"},
}
"""Outside package: the rooms that may import it. Nothing else from outside is used."""

FORBIDDEN = {"pickle", "marshal", "shelve"}


def imports() -> Iterator[tuple[str, str, str]]:
    """Every import of the project as (file, room, top-level package)."""
    for file in sorted((ROOT / "collint").rglob("*.py")):
        room = file.relative_to(ROOT / "collint").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
                names = [node.module or ""]
            for name in names:
                yield file.relative_to(ROOT).as_posix(), room, name.partition(".")[0]


def test_rooms_know_only_what_lies_below_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    code = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_outside_packages_are_imported_only_where_they_may() -> None:
    ours = {*sys.stdlib_module_names, "collint", "tomllib"}
    strangers = [
        f"{file} imports {package}"
        for file, room, package in imports()
        if package not in ours and room not in ALLOWED.get(package, set())
    ]
    assert strangers == []


def test_nothing_is_pickled() -> None:
    assert [file for file, _, package in imports() if package in FORBIDDEN] == []


def test_rules_hold_no_python() -> None:
    assert list((ROOT / "rules").rglob("*.py")) == []
