"""Which files, and their text: the only room that touches the analysed tree.

What the text means is for ``syntax`` and ``project``; nothing here parses Python.
"""

from __future__ import annotations

from collint.source.comments import Directive, directives
from collint.source.discovery import discover, holds_python
from collint.source.files import Problem, SourceFile
from collint.source.reading import SIZE_LIMIT, read
from collint.source.roots import find_root, is_project, repository_prefix

__all__ = [
    "SIZE_LIMIT",
    "Directive",
    "Problem",
    "SourceFile",
    "directives",
    "discover",
    "find_root",
    "holds_python",
    "is_project",
    "read",
    "repository_prefix",
]
