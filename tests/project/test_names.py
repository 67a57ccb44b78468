"""What a name stands for, across modules."""

from __future__ import annotations

import pytest

from collint.project.project import Project
from collint.project.targets import ClassTarget, ExternalTarget, FunctionTarget, ModuleTarget, Target, VariableTarget
from tests.project.support import project_of

FILES = {
    "pkg/__init__.py": """
        from .comm import gather, reduce as ar
        from .same import same
        from . import util
        from .loop import spin
        """,
    "pkg/comm.py": """
        import torch.distributed as dist
        from torch.distributed import all_reduce as reduce
        from pkg.util import *
        try:
            from fast import kernel
        except ImportError:
            kernel = None
        if dist:
            def gather(): ...
        else:
            def gather(): ...
        alias = dist
        handle: object = make()
        class Group:
            size = 1
            def reduce(self): ...
            class Inner:
                def run(self): ...
        def start():
            global late
            late = 1
        """,
    "pkg/util.py": """
        from numpy import *
        def helper(): ...
        def _private(): ...
        """,
    "pkg/same.py": "def same(): ...\ndef other(): ...",
    "pkg/loop.py": "from .loop2 import spin",
    "pkg/loop2.py": "from .loop import spin",
    "pkg/broken.py": "def (",
    "pkg/use.py": """
        import pkg.comm
        from pkg.comm import Group
        from overloads import overload
        def outer(argument):
            from pkg.same import other as local
            def inner():
                return local, argument, Group, len
            class Local: ...
            later = 1
            return inner
        class C:
            attribute = 1
            def method(self): ...
        @overload
        def twice(x: int): ...
        def twice(x): ...
        """,
    "scripts/run.py": "import tool\nimport torch\nfrom tool import go",
    "scripts/tool.py": "def go(): ...",
}


@pytest.fixture(scope="module")
def project() -> Project:
    return project_of(FILES)


@pytest.mark.parametrize(
    ("qualified", "expected"),
    [
        ("pkg.comm.Group", ClassTarget("pkg.comm:Group")),
        ("pkg.comm.Group.reduce", FunctionTarget("pkg.comm:Group.reduce")),
        ("pkg.comm.Group.Inner.run", FunctionTarget("pkg.comm:Group.Inner.run")),
        ("pkg.comm.Group.size", VariableTarget("pkg.comm", "Group.size")),
        ("pkg.comm.handle", VariableTarget("pkg.comm", "handle")),
        ("pkg.comm.late", VariableTarget("pkg.comm", "late")),
        ("pkg.comm", ModuleTarget("pkg.comm")),
        ("pkg.util", ModuleTarget("pkg.util")),
        ("pkg.comm.helper", FunctionTarget("pkg.util:helper")),
        ("pkg.gather", FunctionTarget("pkg.comm:gather")),
        ("pkg.util.helper", FunctionTarget("pkg.util:helper")),
        ("pkg.use.twice", FunctionTarget("pkg.use:twice#2")),
        ("scripts.run.go", FunctionTarget("scripts.tool:go")),
        ("scripts.run.tool.go", FunctionTarget("scripts.tool:go")),
        ("scripts", ModuleTarget("scripts")),
    ],
)
def test_definitions_are_found_through_imports_stars_and_members(
    project: Project, qualified: str, expected: Target
) -> None:
    assert project.lookup(qualified) == expected


@pytest.mark.parametrize(
    ("qualified", "outside"),
    [
        ("torch.distributed.barrier", "torch.distributed.barrier"),
        ("pkg.ar", "torch.distributed.all_reduce"),
        ("pkg.comm.dist.barrier", "torch.distributed.barrier"),
        ("pkg.comm.alias.barrier", "torch.distributed.barrier"),
        ("pkg.comm.kernel", "fast.kernel"),
        ("pkg.comm.zeros", "numpy.zeros"),
        ("pkg.compiled.op", "pkg.compiled.op"),
        ("pkg.broken.f", "pkg.broken.f"),
        ("scripts.run.torch.x", "torch.x"),
    ],
)
def test_what_lies_outside_has_its_own_name(project: Project, qualified: str, outside: str) -> None:
    assert project.lookup_all(qualified) == (ExternalTarget(outside),)


@pytest.mark.parametrize("qualified", ["pkg.same.nothing", "pkg.comm.Group.nothing", "pkg.comm.handle.x", "pkg.spin"])
def test_what_the_project_should_define_and_does_not_is_nothing(project: Project, qualified: str) -> None:
    expected = (ExternalTarget("pkg.spin"),) if qualified == "pkg.spin" else ()
    assert project.lookup_all(qualified) == expected


