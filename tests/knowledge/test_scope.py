"""A pack counts for programs that define or import its library; user packs and those marked so always do."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import pipeline
from collint.config import Settings
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.pack import Pack
from collint.knowledge.scope import packs_in_play

BASE = Pack(schema=1, library="base", always=True)
MESHED = Pack(schema=1, library="meshed", extends=("base",))
PLUGIN = Pack(schema=1, library="plugin", modules=("plugin_a", "plugin_b"), extends=("meshed",))
OTHER = Pack(schema=1, library="other", extends=("base",))
PACKS = (BASE, MESHED, PLUGIN, OTHER)


@pytest.mark.parametrize(
    ("modules", "libraries"),
    [
        (set(), ["base"]),
        ({"mine", "numpy"}, ["base"]),
        ({"meshed"}, ["base", "meshed"]),
        ({"plugin_b"}, ["base", "meshed", "plugin"]),
        ({"plugin"}, ["base"]),
        ({"other", "plugin_a"}, ["base", "meshed", "plugin", "other"]),
    ],
)
def test_libraries_that_a_program_has_are_in_play_with_what_they_build_on(
    modules: set[str], libraries: list[str]
) -> None:
    assert libraries == [pack.library for pack in packs_in_play(PACKS, modules)]


def test_packs_of_one_library_count_together() -> None:
    second = Pack(schema=1, library="meshed", modules=("elsewhere",))
    assert packs_in_play((*PACKS, second), {"meshed"}) == (BASE, MESHED, second)


def test_a_project_meets_the_libraries_that_it_imports_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    from megatron.core import parallel_state\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("import numpy as np\nfrom . import vllm_like\n", encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert {"python", "torch", "megatron"} == {pack.library for pack in context.vocabulary.packs}
    assert "tp" in context.vocabulary.axes_of("world")
    assert "pcp" not in context.vocabulary.axes_of("world")


def test_a_project_has_the_library_that_it_defines(tmp_path: Path) -> None:
    package = tmp_path / "src" / "vllm"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert "vllm" in {pack.library for pack in context.vocabulary.packs}


def test_without_a_meshed_library_the_world_is_one_axis_and_nobody_guesses_at_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch.distributed as dist\n", encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings())
    assert len(context.vocabulary.axes_of("world")) == 1
    assert context.vocabulary.parameter_hint("is_dummy") is None
    assert context.vocabulary.parameter_hint("rank") is not None


def test_a_pack_of_the_user_always_counts_with_what_it_extends(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import ours\n", encoding="utf-8")
    pack = tmp_path / "x.toml"
    pack.write_text('schema = 1\nlibrary = "x"\nextends = ["vllm"]\n', encoding="utf-8")
    context, _, _ = pipeline.build(tmp_path, (tmp_path,), Settings(models=(pack,)))
    assert {"python", "torch", "vllm", "x"} == {pack.library for pack in context.vocabulary.packs}


def test_a_row_may_refer_to_groups_of_libraries_that_its_own_extends(tmp_path: Path) -> None:
    pack = tmp_path / "x.toml"
    row = '[[accessor]]\nname = "x.get_group"\ngroup = "tp"\n'
    pack.write_text('schema = 1\nlibrary = "x"\nextends = ["vllm"]\n' + row, encoding="utf-8")
    assert load_packs(default_pack_paths(), (pack,))[1] == ()
    pack.write_text('schema = 1\nlibrary = "x"\n' + row, encoding="utf-8")
    (problem,) = load_packs(default_pack_paths(), (pack,))[1]
    assert problem.startswith(f"{pack.as_posix()}: accessor[0].group: unknown group 'tp'; this pack knows ")
