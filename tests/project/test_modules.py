"""Module names from paths."""

from __future__ import annotations

import pytest

from collint.project.modules import (
    aliases,
    imported_names,
    mentioned_namespaces,
    module_name,
    name_modules,
    namespace_candidates,
)
from tests.project.support import project_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("pkg/__init__.py", "pkg"),
        ("pkg/sub/mod.py", "pkg.sub.mod"),
        ("src/lib/core.py", "lib.core"),
        ("python/deep/__init__.py", "deep"),
        ("python/deep/x.py", "deep.x"),
        ("tools/run.py", "tools.run"),
        ("src/tool.py", "tool"),
        ("setup.py", "setup"),
    ],
)
def test_a_file_is_named_by_its_packages_or_else_by_its_path(path: str, name: str) -> None:
    packages = {"pkg", "pkg/sub", "src/lib", "python/deep"}
    assert module_name(path, packages) == name


def test_a_package_in_a_namespace_folder_has_the_name_that_imports_use() -> None:
    paths = ["mega/core/__init__.py", "mega/core/x.py", "mega/top.py", "python/lang/__init__.py"]
    candidates = namespace_candidates(paths)
    assert candidates == ("mega.core", "python.lang")
    texts = ["import os\nfrom mega.core.x import y\n", "# see python.lang\n"]
    mentioned = mentioned_namespaces(candidates, (name for text in texts for name in imported_names(text)))
    assert mentioned == {"mega.core"}
    assert list(name_modules(paths, mentioned).values()) == ["mega.top", "mega.core", "mega.core.x", "lang"]


def test_longer_names_stay_usable() -> None:
    assert aliases("a/b/pkg/x.py", "pkg.x") == ("a.b.pkg.x", "b.pkg.x")
    assert aliases("pkg/x.py", "pkg.x") == ()
    project = project_of({"ns/pkg/__init__.py": "", "ns/pkg/x.py": "def f(): ...", "ns/loose.py": ""})
    assert project.lookup("ns.pkg.x.f") == project.lookup("pkg.x.f") is not None
    assert project.function("ns.pkg.x:f") is project.function("pkg.x:f") is not None


def test_two_packages_of_one_name_keep_all_their_files() -> None:
    names = name_modules(["a/pkg/__init__.py", "deep/b/pkg/__init__.py"])
    assert names == {"a/pkg/__init__.py": "pkg", "deep/b/pkg/__init__.py": "deep.b.pkg"}
