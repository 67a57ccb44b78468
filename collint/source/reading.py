"""Turns one path into text as Python itself would decode it, or into a problem. Whether it parses is not asked here."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from pathlib import Path

from collint.source.files import Problem, SourceFile

SIZE_LIMIT = 5_000_000
"""Bytes. Generated tables beyond this hold no control flow worth minutes of parsing."""


def read(root: Path, path: str) -> SourceFile | Problem:
    """The file ``path``, relative to ``root``, decoded by its byte order mark or PEP 263 cookie, else as UTF-8.

    Never raises for what a file system or an editor can produce: such a file is a :class:`Problem`.
    """
    data = _bytes(root / path)
    if isinstance(data, str):
        return Problem(path, data)
    text = _decode(data)
    if isinstance(text, UndecodableText):
        return Problem(path, str(text))
    if "\0" in text:
        return Problem(path, f"holds a NUL byte (line {text.count(chr(10), 0, text.index(chr(0))) + 1}); not Python text")
    return SourceFile(path, text)


class UndecodableText(str):
    """A reason, told apart from decoded text."""

    __slots__ = ()


def _bytes(path: Path) -> bytes | str:
    """The raw contents, or the reason why there are none."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "is a directory, not a file" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
        if status.st_size > SIZE_LIMIT:
            return f"has {status.st_size:,} bytes, more than the limit of {SIZE_LIMIT:,}; left out"
        return path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            return f"is a broken link to {os.readlink(path)}"
        return "does not exist"
    except PermissionError:
        return "cannot be read: permission denied"
    except OSError as error:  # a link that leads to itself, a name that is too long, a failing disk
        return f"cannot be read: {(error.strerror or str(error)).lower()}"


def _decode(data: bytes) -> str | UndecodableText:
    """Text with ``\\n`` newlines only, as Python's own tokenizer sees it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:  # an unknown cookie, or a first line that is not UTF-8
        return UndecodableText(f"cannot be decoded: {error.msg}")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "; save it as UTF-8 or declare its coding on the first line" if encoding.startswith("utf-8") else ""
        return UndecodableText(f"is not valid {encoding.removesuffix('-sig')} (line {line}){hint}")
    except (LookupError, ValueError) as error:  # a cookie that names a codec between bytes, such as hex
        return UndecodableText(f"cannot be decoded as {encoding}: {error}")
    return text.replace("\r\n", "\n").replace("\r", "\n")
