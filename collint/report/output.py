"""Writes a report to a file so that readers see the old one or the new one, never half of either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def refusal(file: Path) -> str:
    """Why ``file`` cannot be written, to be asked before a long analysis; empty when nothing speaks against it."""
    if file.is_dir():
        return "is a directory"
    if not file.parent.is_dir():
        return f"the folder {file.parent} does not exist"
    if not os.access(file if _special(file) else file.parent, os.W_OK):
        return "permission denied"
    return ""


@contextmanager
def replacing(file: Path) -> Iterator[TextIO]:
    """A stream whose contents take the place of ``file`` when the block ends well, and vanish when it does not."""
    if _special(file):
        with file.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            yield stream
        return
    import tempfile  # most runs write no file

    target = file.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            yield stream
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _special(file: Path) -> bool:
    """Whether ``file`` is a device or pipe, such as ``/dev/stdout``, which cannot be replaced."""
    return file.exists() and not file.is_file()


def _mode(target: Path) -> int:
    """The permissions that a plain ``open`` would have left."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
