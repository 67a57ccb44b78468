"""Which files, and their text: the only room that touches the analysed tree.

What the text means is for ``syntax`` and ``project``; nothing here parses Python.
"""

from __future__ import annotations

from collint.source.changes import Changes, RevisionError, base_commit, changes_since
from collint.source.comments import MARKER, Directive, directives
from collint.source.discovery import belongs, discover, holds_python
from collint.source.files import Problem, SourceFile
from collint.source.reading import SIZE_LIMIT, decoded, is_link, read, stamp
from collint.source.roots import find_root, is_project, repository_prefix

__all__ = [
    "MARKER",
    "SIZE_LIMIT",
    "Changes",
    "Directive",
    "Problem",
    "RevisionError",
    "SourceFile",
    "base_commit",
    "belongs",
    "changes_since",
    "decoded",
    "directives",
    "discover",
    "find_root",
    "holds_python",
    "is_link",
    "is_project",
    "read",
    "repository_prefix",
    "stamp",
]
