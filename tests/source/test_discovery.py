"""Which files a project has, with git and without."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from collint.source import discover, find_root, holds_python


def plant(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture(params=["git", "walk"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    plant(root, "pyproject.toml")
    if request.param == "git":
        git(root, "init", "-q")
    return root


def test_python_files_are_sorted_and_relative(project: Path) -> None:
    plant(project, "b.py", "a/z.py", "a/c.txt", "a.py", "ä b.py")
    assert discover(project) == ("a.py", "a/z.py", "b.py", "ä b.py")


def test_hidden_and_foreign_folders_are_passed_over(project: Path) -> None:
    plant(project, "ok.py", ".hidden/a.py", "venv/b.py", "node_modules/c.py", "x/__pycache__/d.py", ".top.py")
    plant(project, "env/pyvenv.cfg", "env/lib/e.py", "build/kept.py")
    assert discover(project) == (".top.py", "build/kept.py", "ok.py")


def test_ignore_files_are_honoured_the_deepest_first(project: Path) -> None:
    plant(project, "a.py", "gen/a.py", "gen_not.py", "sub/gen/x.py", "sub/keep_pb2.py", "sub/y_pb2.py", "y_pb2.py")
    (project / ".gitignore").write_text("/gen/\n*_pb2.py\n")
    (project / "sub/.gitignore").write_text("!keep_pb2.py\n")
    assert discover(project) == ("a.py", "gen_not.py", "sub/gen/x.py", "sub/keep_pb2.py")


def test_excluded_patterns_are_left_out_but_named_files_are_taken(project: Path) -> None:
    plant(project, "a.py", "third_party/b.py", "tool")
    assert discover(project, exclude=["third_party/"]) == ("a.py",)
    named = [project / "third_party/b.py", project / "tool"]
    assert discover(project, named, ["third_party/"]) == ("a.py", "third_party/b.py", "tool")


def test_links_do_not_lead_in_circles(project: Path) -> None:
    plant(project, "a/b.py")
    (project / "a/up").symlink_to(project, target_is_directory=True)
    assert discover(project) == ("a/b.py",)


def test_tracked_files_that_were_deleted_are_not_listed(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "b.py")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    (tmp_path / "b.py").unlink()
    assert discover(tmp_path) == ("a.py",)


def test_a_repository_cannot_make_git_run_a_program(tmp_path: Path) -> None:
    plant(tmp_path, "a.py")
    git(tmp_path, "init", "-q")
    (tmp_path / "hook.sh").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "hook.sh").chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(tmp_path / "hook.sh"))
    assert discover(tmp_path) == ("a.py",)
    assert not (tmp_path / "ran").exists()


def test_git_variables_of_a_surrounding_hook_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, "one/a.py", "two/b.py")
    git(tmp_path / "one", "init", "-q")
    git(tmp_path / "two", "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "one/.git"))
    assert discover(tmp_path / "two") == ("b.py",)


def test_the_root_is_the_nearest_project(tmp_path: Path) -> None:
    plant(tmp_path, "pyproject.toml", "a/b.py", "inner/collint.toml", "inner/c/d.py")
    assert find_root([tmp_path / "a/b.py"]) == tmp_path
    assert find_root([tmp_path / "inner/c"]) == tmp_path / "inner"
    assert find_root([tmp_path / "inner/c", tmp_path / "a"]) == tmp_path


def test_an_installed_package_is_its_own_project(tmp_path: Path) -> None:
    site = tmp_path / ".venv/lib/site-packages"
    plant(tmp_path, "pyproject.toml", "own.py")
    plant(site, "pkg/__init__.py", "pkg/part/x.py", "pkg/part/deep/__init__.py", "other/__init__.py", "single.py")
    for asked in (site / "pkg", site / "pkg/part", site / "pkg/part/deep"):
        assert find_root([asked]) == site
        assert discover(site, [asked]) == ("pkg/__init__.py", "pkg/part/deep/__init__.py", "pkg/part/x.py")
    assert discover(site, [site / "single.py"]) == ("single.py",)


def test_an_ignored_folder_is_taken_when_it_is_asked_for(tmp_path: Path) -> None:
    plant(tmp_path, "own.py", "unpacked/a.py")
    (tmp_path / ".gitignore").write_text("unpacked/\n")
    git(tmp_path, "init", "-q")
    assert find_root([tmp_path / "unpacked"]) == tmp_path / "unpacked"
    assert discover(tmp_path / "unpacked", [tmp_path / "unpacked"]) == ("a.py",)


def test_relative_paths_mean_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, "pyproject.toml", "a/b.py")
    monkeypatch.chdir(tmp_path / "a")
    assert find_root([Path(".")]) == tmp_path
    assert discover(find_root([Path("b.py")]), [Path("b.py")]) == ("a/b.py",)


def test_folders_know_whether_they_hold_python(tmp_path: Path) -> None:
    plant(tmp_path, "docs/x.md", "docs/.hidden/x.py", "code/deep/x.py")
    assert not holds_python(tmp_path / "docs")
    assert holds_python(tmp_path / "code")


@pytest.mark.skipif(os.name != "posix", reason="needs names that are no text")
def test_names_that_are_no_text_are_listed(project: Path) -> None:
    (project / os.fsdecode(b"\xff.py")).write_text("")
    assert discover(project) == (os.fsdecode(b"\xff.py"),)
