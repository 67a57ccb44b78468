"""The class hierarchy, and who writes the attributes of its objects."""

from __future__ import annotations

import pytest

from collint.ir.expressions import Const
from collint.project.project import Project
from collint.project.targets import ClassTarget, ExternalTarget, FunctionTarget
from tests.project.support import project_of

FILES = {
    "app/__init__.py": "",
    "app/base.py": """
        import torch.nn as nn
        from abc import ABC
        class Base(nn.Module, ABC):
            kind: str = "base"
            def step(self): self.n = 0
            def run(self): ...
            @property
            def ready(self): ...
            @ready.setter
            def ready(self, value): ...
        class Mixin:
            def step(self): self.n = 1
        Alias = Base
        """,
    "app/impl.py": """
        from typing import Generic
        from app import base
        class Left(base.Base, Generic[T]):
            run_fast = run
            def run(self):
                def helper(): self.n = 2
                def other(self): self.n = "not ours"
            quick = run
        class Right(base.Alias):
            @classmethod
            def make(cls): cls.n = 3
            @staticmethod
            def free(self): self.n = "no receiver"
        class Both(base.Mixin, Left, Right):
            class Nested(object): ...
        class Made(mix_in(base.Base)):
            kind = "made"
        class Left2(Left): ...
        class Crossed(Left, Left2): ...
        class Odd(Odd): ...
        class Unrelated:
            def set(self, other): self.n = 4; other.n = 5
        """,
}


@pytest.fixture(scope="module", params=["found now", "all known", "one file unknown"])
def project(request: pytest.FixtureRequest) -> Project:
    """The same answers are due whatever an earlier run has found of the classes."""
    project = project_of(FILES)
    if request.param != "found now":
        known = project_of(FILES).known_classes()
        left_out = "app.base" if request.param == "one file unknown" else ""
        project.believe_classes({module: classes for module, classes in known.items() if module != left_out})
    return project


def short(ids: tuple[str, ...]) -> list[str]:
    return [name.partition(":")[2] for name in ids]


def test_bases_are_resolved_through_imports_aliases_and_subscripts(project: Project) -> None:
    assert project.bases("app.impl:Left") == (ClassTarget("app.base:Base"), ExternalTarget("typing.Generic"))
    assert project.bases("app.impl:Right") == (ClassTarget("app.base:Base"),)
    assert project.bases("app.impl:Made") == (ClassTarget("app.base:Base"),)
    assert project.bases("app.impl:Odd") == ()


def test_methods_are_searched_in_pythons_order(project: Project) -> None:
    assert short(project.mro("app.impl:Both")) == ["Both", "Mixin", "Left", "Right", "Base"]
    assert project.find_method("app.impl:Both", "step") == "app.base:Mixin.step"
    assert project.find_method("app.impl:Both", "run") == "app.impl:Left.run"
    assert project.find_method("app.impl:Both", "forward") is None


def test_an_order_that_python_would_refuse_is_depth_first(project: Project) -> None:
    assert short(project.mro("app.impl:Crossed")) == ["Crossed", "Left", "Base", "Left2"]


def test_ancestors_outside_are_known_by_name(project: Project) -> None:
    assert project.external_bases("app.impl:Both") == ("typing.Generic", "torch.nn.Module", "abc.ABC")
    assert project.member("app.impl:Both", "parameters") == (ExternalTarget("torch.nn.Module.parameters"),)


def test_descendants_are_transitive(project: Project) -> None:
    assert short(project.subclasses("app.base:Base")) == ["Both", "Crossed", "Left", "Left2", "Made", "Right"]


def test_a_call_can_mean_the_method_of_any_descendant(project: Project) -> None:
    assert short(project.overrides("app.base:Base", "run")) == ["Base.run", "Left.run"]
    assert short(project.overrides("app.impl:Right", "step")) == ["Base.step", "Mixin.step"]


def test_a_property_is_its_getter_and_an_alias_its_method(project: Project) -> None:
    assert project.find_method("app.base:Base", "ready") == "app.base:Base.ready"
    assert project.find_method("app.impl:Left", "quick") == "app.impl:Left.run"
    assert project.member("app.impl:Left", "quick") == (FunctionTarget("app.impl:Left.run"),)


def test_attribute_writers_are_those_of_the_family(project: Project) -> None:
    values = [write.assign.value for write in project.writers("app.base:Base", "n")]
    assert values == [Const(str(n)) for n in range(4)]
    assert [write.function_id for write in project.writers("app.base:Base", "kind")] == [
        "app.base:Base",
        "app.impl:Made",
    ]
    assert [write.assign.value for write in project.writers("app.impl:Unrelated", "n")] == [Const("4")]


def test_attribute_writers_by_name_are_all(project: Project) -> None:
    assert len(project.attribute_writers_by_name("n")) == 8
    assert project.attribute_writers_by_name("m") == ()


def test_a_class_that_inherits_from_itself_through_others_ends() -> None:
    project = project_of({"m.py": "class A(B): ...\nclass B(A): ...\nclass C(C.D): ..."})
    assert set(project.mro("m:A")) == {"m:A", "m:B"}
    assert project.subclasses("m:A") == ("m:B",)
    assert project.mro("m:C") == ("m:C",)
