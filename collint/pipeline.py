"""Reads the files of a project and reports what cannot be parsed. A placeholder: no analysis is wired in yet."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from collint.config import Settings
from collint.findings import Run
from collint.source import Problem, discover, read


def analyse(root: Path, paths: Sequence[Path], settings: Settings) -> tuple[Run, tuple[Problem, ...]]:
    """The run over the project at ``root``, reported for ``paths``, and the files that were left out."""
    problems: list[Problem] = []
    names = discover(root, paths, settings.exclude)
    for name in names:
        file = read(root, name)
        if isinstance(file, Problem):
            problems.append(file)
            continue
        try:
            ast.parse(file.text, name)
        except (SyntaxError, ValueError) as error:
            problems.append(Problem(name, f"does not parse: {error}"))
    return Run((), stats={"files": len(names) - len(problems)}), tuple(problems)
