"""What is said about some files when only these are asked about is what is said about them in a run over everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collint import cli
from collint.building import link
from collint.cache import open_cache
from collint.config import Settings
from collint.findings import Finding
from collint.judging import judged
from collint.sequences.compare import Comparison
from collint.sequences.summaries import Summaries
from collint.sources import Sources, on_disk
from collint.syntax import lower
from tests.cli.projects import findings, write

FIXTURES = Path(__file__).parents[1] / "fixtures"
# Each of another kind: exits, callers' promises, declared pairs, callers' arguments, whole batches, threads, comments.
FOLDERS = ["COL102", "COL105", "COL107", "COL202", "COL301", "COL401", "COL502", "COL901", "packs"]
EVERYTHING = Settings(select=("ALL",), min_confidence="low")

Asking = Callable[[frozenset[str] | None], list[Finding]]


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sources, Asking]]:
    """All programs without claims as one project, and how to ask about some of its files."""
    every = on_disk(FIXTURES, (FIXTURES,), EVERYTHING)
    sources = Sources({path: file for path, file in every.files.items() if "collint: uniform" not in file.text})
    cache = open_cache(FIXTURES, tmp_path_factory.mktemp("cache"))

    def ask(asked: frozenset[str] | None) -> list[Finding]:
        context, _, _ = link(sources, EVERYTHING, cache=cache, asked=asked)
        return sorted(judged(context, EVERYTHING)[0], key=lambda finding: (finding.sort_key, repr(finding)))

    whole = ask(None)
    cache.save()
    yield sources, lambda asked: whole if asked is None else ask(asked)


@pytest.mark.parametrize("folder", FOLDERS)
def test_of_the_fixtures(fixtures: tuple[Sources, Asking], folder: str) -> None:
    sources, ask = fixtures
    asked = frozenset(path for path in sources.files if path.startswith(f"{folder}/"))
    expected = [finding for finding in ask(None) if finding.path in asked]
    assert expected
    assert ask(asked) == expected


PROBE = """
    import os

    def has_cache():
        return os.path.exists("/tmp/cache")
"""
USER = """
    import torch.distributed as dist

    from probe import has_cache

    def use_{name}(tensor):
        if has_cache():
            dist.all_reduce(tensor)
"""
HELPER = """
    import torch.distributed as dist

    def share(tensor, root):
        dist.broadcast(tensor, src=root)

    def receive(tensor):
        assert dist.get_rank() != 0
        dist.broadcast(tensor, src=0)
"""
CALLER = """
    import torch.distributed as dist

    from helper import receive, share

    def start(tensor):
        share(tensor, dist.get_rank())

    def step(tensor):
        if dist.get_world_size() > 1:
            receive(tensor)
"""


def about(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """The findings of all rules below ``folder``, by a run that keeps nothing."""
    return findings(capsys, str(folder), "--select", "ALL", "--min-confidence", "low", "--no-cache", *arguments)


def in_one_file(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in found if one["path"] == name]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the costly steps are taken from here on."""
    counts: Counter[str] = Counter()
    for place, name in ((lower, "lower"), (Summaries, "of_body"), (Comparison, "mismatches")):
        step: Callable[..., Any] = getattr(place, name)

        def counting(*arguments: Any, name: str = name, step: Callable[..., Any] = step, **named: Any) -> Any:
            counts[name] += 1
            return step(*arguments, **named)

        monkeypatch.setattr(place, name, counting)
    return counts


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose files have findings for what others hold."""
    (tmp_path / "collint.toml").write_text("")
    write(tmp_path, probe=PROBE, helper=HELPER, caller=CALLER, **{f"user_{n}": USER.format(name=n) for n in "abcde"})
    return tmp_path


@pytest.mark.parametrize(
    ("name", "rules"),
    [("caller.py", ["COL202", "COL105"]), ("helper.py", []), ("user_a.py", ["COL101"]), ("user_e.py", ["COL101"])],
)
def test_of_findings_that_others_have_a_part_in(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, rules: list[str]
) -> None:
    expected = in_one_file(about(project, capsys), name)
    assert [one["rule"] for one in expected] == rules
    assert about(project / name, capsys) == expected


@pytest.mark.parametrize("name", ["user_a.py", "user_e.py"])
def test_how_near_a_source_is_decided_in_each_file(
    project: Path, capsys: pytest.CaptureFixture[str], work: Counter[str], name: str
) -> None:
    found = about(project / name, capsys)
    assert [one["confidence"] for one in found] == ["medium"]
    assert work["mismatches"] == 1  # of five files whose findings share the source


RECURSIVE = """
    import torch.distributed as dist

    def apply(function, data):
        if isinstance(data, list):
            return [apply(function, item) for item in data]
        return function(data)

    def share(data):
        def share_one(tensor):
            dist.all_reduce(tensor)

        return apply(share_one, data)

    def copy(data):
        def copy_one(tensor):
            return tensor.clone()

        return apply(copy_one, data)
"""
SHARING = """
    import torch.distributed as dist

    from recursive import share

    def step(data):
        if dist.get_rank() == 0:
            share(data)
"""
COPYING = """
    import torch.distributed as dist

    from recursive import copy

    def load(data):
        if dist.get_rank() != 0:
            data = copy(data)
        return data
"""


def test_what_recursion_says_does_not_hang_on_who_asks_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "collint.toml").write_text("")
    write(tmp_path, recursive=RECURSIVE, a_sharing=SHARING, copying=COPYING)
    every = about(tmp_path, capsys)
    assert [(one["rule"], one["path"]) for one in every] == [("COL101", "a_sharing.py")]
    assert about(tmp_path / "copying.py", capsys) == []


def test_a_claim_elsewhere_has_its_effect(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claimed = PROBE.replace('cache")', 'cache")  # collint: uniform[*] one machine')
    write(project, probe=claimed)
    assert in_one_file(about(project, capsys), "caller.py") == about(project / "caller.py", capsys)
    assert about(project / "user_a.py", capsys) == []


def test_a_baseline_knows_what_moved_and_speaks_of_these_files(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = project / "known.json"
    assert (
        cli.main(["check", str(project), "--select", "ALL", "--min-confidence", "low", "--write-baseline", str(known)])
        == 0
    )
    (project / "caller.py").rename(project / "moved.py")
    write(project, user_a="")
    assert about(project / "moved.py", capsys, "--baseline", str(known)) == []
    assert about(project / "user_b.py", capsys, "--baseline", str(known)) == []
    assert cli.main(["check", str(project / "user_b.py"), "--baseline", str(known)]) == 0
    told = capsys.readouterr().err
    assert "1 known finding not reported" in told
    assert "expired" not in told


def test_only_what_is_asked_about_is_compared(
    project: Path, capsys: pytest.CaptureFixture[str], work: Counter[str]
) -> None:
    about(project, capsys)
    assert work == {"lower": 10, "of_body": 13, "mismatches": 6}
    work.clear()
    about(project / "helper.py", capsys)
    assert work == {"lower": 4}
