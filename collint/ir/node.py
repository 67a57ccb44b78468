"""The base of what the IR and the index consist of: small frozen values that are quickly made, compared and written.

What they mean is said where they are defined. A cache keeps them as MessagePack arrays, those of a union with their
class's name in front.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

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


_NUMBERS: dict[tuple[int, ...], tuple[int, ...]] = {}
_MOST_NUMBERS = 1 << 18


def shared_numbers(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Equal ones are one object: of 610,000 that the values of vLLM 0.32.0 are computed from, 103,000 differ."""
    if len(_NUMBERS) >= _MOST_NUMBERS:
        _NUMBERS.clear()
    return _NUMBERS.setdefault(numbers, numbers)


replace = msgspec.structs.replace
"""A node with some fields replaced."""


KEPT_OPEN = 60_000_000
"""Bytes of which the values are kept that were made of them last. The values take eight times as much. Who finds the
closure of vLLM 0.32.0 asks for 40 MB of them six times over: with a tenth of this it took half as long again."""


class Later(Generic[T]):
    """A value that is made of its bytes when it is asked for, and let go of when many others were asked for since.

    One that was not made of bytes stays. A subclass says of which ``kind`` it is.
    """

    __slots__ = ("_data", "_value")
    kind: ClassVar[Any]

    def __init__(self, value: T | None, data: bytes = b"") -> None:
        self._value = value
        self._data = data

    def value(self) -> T:
        """The value, equal each time, though not the same; an empty one where the bytes are none."""
        found = self._value
        if found is None:
            found = self._value = _reader_of(self.kind).read(self._data) or self.kind()
            _OPEN.add(self, len(self._data))
        return found

    def data(self) -> bytes:
        """Its bytes. Raises as :func:`written`."""
        return self._data or written(self._value)

    def let_go(self) -> int:
        """Forget the value that was made of the bytes, and tell how many these are."""
        self._value = None
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Later) and self.value() == other.value()

    def __hash__(self) -> int:
        return hash(self.value())


class _Open:
    """The values that were made of their bytes last."""

    def __init__(self) -> None:
        self._latest: deque[Later[Any]] = deque()
        self._size = 0

    def add(self, later: Later[Any], size: int) -> None:
        """Let go of the first of them until the bytes of all are few enough with the ``size`` of this one's."""
        self._latest.append(later)
        self._size += size
        while self._size > KEPT_OPEN and len(self._latest) > 1:
            self._size -= self._latest.popleft().let_go()


_OPEN = _Open()


def to_builtins(value: object) -> object:
    """A value that consists of nodes as lists of lists, texts and numbers."""
    return msgspec.to_builtins(value, enc_hook=Later.value)


def _later(kind: type[Later[Any]], data: object) -> Later[Any]:
    if not isinstance(data, bytes):
        raise ValueError(kind)
    return kind(None, data)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=Later.data)


def written(value: object) -> bytes:
    """A value as bytes. Raises RecursionError for one that nests too deeply to be written."""
    return _ENCODER.encode(value)


class Reader(Generic[T]):
    """Reads values of one type back from bytes that nobody need trust."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.msgpack.Decoder(kind, dec_hook=_later)

    def read(self, data: bytes | memoryview) -> T | None:
        """The value; None where the bytes are not one."""
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None


@cache
def _reader_of(kind: type[T]) -> Reader[T]:
    return Reader(kind)
