"""What is timed: collint cold, warm and after changes, the tools it is held against, and trees that grow.

Where that happens is :mod:`benchmarks.timing.place`. What each case was before is put right before the next one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing.place import COMMENT, Place

PYTHON = sys.executable
COLLINT = (PYTHON, "-m", "collint")
PARSES = (
    "import ast, pathlib, warnings; warnings.simplefilter('ignore')\n"
    "for file in pathlib.Path('.').rglob('*.py'):\n"
    "    try: ast.parse(file.read_bytes())\n"
    "    except SyntaxError: pass\n"
)
RULES = """rules:
- {id: branch, languages: [python], severity: ERROR, message: m, patterns: [
    {pattern: dist.all_reduce(...)}, {pattern-inside: "if $RANK == 0: ..."}]}
- {id: exit, languages: [python], severity: ERROR, message: m, pattern: "if $RANK == 0: return"}
"""
"""What a tool that looks at one function at a time may ask: two rules that any project could write."""

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A command. ``prepare`` comes before each run and is not timed; ``first`` runs before that, untimed as well.

    ``tool`` is whose command it is (empty for Python), ``codes`` the exit codes that say it did its work.
    """

    name: str
    command: Callable[[Place], Command]
    tool: str = ""
    prepare: Callable[[Place], None] = lambda place: None
    first: Callable[[Place], Command] | None = None
    folder: Callable[[Place], Path] = lambda place: place.tree
    codes: Iterable[int] = (0, 1)


def cases() -> tuple[Case, ...]:
    """What the targets are about, in the order in which one round takes them."""
    return (
        Case("python start", lambda place: (PYTHON, "-c", "pass")),
        Case("ast.parse", lambda place: (PYTHON, "-c", PARSES)),
        _theirs("ruff", "check", "--no-cache", "--isolated", "-q", "."),
        _theirs("ty", "check", "-q", "."),
        _ours("--help", lambda place: (*COLLINT, "--help")),
        _ours("cold", _everything, _forget),
        _ours("warm, nothing changed", _everything, first=_everything),
        _ours("warm, a leaf changed", _leaf, _leaf_changes, _everything),
        _ours("warm, a comment of a leaf changed", _leaf, _leaf_is_commented, _everything),
        _ours("warm, a hub changed", _hub, _hub_changes, _everything),
        _ours("warm, a comment of a hub changed", _hub, _hub_is_commented, _everything),
        _ours("warm, a hub changed, told of all", _everything, _hub_changes, _everything),
        _ours("three changed in a fresh checkout", _three, Place.check_out, _everything, lambda place: place.restored),
        _ours("twice the tree", _everything, _forget, folder=lambda place: place.copies(2)),
        _ours("four times the tree", _everything, _forget, folder=lambda place: place.copies(4)),
        _ours("one huge function", _everything, _forget, folder=Place.huge),
    )


def others() -> tuple[Case, ...]:
    """Further tools, to know what people are used to: no target is about them."""
    return (
        Case("mypy, cold", _mypy("."), "mypy", lambda place: place.forget("mypy"), codes=(0, 1, 2)),
        Case("mypy, nothing changed", _mypy("."), "mypy", first=_mypy("."), codes=(0, 1, 2)),
        Case("mypy, a leaf changed", _mypy("."), "mypy", _leaf_changes, _mypy("."), codes=(0, 1, 2)),
        Case("mypy, a hub changed", _mypy("."), "mypy", _hub_changes, _mypy("."), codes=(0, 1, 2)),
        _theirs("pyrefly", "check", "--summary=none", "--output-format", "omit-errors"),
        Case("semgrep", _semgrep, "semgrep", _write_rules),
        _theirs("vulture", ".", codes=(0, 1, 3)),
        _theirs("bandit", "-q", "-r", "."),
        _theirs("flake8", "--isolated", "-q", "."),
    )


def _ours(
    name: str,
    command: Callable[[Place], Command],
    prepare: Callable[[Place], None] = lambda place: None,
    first: Callable[[Place], Command] | None = None,
    folder: Callable[[Place], Path] = lambda place: place.tree,
) -> Case:
    return Case(f"collint {name}", command, "collint", prepare, first, folder)


def _theirs(tool: str, *arguments: str, codes: Iterable[int] = (0, 1)) -> Case:
    return Case(tool, lambda place: (str(place.tools / tool), *arguments), tool, codes=codes)


def _check(place: Place, *paths: str) -> Command:
    """From the tree or the fresh checkout alike: the cache lies beside both, at the same way from them."""
    return (*COLLINT, "check", "--isolated", "--output-format", "json", "--cache-dir", "../caches/collint", *paths)


def _everything(place: Place) -> Command:
    return _check(place, ".")


def _leaf(place: Place) -> Command:
    return _check(place, place.leaf)


def _hub(place: Place) -> Command:
    return _check(place, place.hub)


def _three(place: Place) -> Command:
    return _check(place, *sorted({place.leaf, place.hub, place.third}))


def _forget(place: Place) -> None:
    place.forget("collint")


def _leaf_changes(place: Place) -> None:
    place.change([place.leaf], place.tree)


def _hub_changes(place: Place) -> None:
    place.change([place.hub], place.tree)


def _leaf_is_commented(place: Place) -> None:
    place.change([place.leaf], place.tree, COMMENT)


def _hub_is_commented(place: Place) -> None:
    place.change([place.hub], place.tree, COMMENT)


def _mypy(*paths: str) -> Callable[[Place], Command]:
    """As a project without settings: what is not installed is passed over."""

    def command(place: Place) -> Command:
        options = ("--ignore-missing-imports", "--namespace-packages", "--explicit-package-bases", "--config-file=")
        return (str(place.tools / "mypy"), *options, "--cache-dir", str(place.cache_of("mypy")), *paths)

    return command


def _semgrep(place: Place) -> Command:
    options = ("--metrics", "off", "--disable-version-check", "--no-git-ignore", "--quiet")
    return (str(place.tools / "semgrep"), "scan", "--config", str(place.scratch / "rules.yml"), *options, ".")


def _write_rules(place: Place) -> None:
    (place.scratch / "rules.yml").write_text(RULES, encoding="utf-8")
