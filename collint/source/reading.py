"""Turns one path into text as Python itself would decode it, or into a problem. Whether it parses is not asked here."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from pathlib import Path

from collint.source.files import Problem, SourceFile

SIZE_LIMIT = 5_000_000
"""Bytes. What is larger is taken for a generated table, which holds no control flow."""


def read(root: Path, path: str) -> SourceFile | Problem:
    """The file ``path``, relative to ``root``, decoded by its byte order mark or PEP 263 cookie, else as UTF-8.

    Never raises for what a file system or an editor can produce: such a file is a :class:`Problem`.
    """
    try:
        data = _bytes(os.path.join(root, path))
    except _UnreadableError as reason:
        return Problem(path, str(reason))
    return decoded(path, data)


def decoded(path: str, data: bytes) -> SourceFile | Problem:
    """``data`` as the file ``path``, read from anywhere; what :func:`read` says of a file on disk holds here too."""
    try:
        return SourceFile(path, _decoded(data))
    except _UnreadableError as reason:
        return Problem(path, str(reason))


class _UnreadableError(Exception):
    """Why there is no text, in words that finish "the file ..."."""


def stamp(place: str) -> tuple[int, ...]:
    """What the system says of a file without opening it: equal for a file that nobody touched. Empty for no file.

    :func:`is_link` tells by it whether the file is a link.
    """
    try:
        status = os.lstat(place)
        of_link = (status.st_ino,) if stat.S_ISLNK(status.st_mode) else ()
        if of_link:
            status = os.stat(place)
    except (OSError, ValueError):
        return ()
    if not stat.S_ISREG(status.st_mode):
        return ()
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, *of_link)


def is_link(stamp: tuple[int, ...]) -> bool:
    """Whether a file of that stamp is a link."""
    return len(stamp) > 4


def _bytes(path: str) -> bytes:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise _UnreadableError("is a directory" if stat.S_ISDIR(status.st_mode) else "is not a regular file")
        if status.st_size > SIZE_LIMIT:
            raise _UnreadableError(f"has {status.st_size:,} bytes, over the limit of {SIZE_LIMIT:,}; left out")
        with open(path, "rb", buffering=0) as stream:
            return stream.readall()
    except FileNotFoundError:
        reason = f"is a broken link to {os.readlink(path)}" if os.path.islink(path) else "does not exist"
        raise _UnreadableError(reason) from None
    except OSError as error:  # no permission, a link that leads to itself, a name that is too long, a failing disk
        raise _UnreadableError(f"cannot be read: {(error.strerror or str(error)).lower()}") from None


def _decoded(data: bytes) -> str:
    """Text with ``\\n`` newlines only, as Python's own tokenizer sees it."""
    encoding = "utf-8"
    try:
        encoding = _encoding(data)
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        hint = "; save it as UTF-8 or declare its coding on the first line" if encoding.startswith("utf-8") else ""
        reason = f"is not valid {encoding.removesuffix('-sig')} (line {_line(data, error.start)}){hint}"
        raise _UnreadableError(reason) from None
    except SyntaxError as error:  # an unknown cookie, or one that contradicts a byte order mark
        raise _UnreadableError(f"cannot be decoded: {error.msg}") from None
    except (LookupError, ValueError) as error:  # a cookie that names a codec between bytes, such as hex
        raise _UnreadableError(f"cannot be decoded as {encoding}: {error}") from None
    if "\0" in text:
        raise _UnreadableError(f"holds a NUL character (line {_line(data, data.find(0))}); not Python text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    """By byte order mark or cookie. Raises UnicodeDecodeError where first lines without a cookie are not UTF-8."""
    second = data.find(b"\n", data.find(b"\n") + 1)
    if not data.startswith(codecs.BOM_UTF8) and b"coding" not in (data if second < 0 else data[:second]):
        return "utf-8"  # nearly everywhere, without a tokenizer
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        if "missing encoding declaration" in str(error):
            data.decode("utf-8")
        raise


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
