"""Divides the checks of a large program into pieces that processes share, and puts their findings together again.

A check that looks at the functions of one file at a time is divided by files, any other is one piece. What is found is
what one process finds; how processes share numbered pieces is :mod:`collint.processes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collint.checks.context import Context
from collint.checks.registry import Check
from collint.findings import Finding, NotAnalysed
from collint.ir.node import Reader, written
from collint.processes import Work, shared
from collint.record import replace

WORTH_SHARING = 400
"""Functions that can reach an event, from which on another process pays for what it works out a second time."""
ASKED = 34
"""What a function of a file that is asked about counts as: what it leads to is worked out for it alone.

Of vLLM 0.32.0, a changed file with 12 such functions took 1.1 s with two processes and 1.25 s with one.
"""
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
    # Few files are no pieces: what decides among all findings would have to look further than they.
    by_file = [check for check in checks if check.gather is not None and context.asked is None]
    whole = [check for check in checks if check not in by_file]
    files = _files(context) if by_file else []

    def piece(number: int) -> bytes:
        if number < len(whole):
            return written([list(whole[number].run(context))])
        some = replace(context, asked=files[number - len(whole)])
        found = written([list(check.gather(some)) for check in by_file if check.gather is not None])
        for body in some.bodies():
            context.comparison.forget(body)
        context.uniformity.forget_steps()
        return found

    work = Work(len(whole) + len(files), piece, lambda: written(list(context.left_out())))
    answers, rests = shared(work, jobs)
    for rest in rests[1:]:
        context.program.not_analysed += _LEFT_OUT.read(rest) or ()
    found = [_FOUND.read(answer) or [] for answer in answers]
    for check in checks:
        if check in whole:
            yield from found[whole.index(check)][0]
        else:
            place = by_file.index(check)
            yield from check.settle(finding for each in found[len(whole) :] for finding in each[place])


def _asked(context: Context) -> int:
    """How many functions that can reach an event stand in the files that are asked about."""
    table = context.by_file()
    return sum(len(table.get(path, ())) for path in context.asked or ())


def _files(context: Context) -> list[frozenset[str]]:
    """The files with functions that matter, in pieces of about as many functions; neighbours by path together."""
    found: list[frozenset[str]] = []
    some: list[str] = []
    count = 0
    for path, functions in sorted(context.by_file().items()):
        some.append(path)
        count += len(functions)
        if count >= FUNCTIONS:
            found.append(frozenset(some))
            some, count = [], 0
    return [*found, frozenset(some)] if some else found
