"""Answers about the whole program that outlast a run: the closure is put together of them.

Each is found by itself. Whoever asks for one does not rest on what it was made of but on a question of its own, which
is touched where another answer was found to it: so a change stops where it makes no difference. What was found before
is taken over page by page, what a change touches is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from collint.ir.node import Node
from collint.linking.program import Program
from collint.linking.resting import Resting, Walk, drawn, steps_of
from collint.project.asked import Asked
from collint.project.steps import Question, Step

Top = tuple[str, ...]
"""What was asked: a kind, and what it is asked of."""
Answer = tuple[str, ...]
# The kinds that are asked for by more than one module. That of a call has the name of the question about it, see
# :mod:`collint.project.asked`, and names what is called, the function it stands in and how it is spelled.
BASES = "bases"  # class id: on what it is built, which the project itself keeps
SITES = "sites"  # function id: the calls that run it, each as the function it stands in and its place there
OTHERS = "others"  # function id: the functions that may run it without a call of its name
DECORATED = "decorated"  # a module: the functions that decorate others there, each with the decorated one
# Where this part of the answers was found anew since they were all kept, finding all anew is as good.
MOST_ANEW = 0.4


class Page(Node, frozen=True):
    """Answers as they are kept: ``texts`` once each, ``tops`` and their ``answers`` by the places of their texts.

    The steps of the answers come first in ``resting``, in their order. Those of the page before at the places ``gone``
    hold no more.
    """

    texts: tuple[str, ...]
    tops: tuple[tuple[int, ...], ...]
    answers: tuple[tuple[int, ...], ...]
    resting: Resting
    gone: tuple[int, ...] = ()


class _Before:
    """The answers of a page."""

    def __init__(self, page: Page) -> None:
        """Raises ValueError or IndexError where the page is not whole."""
        self.page = page
        self.tops = [tuple(page.texts[place] for place in top) for top in page.tops]
        self.answers = [tuple(page.texts[place] for place in answer) for answer in page.answers]
        self.walk = Walk(page.resting)
        if len(self.answers) != len(self.tops):
            raise ValueError("an answer too few")


class Ledger:
    """The answers of this run, and those of earlier ones that hold. Questions are noted in ``asked``.

    Only while it ``is_open`` is anything found for it.
    """

    def __init__(
        self, asked: Asked, pages: Sequence[Page] = (), sites: Callable[[str], Answer | None] = lambda function_id: None
    ) -> None:
        """Of two pages, which are the most, the later counts. Raises ValueError or IndexError where one is not whole.

        ``sites`` gives the answers of that kind: where a call stands moves with each line above it.
        """
        self.is_open = False
        self._asked = asked
        self._sites = sites
        self._pages = [_Before(page) for page in pages]
        self._holding: dict[Top, tuple[int, int]] = {}
        for number, before in enumerate(self._pages):
            for place in before.page.gone:
                del self._holding[self._pages[0].tops[place]]
            self._holding.update((top, (number, place)) for place, top in enumerate(before.tops))
        self._dropped: dict[str, dict[Top, Answer]] = {}
        self._found: dict[Top, Answer] = {}
        self._steps: dict[Top, Step] = {}

    def answer(self, top: Top, find: Callable[[], Iterable[str]]) -> Answer:
        """What is known, else what is found now; on what that rests is noted by itself."""
        known = self.known(top)
        if known is None:
            step = Step()
            before = self._asked.enter(step)
            try:
                known = tuple(find())
            finally:
                self._asked.leave(before)
            self.note(top, known, step)
        return known

    def known(self, top: Top) -> Answer | None:
        """What is known."""
        found = self._found.get(top)
        return self._before(top) if found is None else found

    def _before(self, top: Top) -> Answer | None:
        if top[0] == SITES:
            return self._sites(top[1]) if top not in self.dropped(SITES) else None
        place = self._holding.get(top)
        return self._pages[place[0]].answers[place[1]] if place is not None else None

    def note(self, top: Top, answer: Answer, step: Step) -> None:
        """This was found, and rests on that."""
        self._holding.pop(top, None)
        self._found[top] = answer
        self._steps[top] = step

    def touch(self, marks: Iterable[int]) -> None:
        """Drop what rests on these questions."""
        marks = list(marks)
        for number, before in enumerate(self._pages):
            for place in before.walk.up(marks):
                if place < len(before.tops) and self._holding.get(before.tops[place]) == (number, place):
                    self._drop(before.tops[place])

    def drop_in(self, modules: Collection[str]) -> None:
        """Drop what was asked of functions and calls in these modules."""
        for top in tuple(self._holding):
            of = top[-2] if len(top) > 2 else top[-1]
            if of.partition(":")[0] in modules:
                self._drop(top)

    def dropped(self, kind: str) -> Mapping[Top, Answer]:
        """The answers of a kind that hold no more."""
        return self._dropped.get(kind, {})

    def kept(self) -> Iterator[Page]:
        """All answers that hold, as they are to be kept: what is known of the first page stays one."""
        steps = {**self._later(), **self._steps}
        answers = {top: () if top[0] == SITES else self.known(top) or () for top in steps}
        gone: list[int] = []
        if self._pages:
            yield self._pages[0].page
            first = enumerate(self._pages[0].tops)
            gone += (place for place, top in first if self._holding.get(top) != (0, place))
        yield _page(answers, steps, gone)

    @contextmanager
    def open(self) -> Iterator[None]:
        """While answers are found for it; afterwards only who calls what is known."""
        self.is_open = True
        yield
        self.is_open = False
        self._found = {top: answer for top, answer in self._found.items() if top[0] == SITES}
        self._dropped = {SITES: self._dropped.get(SITES, {})}
        self._holding, self._steps, self._pages = {}, {}, []

    def is_used_up(self) -> bool:
        """Whether so much was found anew since everything was that it is better found anew again."""
        return len(self._pages) > 1 and len(self._pages[-1].tops) > MOST_ANEW * len(self._pages[0].tops)

    def _later(self) -> dict[Top, Step]:
        """The steps of what holds of the pages after the first."""
        found: dict[Top, Step] = {}
        for number, before in enumerate(self._pages[1:], 1):
            steps = steps_of(before.page.resting)
            for place, top in enumerate(before.tops):
                if self._holding.get(top) == (number, place):
                    found[top] = steps[place]
        return found

    def _drop(self, top: Top) -> None:
        self._dropped.setdefault(top[0], {})[top] = self._before(top) or ()
        del self._holding[top]


def _page(answers: Mapping[Top, Answer], steps: Mapping[Top, Step], gone: Iterable[int]) -> Page:
    texts: dict[str, int] = {}
    tops = list(steps)
    marks: dict[Question, int] = {}

    def places(parts: Sequence[str]) -> tuple[int, ...]:
        return tuple([texts.setdefault(part, len(texts)) for part in parts])

    spelled = tuple([places(top) for top in tops])
    said = tuple([places(answers[top]) for top in tops])
    return Page(tuple(texts), spelled, said, drawn([steps[top] for top in tops], marks), tuple(gone))


_PLACE = "ledger"


def ledger(program: Program) -> Ledger:
    """The ledger of a program; an empty one where none was kept."""
    found: Ledger | None = program.memo.get(_PLACE)  # type: ignore[assignment]
    if found is None:
        found = program.memo[_PLACE] = Ledger(program.project.asked)
    return found


def keep_ledger(program: Program, book: Ledger) -> None:
    """The ledger that is used from now on."""
    program.memo[_PLACE] = book
