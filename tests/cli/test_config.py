"""Settings: where they are found, what they mean together, and how a mistake in them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import config, formats
from collint.config import ConfigError, Settings, load, with_command_line
from collint.report import WRITERS


@pytest.fixture(autouse=True)
def three_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "codes", lambda: ("COL101", "COL102", "COL201"))


def settings_of(folder: Path, text: str, name: str = "collint.toml") -> Settings:
    (folder / name).write_text(text, encoding="utf-8")
    return load(folder)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()
    assert Settings().min_confidence == "medium"


def test_all_keys_are_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text("")
    settings = settings_of(
        tmp_path,
        'select = ["COL1", "col201"]\nignore = ["COL102"]\nextend-select = ["ALL"]\nmin-confidence = "low"\n'
        'min-severity = "warning"\noutput-format = "json"\noutput-file = "out.json"\nexclude = ["gen/"]\n'
        'models = ["pack.toml"]\njobs = 2\nforce-exclude = true\nper-file-ignores = { "a.py" = ["col1"] }\n'
        'baseline = "known.json"\n',
    )
    assert settings == Settings(
        select=("COL1", "COL201"),
        ignore=("COL102",),
        extend_select=("ALL",),
        min_confidence="low",
        min_severity="warning",
        output_format="json",
        output_file=tmp_path / "out.json",
        exclude=("gen/",),
        force_exclude=True,
        per_file_ignores=(("a.py", ("COL1",)),),
        baseline=tmp_path / "known.json",
        models=(tmp_path / "pack.toml",),
        jobs=2,
        file=tmp_path / "collint.toml",
    )


def test_the_nearest_file_with_a_table_counts(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.collint]\nmin-confidence = "high"\n')
    (tmp_path / "a/pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert load(tmp_path / "a/b").min_confidence == "high"
    (tmp_path / "a/collint.toml").write_text("")
    assert load(tmp_path / "a/b").file == tmp_path / "a/collint.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min_confidence = 'low'", "unknown key 'min_confidence'; did you mean 'min-confidence'? (known: select, "),
        ("min-confidence = 'lots'", "min-confidence: 'lots' is not allowed; choose from low, medium, high"),
        ("min-severity = 3", "min-severity: 3 is not allowed; choose from note, warning, error"),
        ("output-format = 'xml'", "choose from full, concise, json"),
        ("select = 'COL101'", "select: must be a list of strings, not 'COL101'"),
        ("ignore = ['E501']", "'E501' is no rule; write a code (COL101), the beginning of one (COL1), or ALL"),
        ("ignore = ['COL9']", "no rule begins with 'COL9' (known: COL101, COL102, COL201)"),
        ("models = ['gone.toml']", "does not exist"),
        ("jobs = true", "choose a number from 0 (as many as usual) to 64"),
        ("force-exclude = 'yes'", "force-exclude: 'yes' is not allowed; choose from true, false"),
        ("exclude = ['!']", "exclude: '!' is no pattern as in .gitignore"),
        ("per-file-ignores = ['a.py']", "per-file-ignores: must be a table, such as { 'tests/*' = ['COL105'] }"),
        ("per-file-ignores = { 'a.py' = ['X'] }", "per-file-ignores: \"a.py\": 'X' is no rule"),
        ("baseline = ''", "baseline: must be a path, not ''"),
        ("output-file = 1", "output-file: must be a path, not 1"),
        ("select = [", "is not valid TOML"),
    ],
)
def test_mistakes_name_the_file_the_key_and_what_is_allowed(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'collint.toml'}: ")
    assert words in str(caught.value)


def test_a_named_file_must_be_there_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        load(tmp_path, tmp_path / "gone.toml")
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(ConfigError, match=r"has no \[tool.collint\] table"):
        load(tmp_path, tmp_path / "pyproject.toml")
    (tmp_path / "pyproject.toml").write_text("tool.collint = 1")
    with pytest.raises(ConfigError, match="must be a table"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        (Settings(), {"COL101": True, "COL201": True}),
        (Settings(select=("COL1",)), {"COL101": True, "COL201": False}),
        (Settings(select=("COL1",), extend_select=("COL201",)), {"COL101": True, "COL201": True}),
        (Settings(ignore=("COL1",)), {"COL101": False, "COL201": True}),
        (Settings(select=("COL101",), ignore=("COL1",)), {"COL101": True, "COL102": False}),
        (Settings(select=("ALL",), ignore=("COL101",)), {"COL101": False, "COL102": True}),
        (Settings(select=("COL101",), ignore=("COL101",)), {"COL101": False}),
        (Settings(ignore=("ALL",)), {"COL101": False}),
    ],
)
def test_the_longest_selector_decides(settings: Settings, enabled: dict[str, bool]) -> None:
    assert enabled == {code: settings.enables(code) for code in enabled}


def test_a_rule_that_is_off_needs_to_be_selected() -> None:
    assert not Settings().enables("COL101", on_by_default=False)
    assert Settings(extend_select=("COL101",)).enables("COL101", on_by_default=False)
    assert Settings(select=("ALL",)).enables("COL101", on_by_default=False)


def test_per_file_ignores_match_as_in_gitignore() -> None:
    settings = Settings(per_file_ignores=(("tests/", ("COL1",)), ("*_pb2.py", ("ALL",)), ("/a.py", ("COL201",))))
    asked = [("x/tests/a.py", "COL101"), ("tests/a.py", "COL201"), ("x/y_pb2.py", "COL201"), ("a.py", "COL201")]
    assert [settings.ignores(path, code) for path, code in asked] == [True, False, True, True]
    assert not settings.ignores("x/a.py", "COL201")


def test_thresholds_are_inclusive() -> None:
    settings = Settings(min_severity="warning", min_confidence="medium")
    assert settings.shows("warning", "medium") and settings.shows("error", "high")
    assert not settings.shows("note", "high") and not settings.shows("error", "low")


def test_the_command_line_starts_afresh_with_select_and_adds_with_extend_select() -> None:
    file = Settings(select=("COL2",), ignore=("COL101",), extend_select=("COL102",))
    assert with_command_line(file, {"select": ("COL101,COL102",)}) == Settings(select=("COL101", "COL102"))
    assert with_command_line(file, {"extend_select": ("COL201",)}).extend_select == ("COL102", "COL201")
    assert with_command_line(file, {"ignore": ("COL2",)}).ignore == ("COL2",)
    assert with_command_line(file, {"min_confidence": None, "select": ()}) == file


def test_every_format_has_a_writer() -> None:
    assert set(WRITERS) == set(formats.FORMATS)