def test_modules_that_star_import_each_other_are_searched_once() -> None:
    modules = range(12)
    everyone = "\n".join(f"from m{n} import *" for n in modules)
    project = project_of({f"m{n}.py": everyone for n in modules} | {"last.py": "from m0 import *\nfrom dist import *"})
    assert project.lookup("m0.nothing") is None
    assert project.lookup("last.something") == ExternalTarget("dist.something")


def test_a_function_hides_the_submodule_it_was_imported_from(project: Project) -> None:
    assert project.lookup("pkg.same") == FunctionTarget("pkg.same:same")
    assert project.lookup("pkg.same.other") == FunctionTarget("pkg.same:other")


def test_every_alternative_counts(project: Project) -> None:
    both = (FunctionTarget("pkg.comm:gather"), FunctionTarget("pkg.comm:gather#2"))
    assert project.lookup_all("pkg.comm.gather") == both


@pytest.mark.parametrize(
    ("scope", "name", "expected"),
    [
        ("outer.inner", "local", (FunctionTarget("pkg.same:other"),)),
        ("outer.inner", "Group", (ClassTarget("pkg.comm:Group"),)),
        ("outer.inner", "inner", (FunctionTarget("pkg.use:outer.inner"),)),
        ("outer.inner", "Local", (ClassTarget("pkg.use:outer.Local"),)),
        ("outer.inner", "len", (ExternalTarget("builtins.len"),)),
        ("outer.inner", "argument", ()),
        ("outer.inner", "later", ()),
        ("outer.<lambda@3:4>", "local", (FunctionTarget("pkg.same:other"),)),
        ("C.method", "attribute", ()),
        ("C.method", "method", ()),
        ("C", "attribute", (VariableTarget("pkg.use", "C.attribute"),)),
        ("C", "method", (FunctionTarget("pkg.use:C.method"),)),
        ("", "local", ()),
        ("<module>", "C", (ClassTarget("pkg.use:C"),)),
        ("<module>", "pkg.comm.gather", (FunctionTarget("pkg.comm:gather"), FunctionTarget("pkg.comm:gather#2"))),
        ("outer", "Group.reduce", (FunctionTarget("pkg.comm:Group.reduce"),)),
        ("outer", "nowhere", ()),
    ],
)
def test_a_bare_name_means_what_its_scope_sees(
    project: Project, scope: str, name: str, expected: tuple[Target, ...]
) -> None:
    assert project.resolve_name("pkg.use", scope, name) == expected


def test_questions_about_unknown_modules_have_empty_answers(project: Project) -> None:
    assert (project.module("no"), project.function("no:f"), project.klass("no:C")) == (None, None, None)
    assert (project.resolve_name("no", "f", "x"), project.mro("no:C")) == ((), ("no:C",))


def test_ids_are_listed_in_order(project: Project) -> None:
    ids = list(project.functions())
    assert ids == sorted(ids)
    assert {"pkg.use:<module>", "pkg.use:C.method"} <= set(ids)
    assert [facts.name for facts in project.modules()][:2] == ["pkg", "pkg.broken"]


def test_of_two_packages_of_one_name_each_imports_its_own() -> None:
    files = {
        f"{folder}/tool/{name}": text
        for folder in ("first", "second")
        for name, text in {
            "__init__.py": "",
            "deep/__init__.py": "",
            "deep/work.py": "def work(): ...",
            "main.py": "from tool.deep.work import work",
        }.items()
    }
    project = project_of(files)
    names = [facts.name for facts in project.modules() if facts.path.endswith("main.py")]
    assert sorted(names) == ["second.tool.main", "tool.main"]
    assert project.resolve_name("tool.main", "", "work") == (FunctionTarget("tool.deep.work:work"),)
    assert project.resolve_name("second.tool.main", "", "work") == (FunctionTarget("second.tool.deep.work:work"),)
    assert project.qualified_name("second.tool.deep.work:work") == "tool.deep.work.work"
    assert project.qualified_name("second.tool.deep:other") == "tool.deep.other"
    assert project.qualified_name("tool.deep.work:work") == "tool.deep.work.work"


def test_a_package_whose_name_nobody_shares_keeps_its_own() -> None:
    project = project_of(
        {"space/pkg/__init__.py": "", "space/pkg/mod.py": "x = 1", "mod.py": "from space.pkg import mod"}
    )
    assert {project.qualified_name(f"{facts.name}:x") for facts in project.modules()} >= {"space.pkg.mod.x", "mod.x"}
