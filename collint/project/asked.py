"""Which questions were asked of the index, by the names that they name: what an answer was made of.

Whoever keeps an answer beyond a run can tell by them whether a change of some file concerns it. Which questions a
file's text has to do with is not said here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import partial
from struct import pack
from zlib import crc32

from collint.ir.expressions import LAMBDA

_SIZE = 4  # bytes of a mark

# The kinds of questions, and what each names besides.
CALL = "call"  # the name called: which calls have it, by what is called
GIVE = "give"  # the name called, in one module where that comes first: what its calls are given
COUNT = "count"  # the name called: whether more calls have it than are looked at one by one
NEAR = "near"  # module and the name called: which calls there have it
WRITE = "write"  # an attribute: who assigns to it
NAME = "name"  # module, scope and name: what the scope itself binds to it
RETURN = "return"  # function id: what it returns
FIELDS = "fields"  # class id: what its body assigns
METHOD = "method"  # a name: which one method has it, if it is one
ALIAS = "alias"  # a last name: by which others files know it
MENTION = "mention"  # a last name: which functions use it as a value
USE = "use"  # module and last name: how functions there use it as a value
RESULT = "result"  # module and last name: how functions there use what its calls return
HAND = "hand"  # module and name: which calls there have it for their function or an argument
HOLD = "hold"  # a place as :mod:`collint.linking.holders` has them, in two parts: where its values go on to
WRAP = "wrap"  # a last name: where what its calls return is kept, and which functions return that
ENTER = "enter"  # the last name of a manager, or nothing for all that are plain names: who enters it
BASE = "base"  # a last name: which classes name it as a base
BASES = "bases"  # class id: what it is built on
PARAMETERS = "parameters"  # function id: which parameters it has, by name
DECORATE = "decorate"  # a last name: which functions it decorates
READ = "read"  # an attribute: which functions read it


_PLACE_OF_LAMBDA = re.compile(rf"{re.escape(LAMBDA)}\d+:\d+")


def placeless(text: str) -> str:
    """A text in which lambdas are not named by where they stand."""
    return _PLACE_OF_LAMBDA.sub(LAMBDA, text) if LAMBDA in text else text


class Asked:
    """Notes questions while ``is_on``. One that is told apart from another only by chance counts as asked too."""

    def __init__(self) -> None:
        self.is_on = False
        self._marks: set[int] = set()
        self._questions: set[tuple[str, ...]] = set()  # asked up to four times each: numbered together

    def begin(self) -> None:
        """Note what is asked from now on."""
        self.is_on = True

    def so_far(self) -> bytes:
        """What was asked since the beginning, for :func:`any_asked`."""
        self._marks.update(mark(*question) for question in self._questions)
        self._questions.clear()
        return pack(f">{len(self._marks)}I", *sorted(self._marks))

    def add(self, asked: bytes) -> None:
        """What an answer of an earlier run was made of is asked now."""
        if self.is_on:
            self._marks.update(_at(asked, place) for place in range(len(asked) // _SIZE))

    def end(self) -> bytes:
        """Note no more; what was asked since the beginning."""
        marks = self.so_far()
        self._marks = set()
        self.is_on = False
        return marks

    def note(self, *question: str) -> None:
        """A question is asked now: its kind, and what it names."""
        if self.is_on:
            self._questions.add(question)


def mark(*question: str) -> int:
    """The number of a question, of 32 bits; lambdas in its names count as one, wherever they stand."""
    return crc32(placeless("\n".join(question)).encode("utf-8", "surrogatepass"))


def any_asked(asked: bytes, marks: Iterable[int]) -> bool:
    """Whether one of these questions is among those that were ``asked``."""
    count = len(asked) // _SIZE
    at = partial(_at, asked)
    places = ((number, bisect_left(range(count), number, key=at)) for number in marks)
    return any(place < count and at(place) == number for number, place in places)


def _at(asked: bytes, place: int) -> int:
    return int.from_bytes(asked[place * _SIZE : (place + 1) * _SIZE], "big")
