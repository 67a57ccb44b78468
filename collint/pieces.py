"""Divides the checks of a large program into pieces that processes share, and puts their findings together again.

A check that looks at the functions of one file at a time is divided by files, any other is one piece. Where a few files
are asked about, each check of each file is a piece: what checks of one file ask has much in common. What is found is
what one process finds; how processes share numbered pieces is :mod:`collint.processes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from collint.checks.context import Context
from collint.checks.registry import Check
from collint.findings import Finding, NotAnalysed
from collint.ir.node import Reader, written
from collint.processes import Work, shared
from collint.record import replace

WORTH_SHARING = 400
"""Functions that can reach an event, from which on another process pays for what it works out a second time."""
ASKED = 20
"""What a function of a file that is asked about counts as: what it leads to is worked out for it alone.

Of vLLM 0.32.0, a changed file with 12 such functions takes as long with two processes as with one, and those work half
as much again; one with 52 takes 2.75 s with two and 3.2 s with one.
"""
FEW = 8
"""Files that are asked about, up to which the checks are divided by them."""
FUNCTIONS = 48
"""Of one piece, about: few enough that no process waits long for the other's last one."""

_FOUND: Reader[list[list[Finding]]] = Reader(list[list[Finding]])
_LEFT_OUT: Reader[list[NotAnalysed]] = Reader(list[NotAnalysed])


def found_by(context: Context, checks: Sequence[Check], jobs: int) -> Iterator[Finding]:
    """What the checks find, by ``jobs`` processes where that pays.

    What the others could not analyse is added to the program's own list. A program with claims that values are uniform
    is asked twice, and by one process.
    """
    functions = len(context.reaching) if context.asked is None else _asked(context) * ASKED
    if context.uniformity.claims is not None or functions < WORTH_SHARING:
        for check in checks:
            yield from check.run(context)
        return
    if context.asked is not None and 1 < len(context.asked) <= FEW:
        yield from _by_asked_file(context, context.asked, checks, jobs)
        return
    files = _files(context)
    by_file = [check for check in checks if check.gather is not None and len(files) > 1]
    whole = [check for check in checks if check not in by_file]
    files = files if by_file else []

    def piece(number: int) -> bytes:
        if number < len(whole):
            return written([list(whole[number].run(context))])
        some = replace(context, asked=files[number - len(whole)])
        found = written([list(check.gather(some)) for check in by_file if check.gather is not None])
        for body in some.bodies():
            context.comparison.forget(body)
        context.uniformity.forget_steps()
        return found

    found = _answers(context, len(whole) + len(files), piece, jobs)
    for check in checks:
        if check in whole:
            yield from found[whole.index(check)][0]
        else:
            place = by_file.index(check)
            yield from check.settle(finding for each in found[len(whole) :] for finding in each[place])


def _by_asked_file(context: Context, asked: frozenset[str], checks: Sequence[Check], jobs: int) -> Iterator[Finding]:
    """What the checks find in each of the files that are asked about; the file with most functions comes first."""
    table = context.by_file()
    files = sorted(asked, key=lambda path: (-len(table.get(path, ())), path))
    parts = [context.about(frozenset({path})) for path in files]

    def piece(number: int) -> bytes:
        part, check = parts[number // len(checks)], checks[number % len(checks)]
        found = check.run(part) if check.gather is None else check.gather(part)
        return written([[finding for finding in found if part.is_asked(finding.path)]])

    found = _answers(context, len(parts) * len(checks), piece, jobs)
    for place, check in enumerate(checks):
        gathered = (finding for answer in found[place :: len(checks)] for finding in answer[0])
        yield from gathered if check.gather is None else check.settle(gathered)


def _answers(context: Context, count: int, piece: Callable[[int], bytes], jobs: int) -> list[list[list[Finding]]]:
    """What each piece found. What other processes could not analyse is added to the program's own list."""
    answers, rests = shared(Work(count, piece, lambda: written(list(context.left_out()))), jobs)
    for rest in rests[1:]:
        context.program.not_analysed += _LEFT_OUT.read(rest) or ()
    return [_FOUND.read(answer) or [] for answer in answers]


def _asked(context: Context) -> int:
    """How many functions that can reach an event stand in the files that are asked about."""
    table = context.by_file()
    return sum(len(table.get(path, ())) for path in context.asked or ())


def _files(context: Context) -> list[frozenset[str]]:
    """The files that are asked about with functions that matter, in pieces of about as many functions; neighbours by
    path together."""
    found: list[frozenset[str]] = []
    some: list[str] = []
    count = 0
    for path, functions in sorted(context.by_file().items()):
        if not context.is_asked(path):
            continue
        some.append(path)
        count += len(functions)
        if count >= FUNCTIONS:
            found.append(frozenset(some))
            some, count = [], 0
    return [*found, frozenset(some)] if some else found
