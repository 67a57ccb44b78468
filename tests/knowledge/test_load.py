"""Packs that are right load silently; each kind of mistake is named with its file and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.vocabulary import Vocabulary

HEAD = 'schema = 1\nlibrary = "x"\n'
MESH = '[[mesh]]\nname = "m"\naxes = ["dp", "tp"]\n'


@pytest.fixture
def load_text(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Load packs from texts; file names are x.toml, x1.toml, ... and problems lose their folder."""

    def load(*texts: str) -> tuple[Vocabulary, list[str]]:
        paths = [tmp_path / (f"x{number}.toml" if number else "x.toml") for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        vocabulary, problems = load_packs(paths)
        return vocabulary, [problem.removeprefix(tmp_path.as_posix() + "/") for problem in problems]

    return load


def test_the_shipped_packs_have_no_problems() -> None:
    names = {path.name for path in default_pack_paths()}
    assert {"python.toml", "torch.toml", "vllm.toml"} <= names
    _, problems = load_packs(default_pack_paths())
    assert problems == ()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('[[collective]]\nname = "a"\nfamily = 3', "x.toml: collective[0].family: expected str, got int"),
        ('[[collective]]\nname = "a"', "x.toml: collective[0]: object missing required field family"),
        ('[[rank]]\nname = "a"\nkind = "thing"', "x.toml: rank[0].kind: invalid enum value 'thing'"),
        ('[[rank]]\nname = "a"\nalso = ["b", 4]', "x.toml: rank[0].also[1]: expected str, got int"),
        ('[group]\nname = "a"', "x.toml: group: expected [[group]] rows, got one dict"),
        ('[[group]]\nname = "g"\naxes = ["xx"]', "x.toml: group[0].axes: unknown axis 'xx'; this pack knows *, dp, tp"),
        (
            '[[source]]\nname = "a"\naxes = ["xx"]',
            "x.toml: source[0].axes: unknown axis 'xx'; this pack knows *, dp, tp",
        ),
        (
            '[[accessor]]\nname = "a"\ngroup = "g"',
            "x.toml: accessor[0].group: unknown group 'g'; this pack knows world",
        ),
        ('[[hint]]\nrank_of = "g"', "x.toml: hint[0].rank_of: unknown group 'g'; this pack knows world"),
        (
            '[[uniform]]\nname = "a b"',
            "x.toml: uniform[0].name: 'a b' is not a qualified name, such as 'package.module.function'",
        ),
        (
            '[[uniform]]\nname = "a"\n[[uniform]]\nname = "b"\nalso = ["a"]',
            "x.toml: uniform[1]: 'a' is already the name of uniform[0]",
        ),
        (
            '[[collective]]\nname = "a"\nfamily = "f"\ngroup = "group@two"',
            "x.toml: collective[0].group: 'group@two' is not an argument: "
            "write 'name@position', 'name', '@position', 'receiver' or 'result'",
        ),
        (
            '[[mesh]]\nname = "n"\naxes = ["pp"]\nwithin = { cp = "zz" }',
            "x.toml: mesh[1].within.cp: unknown axis 'zz'; the mesh has pp",
        ),
    ],
)
def test_a_bad_row_is_named(load_text, rows: str, problem: str) -> None:  # type: ignore[no-untyped-def]
    _, problems = load_text(HEAD + MESH + rows)
    assert [problem] == problems


def test_an_unknown_key_names_the_allowed_ones(load_text) -> None:  # type: ignore[no-untyped-def]
    _, problems = load_text(HEAD + '[[group]]\nname = "g"\naxes = ["*"]\naxis = "dp"')
    allowed = "about, axes, display, name, since, unknown, until"
    assert problems == [f"x.toml: group[0]: unknown key 'axis'; allowed: {allowed}"]


def test_an_unknown_table_is_named(load_text) -> None:  # type: ignore[no-untyped-def]
    _, problems = load_text(HEAD + '[[colective]]\nname = "a"')
    assert problems[0].startswith("x.toml: top level: unknown key 'colective'; allowed: about, accessor,")


def test_a_wrong_schema_version_leaves_the_pack_out(load_text) -> None:  # type: ignore[no-untyped-def]
    vocabulary, problems = load_text('schema = 2\nlibrary = "x"\n' + MESH)
    assert problems == ["x.toml: schema: invalid enum value 2"]
    assert vocabulary.packs == ()


def test_text_that_is_not_toml_is_named(load_text) -> None:  # type: ignore[no-untyped-def]
    _, problems = load_text("schema = ")
    assert problems[0].startswith("x.toml: is not TOML: ")


def test_a_missing_file_is_a_problem_not_an_error(tmp_path: Path) -> None:
    _, problems = load_packs([tmp_path / "none.toml"])
    assert [f"{(tmp_path / 'none.toml').as_posix()}: cannot be read: No such file or directory"] == list(problems)


def test_a_bad_row_does_not_take_the_others_along(load_text) -> None:  # type: ignore[no-untyped-def]
    vocabulary, problems = load_text(HEAD + '[[uniform]]\nname = 1\n[[uniform]]\nname = "good"')
    assert len(problems) == 1
    assert vocabulary.uniform("good") is not None


def test_a_later_pack_replaces_rows_of_the_same_name(load_text) -> None:  # type: ignore[no-untyped-def]
    first = HEAD + '[[collective]]\nname = "p.f"\nfamily = "gather"'
    later = 'schema = 1\nlibrary = "y"\n[[collective]]\nname = "p.f"\nfamily = "reduce"'
    vocabulary, problems = load_text(first, later)
    assert problems == []
    assert vocabulary.collective("p.f").family == "reduce"


def test_a_pack_comes_after_what_it_extends(load_text) -> None:  # type: ignore[no-untyped-def]
    refining = HEAD + 'extends = ["y"]\n[[uniform]]\nname = "p.f"\nabout = "mine"'
    general = 'schema = 1\nlibrary = "y"\n[[uniform]]\nname = "p.f"\nabout = "theirs"'
    vocabulary, problems = load_text(refining, general)
    assert problems == []
    assert vocabulary.uniform("p.f").about == "mine"


def test_extending_a_pack_that_is_not_there_is_named(load_text) -> None:  # type: ignore[no-untyped-def]
    _, problems = load_text(HEAD + 'extends = ["y"]')
    assert problems == ["x.toml: extends: no pack for library 'y' is loaded"]


def test_a_group_names_its_axes_or_says_that_nobody_knows_them(load_text) -> None:  # type: ignore[no-untyped-def]
    complaint = "x.toml: group[0].axes: a group names its axes, or says `unknown = true`"
    assert [complaint] == load_text(HEAD + '[[group]]\nname = "g"')[1]
    assert [complaint] == load_text(HEAD + '[[group]]\nname = "g"\naxes = ["*"]\nunknown = true')[1]
    assert not load_text(HEAD + '[[group]]\nname = "g"\nunknown = true')[1]
