"""The base of what the IR and the index consist of: small frozen values that are quickly made, compared and written.

What they mean is said where they are defined. A cache keeps them as MessagePack arrays, those of a union with their
class's name in front.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Node(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A value of named fields. It holds nothing that could refer back to it, so that no collector need look at it."""


class Variant(Node, frozen=True, tag=True, cache_hash=True):
    """One of several kinds of value that can stand in one place."""


_LINES = tuple(range(1 << 13))


def shared_line(number: int) -> int:
    """The number of a line. Python makes an object of each that is larger than 256, and a place holds two."""
    return _LINES[number] if 0 <= number < len(_LINES) else number


replace = msgspec.structs.replace
"""A node with some fields replaced."""

to_builtins = msgspec.to_builtins
"""A node as lists of lists, texts and numbers."""

_ENCODER = msgspec.msgpack.Encoder()


def written(value: object) -> bytes:
    """A value as bytes. Raises RecursionError for one that nests too deeply to be written."""
    return _ENCODER.encode(value)


class Reader(Generic[T]):
    """Reads values of one type back from bytes that nobody need trust."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.msgpack.Decoder(kind)

    def read(self, data: bytes | memoryview) -> T | None:
        """The value; None where the bytes are not one."""
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
