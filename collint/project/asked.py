"""Which questions were asked of the index, by the names that they name: what an answer was made of.

Whoever keeps an answer beyond a run can tell by them whether a change of some file concerns it, see
:mod:`collint.project.steps`. Which questions a file's text has to do with is not said here.
"""

from __future__ import annotations

import re
from zlib import crc32

from collint.ir.expressions import LAMBDA
from collint.project.steps import Step, Steps

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
MODULE = "module"  # a dotted name: which module has it, or lies below it
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
DECORATE = "decorate"  # a last name: which functions it decorates; nothing for those within functions
READ = "read"  # an attribute: which functions read it
# To these no text answers by itself: they are touched where another answer was found.
LINEAGE = "lineage"  # class id: the classes that it is built on
HEIRS = "heirs"  # class id: the classes that are built on it
CALLERS = "callers"  # function id: which calls run it
IN_PLACE = "in place"  # what is wrapped in place, anywhere
RUN = "run"  # the name called and a function id: which of the calls of this name run it
EVENT = "event"  # the name called: which of the calls of this name are events
OBJECT = "object"  # the name called: which of them call an object whose calls are events


_PLACE_OF_LAMBDA = re.compile(rf"{re.escape(LAMBDA)}\d+:\d+")


def placeless(text: str) -> str:
    """A text in which lambdas are not named by where they stand."""
    return _PLACE_OF_LAMBDA.sub(LAMBDA, text) if LAMBDA in text else text


class Asked:
    """Notes, while ``is_on``, what the answer rests on that is being found: questions, and other answers.

    ``rest`` is what nobody's answer rests on.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.rest = Step()
        self._current = self.rest
        self._books: list[Steps] = []

    def begin(self) -> None:
        """Note what is asked from now on."""
        self.is_on = True
        self._current = self.rest = Step()

    def end(self) -> None:
        """Note no more, and forget what answers rest on."""
        self.is_on = False
        self._current = self.rest = Step()
        for steps in self._books:
            steps.clear()

    def book(self) -> Steps:
        """For what the answers of one kind rest on, by what was asked."""
        steps: Steps = {}
        self._books.append(steps)
        return steps

    def enter(self, step: Step) -> Step:
        """From now on it is this answer that is being found; that of before, for :meth:`leave`."""
        before, self._current = self._current, step
        return before

    def leave(self, before: Step) -> None:
        """The answer is found: go on with that of before."""
        self._current = before

    def rest_on(self, step: Step) -> None:
        """What is being found rests on another answer."""
        self._current[step] = None

    def note(self, *question: str) -> None:
        """A question is asked now: its kind, and what it names."""
        if self.is_on:
            self._current[question] = None


def mark(*question: str) -> int:
    """The number of a question, of 32 bits; lambdas in its names count as one, wherever they stand."""
    return crc32(placeless("\n".join(question)).encode("utf-8", "surrogatepass"))
